"""Codes and temporary passwords that were asked for: whether they went, never what they are."""

from django.contrib import admin

from ..admin_base import ReadOnlyAdmin
from ..models import OneTimeCode, TemporaryPassword


class SentSecretAdmin(ReadOnlyAdmin):
    view_verb = "user.manage"
    workspace_path = None
    list_filter = ("way",)
    search_fields = ("email", "asked_from")
    ordering = ("-id",)


@admin.register(OneTimeCode)
class OneTimeCodeAdmin(SentSecretAdmin):
    list_display = ("created_at", "email", "way", "sent_at", "used_at", "tries", "failure")
    fields = (
        *("email", "way", "phone_number", "language", "asked_from", "created_at"),
        *("sent_at", "expires_at", "used_at", "tries", "failure"),
    )


@admin.register(TemporaryPassword)
class TemporaryPasswordAdmin(SentSecretAdmin):
    list_display = ("created_at", "email", "user", "way", "sent_at", "used_at", "failure")
    list_select_related = ("user",)
    fields = (
        *("email", "user", "way", "language", "asked_from", "created_at"),
        *("sent_at", "expires_at", "used_at", "failure"),
    )
