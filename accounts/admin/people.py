"""Users and their login sessions. Platform roles edit people; who manages a workspace sees the people in it."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from fleet_platform.shared.errors import DomainError

from .. import services
from ..admin_base import ReadOnlyAdmin, ScopedAdmin
from ..models import LoginSession, User
from ..principal import Actor
from ..roles import PlatformRole
from .memberships import RolesInline
from .profiles import ProfileInline

admin.site.unregister(Group)  # roles take the place of Django's groups


class NewUserForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class UserAdmin(ScopedAdmin, DjangoUserAdmin):
    """Accounts are made dormant, not deleted: what they did stays readable."""

    view_verb = "member.view"
    change_verb = "user.manage"
    workspace_path = "memberships__workspace_id"
    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "name", "role", "asked_role", "is_active", "last_login")
    list_select_related = ("profile",)
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("name", "phone_number", "language")}),
        (_("Rights"), {"fields": ("role", "is_active")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    def get_inlines(self, request: HttpRequest, obj=None) -> tuple:
        """Roles are given once the row is there. What people said of themselves is for who manages people."""
        if obj is None:
            return ()
        manages = self.actor(request).may(self.change_verb, None)
        return (ProfileInline, RolesInline) if manages else (RolesInline,)

    @admin.display(description=_("role asked for"))
    def asked_role(self, user: User) -> str:
        return user.profile.asked_role if hasattr(user, "profile") else ""

    def get_list_display(self, request: HttpRequest) -> tuple:
        manages = self.actor(request).may(self.change_verb, None)
        return tuple(name for name in self.list_display if manages or name != "asked_role")

    def workspace_of(self, row) -> None:
        """A person belongs to no one workspace: changing one is a right on the installation."""
        return None

    def scoped(self, actor: Actor, verb: str, rows: QuerySet) -> QuerySet:
        return super().scoped(actor, verb, rows).distinct()

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self.actor(request).may_anywhere(self.view_verb)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.actor(request).may(self.change_verb, None)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        actor = self.actor(request)
        above = obj is not None and obj.role == PlatformRole.OWNER != actor.platform_role
        return actor.may(self.change_verb, None) and not above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None):
        shown = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return shown
        return ((None, {"fields": ("email", "name", "is_active", "last_login")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None):
        """Nobody changes his own rank, and only platform owners change that of others."""
        fields = list(self.readonly_fields)
        mine = obj is not None and obj.pk == request.user.pk
        if mine or self.actor(request).platform_role != PlatformRole.OWNER:
            fields.append("role")
        return [*fields, "is_active"] if mine else fields

    def save_formset(self, request: HttpRequest, form, formset, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        formset.record()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = ""):
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            user = self.get_object(request, id)
            services.sessions_end(actor=self.actor(request), user=user, reason="password changed")
        return response


@admin.register(LoginSession)
class LoginSessionAdmin(ReadOnlyAdmin):
    view_verb = "user.manage"
    workspace_path = None
    list_display = ("user", "address", "created_at", "expires_at", "ended_at", "end_reason")
    list_select_related = ("user",)
    search_fields = ("user__email", "address")
    ordering = ("-created_at",)
    actions = ("end_selected",)
    actions_row = actions_detail = ("end",)

    def has_end_permission(self, request: HttpRequest, obj=None) -> bool:
        return self.may(request, "user.manage")

    @admin.action(description=_("End the selected sessions"), permissions=["end"])
    def end_selected(self, request: HttpRequest, queryset: QuerySet[LoginSession]) -> None:
        for session in queryset:
            self._end(request, session)

    @action(description=_("End"), url_path="end", permissions=["end"], icon="logout")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        session = self.asked_row(request, object_id, "user.manage")
        if request.method != "POST":
            told = {
                "title": _("End the session"),
                "question": _("The session ends at once, with every token that came from it."),
                "button": _("End the session"),
            }
            return self.confirm_page(request, session, told)
        self._end(request, session)
        return HttpResponseRedirect(reverse("admin:accounts_loginsession_changelist"))

    def _end(self, request: HttpRequest, session: LoginSession) -> None:
        try:
            services.session_end(actor=self.actor(request), session_id=session.pk)
        except DomainError as error:
            messages.error(request, f"{session}: {gettext(str(error.message))}")
