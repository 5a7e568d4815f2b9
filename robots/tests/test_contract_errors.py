"""The seed's table of error codes, for every operation of the contract: 401, 405, 406, 415 or 400, 429."""

import json

import pytest
from django.test import Client

from . import flyinglet
from .test_contract_shapes import PLACEHOLDERS

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
NUMBERS = range(1, 25)
# The contract: "... /Registry, /stream, ... need a token"; /signup/Admin is for a signed-in admin; /refresh has its own.
WITH_TOKEN = {2, 3, 4, 5, 11, 12, 17, 18, 20, 22, 23, 24}


def operation(number: int) -> tuple[frozenset[str], str]:
    methods, path = flyinglet.contract_operations()[number]
    for name, value in PLACEHOLDERS.items():
        path = path.replace(f"{{{name}}}", value)
    return methods, path


def send(client: Client, method: str, path: str, accept: str = "application/json"):
    return client.generic(method, path, "{}", "application/json", headers={"Accept": accept})


def check(answer, status: int) -> None:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    error = json.loads(answer.content)["error"]
    assert error["code"] == status
    assert error["message"]


@pytest.mark.parametrize("number", NUMBERS)
def test_another_method_is_a_405_that_names_those_allowed(number, client_of, viewer):
    methods, path = operation(number)
    for method in set(METHODS) - methods:
        answer = send(client_of(viewer), method, path)
        check(answer, 405)
        assert {name.strip() for name in answer["Allow"].split(",")} - {
            "OPTIONS",
            "HEAD",
        } == methods


@pytest.mark.parametrize("number", NUMBERS)
def test_another_format_is_a_406(number, client_of, owner):
    methods, path = operation(number)
    for method in methods:
        check(send(client_of(owner), method, path, "application/xml"), 406)


@pytest.mark.parametrize("number", NUMBERS)
def test_so_it_is_with_a_format_in_the_query(number, client_of, owner):
    methods, path = operation(number)
    for method in methods:
        joint = "&" if "?" in path else "?"
        check(send(client_of(owner), method, f"{path}{joint}format=xml"), 406)


@pytest.mark.parametrize("number", set(NUMBERS) - {1})
def test_a_slash_too_many_is_a_404_in_the_same_shape(number, client_of, owner):
    methods, path = operation(number)
    for method in methods:
        check(send(client_of(owner), method, path.partition("?")[0] + "/"), 404)


@pytest.mark.parametrize("number", NUMBERS)
def test_options_are_told_as_json(number, client_of, owner):
    _, path = operation(number)
    answer = client_of(owner).options(path)
    assert answer.status_code == 200
    assert json.loads(answer.content)["parses"]


@pytest.mark.parametrize("number", sorted(WITH_TOKEN))
def test_without_a_token_it_is_a_401_that_says_which(number, client):
    methods, path = operation(number)
    for method in methods:
        answer = send(client, method, path)
        check(answer, 401)
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "", "Bearer", "\xff"])
@pytest.mark.parametrize("number", sorted(WITH_TOKEN))
def test_so_it_is_with_a_wrong_one(number, token, client):
    methods, path = operation(number)
    for method in methods:
        answer = client.generic(
            method, path, "{}", "application/json", headers={"Authorization": token}
        )
        check(answer, 401)


@pytest.mark.parametrize("number", [3, 4, 5, 17, 18, 20, 22, 23, 24])
def test_so_it_is_with_one_that_was_ended(number, client, token_of, viewer, actor_of):
    from accounts.services import sessions_end

    token = token_of(viewer)
    sessions_end(actor=actor_of(viewer), user=viewer, reason="test")
    methods, path = operation(number)
    for method in methods:
        answer = client.generic(
            method, path, "{}", "application/json", headers={"Authorization": f"Bearer {token}"}
        )
        check(answer, 401)


# --- 429 ---

PERSON = {"email": "viewer@test.example", "password": "wrong password"}
ROBOT = {"fCode": "F", "secretKey": "wrong"}
GUESSES = {
    1: PERSON,
    6: PERSON,
    7: PERSON,
    8: PERSON,
    9: {"email": "viewer@test.example"},
    10: None,  # another address each time
    13: {"email": "viewer@test.example", "phoneNumber": "01012341234"},
    14: {"email": "viewer@test.example", "certCode": "000000"},
    15: {"email": "viewer@test.example"},
    16: ROBOT,
    19: ROBOT,
    21: {"email": "viewer@test.example"},
}


@pytest.mark.parametrize("number", GUESSES)
def test_whoever_guesses_or_asks_without_end_must_wait(number, client, viewer, settings):
    """A 429 that says how long, and the same for an address that nobody has."""
    settings.LOGIN_TRIES_PER_ACCOUNT = 3
    settings.SIGN_UPS_PER_CALLER = 3
    methods, path = operation(number)
    method = min(methods)
    for tries in range(130):
        body = GUESSES[number] or {"email": f"new{tries}@test.example", "password": "Strong-9-pass"}
        answer = client.generic(method, path, json.dumps(body), "application/json")
        if answer.status_code == 429:
            break
    check(answer, 429)
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert tries <= 121
