"""Parts of the registry's form that Django has no field for: pictures, special functions, alarms."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms import Script
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    CHECKBOX_CLASSES,
    INPUT_CLASSES,
    UnfoldAdminSelectWidget,
)

from fleet_platform.shared.media import SUFFIXES, Picture, UnfitImage, is_own, picture_of

from ..abilities import functions_of
from ..models import PICTURE_ADDRESS

FUNCTION_PARTS = ("id", "mainType", "value", "gone")
BLANK_ROWS = 2  # to fill in where scripts are off
KINDS = [("1", _("Main ability")), ("0", _("Other ability"))]


class NewPicture(NamedTuple):
    """A picture that the form brings along."""

    picture: Picture
    file_name: str


class PictureInput(forms.Widget):
    """An address, or a file whose address is to be. What is there is shown where it is ours; others are linked."""

    template_name = "robots/widgets/picture.html"
    needs_multipart_form = True

    class Media:
        js = (Script("js/console_registry.js", type="module"),)

    def get_context(self, name: str, value: Any, attrs: Mapping | None) -> dict:
        context = super().get_context(name, value, attrs)
        address = (value[0] if isinstance(value, tuple) else value) or ""
        context["widget"] |= {
            "address": address,
            "own": is_own(address),
            "accept": ",".join(SUFFIXES),
            "classes": " ".join(INPUT_CLASSES),
        }
        return context

    def value_from_datadict(self, data, files, name: str) -> tuple[str, Any]:
        return (data.get(name) or "").strip(), files.get(f"{name}_file")

    def value_omitted_from_data(self, data, files, name: str) -> bool:
        return name not in data and f"{name}_file" not in files


class PictureField(forms.Field):
    """Cleans to an address or to a NewPicture."""

    widget = PictureInput

    def clean(self, value: tuple[str, Any]) -> str | NewPicture:
        address, file = value
        if file:
            try:
                return NewPicture(picture_of(file, file.size), file.name)
            except UnfitImage as error:
                raise ValidationError(str(error)) from None
        if address:
            PICTURE_ADDRESS(address)
        return address

    def has_changed(self, initial: str | None, data: tuple[str, Any]) -> bool:
        address, file = data
        return bool(file) or address != (initial or "")


class FunctionsInput(forms.Widget):
    """A row for each special function, and some to fill in."""

    template_name = "robots/widgets/functions.html"

    class Media:
        js = (Script("js/console_registry.js", type="module"),)

    def get_context(self, name: str, value: Any, attrs: Mapping | None) -> dict:
        context = super().get_context(name, value, attrs)
        rows = value if isinstance(value, list) else []
        context["widget"] |= {
            "rows": [*rows, *[{"id": "", "mainType": "0", "value": "1"}] * BLANK_ROWS],
            "kinds": KINDS,
            "input": " ".join(INPUT_CLASSES),
            "checkbox": " ".join(CHECKBOX_CLASSES),
        }
        return context

    def value_from_datadict(self, data, files, name: str) -> list[dict[str, str]]:
        """The rows that have an id and are not to go, in their order; as they were typed."""
        pattern = re.compile(rf"{re.escape(name)}-(\d{{1,4}})-id")
        numbers = sorted(int(found[1]) for key in data if (found := pattern.fullmatch(key)))
        rows = ({key: data.get(f"{name}-{n}-{key}", "") for key in FUNCTION_PARTS} for n in numbers)
        return [
            {key: row[key].strip() for key in ("id", "mainType", "value")}
            for row in rows
            if row["id"].strip() and not row["gone"]
        ]

    def value_omitted_from_data(self, data, files, name: str) -> bool:
        return f"{name}-0-id" not in data


class FunctionsField(forms.Field):
    """Cleans to the list of functions that the wire tells."""

    widget = FunctionsInput

    def clean(self, value: list[dict[str, str]]) -> list[dict[str, Any]]:
        try:
            return functions_of([_typed(row) for row in value])
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def has_changed(self, initial: list | None, data: list[dict[str, str]]) -> bool:
        return [_typed(row) for row in data] != (initial or [])


def _typed(row: Mapping[str, str]) -> dict[str, Any]:
    """Numbers as numbers; what is none is left for the check to refuse."""
    kept = dict(row)
    for key in ("mainType", "value"):
        if kept[key].isdecimal() and len(kept[key]) < 10:
            kept[key] = int(kept[key])
    return kept


class AlarmField(forms.ChoiceField):
    """A switch that the wire writes as a text. Texts of other systems, such as "0", stay until somebody switches."""

    widget = UnfoldAdminSelectWidget

    def __init__(self, *, present: str = "", **options) -> None:
        switch = [("", "—"), ("True", _("On")), ("False", _("Off"))]
        odd = [(present, present)] if present not in {"", "True", "False"} else []
        super().__init__(choices=[*switch, *odd], required=False, **options)
