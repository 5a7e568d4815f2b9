"""The photo log."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Device


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
