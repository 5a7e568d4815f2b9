"""The forms of a robot: one of the registry, and one that makes its device as well."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import Device, Workspace

from ..models import Robot
from .widgets import AlarmField, FunctionsField, NewPicture, PictureField

PHONE = RegexValidator(
    r"\A\+?[0-9(][0-9 ()-]{4,28}\Z",
    _("A phone number: digits, spaces, dashes, brackets, a plus before them."),
)
MANAGERS = (1, 2, 3)
PICTURES = ("model_image_on", "model_image_off", "custom_image_on", "custom_image_off")


def _picture(name: str, **options) -> PictureField:
    return PictureField(label=Robot._meta.get_field(name).verbose_name, required=False, **options)


class RobotForm(forms.ModelForm):
    """`new_pictures`, once it is clean: the files that came along, by column. Storing them is the page's."""

    model_image_on = _picture("model_image_on")
    model_image_off = _picture("model_image_off")
    custom_image_on = _picture(
        "custom_image_on", help_text=_("Shown for this robot instead of its model's picture")
    )
    custom_image_off = _picture("custom_image_off")
    special_functions = FunctionsField(
        label=Robot._meta.get_field("special_functions").verbose_name,
        required=False,
        help_text=_("They make the lists of main and other abilities."),
    )

    class Meta:
        model = Robot
        exclude = ["device", "main_abilities", "sub_abilities"]  # noqa: DJ006  (made from others)

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        for number in MANAGERS:
            self.fields[f"sms_{number}"].validators.append(PHONE)
            alarm = f"alarm_{number}"
            label, present = self.fields[alarm].label, getattr(self.instance, alarm)
            self.fields[alarm] = AlarmField(present=present, label=label)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.new_pictures: dict[str, NewPicture] = {
            name: cleaned[name] for name in PICTURES if isinstance(cleaned.get(name), NewPicture)
        }
        for name in self.new_pictures:
            cleaned[name] = getattr(self.instance, name)
        return cleaned


class NewRobotForm(RobotForm):
    """A robot together with its device."""

    workspace = forms.ModelChoiceField(
        Workspace.objects.none(), label=_("workspace"), widget=UnfoldAdminSelectWidget
    )
    name = forms.CharField(label=_("name"), max_length=150, widget=UnfoldAdminTextInputWidget)
    serial_number = forms.CharField(
        label=_("serial number"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )
    factory_code = forms.CharField(
        label=_("factory code"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )

    def clean_serial_number(self) -> str:
        return self._unused("serial_number")

    def clean_factory_code(self) -> str:
        return self._unused("factory_code")

    def _unused(self, name: str) -> str:
        value = self.cleaned_data[name]
        if value and Device.objects.filter(**{name: value}).exists():
            raise forms.ValidationError(_("Another device has it."))
        return value
