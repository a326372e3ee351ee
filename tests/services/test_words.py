from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services import words

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(minutes=1), "a minute"),
        (14 * HOUR, "14 hours"),
        (23 * HOUR, "23 hours"),
        (DAY, "24 hours"),
        (47 * HOUR, "47 hours"),
        (2 * DAY, "2 days"),
        (9 * DAY + 23 * HOUR, "9 days"),
        (75 * DAY, "75 days"),
        (-3 * DAY, "3 days"),
    ],
)
def test_a_span_is_said_in_the_unit_that_matters(length: timedelta, said: str) -> None:
    assert words.span(length) == said


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (NOW - 14 * HOUR, "14 hours ago"),
        (NOW - 59 * timedelta(seconds=1), "just now"),
        (NOW + 59 * timedelta(seconds=1), "just now"),
        (NOW + 3 * DAY, "in 3 days"),
    ],
)
def test_a_moment_is_said_from_now(then: datetime, said: str) -> None:
    assert words.ago(then, NOW) == said


@pytest.mark.parametrize(
    ("then", "zone", "said"),
    [
        (NOW - timedelta(days=3, hours=20), "UTC", "4 days ago"),
        (NOW - timedelta(days=3, hours=10), "UTC", "3 days ago"),
        (NOW - timedelta(days=3, hours=10), "America/New_York", "4 days ago"),
        (NOW - 30 * HOUR, "UTC", "30 hours ago"),
        (NOW + timedelta(days=2, hours=14), "UTC", "in 3 days"),
    ],
)
def test_beside_a_date_days_are_those_of_its_calendar(then: datetime, zone: str, said: str) -> None:
    assert words.ago(then, NOW, zone) == said


def test_a_day_is_told_where_the_carrier_is() -> None:
    late_evening_in_new_york = datetime(2026, 11, 25, 3, tzinfo=UTC)
    assert words.day(late_evening_in_new_york, "America/New_York") == "Tuesday, 24 November"
    assert words.day(late_evening_in_new_york, "UTC") == "Wednesday, 25 November"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (datetime(2026, 1, 2, tzinfo=UTC), "Friday, 2 January"),
        (datetime(2025, 12, 31, tzinfo=UTC), "Wednesday, 31 December 2025"),
        (datetime(2028, 2, 29, tzinfo=UTC), "Tuesday, 29 February 2028"),
    ],
)
def test_a_day_of_another_year_names_the_year(when: datetime, said: str) -> None:
    assert words.day(when, "UTC", NOW) == said


@pytest.mark.parametrize("name", ["", "America", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "\0"])
def test_a_time_zone_that_nobody_knows_reads_as_utc(name: str) -> None:
    assert words.zone(name) is UTC


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("America/New_York", "Eastern"),
        ("America/Chicago", "Central"),
        ("America/Denver", "Mountain"),
        ("America/Los_Angeles", "Pacific"),
        ("America/Phoenix", "in Phoenix"),
        ("America/Argentina/Buenos_Aires", "in Buenos Aires"),
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Mars/Olympus", "UTC"),
    ],
)
def test_a_time_zone_is_named_as_people_name_it(name: str, said: str) -> None:
    assert words.zone_name(words.zone(name)) == said


@pytest.mark.parametrize(("number", "said"), [(0, "0 syncs"), (1, "1 sync"), (2000, "2,000 syncs")])
def test_a_count_names_one_or_many(number: int, said: str) -> None:
    assert words.count(number, "sync") == said


@pytest.mark.parametrize(("number", "said"), [(1, "once"), (2, "twice"), (3, "3 times")])
def test_how_often_is_said_as_people_say_it(number: int, said: str) -> None:
    assert words.times(number) == said


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([], ""),
        (["Mondays"], "Mondays"),
        (["Mondays", "Fridays"], "Mondays and Fridays"),
        (["Mondays", "Wednesdays", "Fridays"], "Mondays, Wednesdays and Fridays"),
    ],
)
def test_a_list_ends_in_and(items: list[str], said: str) -> None:
    assert words.listed(items) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ssn_discrepancy", "SSN discrepancy"),
        ("dob_mismatch", "date of birth mismatch"),
        ("annual_earnings_missing", "annual earnings missing"),
        ("", ""),
    ],
)
def test_a_kind_is_said_without_underscores(name: str, said: str) -> None:
    assert words.kind(name) == said
