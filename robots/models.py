"""The robot registry, the floors that robots drive on, and the photo log."""

import secrets
from pathlib import PurePath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Device, Workspace

ROBOT_ID = RegexValidator(
    r"\A[\w.-]+\Z", _("Letters, digits, dots, dashes and underscores only: it is part of urls.")
)


def floor_image_name(floor_map: "FloorMap", filename: str) -> str:
    """A name that cannot be guessed, since media may be served by a bare file server or bucket."""
    return f"floors/{secrets.token_urlsafe(16)}{PurePath(filename).suffix.lower()[:8]}"


class FloorMap(models.Model):
    """One floor's plan. Positions on it are pixels of the image, x to the right and y down."""

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="floor_maps", verbose_name=_("workspace")
    )
    map_id = models.CharField(
        _("map id"), max_length=100, help_text=_("As robots name it, e.g. thehyundai_1f")
    )
    site = models.CharField(_("site"), max_length=150, blank=True, help_text=_("The building"))
    name = models.CharField(_("name"), max_length=150, blank=True)
    floor_order = models.IntegerField(
        _("floor"), default=1, help_text=_("Sorts floors; basements are negative")
    )
    image = models.ImageField(
        _("image"),
        upload_to=floor_image_name,
        width_field="width",
        height_field="height",
        blank=True,
    )
    width = models.PositiveIntegerField(_("width"), null=True, editable=False)
    height = models.PositiveIntegerField(_("height"), null=True, editable=False)
    invert_in_dark = models.BooleanField(
        _("invert on dark pages"), default=False, help_text=_("For plans of black lines on white")
    )

    class Meta:
        verbose_name = _("floor map")
        verbose_name_plural = _("floor maps")
        ordering = ["workspace", "site", "floor_order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "map_id"],
                name="floor_map_once",
                violation_error_message=_("This workspace has a map of this id."),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.map_id


def _text(label, longest: int = 200, **options) -> models.CharField:
    return models.CharField(label, max_length=longest, blank=True, default="", **options)


class Robot(models.Model):
    """A robot's registry entry. Name, serial number, factory code and removal are its device's.

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

    manufacturer = _text(_("manufacturer"))
    manufacturer_code = _text(_("manufacturer code"))
    product_name = _text(_("product name"))
    product_code = _text(_("product code"))
    product_date = _text(_("product date"))
    model_name = _text(_("model name"))
    model_code = _text(_("model code"))
    model_number = _text(_("model number"))
    model_version = _text(_("model version"))
    model_image_on = _text(_("picture, switched on"), 500)
    model_image_off = _text(_("picture, switched off"), 500)
    kc_certification_number = _text(_("KC certification number"))

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


class PhotoLog(models.Model):
    """Where a robot was when it took a picture: its pose of that moment, copied from the newest state."""

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="+", verbose_name=_("device"), db_index=False
    )
    robot_id = models.CharField(_("robot id"), max_length=100)
    pose_x = models.FloatField(_("x"))
    pose_y = models.FloatField(_("y"))
    pose_rotate = models.FloatField(_("rotation"), null=True)
    pose_timestamp_ms = models.BigIntegerField(_("time of the pose"), help_text=_("Epoch ms"))
    map_id = models.CharField(_("map id"), max_length=200, blank=True)
    store_id = models.JSONField(_("store id"), null=True)
    drive_status = models.CharField(_("drive status"), max_length=4096, blank=True)
    drive_info = models.JSONField(_("drive info"), null=True)
    traffic = models.JSONField(_("traffic"), null=True)
    timestamp_ms = models.BigIntegerField(_("time"), help_text=_("Epoch ms"))

    class Meta:
        verbose_name = _("photo log row")
        verbose_name_plural = _("photo log")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["device", "timestamp_ms", "id"], name="photo_log_of_device")
        ]

    def __str__(self) -> str:
        return f"{self.robot_id} at {self.timestamp_ms}"
