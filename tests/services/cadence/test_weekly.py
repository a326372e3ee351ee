"""Rhythms by the month and the week, holidays, how sure they are, and what is set beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cadence import expectation
from services.cadence.expectation import UNKNOWN, Cadence, Expectation, Source
from services.cadence.monthly import Monthly
from services.cadence.override import CadenceKind, Choice
from services.cadence.punctuality import Punctuality
from services.cadence.weekly import Loose, Weekdays
from services.cadence.workdays import Calendar, Rest, is_holiday, rest

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ZONE = ZoneInfo("America/Chicago")
OFFICE = Calendar(frozenset(range(5)))
EVERY_DAY = frozenset(range(7))


def at(day: date, hour: int = 6, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def expect(on: Iterable[date], hour: int = 6, *, now: datetime | None = None, **told: object) -> Expectation:
    history = [at(day, hour) for day in on]
    moment = now or max(history)
    return expectation.expect(history, time_zone=str(ZONE), active_at=None, now=moment, **told)  # type: ignore[arg-type]  what is told is the test's own


def months(rule: Monthly, first: date, number: int) -> list[date]:
    return list(islice(rule.after(first), number))


def days(first: date, last: date) -> list[date]:
    return [first + offset * DAY for offset in range((last - first).days + 1)]


# ── by the month ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "habit"),
    [
        (Monthly(15, OFFICE), "monthly, on the 15th"),
        (Monthly(31, OFFICE), "monthly, on the last day"),
        (Monthly(-1, OFFICE, working=True), "monthly, on the last working day"),
        (Monthly(3, OFFICE, working=True), "monthly, on the 3rd working day"),
        (Monthly(-2, OFFICE, working=True), "monthly, on the 2nd to last working day"),
    ],
)
def test_a_day_of_the_month_is_learned_and_the_next_one_named(rule: Monthly, habit: str) -> None:
    *known, following = months(rule, date(2025, 10, 1), 13)
    found = expect(known)
    assert found.habit == f"{habit} around 06:00 Central"
    assert found.next_at == at(following)
    assert found.due_at
    assert timedelta() < found.due_at - at(following) < 5 * DAY


@pytest.mark.parametrize("shift", [1, -1])
def test_a_day_of_the_month_that_falls_on_a_weekend_moves_to_a_working_day(shift: int) -> None:
    *known, following = months(Monthly(15, OFFICE, shift), date(2025, 10, 20), 13)
    assert expect(known).next_at == at(following)
    assert all(day.weekday() < 5 for day in known)


def test_the_last_day_of_february_is_the_29th_in_a_leap_year() -> None:
    rule = Monthly(31, OFFICE)
    assert months(rule, date(2028, 1, 31), 2) == [date(2028, 2, 29), date(2028, 3, 31)]
    assert months(rule, date(2027, 1, 31), 1) == [date(2027, 2, 28)]
    known = [day for day in months(rule, date(2027, 3, 1), 11) if day < date(2028, 2, 1)]
    assert expect(known).next_at == at(date(2028, 2, 29))


def test_three_months_make_a_habit_and_an_odd_sync_between_breaks_none() -> None:
    fifteenths = [date(2026, month, 15) for month in range(1, 11)]
    assert expect(fifteenths[:3]).next_at == at(fifteenths[3])
    odd = [*fifteenths, date(2026, 4, 28), date(2026, 8, 3)]
    assert expect(odd).habit == expect(fifteenths).habit


def test_a_monthly_carrier_is_not_late_before_its_month_is_over() -> None:
    fifteenths = [date(2026, month, 15) for month in range(1, 11)]
    found = expect(fifteenths)
    assert found.due_at
    assert found.due_at > at(date(2026, 11, 16), 0)


def test_every_four_weeks_is_no_month() -> None:
    fridays = [date(2025, 11, 7) + 28 * number * DAY for number in range(13)]
    assert expect(fridays).habit.startswith("every four weeks, on Fridays")


def test_every_other_week_with_odd_syncs_between_is_not_each_week() -> None:
    tuesdays = [date(2026, 6, 2) + 14 * number * DAY for number in range(9)]
    odd = [date(2026, 7, 9), date(2026, 8, 20), date(2026, 9, 10)]
    assert expect([*tuesdays, *odd]).habit.startswith("every two weeks, on Tuesdays")


def test_a_weekly_run_that_moves_from_holidays_to_the_next_day_is_expected_there() -> None:
    planned = [day for day in days(date(2025, 11, 3), date(2026, 9, 4)) if day.weekday() == 0]
    moved = [day + DAY if is_holiday(day) else day for day in planned]
    assert expect(moved).next_at == at(date(2026, 9, 8))
    left_out = [day for day in planned if not is_holiday(day)]
    assert expect(left_out).next_at == at(date(2026, 9, 14))


def test_a_weekly_run_that_once_came_a_day_late_is_given_that_day() -> None:
    tuesdays = [date(2026, 9, 8) - 7 * number * DAY for number in range(40)]
    late_once = [*tuesdays[:9], tuesdays[9] + DAY, *tuesdays[10:]]
    punctual, patient = expect(tuesdays), expect(late_once)
    assert punctual.due_at == at(date(2026, 9, 16), 4)
    assert patient.due_at == at(date(2026, 9, 16), 10)


# ── holidays and midnight ───────────────────────────────────────────────────────────────────────────────────


def working_days(first: date, last: date) -> list[date]:
    return [day for day in days(first, last) if day.weekday() < 5]


@pytest.mark.parametrize(
    ("kept", "rests"),
    [
        (lambda _: True, Rest.NONE),
        (lambda day: not is_holiday(day), Rest.ALL),
        (Calendar(EVERY_DAY, Rest.GREAT).works, Rest.GREAT),
    ],
    ids=["none", "all", "the great ones"],
)
def test_which_holidays_a_carrier_keeps_is_read_from_those_it_met(kept: object, rests: Rest) -> None:
    assert callable(kept)
    history = [day for day in working_days(date(2025, 10, 1), date(2026, 2, 27)) if kept(day)]
    assert rest(history, frozenset(range(5))) is rests


def test_runs_after_midnight_belong_to_the_working_day_before() -> None:
    saturdays_too = [day + DAY for day in working_days(date(2026, 8, 3), date(2026, 11, 6))]
    found = expect(saturdays_too, 0)
    assert found.habit == "every working day around 00:00 Central"
    assert found.next_at == at(date(2026, 11, 10), 0)


# ── how sure ────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_grows_surer_with_each_run_and_says_so() -> None:
    every_day = days(date(2026, 9, 1), date(2026, 11, 18))
    sure = [expect(every_day[:number]).sure for number in (4, 8, 20, 60)]
    assert sure == sorted(sure)
    assert expect(every_day[:4]).sentence("Cigna").startswith("So far Cigna has synced")
    assert expect(every_day).sentence("Cigna") == "Cigna usually syncs every day around 06:00 Central"


def test_one_that_keeps_to_its_rhythm_is_surer_than_one_that_does_not() -> None:
    mondays = [date(2026, 11, 16) - 7 * number * DAY for number in range(20)]
    half_odd = [*mondays[:20], *(day + 3 * DAY for day in mondays[::4])]
    assert expect(mondays).sure > expect(half_odd).sure > 0


def test_what_is_not_known_is_said_so() -> None:
    found = expect([date(2026, 11, 18)])
    assert (found.sure, found.source, found.habit) == (0.0, Source.NONE, UNKNOWN)
    assert found.sentence("Cigna") == "How often Cigna syncs is not known yet"


# ── maintenance ─────────────────────────────────────────────────────────────────────────────────────────────


def test_runs_within_maintenance_are_neither_expected_nor_missed() -> None:
    every_day = days(date(2026, 9, 1), date(2026, 11, 18))
    window = (at(date(2026, 11, 19), 0), at(date(2026, 11, 21), 0))
    found = expect(every_day, now=at(date(2026, 11, 20)), windows=[window])
    assert (found.next_at, found.missed) == (at(date(2026, 11, 21)), 0)
    assert found.due_at == at(date(2026, 11, 22), 10)


def test_a_run_whose_grace_reaches_into_maintenance_is_not_expected() -> None:
    every_day = days(date(2026, 9, 1), date(2026, 11, 18))
    window = (at(date(2026, 11, 19), 8), at(date(2026, 11, 19), 20))
    assert expect(every_day, windows=[window]).next_at == at(date(2026, 11, 20))


def test_maintenance_moves_the_patience_with_an_irregular_carrier_too() -> None:
    gaps = [2, 5, 3, 6, 2, 4, 7, 3, 5, 2, 6, 4] * 2
    syncs = [date(2026, 9, 16) - sum(gaps[:number]) * DAY for number in range(len(gaps))]
    plain = expect(syncs)
    window = (at(date(2026, 9, 17), 0), at(date(2026, 9, 20), 0))
    assert plain.due_at
    assert expect(syncs, windows=[window]).due_at == plain.due_at + 3 * DAY


# ── set, and stored ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_rhythm_that_was_set_keeps_the_grace_that_the_runs_need() -> None:
    override = Choice(CadenceKind.DAILY, time(6)).cadence()
    history = [at(day, 6 + (day.day % 2) * 5) for day in days(date(2026, 9, 1), date(2026, 11, 18))]
    found = expectation.expect(
        history, time_zone=str(ZONE), active_at=None, now=max(history), override=override
    )
    assert found.due_at
    assert found.next_at
    assert found.due_at - (found.next_at + DAY) > 4 * HOUR


def test_a_clock_that_jumps_ahead_and_back_moves_nothing() -> None:
    every_day = days(date(2026, 9, 1), date(2026, 11, 18))
    now = at(date(2026, 11, 18), 7)
    jumped = [*every_day, date(2027, 3, 1)]
    assert expect(jumped, now=now) == expect(every_day, now=now)


calendars = st.builds(Calendar, st.frozensets(st.integers(0, 6), min_size=1), st.sampled_from(Rest))
rhythms = st.one_of(
    st.builds(Weekdays, calendars, st.just(OFFICE)),
    st.builds(Monthly, st.integers(1, 31), st.just(OFFICE), st.sampled_from((-1, 0, 1))),
    st.builds(Loose, st.integers(1, 30), st.integers(1, 40), st.just(OFFICE)),
)
times = st.builds(Punctuality, st.integers(-60, 1500).map(lambda minutes: timedelta(minutes=minutes)))


@given(rhythms, times, st.floats(0, 1), st.sampled_from(Source))
def test_a_cadence_comes_out_of_the_store_as_it_went_in(
    rhythm: Weekdays | Monthly | Loose, at: Punctuality, sure: float, source: Source
) -> None:
    known = Cadence(rhythm, at, 1, sure, source)
    assert expectation.load(expectation.dump(known)) == known


@given(rhythms, st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_runs_are_expected_after_the_last_one_and_each_later_than_the_one_before(
    rhythm: Weekdays | Monthly | Loose, last: date
) -> None:
    ahead: Sequence[date] = list(islice(rhythm.after(last), 5))
    assert last < ahead[0]
    assert list(ahead) == sorted(set(ahead))
