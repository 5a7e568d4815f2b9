"""kill -9 in the middle of ingest, on SQLite: what was acknowledged is kept, what was not can be sent again."""

import pytest

from .killing import check_that_kills_lose_nothing

pytestmark = pytest.mark.slow


def test_twenty_kills_lose_nothing_that_was_acknowledged(make_server):
    check_that_kills_lose_nothing(make_server(), kills=20)
