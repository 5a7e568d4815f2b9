"""New accounts. A role asked for is written down; only a platform owner's word makes somebody an administrator."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from fleet_platform.shared.errors import Conflict, Invalid, NotAllowed, NotAuthenticated

from .. import audit, sms
from ..models import Profile, User, Way
from ..principal import Actor
from ..roles import PlatformRole
from .codes import confirmed_at
from .forms import check_fields
from .rate_limits import count_sign_up

PROFILE = (
    "asked_role",
    "company_name",
    "job",
    "job_position",
    "zip_code",
    "full_address",
    "address_detail",
    "picture",
)


def sign_up(
    *,
    email: str,
    password: str,
    name: str = "",
    phone_number: str = "",
    profile: Mapping[str, Any],
    address: str | None,
) -> User:
    """A plain user of no workspace. `profile`: columns of Profile. Raises Invalid, Conflict, TooMany, NotAllowed."""
    if not settings.SIGN_UP_OPEN:
        raise NotAllowed(_("Accounts are made by an administrator here."))
    count_sign_up(address)
    user = _new_user(email, password, name, phone_number, PlatformRole.USER)
    with transaction.atomic():
        _save(user, _with_proofs(user, profile))
        actor = Actor(address=address)
        audit.record(actor, "user.sign_up", f"user:{user.pk}", after=_facts(user, profile))
    return user


def admin_sign_up(
    *,
    actor: Actor,
    email: str,
    password: str,
    name: str = "",
    phone_number: str = "",
    role: str,
    profile: Mapping[str, Any],
) -> User:
    """An account made by somebody of a platform role. `role` is given by platform owners alone, as in the console;
    from a platform admin it stays what was asked for. Raises as `sign_up`."""
    admin_check(actor=actor)
    given = role if actor.platform_role == PlatformRole.OWNER else PlatformRole.USER
    user = _new_user(email, password, name, phone_number, given)
    with transaction.atomic():
        _save(user, profile)
        audit.record(actor, "user.add", f"user:{user.pk}", after=_facts(user, profile))
    return user


def admin_check(*, actor: Actor) -> None:
    """Whether the actor may make accounts of administrators, to be asked before a body is read."""
    if not actor.is_authenticated:
        raise NotAuthenticated
    if actor.kind != "user" or not actor.may("user.manage", None):
        raise NotAllowed


def _new_user(email: str, password: str, name: str, phone_number: str, role: str) -> User:
    """Not saved yet. Raises Invalid by field."""
    user = User(email=User.objects.normalize_email(email.strip()), name=name, role=role)
    try:
        user.phone_number = sms.clean_number(phone_number) if phone_number else ""
    except ValueError as error:
        raise Invalid({"phone_number": str(error)}) from None
    check_fields(user, "email", "name", "phone_number", "role")
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        raise Invalid({"password": error.messages}) from None
    user.set_password(password)
    return user


def _save(user: User, profile: Mapping[str, Any]) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise Conflict(_("An account with this e-mail address exists.")) from None
    row = Profile(user=user, **profile)
    check_fields(row, *PROFILE)
    row.save()


def _with_proofs(user: User, profile: Mapping[str, Any]) -> dict[str, Any]:
    """Which of the addresses were confirmed by a code just before."""
    return {
        **profile,
        "email_verified_at": confirmed_at(user.email, Way.EMAIL),
        "phone_verified_at": confirmed_at(user.email, Way.SMS, user.phone_number),
    }


def _facts(user: User, profile: Mapping[str, Any]) -> dict[str, Any]:
    asked = profile.get("asked_role", "")
    return {"email": user.email, "role": user.role, "asked_role": asked}
