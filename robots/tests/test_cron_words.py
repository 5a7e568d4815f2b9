"""Cron entries in words."""

import pytest
from django.utils.translation import override

from robots.cron_words import words
from robots.due import parse


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("5/15 * * * *", "every 15 minutes from minute 5"),
        ("7 * * * *", "every hour at minute 7"),
        ("0,10 * * * *", "every hour at minutes 0, 10"),
        ("*/7 * * * *", "every hour at minutes 0, 7, 14, 21, 28, 35, 42, 49, 56"),
        ("30 9 * * *", "09:30"),
        ("0,30 9,14 * * *", "09:00, 09:30, 14:00, 14:30"),
        ("*/10 9-17 * * *", "54 times a day from 09:00 to 17:50"),
        ("30 9 * * 1-5", "09:30 on Monday to Friday"),
        ("30 9 * * 1,2,5", "09:30 on Monday, Tuesday, Friday"),
        ("30 9 * * 0,1,5,6", "09:30 on Monday, Friday to Sunday"),
        ("30 9 * * 0", "09:30 on Sunday"),
        ("0 0 1,15 * *", "00:00 on day 1, 15 of the month"),
        ("0 0 13 * 5", "00:00 on day 13 of the month or on Friday"),
        ("0 0 */13 * 5", "00:00 on day 1, 14, 27 of the month, if on Friday"),
        ("0 0 1 1,7 *", "00:00 on day 1 of the month in January, July"),
    ],
)
def test_in_words(entry, said):
    with override("en"):
        assert words(parse(entry)) == said
