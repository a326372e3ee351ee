from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cadence import expectation
from services.cadence.expectation import UNKNOWN, Expectation
from services.cadence.workdays import is_holiday

NEW_YORK = "America/New_York"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
EVERY_DAY = frozenset(range(7))
WORKING_DAYS = frozenset(range(5))
MON_WED_FRI = frozenset({0, 2, 4})
TUESDAYS = frozenset({1})
FRIDAYS = frozenset({4})
FRIDAY = date(2026, 11, 20)  # the last day of each history below, unless it says otherwise
THANKSGIVING = date(2026, 11, 26)


def at(day: date, hour: int = 6, minute: int = 0, *, zone: str = NEW_YORK) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def november(day: int, hour: int = 6) -> datetime:
    return at(date(2026, 11, day), hour)


def december(day: int, hour: int = 6) -> datetime:
    return at(date(2026, 12, day), hour)


def days(weekdays: Collection[int], until: date = FRIDAY, *, back: int = 90) -> list[date]:
    """The days of `back` days up to `until` that fall on `weekdays`. Offices' holidays are left out."""
    rests = not set(weekdays) >= EVERY_DAY
    every = [until - back * DAY + offset * DAY for offset in range(back + 1)]
    return [day for day in every if day.weekday() in weekdays and not (rests and is_holiday(day))]


def fortnightly(until: date, *, back: int = 90) -> list[date]:
    return sorted(until - step * DAY for step in range(0, back, 14))


def syncs(on: Iterable[date], hour: int = 6, *, zone: str = NEW_YORK) -> list[datetime]:
    return [at(day, hour, zone=zone) for day in on]


def expect(
    history: list[datetime],
    now: datetime | None = None,
    *,
    zone: str = NEW_YORK,
    active: datetime | None = None,
) -> Expectation:
    when = now or max(history, default=november(21))
    return expectation.expect(history, time_zone=zone, active_at=active, now=when)


# ── the habits ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("history", "habit", "next_at", "due_at", "lost_at"),
    [
        pytest.param(
            syncs(days(EVERY_DAY)),
            "every day around 06:00 Eastern",
            november(21),
            november(22, 10),
            november(25, 10),
            id="daily",
        ),
        pytest.param(
            syncs(days(WORKING_DAYS)),
            "every working day around 06:00 Eastern",
            november(23),
            november(24, 10),
            december(1, 10),
            id="working days, with Thanksgiving and its Friday ahead",
        ),
        pytest.param(
            syncs(days(MON_WED_FRI)),
            "on Mondays, Wednesdays and Fridays around 06:00 Eastern",
            november(23),
            november(25, 10),
            december(4, 10),
            id="Mon-Wed-Fri",
        ),
        pytest.param(
            syncs(days(TUESDAYS)),
            "on Tuesdays around 06:00 Eastern",
            november(24),
            november(25, 4),
            december(2, 4),
            id="Tuesdays: the day, and four hours",
        ),
        pytest.param(
            syncs(days(FRIDAYS)),
            "on Fridays around 06:00 Eastern",
            december(4),
            december(5, 4),
            december(12, 4),
            id="Fridays, with that after Thanksgiving ahead",
        ),
        pytest.param(
            syncs(fortnightly(date(2026, 11, 17))),
            "every two weeks, on Tuesdays around 06:00 Eastern",
            december(1),
            december(2, 10),
            december(16, 10),
            id="fortnightly: with seven runs seen, one may yet come a day late",
        ),
    ],
)
def test_a_habit_names_its_days_and_sets_when_a_sync_is_late_and_lost(
    history: list[datetime], habit: str, next_at: datetime, due_at: datetime, lost_at: datetime
) -> None:
    found = expect(history)
    assert (found.habit, found.next_at, found.due_at, found.lost_at) == (habit, next_at, due_at, lost_at)


def test_a_carrier_without_fixed_weekdays_has_a_usual_gap() -> None:
    every_third = [FRIDAY - step * DAY for step in range(0, 90, 3)]
    found = expect(syncs(every_third))
    assert found.habit == "about every 3 days around 06:00 Eastern"
    assert found.next_at == november(23)
    assert found.due_at == november(24, 4)


def test_a_gap_is_counted_in_working_days_where_the_carrier_rests_at_weekends() -> None:
    monday_to_thursday = [date(2026, 11, day) for day in (16, 17, 18, 19)]
    found = expect(syncs(monday_to_thursday))
    assert found.habit == "about every working day around 06:00 Eastern"
    assert found.next_at == november(20)
    assert found.due_at == november(23, 10)


def test_a_habit_of_no_fixed_hour_names_none() -> None:
    history = [at(day, hour) for day in days(EVERY_DAY) for hour in (1, 7, 13, 19)]
    assert expect(history).habit == "every day"


# ── what raises nothing ─────────────────────────────────────────────────────────────────────────────────────


def test_from_friday_to_monday_nothing_is_missed_on_working_days() -> None:
    history = syncs(days(WORKING_DAYS))
    assert expect(history, november(23, 9)).missed == 0


def test_a_daily_carrier_is_expected_on_saturday() -> None:
    assert expect(syncs(days(EVERY_DAY))).next_at == november(21)


def test_a_few_runs_on_saturdays_do_not_make_saturdays_working_days() -> None:
    history = syncs([*days(WORKING_DAYS), date(2026, 10, 10), date(2026, 11, 7)])
    assert expect(history).next_at == november(23)


def test_a_holiday_is_no_missed_run_for_a_carrier_that_rests_on_holidays() -> None:
    history = syncs(days(WORKING_DAYS, until=date(2026, 11, 10)))
    assert expect(history).next_at == november(12)


def test_the_friday_after_thanksgiving_and_christmas_eve_are_no_missed_runs_either() -> None:
    before = syncs(days(WORKING_DAYS, until=THANKSGIVING - DAY))
    assert expect(before).next_at == november(30)
    assert expect(syncs(days(WORKING_DAYS, until=date(2026, 12, 23)))).next_at == december(28)


def test_a_holiday_is_a_run_for_a_carrier_that_synced_on_the_holidays_before() -> None:
    last = date(2026, 12, 31)
    through_holidays = [last - step * DAY for step in range(98) if (last - step * DAY).weekday() < 5]
    assert expect(syncs(through_holidays)).next_at == at(date(2027, 1, 1))


def test_one_sync_on_a_holiday_may_be_an_odd_one() -> None:
    labor_day = date(2026, 9, 7)
    history = syncs(sorted([*days(WORKING_DAYS, until=THANKSGIVING - DAY), labor_day]))
    assert expect(history).next_at == november(30)


def test_a_weekly_run_that_would_fall_on_a_holiday_is_expected_a_week_later() -> None:
    history = syncs(days({3}, until=date(2026, 11, 19)))
    assert expect(history).next_at == at(THANKSGIVING + 7 * DAY)


def test_five_days_after_a_weekly_sync_nothing_is_late() -> None:
    history = syncs(days(TUESDAYS))
    found = expect(history, history[-1] + 5 * DAY)
    assert found.missed == 0
    assert found.due_at
    assert history[-1] + 5 * DAY < found.due_at


@pytest.mark.parametrize("weekdays", [EVERY_DAY, WORKING_DAYS, MON_WED_FRI])
def test_a_frequent_carrier_may_miss_one_run_and_is_late_when_it_misses_the_next(
    weekdays: frozenset[int],
) -> None:
    found = expect(syncs(days(weekdays)))
    first, second = (at(day) for day in days(weekdays, until=date(2026, 11, 25), back=4)[:2])
    assert found.next_at == first
    assert found.due_at
    assert second < found.due_at < second + 12 * HOUR


def shaken(history: list[datetime], by: timedelta) -> list[datetime]:
    return [when + (index % 3 - 1) * by for index, when in enumerate(history)]


@pytest.mark.parametrize("weekdays", [EVERY_DAY, WORKING_DAYS, MON_WED_FRI, TUESDAYS, FRIDAYS])
def test_a_jitter_of_an_hour_changes_nothing(weekdays: frozenset[int]) -> None:
    steady = syncs(days(weekdays))
    assert expect(shaken(steady, HOUR), november(21)) == expect(steady, november(21))


@pytest.mark.parametrize("weekdays", [EVERY_DAY, WORKING_DAYS, MON_WED_FRI])
def test_a_carrier_that_is_often_hours_off_gets_hours_more_of_grace(weekdays: frozenset[int]) -> None:
    steady = syncs(days(weekdays))
    exact, found = expect(steady), expect(shaken(steady, 4 * HOUR), november(21))
    assert found.next_at == exact.next_at
    assert found.due_at
    assert exact.due_at
    assert found.due_at - exact.due_at == 4 * HOUR
    assert " around " not in found.habit


@pytest.mark.parametrize(
    ("regular", "extra"),
    [
        (days(TUESDAYS), november(19, 15)),
        (days(TUESDAYS), november(17, 15)),
        (days(MON_WED_FRI), november(19, 15)),
        (days(WORKING_DAYS), november(14, 11)),
        (fortnightly(date(2026, 11, 17)), november(20, 12)),
        (fortnightly(date(2026, 11, 17)), november(4, 12)),
    ],
)
def test_an_odd_extra_sync_changes_nothing(regular: list[date], extra: datetime) -> None:
    without = expect(syncs(regular), november(21))
    assert expect([*syncs(regular), extra], november(21)) == without


def test_a_weekly_run_that_comes_a_day_early_is_that_run() -> None:
    history = syncs([*days(TUESDAYS, until=date(2026, 11, 10)), date(2026, 11, 16)])
    assert expect(history).next_at == november(24)


def test_a_fortnightly_run_that_comes_two_days_early_is_that_run() -> None:
    history = syncs([*fortnightly(date(2026, 11, 3)), date(2026, 11, 15)])
    assert expect(history).next_at == december(1)


def test_an_outage_in_the_past_changes_nothing() -> None:
    whole = days(MON_WED_FRI)
    with_outage = [day for day in whole if not date(2026, 10, 1) <= day <= date(2026, 10, 21)]
    assert expect(syncs(with_outage)) == expect(syncs(whole))


def test_runs_on_both_sides_of_midnight_belong_to_one_day() -> None:
    around = shaken(syncs(days(TUESDAYS), 0), timedelta(minutes=20))
    assert expect(around).habit == "on Tuesdays around 00:00 Eastern"
    assert expect(around).next_at == november(24, 0)


def test_a_habit_given_up_two_months_ago_is_none() -> None:
    daily_once = days(EVERY_DAY, until=date(2026, 9, 15), back=30)
    history = syncs([*daily_once, *days(TUESDAYS, until=date(2026, 11, 24), back=70)])
    assert expect(history).habit == "on Tuesdays around 06:00 Eastern"


# ── time zones, clocks and calendars ────────────────────────────────────────────────────────────────────────


def test_days_and_hours_are_those_of_the_carrier() -> None:
    pacific = "America/Los_Angeles"
    monday_evenings = syncs(days({0}, until=date(2026, 11, 16)), 22, zone=pacific)
    found = expect(monday_evenings, zone=pacific)
    assert found.habit == "on Mondays around 22:00 Pacific"
    assert found.due_at == at(date(2026, 11, 24), 14, zone=pacific)


@pytest.mark.parametrize(
    ("until", "utc_before", "utc_after"),
    [(date(2026, 10, 31), 10, 11), (date(2026, 3, 7), 11, 10)],
    ids=["clocks go back", "clocks go forward"],
)
def test_the_usual_hour_stays_when_the_clocks_change(until: date, utc_before: int, utc_after: int) -> None:
    history = syncs(days(EVERY_DAY, until=until))
    found = expect(history)
    assert history[-1].hour == utc_before
    assert found.next_at == at(until + DAY)
    assert found.next_at.hour == utc_after


def test_an_hour_that_the_clocks_skip_still_has_a_next_run() -> None:
    history = [at(day, 2, 30) for day in days(EVERY_DAY, until=date(2026, 3, 7))]
    found = expect(history)
    assert found.next_at
    assert timedelta() < found.next_at - history[-1] < 26 * HOUR


def test_the_29th_of_february_is_a_tuesday_like_any_other() -> None:
    leap_day = date(2028, 2, 29)
    before = days(TUESDAYS, until=leap_day - DAY)
    assert expect(syncs(before)).next_at == at(leap_day)
    assert expect(syncs([*before, leap_day])).next_at == at(date(2028, 3, 7))


def test_syncs_from_the_future_are_ignored() -> None:
    history = syncs(days(TUESDAYS))
    jumped = [november(21) + 30 * DAY, datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
    assert expect([*history, *jumped], november(21)) == expect(history, november(21))


def test_a_sync_a_few_minutes_ahead_is_a_clock_and_counts() -> None:
    now = november(24) - timedelta(minutes=10)
    assert expect(syncs(days(TUESDAYS, until=date(2026, 11, 24))), now).next_at == december(1)


def test_a_sync_from_before_there_were_integrations_is_ignored() -> None:
    history = syncs(days(TUESDAYS))
    assert expect([datetime(1, 1, 1, tzinfo=UTC), *history]) == expect(history)


def test_an_unknown_time_zone_reads_as_utc() -> None:
    history = syncs(days(TUESDAYS), zone="UTC")
    assert expect(history, zone="Mars/Olympus") == expect(history, zone="UTC")


# ── little history, and a long silence ──────────────────────────────────────────────────────────────────────


def test_without_history_the_first_sync_is_late_three_weeks_after_activation() -> None:
    found = expect([], november(21), active=november(10))
    assert found == Expectation(None, december(1), None, UNKNOWN)


@pytest.mark.parametrize("active", [None, november(21) + 400 * DAY], ids=["unknown", "in the future"])
def test_an_activation_that_cannot_be_counts_from_now(active: datetime | None) -> None:
    assert expect([], november(21), active=active).due_at == november(21) + timedelta(weeks=3)


@pytest.mark.parametrize(
    ("active", "due_at"),
    [
        (november(30), december(21)),
        (at(date(2026, 11, 18)) + MINUTE, december(9) + MINUTE),
        (at(date(2026, 11, 18)), november(25, 4)),
        (november(1), november(25, 4)),
    ],
    ids=["long after", "more than a day after", "a day after", "before"],
)
def test_turned_on_again_after_its_last_sync_it_awaits_a_first_sync_anew(
    active: datetime, due_at: datetime
) -> None:
    tuesdays = syncs(days(TUESDAYS, until=date(2026, 11, 17)))
    assert expect(tuesdays, december(1), active=active).due_at == due_at


@pytest.mark.parametrize(
    ("on", "silence"),
    [
        ([17], timedelta(weeks=5)),
        ([16, 17], 8 * DAY),
        ([3, 10, 17], 15 * DAY),
    ],
)
def test_a_short_history_waits_for_twice_its_longest_gap_and_a_week_at_least(
    on: list[int], silence: timedelta
) -> None:
    history = [november(day) for day in on]
    found = expect(history)
    assert found == Expectation(None, history[-1] + silence, history[-1] + 2 * silence, UNKNOWN)


@pytest.mark.parametrize(("known", "habit"), [(3, UNKNOWN), (4, "on Tuesdays around 06:00 Eastern")])
def test_the_fourth_sync_makes_a_habit(known: int, habit: str) -> None:
    assert expect(syncs(days(TUESDAYS))[-known:]).habit == habit


def test_late_and_lost_do_not_move_with_the_time_that_passes() -> None:
    history = syncs(days(WORKING_DAYS))
    found = [expect(history, history[-1] + wait * DAY) for wait in (0, 1, 10, 300)]
    assert len({(each.due_at, each.lost_at) for each in found}) == 1


@pytest.mark.parametrize(
    ("now", "missed", "next_at"),
    [
        (november(23, 9), 0, november(23)),
        (november(23, 10), 1, november(24)),
        (november(24, 9), 1, november(24)),
        (november(24, 10), 2, november(25)),
        (november(28, 12), 3, november(30)),
    ],
)
def test_each_run_that_did_not_come_is_counted_and_the_next_one_named(
    now: datetime, missed: int, next_at: datetime
) -> None:
    found = expect(syncs(days(WORKING_DAYS)), now)
    assert (found.missed, found.next_at) == (missed, next_at)


def test_after_years_of_silence_no_next_run_is_named() -> None:
    history = syncs(days(EVERY_DAY))
    assert expect(history, history[-1] + 5 * 365 * DAY).next_at is None


# ── any history ─────────────────────────────────────────────────────────────────────────────────────────────

moments = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis wants naive bounds
recent = st.lists(st.integers(0, 100 * 24 * 60).map(lambda back: november(21) - timedelta(minutes=back)))
zones = st.sampled_from([NEW_YORK, "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu", "UTC"])


@given(recent | st.lists(moments), moments, zones)
def test_whatever_the_history_late_comes_after_the_last_sync_and_lost_after_late(
    history: list[datetime], now: datetime, zone: str
) -> None:
    found = expectation.expect(history, time_zone=zone, active_at=None, now=now)
    assert found.due_at
    last = max((when for when in history if when <= now), default=now)
    assert last < found.due_at
    assert found.lost_at is None or found.due_at < found.lost_at


@given(recent, st.randoms())
def test_the_order_and_repetition_of_the_history_do_not_matter(
    history: list[datetime], shuffle: random.Random
) -> None:
    mixed = [*history, *history]
    shuffle.shuffle(mixed)
    assert expect(mixed, november(21)) == expect(history, november(21))
