"""The robot registry: one row a robot, beside its device."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Device

ROBOT_ID = RegexValidator(
    r"\A[\w.-]+\Z", _("Letters, digits, dots, dashes and underscores only: it is part of urls.")
)


PICTURE_ADDRESS = RegexValidator(
    r"\A(https?://|/(?!/))[^\s<>\"'\\]+\Z",
    _("An address that begins with https:// or http://, or a path of this site."),
)


def _text(label, longest: int = 200, **options) -> models.CharField:
    return models.CharField(label, max_length=longest, blank=True, default="", **options)


class Robot(models.Model):
    """A robot's registry entry. Name, serial number, factory code and removal are its device's.

    Pictures are addresses: of an uploaded file of this platform (a path), or of any other server's.

    The columns from `mac_address` to `certified_at` are what the robot's computer says of itself.
    """

    device = models.OneToOneField(
        Device, models.CASCADE, related_name="robot", verbose_name=_("device")
    )
    robot_id = models.CharField(
        _("robot id"),
        max_length=100,
        unique=True,
        validators=[ROBOT_ID],
        help_text=_("Names the robot in the stream and in live topics"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    device_number = _text(_("device number"))
    chip_serial = _text(_("chip serial number"), db_index=True)
    real_robot_id = _text(_("real robot id"))
    port = models.PositiveIntegerField(
        _("port"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(65_535)],
        help_text=_("Where clients of the FlyingLet API reach the robot's own service"),
    )

    manufacturer = _text(_("manufacturer"))
    manufacturer_code = _text(_("manufacturer code"))
    product_name = _text(_("product name"))
    product_code = _text(_("product code"))
    product_date = _text(_("product date"))
    model_name = _text(_("model name"))
    model_code = _text(_("model code"))
    model_number = _text(_("model number"))
    model_version = _text(_("model version"))
    model_image_on = _text(_("model's picture, switched on"), 500, validators=[PICTURE_ADDRESS])
    model_image_off = _text(_("model's picture, switched off"), 500, validators=[PICTURE_ADDRESS])
    kc_certification_number = _text(_("KC certification number"))

    custom_image_on = _text(_("own picture, switched on"), 500, validators=[PICTURE_ADDRESS])
    custom_image_off = _text(_("own picture, switched off"), 500, validators=[PICTURE_ADDRESS])

    main_abilities = models.JSONField(_("main abilities"), default=list, blank=True)
    sub_abilities = models.JSONField(_("other abilities"), default=list, blank=True)
    special_functions = models.JSONField(_("special functions"), default=list, blank=True)

    operating_location = _text(_("operating location"))
    location_code = _text(_("location id"))
    user_code = _text(_("user id"))
    manager_1 = _text(_("manager 1"))
    manager_2 = _text(_("manager 2"))
    manager_3 = _text(_("manager 3"))
    sms_1 = _text(_("phone of manager 1"))
    sms_2 = _text(_("phone of manager 2"))
    sms_3 = _text(_("phone of manager 3"))
    alarm_1 = _text(_("alarm 1"))
    alarm_2 = _text(_("alarm 2"))
    alarm_3 = _text(_("alarm 3"))

    mac_address = _text(_("MAC address"))
    node_number = _text(_("node number"))
    host_name = _text(_("host name"))
    machine = _text(_("machine"))
    processor = _text(_("processor"))
    platform = _text(_("platform"))
    os_name = _text(_("operating system"))
    os_release = _text(_("release"))
    os_version = _text(_("version"))
    uname = _text(_("uname"))
    certified_at = _text(_("certified at"), help_text=_("Epoch seconds, as the robot sent them"))

    class Meta:
        verbose_name = _("robot")
        verbose_name_plural = _("robots")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.robot_id

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the robot's workspace; UTC where its name is none."""
        return zone_named(self.device.workspace.time_zone)


def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
