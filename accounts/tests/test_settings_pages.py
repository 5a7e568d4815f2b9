"""The page of what a person chooses, and the language that is kept with the account."""

import pytest

from accounts.models import User
from accounts.services import language_choose
from fleet_platform.shared.errors import Invalid, NotAllowed


@pytest.fixture
def as_(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def test_a_person_sees_who_he_is_and_where(as_, operator, workspace):
    page = as_(operator).get("/settings/").content.decode()
    assert operator.email in page
    assert f"<dt>Role in {workspace.name}</dt><dd>Operator</dd>" in page
    assert 'href="/settings/password?next=/settings/"' in page


def test_who_belongs_nowhere_is_told_so(as_, make_user):
    page = as_(make_user()).get("/settings/").content.decode()
    assert "You are a member of none." in page


def test_other_workspaces_are_not_offered(as_, viewer, other_workspace):
    assert other_workspace.name not in as_(viewer).get("/settings/").content.decode()


def test_nobody_is_sent_to_sign_in(client, db):
    assert client.get("/settings/")["Location"] == "/login/?next=/settings/"
    answer = client.post("/settings/language", {"language": "ko"})
    assert answer["Location"] == "/login/?next=/settings/"


def test_the_language_is_kept_in_the_account_and_in_the_cookie(as_, viewer):
    answer = as_(viewer).post("/settings/language", {"language": "ko"})
    assert (answer.status_code, answer["Location"]) == (302, "/settings/")
    assert answer.cookies["django_language"].value == "ko"
    viewer.refresh_from_db()
    assert viewer.language == "ko"


@pytest.mark.parametrize("language", ["", "xx", "ko; path=/"])
def test_an_unknown_language_is_refused(as_, viewer, language):
    answer = as_(viewer).post("/settings/language", {"language": language})
    assert answer.status_code == 400
    assert "django_language" not in answer.cookies
    viewer.refresh_from_db()
    assert viewer.language == ""


def test_a_form_of_another_site_changes_nothing(viewer):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(viewer)
    assert strict.post("/settings/language", {"language": "ko"}).status_code == 403
    assert User.objects.get(pk=viewer.pk).language == ""


def test_devices_choose_no_language(actor_of, device):
    with pytest.raises(NotAllowed):
        language_choose(actor=actor_of(device), language="ko")


def test_the_service_names_the_field(actor_of, viewer):
    with pytest.raises(Invalid) as refused:
        language_choose(actor=actor_of(viewer), language="xx")
    assert set(refused.value.fields) == {"language"}
