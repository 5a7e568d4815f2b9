"""The dates that clients of the FlyingLet API write."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from robots import moments

SEOUL = ZoneInfo("Asia/Seoul")
MIDNIGHT_IN_SEOUL = 1_688_396_400_000_000  # 2023-07-04
A_DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("said", "us"),
    [
        ("2023-07-04T06:58:11+09:00", 1_688_421_491_000_000),
        ("2023-07-03T21:58:11Z", 1_688_421_491_000_000),
        ("2023-07-04T06:58:11", 1_688_421_491_000_000),
        ("2023-07-04 06:58:11.5", 1_688_421_491_500_000),
        (" 2023-07-04T06:58:11+09:00 ", 1_688_421_491_000_000),
        (1_688_421_491, 1_688_421_491_000_000),
        (1_688_421_491.25, 1_688_421_491_250_000),
        (1_688_421_491_021, 1_688_421_491_021_000),
        ("1688421491", 1_688_421_491_000_000),
        ("1688421491.25", 1_688_421_491_250_000),
        ("1688421491021", 1_688_421_491_021_000),
        ("2023-07-04", MIDNIGHT_IN_SEOUL),
        ("20230704", MIDNIGHT_IN_SEOUL),
        (20_230_704, MIDNIGHT_IN_SEOUL),
        ("20230704T065811+0900", 1_688_421_491_000_000),
        ("20231304", 20_231_304_000_000),
        (0, 0),
    ],
)
def test_each_way_to_write_a_time_is_read(said, us):
    assert moments.parse(said, SEOUL) == us


@pytest.mark.parametrize("said", ["2023-07-04", "20230704"])
def test_a_day_as_an_end_includes_the_whole_day(said):
    assert moments.parse(said, SEOUL, last=True) == MIDNIGHT_IN_SEOUL + A_DAY - 1


@pytest.mark.parametrize(
    ("said", "longer_us"),
    [
        ("2023-07-04T06:58:11+09:00", 999_999),
        (1_688_421_491, 999_999),
        ("1688421491", 999_999),
        (1_688_421_491_021, 999),
        ("2023-07-04T06:58:11.021+09:00", 0),
        (1_688_421_491.25, 0),
        ("1688421491.25", 0),
    ],
)
def test_an_end_includes_all_of_the_second_or_millisecond_that_it_names(said, longer_us):
    assert moments.parse(said, SEOUL, last=True) - moments.parse(said, SEOUL) == longer_us


def test_a_day_of_daylight_saving_ends_at_the_next_midnight():
    zone = ZoneInfo("Europe/Berlin")
    ends = [moments.parse("2026-10-25", zone, last=last) for last in (False, True)]
    assert ends[1] - ends[0] == 25 * 3_600_000_000 - 1


@pytest.mark.parametrize(
    "said",
    [
        "",
        "yesterday",
        "234i23pj4p234po23",
        "2023-13-01",
        "2023-02-30",
        "2023-07-04T25:00:00Z",
        "04/07/2023",
        "-5",
        "1e9",
        "nan",
        "٢٠٢٣-٠٧-٠٤",
        True,
        None,
        [],
        float("nan"),
        float("inf"),
        -1,
        10**30,
        "9" * 40,
        "9999-12-31",
        "1969-12-31",
        "0001-01-01T00:00:00+23:59",
    ],
)
def test_anything_else_is_refused(said):
    with pytest.raises(ValueError, match=r"is not a time|must be between"):
        moments.parse(said, UTC, last=True)
