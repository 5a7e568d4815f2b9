"""Workspaces and who belongs to them. Owners alone grant and take the owner's role, and one owner always stays."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from fleet_platform.shared import throttle
from fleet_platform.shared.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, NotFound

from .. import audit
from ..models import Membership, User, Workspace
from ..principal import Actor
from ..roles import Role
from .forms import check_fields

ADDS_PER_HOUR = 60  # whoever adds members learns which e-mail addresses have accounts


def workspace_create(*, actor: Actor, name: str, time_zone: str = "UTC") -> Workspace:
    """A workspace owned by its maker. For platform roles alone."""
    if not actor.is_authenticated:
        raise NotAuthenticated
    if actor.kind != "user" or not actor.may("workspace.create", None):
        raise NotAllowed
    workspace = Workspace(name=name, time_zone=time_zone)
    check_fields(workspace, "name", "time_zone")
    with transaction.atomic():
        workspace.save()
        Membership.objects.create(user_id=actor.id, workspace=workspace, role=Role.OWNER)
        after = {"name": name, "time_zone": time_zone}
        target = f"workspace:{workspace.pk}"
        audit.record(actor, "workspace.add", target, workspace.pk, None, after)
    return workspace


def workspace_update(
    *, actor: Actor, workspace_id: int, name: str | None = None, time_zone: str | None = None
) -> Workspace:
    """Change what is given."""
    actor.require("workspace.manage", workspace_id)
    given = {"name": name, "time_zone": time_zone}
    changes = {field: value for field, value in given.items() if value is not None}
    with transaction.atomic():
        workspace = _locked(workspace_id)
        before = {field: getattr(workspace, field) for field in changes}
        for field, value in changes.items():
            setattr(workspace, field, value)
        check_fields(workspace, "name", "time_zone")
        workspace.save(update_fields=list(changes))
        target = f"workspace:{workspace_id}"
        audit.record(actor, "workspace.change", target, workspace_id, before, changes)
    return workspace


def member_add(
    *, actor: Actor, workspace_id: int, email: str, roles: Iterable[str]
) -> tuple[User, frozenset[str]]:
    """Give an existing account more roles; answers all it has then.

    Raises Invalid on `email`, in the same words for every address that cannot be added.
    """
    actor.require("member.manage", workspace_id)
    user = account_of(actor=actor, email=email)
    with transaction.atomic():
        _locked(workspace_id)
        held = _roles_of(user.pk, workspace_id)
        wanted = held | _known(roles)
        _replace(actor, workspace_id, user.pk, held, wanted)
    return user, wanted


def account_of(*, actor: Actor, email: str) -> User:
    """The account that somebody who manages members named. Counted, since the answer tells whether there is one."""
    throttle.hit("member-add", str(actor), limit=ADDS_PER_HOUR, window=3600)
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None:
        raise Invalid({"email": _("No account with this address can be added.")})
    return user


def member_set_roles(
    *, actor: Actor, workspace_id: int, user_id: int, roles: Iterable[str]
) -> tuple[User, frozenset[str]]:
    """Replace a member's roles. Raises NotFound for who is no member, NotAllowed, Conflict as `membership_check`."""
    actor.require("member.manage", workspace_id)
    wanted = _known(roles)
    with transaction.atomic():
        _locked(workspace_id)
        held = _roles_of(user_id, workspace_id)
        if not held:
            raise NotFound
        _replace(actor, workspace_id, user_id, held, wanted)
    return User.objects.get(pk=user_id), wanted


def member_remove(*, actor: Actor, workspace_id: int, user_id: int) -> None:
    """Take all roles. A member may always leave by himself; taking others needs the right to manage members."""
    actor.require("workspace.view", workspace_id)
    if actor.kind != "user" or actor.id != user_id:
        actor.require("member.manage", workspace_id)
    with transaction.atomic():
        _locked(workspace_id)
        held = _roles_of(user_id, workspace_id)
        if not held:
            raise NotFound
        leaving = actor.kind == "user" and actor.id == user_id
        _replace(actor, workspace_id, user_id, held, frozenset(), leaving=leaving)


def membership_check(
    *,
    actor: Actor,
    workspace_id: int,
    user_id: int,
    held: frozenset[str],
    wanted: frozenset[str],
    leaving: bool = False,
) -> None:
    """Whether a member's roles may become `wanted`. Raises NotAllowed where an owner's role is not the actor's to
    grant or take, Conflict where the workspace would be left without an owner."""
    if not leaving:
        actor.require("member.manage", workspace_id)
    if Role.OWNER not in held ^ wanted:
        return
    if Role.OWNER not in actor.everywhere | actor.roles.get(workspace_id, frozenset()):
        raise NotAllowed(_("Only an owner grants or takes the owner's role."))
    others = Membership.objects.filter(workspace_id=workspace_id, role=Role.OWNER)
    if Role.OWNER in held and not others.exclude(user_id=user_id).exists():
        raise Conflict(_("A workspace keeps at least one owner."))


def _replace(
    actor: Actor,
    workspace_id: int,
    user_id: int,
    held: frozenset[str],
    wanted: frozenset[str],
    leaving: bool = False,
) -> None:
    membership_check(
        actor=actor,
        workspace_id=workspace_id,
        user_id=user_id,
        held=held,
        wanted=wanted,
        leaving=leaving,
    )
    rows = Membership.objects.filter(user_id=user_id, workspace_id=workspace_id)
    rows.filter(role__in=held - wanted).delete()
    Membership.objects.bulk_create(
        Membership(user_id=user_id, workspace_id=workspace_id, role=role)
        for role in sorted(wanted - held)
    )
    before, after = {"roles": sorted(held)}, {"roles": sorted(wanted)}
    audit.record(actor, "member.roles", f"user:{user_id}", workspace_id, before, after)


def _roles_of(user_id: int, workspace_id: int) -> frozenset[str]:
    rows = Membership.objects.filter(user_id=user_id, workspace_id=workspace_id)
    return frozenset(rows.values_list("role", flat=True))


def _known(roles: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(roles)
    unknown = sorted(wanted - set(Role.values))
    if unknown or not wanted:
        choices = ", ".join(Role.values)
        raise Invalid({"roles": _("give at least one of: %s") % choices})
    return frozenset(Role(name).value for name in wanted)


def _locked(workspace_id: int) -> Workspace:
    """The row lock keeps two changes of members apart, so that the last two owners cannot leave at once."""
    workspace = Workspace.objects.select_for_update().filter(pk=workspace_id).first()
    if workspace is None:
        raise NotFound
    return workspace
