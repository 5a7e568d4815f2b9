"""The admin console's rights: read from the one table of roles, so that the console shows what the APIs show.

Every ModelAdmin of the platform inherits ScopedAdmin or ReadOnlyAdmin. A row belongs to the workspace that
`workspace_path` leads to; with `workspace_path = None` it belongs to the installation and only platform roles reach it.
"""

from django.contrib.admin.utils import unquote
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from . import audit
from .authentication import actor_of_request
from .principal import Actor

SECRET_WORDS = ("password", "secret", "hash")


class ScopedAdmin(ModelAdmin):
    """`view_verb`, `change_verb` and `delete_verb` (default: change_verb) name rows of roles.VERBS.

    `workspace_path` is the ORM path from a row to its workspace's id, e.g. `device__workspace_id`.
    """

    view_verb = "workspace.view"
    change_verb = "workspace.manage"
    delete_verb: str | None = None
    workspace_path: str | None = "workspace_id"
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False

    def actor(self, request: HttpRequest) -> Actor:
        return actor_of_request(request)

    def may(self, request: HttpRequest, verb: str, row: Model | None = None) -> bool:
        """Whether the signed-in user may do the verb to the row; without a row, to any row."""
        actor = self.actor(request)
        if row is None and self.workspace_path is not None:
            return actor.may_anywhere(verb)
        return actor.may(verb, self.workspace_of(row))

    def workspace_of(self, row: Model | None) -> int | None:
        value = row
        for step in (self.workspace_path or "").split("__"):
            value = getattr(value, step, None) if step else None
        return value

    def scoped(self, actor: Actor, verb: str, rows: QuerySet) -> QuerySet:
        if self.workspace_path is None:
            return rows if actor.may(verb, None) else rows.none()
        return actor.scope(verb, rows, workspace=self.workspace_path)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return self.scoped(self.actor(request), self.view_verb, super().get_queryset(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.view_verb, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.change_verb)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.change_verb, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.delete_verb or self.change_verb, obj)

    def formfield_for_foreignkey(self, db_field, request: HttpRequest, **kwargs):
        """Offer the rows of workspaces where this page's change is allowed, and no others."""
        target = self.admin_site._registry.get(db_field.remote_field.model)
        if isinstance(target, ScopedAdmin) and "queryset" not in kwargs:
            rows = db_field.remote_field.model._default_manager.all()
            kwargs["queryset"] = target.scoped(self.actor(request), self.change_verb, rows)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Model, form, change: bool) -> None:
        super().save_model(request, obj, form, change)
        names = form.changed_data if change else list(form.cleaned_data)
        self._audit(
            request,
            "change" if change else "add",
            obj,
            _facts(form.initial, names) if change else None,
            _facts(form.cleaned_data, names),
        )

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self._audit(request, "delete", obj, {"name": str(obj)}, None)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for row in queryset:
            self._audit(request, "delete", row, {"name": str(row)}, None)
        super().delete_queryset(request, queryset)

    def _audit(self, request: HttpRequest, deed: str, row: Model, before, after) -> None:
        name = row._meta.model_name
        workspace_id = self.workspace_of(row)
        audit.record(
            self.actor(request), f"{name}.{deed}", f"{name}:{row.pk}", workspace_id, before, after
        )

    def asked_row(self, request: HttpRequest, object_id: str, verb: str) -> Model:
        """The row of an action's page. Raises Http404 for a stranger's, PermissionDenied for a lesser role."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.may(request, verb, row):
            raise PermissionDenied
        return row

    def confirm_page(self, request: HttpRequest, row: Model, told: dict) -> HttpResponse:
        """A question with a button that posts. `told`: title, question, button; or title and `secret`, shown once."""
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "original": row,
            "row_url": reverse(
                f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk]
            ),
            **told,
        }
        response = TemplateResponse(request, "admin/confirm.html", context)
        response["Cache-Control"] = "no-store"
        return response


class ReadOnlyAdmin(ScopedAdmin):
    """Rows that the platform writes itself: to look at, never to edit."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _facts(values: dict, names: list[str]) -> dict:
    return {
        name: values.get(name)
        for name in names
        if not any(word in name.lower() for word in SECRET_WORDS)
    }


def door(request: HttpRequest) -> HttpResponse:
    """/admin/login/: the platform has one sign-in page. Who is signed in and sent here may not enter the console."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or "/admin/")
