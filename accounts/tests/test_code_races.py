"""What works once works once, also under concurrency."""

import pytest

from . import racing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def unbounded(settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 1000


def test_of_fifty_parallel_checks_of_a_code_one_is_right():
    racing.check_that_one_code_is_right_once()


def test_fifty_parallel_guesses_are_five():
    racing.check_that_a_crowd_has_five_guesses()


def test_of_fifty_parallel_sign_ins_with_a_temporary_password_one_succeeds():
    racing.check_that_one_temporary_password_signs_in_once()
