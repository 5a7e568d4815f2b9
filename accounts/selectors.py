"""Reads for somebody. Actors are loaded here, from whatever proved them."""

from collections import defaultdict
from collections.abc import Iterable
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from fleet_platform.shared.errors import NotFound

from .models import AuditRow, Credential, Device, LoginSession, Membership, User, Workspace
from .principal import Actor, Source
from .roles import DEVICE, Role
from .tokens import BROWSER, CREDENTIAL, SESSION


def actor_of_user(user: User, source: Source | None = None, address: str | None = None) -> Actor:
    roles: dict[int, set[str]] = defaultdict(set)
    for workspace_id, role in Membership.objects.filter(user=user).values_list(
        "workspace_id", "role"
    ):
        roles[workspace_id].add(role)
    frozen = {id: frozenset(names) for id, names in roles.items()}
    return Actor("user", user.pk, user.email, frozen, user.role, source, address)


def actor_of_device(
    device: Device, source: Source | None = None, address: str | None = None
) -> Actor:
    roles = {device.workspace_id: frozenset({DEVICE})}
    return Actor("device", device.pk, device.name, roles, source=source, address=address)


def actor_from(source: Source, address: str | None = None) -> Actor | None:
    """The actor as the database knows it now; None once its session, credential, user or device has ended."""
    if source.expires_at is not None and source.expires_at <= timezone.now().timestamp():
        return None
    if source.kind == SESSION:
        user = _user_of_session(source.ref)
    elif source.kind == BROWSER:
        user = _user_of_browser(source.ref)
    elif source.kind == CREDENTIAL:
        row = (
            Credential.objects.select_related("device")
            .filter(pk=source.ref, revoked_at=None)
            .first()
        )
        if row is None or row.device.removed_at is not None:
            return None
        return actor_of_device(row.device, source, address)
    else:
        return None
    return actor_of_user(user, source, address) if user else None


def actors_from(sources: Iterable[Source]) -> dict[Source, Actor | None]:
    """Each source looked at again: what sockets do every few seconds."""
    return {source: actor_from(source) for source in set(sources)}


def _user_of_session(ref: str) -> User | None:
    row = (
        LoginSession.objects.select_related("user")
        .filter(pk=ref, ended_at=None, expires_at__gt=timezone.now(), user__is_active=True)
        .first()
    )
    return row.user if row else None


def _user_of_browser(session_key: str) -> User | None:
    """The user of a browser session, checked as django.contrib.auth does: a changed password ends it."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    if store.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = User.objects.filter(pk=store.get(SESSION_KEY), is_active=True).first()
    if user and constant_time_compare(
        store.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    ):
        return user
    return None


def self_of(actor: Actor) -> User | Device:
    """The actor's own row."""
    model = Device if actor.kind == "device" else User
    return model.objects.get(pk=actor.id)


def workspaces_for(actor: Actor) -> QuerySet[Workspace]:
    """By id. A device belongs to its own workspace and may say so."""
    rows = Workspace.objects.order_by("id")
    if actor.kind == "device":
        return rows.filter(pk__in=actor.roles)
    return actor.scope("workspace.view", rows, workspace="id")


def devices_for(actor: Actor, verb: str = "device.view") -> QuerySet[Device]:
    """Devices in the registry that the actor may do the verb to, by id."""
    return actor.scope(verb, Device.objects.filter(removed_at=None), device="id")


def device_for(actor: Actor, device_id: int, verb: str = "device.view") -> Device:
    """One device. Raises NotFound for a stranger as for a missing row, NotAllowed for a member of a lesser role."""
    device = devices_for(actor).filter(pk=device_id).first()
    if device is None:
        raise NotFound
    actor.require(verb, device.workspace_id)
    return device


def highest_role(user: User) -> str | None:
    """The user's highest role anywhere, platform roles counted as the roles they stand for."""
    actor = actor_of_user(user)
    held = actor.everywhere.union(*actor.roles.values())
    return next((role for role in Role if role in held), None)


def workspace_for(actor: Actor, workspace_id: int, verb: str = "workspace.view") -> Workspace:
    """One workspace. Raises NotFound for a stranger as for a missing row, NotAllowed for a member of a lesser role."""
    workspace = workspaces_for(actor).filter(pk=workspace_id).first()
    if workspace is None:
        raise NotFound
    actor.require(verb, workspace.pk)
    return workspace


def members_of(
    actor: Actor, workspace_id: int, *, after: int = 0, most: int
) -> list[tuple[User, list[str]]]:
    """Members with their roles, by user id beyond `after`."""
    workspace_for(actor, workspace_id, "member.view")
    ids = (
        Membership.objects.filter(workspace_id=workspace_id, user_id__gt=after)
        .order_by("user_id")
        .values_list("user_id", flat=True)
        .distinct()[:most]
    )
    rows = (
        Membership.objects.filter(workspace_id=workspace_id, user_id__in=list(ids))
        .select_related("user")
        .order_by("user_id", "role")
    )
    roles: dict[User, list[str]] = defaultdict(list)
    for row in rows:
        roles[row.user].append(row.role)
    return list(roles.items())


def roles_in(actor: Actor, workspace_id: int) -> list[str]:
    """The actor's roles in a workspace, those of the whole platform included."""
    return sorted(str(role) for role in actor.everywhere | actor.roles.get(workspace_id, set()))


def audit_for(actor: Actor) -> QuerySet[AuditRow]:
    return actor.scope("audit.view", AuditRow.objects.all())
