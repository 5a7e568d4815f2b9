"""Notification channels and what was sent, to look at. A webhook's address may hold a key: only its host is shown."""

import json
from urllib.parse import urlsplit

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from accounts.admin_base import ReadOnlyAdmin

from ..models import Delivery, NotificationChannel


@admin.register(NotificationChannel)
class NotificationChannelAdmin(ReadOnlyAdmin):
    view_verb = "member.manage"
    list_display = ("user", "kind", "where", "workspace", "minimum_severity", "active", "valid")
    list_filter = ("kind", "active", "minimum_severity")
    list_select_related = ("user", "workspace")
    search_fields = ("user__email",)
    fields = (
        ("user", "workspace"),
        ("kind", "where"),
        ("minimum_severity", "on_clear"),
        ("active", "verified_at"),
        ("invalid_at", "invalid_reason", "failures"),
        ("created_at", "last_used_at"),
    )
    readonly_fields = ("where", "created_at")

    @admin.display(description=_("address"))
    def where(self, channel: NotificationChannel) -> str:
        if channel.kind == NotificationChannel.Kind.EMAIL:
            return channel.address
        parts = urlsplit(channel.address)
        return f"{parts.scheme}://{parts.netloc}/…"

    @admin.display(description=_("valid"), boolean=True)
    def valid(self, channel: NotificationChannel) -> bool:
        return channel.invalid_at is None


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    view_verb = "member.manage"
    list_display = ("id", "channel", "happening", "state", "tries", "created_at", "finished_at")
    list_filter = ("state", "happening")
    list_select_related = ("channel",)
    paginator = InfinitePaginator
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    fields = (
        ("channel", "workspace"),
        ("happening", "state", "tries"),
        "error",
        ("created_at", "due_at", "finished_at"),
        "key",
        "written_document",
    )
    readonly_fields = ("key", "written_document")

    @admin.display(description=_("document"))
    def written_document(self, delivery: Delivery) -> str:
        return json.dumps(delivery.document, indent=2, ensure_ascii=False)
