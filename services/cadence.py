"""The rhythm of a carrier, read from the days it synced on, by majorities and medians.

Three rhythms are told apart: fixed weekdays (every day, working days, Mon-Wed-Fri, Tuesdays), one weekday of
every second (third, …) week, and a loose one: a usual gap, counted in working days where the carrier rests at
weekends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from math import ceil
from statistics import median

import humanize
from holidays import country_holidays

from services import words

_DAY = timedelta(days=1)
_RECENT = 56 * _DAY  # a habit given up two months ago is none
_ENOUGH = 4
_WEEK = 7
_ONE_OF_EACH = 6 * _DAY  # from first to last: then each weekday has had a chance
_SLOWER_THAN_WEEKLY = 10  # days between two runs
_MAJORITY = 0.6
_AGREED = 0.7
_USUAL = 0.8
_RESTING = 0.1
_TENTH = 10  # months differ in length by a tenth
_FREQUENT = 3  # runs a week
_NAMES = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_WEEKEND = frozenset({5, 6})
_WORKING = frozenset(range(5))


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(country_holidays("US", years=year))


def is_holiday(day: date) -> bool:
    return day in _holidays(day.year)


@dataclass(frozen=True)
class Calendar:
    """Which days a carrier works on. `weekdays` count from Monday, 0."""

    weekdays: frozenset[int]
    rests_on_holidays: bool

    def works(self, day: date) -> bool:
        return day.weekday() in self.weekdays and not (self.rests_on_holidays and is_holiday(day))

    def after(self, day: date) -> Iterator[date]:
        while True:
            day += _DAY
            if self.works(day):
                yield day


@dataclass(frozen=True)
class Weekdays:
    """A run on each day of `runs_on`; `office` are the days on which a missing one may still be mended."""

    runs_on: Calendar
    office: Calendar

    @property
    def frequent(self) -> bool:
        return len(self.runs_on.weekdays) >= _FREQUENT

    @property
    def habit(self) -> str:
        days = self.runs_on.weekdays
        if days == _WORKING:
            return "every working day"
        if len(days) == _WEEK:
            return "every day"
        return f"on {words.listed([_NAMES[day] for day in sorted(days)])}"

    def after(self, last: date) -> Iterator[date]:
        """The days of the expected runs. A weekly run that came a day early is that run, not an extra one."""
        return self.runs_on.after(last + _DAY if len(self.runs_on.weekdays) == 1 else last)


@dataclass(frozen=True)
class EveryWeeks:
    """A run on one weekday of every `weeks`-th week. `phase` is its day's ordinal modulo the period."""

    weeks: int
    phase: int
    office: Calendar
    frequent = False

    @property
    def habit(self) -> str:
        weekday = _NAMES[(self.phase - 1) % _WEEK]
        return f"every {humanize.apnumber(self.weeks)} weeks, on {weekday}"

    def after(self, last: date) -> Iterator[date]:
        """As for weekly runs; up to two days early is that run."""
        period = self.weeks * _WEEK
        reached = last + 3 * _DAY
        day = reached + timedelta(days=(self.phase - reached.toordinal()) % period)
        while True:
            if self.office.works(day):
                yield day
            day += timedelta(days=period)


@dataclass(frozen=True)
class Loose:
    """A run every `gap` days at most, as a rule; counted in the office's working days."""

    gap: int
    typical: int
    office: Calendar

    @property
    def frequent(self) -> bool:
        return self.gap * _FREQUENT <= _WEEK

    @property
    def habit(self) -> str:
        day = "working day" if self.office.weekdays == _WORKING else "day"
        return f"about every {day}" if self.typical == 1 else f"about every {self.typical} {day}s"

    def after(self, last: date) -> Iterator[date]:
        for number, day in enumerate(self.office.after(last), start=1):
            if number % self.gap == 0:
                yield day


Rhythm = Weekdays | EveryWeeks | Loose


def learn(days: Sequence[date]) -> Rhythm | None:
    """Find the rhythm of the days on which a carrier synced (sorted, each once); None if they are too few."""
    if len(days) < _ENOUGH:
        return None
    if median(_gaps(days)) > _SLOWER_THAN_WEEKLY:
        return _every_weeks(days) or _loose(days)
    recent = [day for day in days if days[-1] - day <= _RECENT]
    if len(recent) < _ENOUGH:
        recent = list(days)
    return _weekdays(recent) or _loose(recent)


def _gaps(days: Sequence[date]) -> list[int]:
    return [(later - earlier).days for earlier, later in pairwise(days)]


def _weekdays(days: Sequence[date]) -> Weekdays | None:
    if days[-1] - days[0] < _ONE_OF_EACH:
        return None
    hits = Counter(day.weekday() for day in days if not is_holiday(day))
    chances = _chances(days)
    chosen = frozenset(day for day in hits if hits[day] >= _MAJORITY * chances[day])
    if sum(hits[day] for day in chosen) < _AGREED * hits.total() or not chosen:
        return None
    rests = _rests_on_holidays(days, chosen)
    return Weekdays(Calendar(chosen, rests), Calendar(chosen | _WORKING, rests))


def _chances(days: Sequence[date]) -> Counter[int]:
    """How often each weekday could have seen a run. Weeks without any were outages and do not count."""
    mondays = {day - timedelta(days=day.weekday()) for day in days}
    week = [monday + timedelta(days=offset) for monday in mondays for offset in range(_WEEK)]
    return Counter(day.weekday() for day in week if days[0] <= day <= days[-1] and not is_holiday(day))


def _rests_on_holidays(days: Sequence[date], weekdays: frozenset[int]) -> bool:
    """As it did on most holidays that fell on its weekdays; if it met none, as its weekends suggest."""
    ran_on = set(days)
    span = (days[-1] - days[0]).days
    between = [days[0] + timedelta(days=offset) for offset in range(span + 1)]
    met = [day in ran_on for day in between if day.weekday() in weekdays and is_holiday(day)]
    return sum(met) * 2 <= len(met) if met else not weekdays >= _WEEKEND


def _every_weeks(days: Sequence[date]) -> EveryWeeks | None:
    weeks = round(median(_gaps(days)) / _WEEK)
    period = weeks * _WEEK
    phases = Counter(day.toordinal() % period for day in days)
    phase, _ = phases.most_common(1)[0]
    near = sum(phases[(phase + shift) % period] for shift in (-1, 0, 1))
    if near < _AGREED * len(days):
        return None
    return EveryWeeks(weeks, phase, _office(days))


def _office(days: Sequence[date]) -> Calendar:
    """Working days, unless the history shows runs at weekends."""
    at_weekends = sum(day.weekday() in _WEEKEND for day in days)
    weekdays = _WORKING if at_weekends <= _RESTING * len(days) else _WORKING | _WEEKEND
    return Calendar(weekdays, _rests_on_holidays(days, weekdays))


def _loose(days: Sequence[date]) -> Loose:
    office = _office(days)
    count = dict.fromkeys(days, 0)
    worked = 0
    for offset in range((days[-1] - days[0]).days + 1):
        day = days[0] + timedelta(days=offset)
        worked += office.works(day)
        if day in count:
            count[day] = worked
    gaps = sorted(max(1, later - earlier) for earlier, later in pairwise(count.values()))
    usual = gaps[ceil(_USUAL * len(gaps)) - 1]
    return Loose(usual + usual // _TENTH, round(median(gaps)), office)
