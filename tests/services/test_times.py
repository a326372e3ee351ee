from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.times import (
    NINE,
    has_come,
    is_working_day,
    morning_after,
    next_at,
    next_working_at,
    quiet_until,
)

NEW_YORK = "America/New_York"
ZONES = st.sampled_from([NEW_YORK, "America/Los_Angeles", "UTC", "Europe/Berlin", "Asia/Kolkata"])
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def ny(month: int, day: int, hour: int, minute: int = 0, year: int = 2025) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(NEW_YORK))


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        (ny(3, 12, 8, 50), ny(3, 12, 9)),
        (ny(3, 12, 9), ny(3, 13, 9)),
        (ny(3, 14, 15), ny(3, 17, 9)),
        (ny(7, 3, 15), ny(7, 7, 9)),
        (ny(11, 26, 15), ny(12, 1, 9)),
    ],
    ids=["today", "to the minute", "Friday", "Independence Day", "Thanksgiving"],
)
def test_the_next_working_morning_may_be_todays(now: datetime, morning: datetime) -> None:
    assert next_working_at(now, NINE, NEW_YORK) == morning


@pytest.mark.parametrize(
    ("now", "days", "morning"),
    [
        (ny(3, 12, 8, 50), 1, ny(3, 13, 9)),
        (ny(3, 12, 15), 1, ny(3, 13, 9)),
        (ny(3, 10, 8, 50), 2, ny(3, 12, 9)),
        (ny(3, 13, 18), 2, ny(3, 17, 9)),
        (ny(3, 15, 3), 1, ny(3, 17, 9)),
    ],
)
def test_what_is_said_again_is_never_said_again_today(now: datetime, days: int, morning: datetime) -> None:
    assert morning_after(now, NEW_YORK, days) == morning


@pytest.mark.parametrize(
    ("now", "come"),
    [
        (ny(3, 12, 8, 59), False),
        (ny(3, 12, 9), True),
        (ny(3, 12, 23, 30), True),
        (ny(3, 15, 12), False),
        (ny(7, 4, 12), False),
    ],
)
def test_an_hour_comes_on_working_days_alone(now: datetime, *, come: bool) -> None:
    assert has_come(now, NINE, NEW_YORK) is come


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (ny(3, 12, 21), ny(3, 13, 7)),
        (ny(3, 13, 6, 59), ny(3, 13, 7)),
        (ny(3, 13, 7), None),
        (ny(3, 13, 12), None),
        (ny(3, 8, 23), ny(3, 9, 7)),
    ],
    ids=["evening", "before dawn", "over", "noon", "the clocks go forward"],
)
def test_quiet_hours_may_span_midnight(now: datetime, until: datetime | None) -> None:
    assert quiet_until(now, time(20), time(7), NEW_YORK) == until


def test_an_hour_that_the_clocks_leave_out_is_passed_over_by_no_day() -> None:
    before = ny(3, 9, 1, 30)
    assert next_at(before, time(2, 30), NEW_YORK) - before <= ny(3, 9, 3, 30) - before


@given(MOMENTS, TIMES, ZONES)
def test_the_next_time_is_ahead_and_the_one_before_it_is_not(now: datetime, at: time, zone: str) -> None:
    following = next_at(now, at, zone)
    assert following > now
    assert (following - now).total_seconds() <= 25 * 3600


@given(MOMENTS, ZONES, st.integers(1, 5))
def test_mornings_are_on_working_days_later_than_today(now: datetime, zone: str, days: int) -> None:
    here = ZoneInfo(zone)
    morning = morning_after(now, zone, days).astimezone(here)
    assert is_working_day(morning.date())
    assert morning.time() == NINE
    between = (morning.date() - now.astimezone(here).date()).days
    assert between >= days


@given(MOMENTS, TIMES, TIMES, ZONES)
def test_what_is_quiet_ends_within_a_day_and_is_not_quiet_then(
    now: datetime, begins: time, ends: time, zone: str
) -> None:
    until = quiet_until(now, begins, ends, zone)
    if until is not None:
        assert now < until
        assert quiet_until(until, begins, ends, zone) is None or begins == ends
