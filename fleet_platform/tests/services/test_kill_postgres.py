"""kill -9 in the middle of ingest, on PostgreSQL with Redis: nothing that was acknowledged is lost."""

from fleet_platform.tests.killing import check_that_kills_lose_nothing


def test_five_kills_lose_nothing_that_was_acknowledged(installation):
    check_that_kills_lose_nothing(installation.web(), kills=5)
