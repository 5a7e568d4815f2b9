"""The Actor: a user or a device with the workspaces and roles it has. Every API, socket and page sees this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Model, QuerySet

from fleet_platform.shared.errors import NotAllowed, NotAuthenticated, NotFound

from .roles import PlatformRole, Role, may

Row = TypeVar("Row", bound=Model)
EVERYWHERE = {
    PlatformRole.ADMIN: frozenset({Role.ADMIN}),
    PlatformRole.OWNER: frozenset({Role.OWNER}),
}


@dataclass(frozen=True)
class Source:
    """Where an actor's rights come from, enough to look again later: a browser session, a login session, a
    device's credential. `expires_at`: seconds since 1970 UTC, None while the source itself says."""

    kind: str
    ref: str
    expires_at: float | None = None


@dataclass(frozen=True)
class Actor:
    """`kind` is anonymous, user or device; `roles` maps workspace ids to role names."""

    kind: str = "anonymous"
    id: int | None = None
    name: str = ""
    roles: Mapping[int, frozenset[str]] = field(default_factory=dict)
    platform_role: str = PlatformRole.USER
    source: Source | None = None
    address: str | None = None
    must_change_password: bool = False  # it came with a temporary one: nothing else is open to it

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind

    @property
    def is_authenticated(self) -> bool:
        return self.kind != "anonymous"

    @property
    def everywhere(self) -> frozenset[str]:
        """The roles that the actor has in every workspace of the installation."""
        return EVERYWHERE.get(self.platform_role, frozenset())

    def may(self, verb: str, workspace_id: int | None) -> bool:
        roles = self.everywhere | self.roles.get(workspace_id, frozenset())
        return may(roles, verb)

    def may_anywhere(self, verb: str) -> bool:
        return may(self.everywhere, verb) or any(may(roles, verb) for roles in self.roles.values())

    def workspaces(self, verb: str) -> frozenset[int] | None:
        """Ids of the workspaces where the actor may do the verb; None means all of them."""
        if may(self.everywhere, verb):
            return None
        return frozenset(id for id, roles in self.roles.items() if may(roles, verb))

    def scope(
        self, verb: str, rows: QuerySet, workspace: str = "workspace_id", device: str | None = None
    ) -> QuerySet:
        """The rows that the actor may do the verb to.

        `workspace` is the path from the row to its workspace's id. `device` is the path to a device's id: a
        device sees the rows of itself alone, and none where rows have no device.
        """
        if self.kind == "device":
            return (
                rows.filter(**{device: self.id})
                if device and self.may_anywhere(verb)
                else rows.none()
            )
        ids = self.workspaces(verb)
        return rows if ids is None else rows.filter(**{f"{workspace}__in": ids})

    def require(self, verb: str, workspace_id: int | None) -> None:
        """Raises NotAuthenticated for nobody, NotFound for a stranger, NotAllowed for a member of a lesser role."""
        if not self.is_authenticated:
            raise NotAuthenticated
        if self.may(verb, workspace_id):
            return
        if self.kind == "device" or not (self.everywhere or workspace_id in self.roles):
            raise NotFound
        raise NotAllowed

    def find(self, rows: QuerySet[Row], row_id: int, verb: str) -> Row:
        """The row of that id among `rows`, which the actor may see, to do the verb to.

        Raises NotFound for a stranger as for a missing row, NotAllowed for a member of a lesser role.
        """
        row = rows.filter(pk=row_id).first()
        if row is None:
            raise NotFound
        self.require(verb, row.workspace_id)
        return row


ANONYMOUS = Actor()
