"""The models' own checks, told as Invalid."""

from django.core.exceptions import ValidationError
from django.db.models import Model

from fleet_platform.shared.errors import Invalid

PARENTS = {"device", "workspace", "floor", "schedule"}  # rows that the caller has found or made


def check_columns(row: Model) -> None:
    """The model's own checks of every column. Raises Invalid naming each bad one."""
    derived = {field.name for field in row._meta.concrete_fields if not field.editable}
    try:
        row.clean_fields(exclude={*PARENTS, "image"} | derived)
    except ValidationError as error:
        raise Invalid(error.message_dict) from None


def check_row(row: Model) -> None:
    """The same, then what the columns must be together."""
    check_columns(row)
    try:
        row.clean()
    except ValidationError as error:
        raise Invalid(error.message_dict) from None
