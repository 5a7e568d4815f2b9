"""Checks of input that several services share."""

from django.core.exceptions import ValidationError
from django.db.models import Model

from fleet_platform.shared.errors import Invalid


def check_fields(row: Model, *names: str) -> None:
    """The model's own checks of these fields. Raises Invalid naming each bad one."""
    others = {field.name for field in row._meta.fields} - set(names)
    try:
        row.clean_fields(exclude=others)
    except ValidationError as error:
        raise Invalid(error.message_dict) from None
