"""Secrets that are sent to people and work once. Only hashes are kept, keyed by the installation's secret."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import User


class Way(models.TextChoices):
    """How a message reaches somebody."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


class OneTimeCode(models.Model):
    """A code asked for an e-mail address, whether it has an account or not.

    Asking makes the row; sending makes the code, so that it lies in no queue. `code_hash` is empty until then.
    """

    email = models.CharField(_("e-mail"), max_length=254, help_text=_("In lower case"))
    way = models.CharField(_("sent by"), max_length=8, choices=Way)
    phone_number = models.CharField(_("phone number"), max_length=32, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    asked_from = models.GenericIPAddressField(_("asked from"), null=True, blank=True)
    created_at = models.DateTimeField(_("asked at"), default=timezone.now, db_index=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    expires_at = models.DateTimeField(_("expires at"), null=True)
    used_at = models.DateTimeField(_("used at"), null=True)
    failure = models.CharField(_("why it was not sent"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        indexes = [models.Index(fields=["email", "-id"], name="code_of_email")]

    def __str__(self) -> str:
        return f"code {self.pk} for {self.email}"


class TemporaryPassword(models.Model):
    """A password beside the user's own that signs in once, to set a new one.

    Asking makes the row, for any address; `user` and the secret come when it is sent. `auth_hash` ties it to the
    password of that moment: whoever changes that, in whatever way, ends this.
    """

    email = models.CharField(_("e-mail"), max_length=254, help_text=_("In lower case"))
    user = models.ForeignKey(
        User,
        models.CASCADE,
        null=True,
        related_name="temporary_passwords",
        verbose_name=_("user"),
    )
    way = models.CharField(_("sent by"), max_length=8, choices=Way, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    secret_hash = models.CharField(max_length=64, blank=True, editable=False)
    auth_hash = models.CharField(max_length=64, blank=True, editable=False)
    asked_from = models.GenericIPAddressField(_("asked from"), null=True, blank=True)
    created_at = models.DateTimeField(_("asked at"), default=timezone.now, db_index=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    expires_at = models.DateTimeField(_("expires at"), null=True)
    used_at = models.DateTimeField(_("used at"), null=True)
    failure = models.CharField(_("why it was not sent"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("temporary password")
        verbose_name_plural = _("temporary passwords")

    def __str__(self) -> str:
        return f"temporary password {self.pk} for {self.email}"
