"""Memberships as an inline of workspaces and of users, held to the same rules as the API."""

from collections import defaultdict

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminEmailInputWidget

from fleet_platform.shared.errors import DomainError

from .. import audit
from ..authentication import actor_of_request
from ..models import Membership, Workspace
from ..principal import Actor
from ..services import account_of, membership_check

Key = tuple[int, int]  # (workspace id, user id)


class MembershipForm(forms.ModelForm):
    """A new row presets no role: the first of the list is the mightiest."""

    class Meta:
        model = Membership
        fields = ["role"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        if not self.instance.pk:
            role.choices = [
                ("", "---------"),
                *((one, label) for one, label in role.choices if one),
            ]


class MemberForm(MembershipForm):
    """A member is named by e-mail address, so that nobody is offered a list of all accounts."""

    email = forms.EmailField(
        label=_("e-mail"),
        widget=UnfoldAdminEmailInputWidget,
        help_text=_(
            "Of an account that exists. People without one sign up in the app, "
            "or whoever runs the platform adds them under Users."
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["email"].initial = self.instance.user.email
            self.fields["email"].disabled = True

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if not self.instance.pk:
            try:
                self.instance.user = account_of(actor=self.actor, email=email)
            except DomainError as error:
                said = getattr(error, "fields", {}).get("email", [error.message])
                raise ValidationError([*said, self.fields["email"].help_text]) from None
        return email


class RoleForm(MembershipForm):
    class Meta:
        model = Membership
        fields = ["workspace", "role"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["workspace"].disabled = True


class MembershipFormSet(BaseInlineFormSet):
    """Asks `membership_check` about every member whose roles would change. `actor` is set by the inline."""

    actor: Actor

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        form.actor = self.actor
        return form

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        self.changes = {}
        for key, wanted in self._wanted().items():
            held = _held(key)
            if held != wanted:
                self._check(key, held, wanted)
                self.changes[key] = held, wanted

    def _wanted(self) -> dict[Key, frozenset[str]]:
        """Roles of every touched member once the formset is saved."""
        gone, come = defaultdict(set), defaultdict(set)
        for form in self.forms:
            row = form.instance
            if row.pk and (form.has_changed() or self._should_delete_form(form)):
                old = Membership.objects.get(pk=row.pk)
                gone[old.workspace_id, old.user_id].add(old.role)
            if form.has_changed() and not self._should_delete_form(form):
                key = row.workspace_id or self.instance.pk, row.user_id or self.instance.pk
                if form.cleaned_data["role"] in come[key]:
                    raise ValidationError(_("A role is given to the same member twice."))
                come[key].add(form.cleaned_data["role"])
        return {key: (_held(key) - gone[key]) | come[key] for key in {*gone, *come}}

    def _check(self, key: Key, held: frozenset[str], wanted: frozenset[str]) -> None:
        workspace_id, user_id = key
        Workspace.objects.select_for_update().get(pk=workspace_id)
        try:
            membership_check(
                actor=self.actor,
                workspace_id=workspace_id,
                user_id=user_id,
                held=held,
                wanted=wanted,
            )
        except DomainError as error:
            raise ValidationError(str(error.message)) from None

    def record(self) -> None:
        """One audit row per member whose roles changed."""
        for (workspace_id, user_id), (held, wanted) in self.changes.items():
            before, after = {"roles": sorted(held)}, {"roles": sorted(wanted)}
            audit.record(self.actor, "member.roles", f"user:{user_id}", workspace_id, before, after)


class MembershipInline(TabularInline):
    model = Membership
    formset = MembershipFormSet
    extra = 0
    hide_title = True
    verbose_name = _("role")
    verbose_name_plural = _("roles")

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.actor = actor_of_request(request)
        return formset


class MembersInline(MembershipInline):
    """On a workspace's page."""

    form = MemberForm
    fields = ("email", "role")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user").order_by("user_id", "role")

    def has_view_permission(self, request, obj: Workspace | None = None) -> bool:
        return self._may(request, "member.view", obj)

    def has_change_permission(self, request, obj: Workspace | None = None) -> bool:
        return self._may(request, "member.manage", obj)

    has_add_permission = has_delete_permission = has_change_permission

    def _may(self, request, verb: str, workspace: Workspace | None) -> bool:
        """Without a workspace the question is whether there is any such: Django asks so before it loads the rows."""
        actor = actor_of_request(request)
        return actor.may(verb, workspace.pk) if workspace else actor.may_anywhere(verb)


class RolesInline(MembershipInline):
    """On a user's page: platform roles edit; who manages a workspace sees the roles held there."""

    form = RoleForm
    fields = ("workspace", "role")

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("workspace")
        return actor_of_request(request).scope("member.view", rows)

    def has_view_permission(self, request, obj=None) -> bool:
        return True

    def has_change_permission(self, request, obj=None) -> bool:
        return actor_of_request(request).may("member.manage", None)

    has_add_permission = has_delete_permission = has_change_permission


def _held(key: Key) -> frozenset[str]:
    rows = Membership.objects.filter(workspace_id=key[0], user_id=key[1])
    return frozenset(rows.values_list("role", flat=True))
