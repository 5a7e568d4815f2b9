"""Uploaded files: to look at and to delete, never to edit."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from accounts.admin_base import ReadOnlyAdmin

from .models import Upload
from .services import upload_delete

PREVIEW = '<a href="{}"><img src="{}" alt="{}" loading="lazy" style="max-width: 100%; max-height: {}rem"></a>'


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    view_verb = "upload.manage"
    list_display = ("small", "file_name", "purpose", "workspace", "sender", "bytes", "created_at")
    list_display_links = ("file_name",)
    list_filter = ("purpose", "content_type")
    search_fields = ("file_name", "name", "user__email", "device__name")
    list_select_related = ("workspace", "user", "device")
    fields = (
        "large",
        ("file_name", "address"),
        ("content_type", "bytes"),
        ("width", "height"),
        ("workspace", "sender"),
        ("purpose", "created_at"),
    )
    readonly_fields = ("large", "address", "bytes", "sender")
    paginator = InfinitePaginator
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-id",)

    @admin.display(description=_("picture"))
    def small(self, upload: Upload) -> str:
        return self._picture(upload, 3)

    @admin.display(description=_("picture"))
    def large(self, upload: Upload) -> str:
        return self._picture(upload, 20)

    @staticmethod
    def _picture(upload: Upload, height: int) -> str:
        return format_html(PREVIEW, upload.address, upload.address, upload, height)

    @admin.display(description=_("sender"))
    def sender(self, upload: Upload) -> str:
        return str(upload.user or upload.device or "-")

    @admin.display(description=_("size"), ordering="size")
    def bytes(self, upload: Upload) -> str:
        return filesizeformat(upload.size)

    def has_delete_permission(self, request: HttpRequest, obj: Upload | None = None) -> bool:
        return self.may(request, "upload.manage", obj)

    def delete_model(self, request: HttpRequest, obj: Upload) -> None:
        upload_delete(actor=self.actor(request), upload_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        for upload in queryset:
            upload_delete(actor=self.actor(request), upload_id=upload.pk)
