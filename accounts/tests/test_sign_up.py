"""Accounts that people make themselves, and those that administrators make."""

import pytest

from accounts import services
from accounts.models import AuditRow, Membership, User, Way
from accounts.roles import PlatformRole
from conftest import PASSWORD
from fleet_platform.shared.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    TooMany,
)

HERE = "10.0.0.1"
EMAIL = "new@test.example"


def sign_up(email=EMAIL, password=PASSWORD, address=HERE, profile=None, **fields):
    return services.sign_up(
        email=email, password=password, address=address, profile=profile or {}, **fields
    )


def test_a_new_account_is_a_plain_user_of_no_workspace(db, actor_of):
    user = sign_up(name="Uram", phone_number="010-1234-5678", profile={"asked_role": "admin"})
    assert (user.role, user.name, user.phone_number) == ("user", "Uram", "01012345678")
    assert user.profile.asked_role == "admin"
    assert not Membership.objects.exists()
    assert actor_of(user).roles == {}
    assert services.user_check(email=EMAIL, password=PASSWORD, address=HERE) == user


def test_it_is_in_the_audit_without_the_password(db):
    user = sign_up(profile={"asked_role": "최고관리자"})
    row = AuditRow.objects.get()
    assert (row.actor, row.address, row.verb) == ("anonymous", HERE, "user.sign_up")
    assert row.after == {"email": EMAIL, "role": "user", "asked_role": "최고관리자"}
    assert row.target == f"user:{user.pk}"


@pytest.mark.parametrize("email", [EMAIL, "NEW@Test.Example", f" {EMAIL} "])
def test_an_address_has_one_account(db, email):
    sign_up()
    with pytest.raises(Conflict):
        sign_up(email)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"email": "nobody"}, "email"),
        ({"password": "1234"}, "password"),
        ({"password": EMAIL}, "password"),
        ({"phone_number": "call me"}, "phone_number"),
        ({"name": "x" * 151}, "name"),
        ({"profile": {"job": "x" * 151}}, "job"),
    ],
)
def test_bad_input_is_named_and_nothing_is_kept(db, fields, named):
    with pytest.raises(Invalid) as refusal:
        sign_up(**fields)
    assert list(refusal.value.fields) == [named]
    assert not User.objects.exists()


def test_addresses_confirmed_just_before_count_as_confirmed(db, post_office):
    for number in ("", "01012345678"):
        with post_office():
            services.code_request(
                email=EMAIL,
                way=Way.SMS if number else Way.EMAIL,
                phone_number=number,
                address=HERE,
            )
        assert services.code_check(email=EMAIL, code=post_office.code, address=HERE)
    profile = sign_up(phone_number="010 1234 5678").profile
    assert profile.email_verified_at and profile.phone_verified_at


def test_else_they_do_not(db, post_office):
    with post_office():
        services.code_request(email=EMAIL, way=Way.EMAIL, address=HERE)
    profile = sign_up(phone_number="01012345678").profile
    assert not profile.email_verified_at and not profile.phone_verified_at


def test_one_caller_makes_so_many_an_hour(db, settings):
    settings.SIGN_UPS_PER_CALLER = 1
    sign_up()
    with pytest.raises(TooMany):
        sign_up("other@test.example")
    sign_up("other@test.example", address="10.0.0.2")


def test_an_installation_may_close_its_door(db, settings):
    settings.SIGN_UP_OPEN = False
    with pytest.raises(NotAllowed):
        sign_up()


# --- administrators ---


def admin_sign_up(actor, role=PlatformRole.ADMIN, **fields):
    return services.admin_sign_up(
        actor=actor,
        email=EMAIL,
        password=PASSWORD,
        role=role,
        profile={"asked_role": "일반관리자"},
        **fields,
    )


@pytest.mark.parametrize("role", [PlatformRole.ADMIN, PlatformRole.OWNER])
def test_a_platform_owner_makes_administrators(platform_owner, actor_of, role):
    user = admin_sign_up(actor_of(platform_owner), role)
    assert User.objects.get(pk=user.pk).role == role
    row = AuditRow.objects.get(verb="user.add")
    assert (row.actor, row.target) == (f"user:{platform_owner.pk}", f"user:{user.pk}")
    assert row.after == {"email": EMAIL, "role": role, "asked_role": "일반관리자"}


def test_a_platform_admin_makes_accounts_and_gives_no_rank(platform_admin, actor_of):
    """As in the console: the rank of others is for platform owners to change."""
    user = admin_sign_up(actor_of(platform_admin), PlatformRole.OWNER)
    assert (user.role, user.profile.asked_role) == ("user", "일반관리자")


@pytest.mark.parametrize("who", ["owner", "admin", "viewer", "stranger", "device"])
def test_nobody_else_does(request, actor_of, who):
    with pytest.raises(NotAllowed):
        admin_sign_up(actor_of(request.getfixturevalue(who)))
    assert not User.objects.filter(email=EMAIL).exists()


def test_least_of_all_somebody_unknown(db, actor_of):
    with pytest.raises(NotAuthenticated):
        admin_sign_up(actor_of(None))


def test_the_same_checks_hold(platform_owner, actor_of):
    with pytest.raises(Conflict):
        services.admin_sign_up(
            actor=actor_of(platform_owner),
            email=platform_owner.email,
            password=PASSWORD,
            role=PlatformRole.ADMIN,
            profile={},
        )
