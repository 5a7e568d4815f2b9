"""Operations 10 and 11 of FlyingLet: /signup and /signup/Admin."""

import pytest

from accounts.models import AuditRow, Membership, User
from conftest import PASSWORD

from . import flyinglet

NEW = {"email": "uram@naver.com", "password": PASSWORD}
ADMIN = {**NEW, "role": "일반관리자", "adminName": "장수민2"}


@pytest.fixture
def request_of():
    """`request_of("User Sign up")`: the body that the page's snippet sends, with a password that will do."""
    return lambda heading: flyinglet.pages()[heading].body() | {"password": PASSWORD}


def test_the_page_s_body_makes_a_plain_user(client_of, db, request_of):
    said = request_of("User Sign up")
    answer = client_of().post("/signup", said)
    assert answer.status_code == 201
    assert answer["Content-Type"].startswith("text/plain")
    assert answer.content
    user = User.objects.get(email=said["email"])
    assert (user.role, user.name, user.phone_number) == ("user", "uram", "01012345678")
    assert user.profile.asked_role == said["role"] == "admin"
    assert not Membership.objects.exists()
    assert client_of().post("/signin/Admin", NEW).status_code == 403
    (told,) = client_of().post("/signin", NEW).json()
    assert told["role"] == "user"


def test_the_page_s_own_password_is_too_weak(client_of, db):
    said = flyinglet.pages()["User Sign up"].body()
    answer = client_of().post("/signup", said)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["password"]
    assert not User.objects.exists()


def test_whatever_the_documents_show_may_be_said(client_of, db):
    about = {
        "companyName": "인티그리트",
        "job": "연구",
        "jobPosition": "대리",
        "zipCode": "06000",
        "fullAddress": "집주소",
        "addressDetail": "5층",
    }
    assert client_of().post("/signup", {**NEW, **about, "unknown": {"x": 1}}).status_code == 201
    (told,) = client_of().post("/signin", NEW).json()
    assert {key: told[key] for key in about} == about


@pytest.mark.parametrize("role", ["최고관리자", "owner", "admin"])
def test_no_role_asked_for_is_granted(client_of, db, role):
    client_of().post("/signup", {**NEW, "role": role, "is_staff": True, "is_superuser": True})
    user = User.objects.get()
    assert (user.role, user.is_staff, user.is_superuser) == ("user", False, False)


def test_a_signed_in_owner_s_sign_up_grants_nothing_either(client_of, platform_owner):
    client_of(platform_owner).post("/signup", {**NEW, "role": "최고관리자"})
    assert User.objects.get(email=NEW["email"]).role == "user"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": PASSWORD}, "email"),
        ({"email": "a@b.example"}, "password"),
        ({**NEW, "email": "nobody"}, "email"),
        ({**NEW, "email": "a" * 250 + "@b.example"}, "email"),
        ({**NEW, "phoneNumber": "call me"}, "phoneNumber"),
        ({**NEW, "userName": "x" * 151}, "userName"),
        ({**NEW, "role": "x" * 65}, "role"),
        ({**NEW, "job": {"a": 1}}, "job"),
        ({**NEW, "password": "short"}, "password"),
        ([], "body"),
    ],
)
def test_bad_input_is_named_in_the_wire_s_words(client_of, db, body, field):
    answer = client_of().post("/signup", body)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert not User.objects.exists()


def test_an_address_in_use_is_a_conflict(client_of, viewer):
    answer = client_of().post("/signup", {**NEW, "email": viewer.email.upper()})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == 409


def test_so_many_an_hour(client_of, db, settings):
    settings.SIGN_UPS_PER_CALLER = 1
    assert client_of().post("/signup", NEW).status_code == 201
    answer = client_of().post("/signup", {**NEW, "email": "other@test.example"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1


def test_a_closed_door_says_so(client_of, db, settings):
    settings.SIGN_UP_OPEN = False
    assert client_of().post("/signup", NEW).status_code == 403


# --- /signup/Admin ---


def test_a_platform_owner_makes_the_page_s_administrator(client_of, platform_owner, request_of):
    said = request_of("Admin Sign up")
    answer = client_of(platform_owner).post("/signup/Admin", said)
    assert answer.status_code == 201
    told = client_of().post("/signin/Admin", {"email": said["email"], "password": PASSWORD}).json()
    assert (told["role"], told["adminName"]) == ("일반관리자", said["adminName"])
    assert told["adminId"] != said["adminId"]
    assert AuditRow.objects.get(verb="user.add").actor == f"user:{platform_owner.pk}"


def test_a_platform_admin_s_word_makes_no_administrator(client_of, platform_admin):
    assert client_of(platform_admin).post("/signup/Admin", ADMIN).status_code == 201
    user = User.objects.get(email=ADMIN["email"])
    assert (user.role, user.profile.asked_role) == ("user", "일반관리자")


@pytest.mark.parametrize("who", ["owner", "admin", "operator", "viewer", "stranger", "device"])
@pytest.mark.parametrize("body", [ADMIN, {}])
def test_others_may_not_and_hear_nothing_about_the_body(client_of, request, who, body):
    answer = client_of(request.getfixturevalue(who)).post("/signup/Admin", body)
    assert answer.status_code == 403
    assert "fields" not in answer.json()["error"]
    assert not User.objects.filter(email=ADMIN["email"]).exists()


def test_nobody_may_not_either(client_of, db):
    answer = client_of().post("/signup/Admin", ADMIN)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"]


@pytest.mark.parametrize("role", ["", "root", None])
def test_a_role_that_is_none_is_named(client_of, platform_owner, role):
    answer = client_of(platform_owner).post("/signup/Admin", {**ADMIN, "role": role})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["role"]


@pytest.mark.parametrize(
    ("profile", "picture"),
    [
        (
            '{"user": {"profile": {"profile_img": "https://a.example/b.png"}}}',
            "https://a.example/b.png",
        ),
        ('{"user": {"profile": {"profile_img": " "}}}', ""),
        ('{"user": {"profile": {"profile_img": 0}}}', ""),
        ('{"user": []}', ""),
        ("[" * 10_000, ""),
        ("no json", ""),
    ],
)
def test_of_the_admin_profile_the_picture_counts(client_of, platform_owner, profile, picture):
    body = {**ADMIN, "adminProfile": profile}
    assert client_of(platform_owner).post("/signup/Admin", body).status_code == 201
    assert User.objects.get(email=ADMIN["email"]).profile.picture == picture


def test_a_picture_that_is_too_long_is_named(client_of, platform_owner):
    long = '{"user": {"profile": {"profile_img": "%s"}}}' % ("x" * 600)
    answer = client_of(platform_owner).post("/signup/Admin", {**ADMIN, "adminProfile": long})
    assert list(answer.json()["error"]["fields"]) == ["adminProfile"]


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://a.example/\\ud800", "/a\\u0000b", "//evil.example/a.png"],
)
def test_a_picture_that_is_no_address_is_refused(client_of, platform_owner, address):
    profile = '{"user": {"profile": {"profile_img": "ADDRESS"}}}'.replace("ADDRESS", address)
    answer = client_of(platform_owner).post("/signup/Admin", {**ADMIN, "adminProfile": profile})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["adminProfile"]
    assert not User.objects.filter(email=ADMIN["email"]).exists()
