"""A refresh token works once, also under concurrency."""

import pytest

from .racing import check_that_one_won


@pytest.mark.django_db(transaction=True)
def test_of_fifty_parallel_refreshes_one_succeeds_and_the_session_ends():
    check_that_one_won()
