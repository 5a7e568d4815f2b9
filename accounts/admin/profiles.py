"""What a person said of himself, on the user's page."""

from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from .. import audit
from ..authentication import actor_of_request
from ..models import Profile
from ..principal import Actor


class ProfileFormSet(BaseInlineFormSet):
    """Notes who changed what. `actor` is set by the inline."""

    actor: Actor

    def record(self) -> None:
        for form in self.forms:
            names = [name for name in form.changed_data if name in form.cleaned_data]
            if names:
                before = {name: form.initial.get(name) for name in names}
                after = {name: form.cleaned_data[name] for name in names}
                target = f"user:{self.instance.pk}"
                audit.record(self.actor, "profile.change", target, None, before, after)


class ProfileInline(StackedInline):
    """The user's page offers it to who manages people alone."""

    model = Profile
    formset = ProfileFormSet
    can_delete = False
    verbose_name_plural = _("Profile")
    readonly_fields = ("asked_role", "email_verified_at", "phone_verified_at")
    fields = (
        "asked_role",
        ("email_verified_at", "phone_verified_at"),
        "company_name",
        ("job", "job_position"),
        "full_address",
        ("address_detail", "zip_code"),
        "picture",
    )

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.actor = actor_of_request(request)
        return formset

    def has_view_permission(self, request, obj=None) -> bool:
        return actor_of_request(request).may("user.manage", None)

    has_add_permission = has_change_permission = has_view_permission

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
