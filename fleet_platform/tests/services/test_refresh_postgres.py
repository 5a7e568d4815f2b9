"""The race for a refresh token on PostgreSQL, where transactions truly run side by side."""

import pytest
from django.db import connection

from accounts.tests.racing import check_that_one_won

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="DATABASE_URL does not name a PostgreSQL server"
)


@pytest.mark.django_db(transaction=True)
def test_of_fifty_parallel_refreshes_one_succeeds_on_postgresql():
    check_that_one_won()
