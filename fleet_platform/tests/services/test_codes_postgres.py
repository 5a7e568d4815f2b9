"""The same races on PostgreSQL, where transactions truly run side by side."""

import pytest
from django.db import connection

from accounts.tests import racing

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="DATABASE_URL does not name a PostgreSQL server"
    ),
    pytest.mark.django_db(transaction=True),
]


def test_of_fifty_parallel_checks_of_a_code_one_is_right_on_postgresql():
    racing.check_that_one_code_is_right_once()


def test_fifty_parallel_guesses_are_five_on_postgresql():
    racing.check_that_a_crowd_has_five_guesses()


def test_of_fifty_sign_ins_with_a_temporary_password_one_succeeds_on_postgresql(settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 1000
    racing.check_that_one_temporary_password_signs_in_once()
