"""Reads for somebody. Actors are loaded here, from whatever proved them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from fleet_platform.shared.errors import NotFound

from .models import (
    Credential,
    Device,
    LoginSession,
    Membership,
    Profile,
    TemporaryPassword,
    User,
    Workspace,
)
from .principal import Actor, Source
from .roles import DEVICE, Role
from .tokens import BROWSER, CHANGE_SECONDS, CREDENTIAL, SESSION


def actor_of_user(user: User, source: Source | None = None, address: str | None = None) -> Actor:
    return _actor(user, _roles_of([user.pk]).get(user.pk, {}), source, address)


def actor_of_device(
    device: Device, source: Source | None = None, address: str | None = None
) -> Actor:
    roles = {device.workspace_id: frozenset({DEVICE})}
    return Actor("device", device.pk, device.name, roles, source=source, address=address)


def actor_from(source: Source, address: str | None = None) -> Actor | None:
    """The actor as the database knows it now; None once its session, credential, user or device has ended."""
    return actors_from([source], address)[source]


def limited_actor_from(source: Source, address: str | None = None) -> Actor | None:
    """The actor of a session that a temporary password began: without any role, to set a new password with.

    `actor_from` does not know such sessions, so whoever does not ask here is closed to them.
    """
    if source.kind != SESSION:
        return None
    rows = LoginSession.objects.select_related("user").exclude(temporary_password=None)
    session = rows.filter(pk=source.ref).first()
    if session is None or not session.in_force:
        return None
    user = session.user
    return Actor(
        "user", user.pk, user.email, source=source, address=address, must_change_password=True
    )


def temporary_password_in_use(id: int | None) -> TemporaryPassword | None:
    """A temporary password that has just signed in a browser, while a new one may still be set."""
    if id is None:
        return None
    since = timezone.now() - timedelta(seconds=CHANGE_SECONDS)
    rows = TemporaryPassword.objects.select_related("user")
    row = rows.filter(pk=id, used_at__gt=since, user__is_active=True).first()
    if row is None or not constant_time_compare(row.auth_hash, row.user.get_session_auth_hash()):
        return None
    return row


def actors_from(
    sources: Iterable[Source], address: str | None = None
) -> dict[Source, Actor | None]:
    """Each source looked at again, in a few queries whatever their number: what sockets do every few seconds."""
    found: dict[Source, Actor | None] = dict.fromkeys(sources)
    now = timezone.now().timestamp()
    refs: dict[str, set[str]] = defaultdict(set)
    fresh = [source for source in found if source.expires_at is None or source.expires_at > now]
    for source in fresh:
        refs[source.kind].add(source.ref)
    users = {SESSION: _users_of_sessions(refs[SESSION]), BROWSER: _users_of_browsers(refs[BROWSER])}
    devices = _devices_of_credentials(refs[CREDENTIAL])
    roles = _roles_of({user.pk for known in users.values() for user in known.values()})
    for source in fresh:
        if device := source.kind == CREDENTIAL and devices.get(source.ref):
            found[source] = actor_of_device(device, source, address)
        elif user := users.get(source.kind, {}).get(source.ref):
            found[source] = _actor(user, roles.get(user.pk, {}), source, address)
    return found


def _actor(user: User, roles: Mapping, source: Source | None, address: str | None) -> Actor:
    return Actor("user", user.pk, user.email, roles, user.role, source, address)


def _roles_of(user_ids: Collection[int]) -> dict[int, dict[int, frozenset[str]]]:
    """User id -> workspace id -> roles."""
    rows: dict[int, dict[int, frozenset[str]]] = defaultdict(dict)
    if not user_ids:
        return rows
    memberships = Membership.objects.filter(user_id__in=user_ids)
    for user_id, workspace_id, role in memberships.values_list("user_id", "workspace_id", "role"):
        held = rows[user_id].get(workspace_id, frozenset())
        rows[user_id][workspace_id] = held | {role}
    return rows


def _users_of_sessions(refs: set[str]) -> dict[str, User]:
    if not refs:
        return {}
    rows = LoginSession.objects.select_related("user").filter(
        pk__in=refs,
        ended_at=None,
        expires_at__gt=timezone.now(),
        user__is_active=True,
        temporary_password=None,
    )
    return {str(row.pk): row.user for row in rows if row.in_force}


def _users_of_browsers(keys: set[str]) -> dict[str, User]:
    """Users of browser sessions, checked as django.contrib.auth does: a changed password ends them."""
    if not keys:
        return {}
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    told = {row.session_key: row.get_decoded() for row in rows}
    told = {
        key: session
        for key, session in told.items()
        if session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    }
    users = User.objects.filter(is_active=True).in_bulk(
        {int(session[SESSION_KEY]) for session in told.values()}
    )
    return {
        key: user
        for key, session in told.items()
        if (user := users.get(int(session[SESSION_KEY])))
        and constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    }


def _devices_of_credentials(refs: set[str]) -> dict[str, Device]:
    if not refs:
        return {}
    rows = Credential.objects.select_related("device").filter(
        pk__in=refs, revoked_at=None, device__removed_at=None
    )
    return {str(row.pk): row.device for row in rows}


def self_of(actor: Actor) -> User | Device:
    """The actor's own row."""
    model = Device if actor.kind == "device" else User
    return model.objects.get(pk=actor.id)


def profile_of(user: User) -> Profile:
    """What the user said of himself; a blank one where he never did."""
    return Profile.objects.filter(user=user).first() or Profile(user=user)


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
    return actor.find(devices_for(actor), device_id, verb)


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
