"""Carriers that sync once a month: on a day of the month, or on its first, second, … or last working day."""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import product
from typing import Literal

import humanize

from services.cadence.workdays import DAY, Calendar, office

LAST = 31
_LEAST_RUNS = 3
_EARLY = 4 * DAY  # a run that comes so early is that run
_NEAR = 3  # days from its day
_MOST_WORKING_DAYS = 10  # counted from either end of the month
_HIT = 0.7
_OWN = 0.55  # of the runs; the others are odd ones
_PRECISE = 1.5  # days from its day, on average


@dataclass(frozen=True)
class Monthly:
    """A run on day `number` of each month, or on its `number`-th working day (-1 is the last one).

    A month that is too short has it on its last day. `shift`: where that is no day of work, it comes on the
    next one (1), the one before (-1), or regardless (0).
    """

    number: int
    office: Calendar
    shift: int = 0
    working: bool = False
    frequent: Literal[False] = False
    kind: Literal["monthly"] = "monthly"

    @property
    def habit(self) -> str:
        if self.number >= LAST:
            return "monthly, on the last " + ("working day" if self.shift < 0 else "day")
        if not self.working:
            return f"monthly, on the {_nth(self.number)}"
        if self.number > 0:
            return f"monthly, on the {_nth(self.number)} working day"
        last = "last" if self.number == -1 else f"{_nth(-self.number)} to last"
        return f"monthly, on the {last} working day"

    def after(self, last: date) -> Iterator[date]:
        year, month = last.year, last.month
        while True:
            day = _in_month(self, year, month)
            if day > last + _EARLY:
                yield day
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004 months


def learn(days: Sequence[date]) -> tuple[Monthly, float] | None:
    """Find the day of the month, and how many of the runs it explains; None if there is no such day."""
    if len(days) < _LEAST_RUNS:
        return None
    fits = [(_fit(each, days), each) for each in _candidates(days)]
    (hits, off, targets), found = max(fits, key=lambda fit: (fit[0][0], -fit[0][1]))
    enough = hits >= _LEAST_RUNS and hits >= _HIT * targets and hits >= _OWN * len(days)
    if not enough or off > _PRECISE * hits:
        return None
    return found, hits / (targets + len(days) - hits)


def _nth(number: int) -> str:
    return humanize.ordinal(number)


def _candidates(days: Sequence[date]) -> list[Monthly]:
    """The simplest first: of those that fit alike, it is taken."""
    where = office(days)
    seen = {day.day for day in days} | ({LAST} if any(_ends_month(day) for day in days) else set())
    plain = [Monthly(number, where, shift) for shift, number in product((0, 1, -1), sorted(seen))]
    counted = [*range(1, _MOST_WORKING_DAYS + 1), *range(-1, -_MOST_WORKING_DAYS - 1, -1)]
    return plain + [Monthly(number, where, working=True) for number in counted]


def _ends_month(day: date) -> bool:
    return (day + DAY).month != day.month


def _fit(rhythm: Monthly, days: Sequence[date]) -> tuple[int, int, int]:
    """How many months had their run near its day, how many days off in all, and how many there were."""
    first, last = days[0] - _NEAR * DAY, days[-1] + _NEAR * DAY
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    targets = [_in_month(rhythm, month // 12, month % 12 + 1) for month in months]
    targets = [day for day in targets if days[0] - DAY <= day <= days[-1] + DAY]
    ran_on = [day.toordinal() for day in days]
    off = [_distance(target.toordinal(), ran_on) for target in targets]
    near = [each for each in off if each <= _NEAR]
    return len(near), sum(near), len(targets)


def _distance(day: int, ran_on: Sequence[int]) -> int:
    after = bisect_left(ran_on, day)
    return min(abs(day - each) for each in ran_on[max(0, after - 1) : after + 1])


@lru_cache(maxsize=4096)
def _in_month(rhythm: Monthly, year: int, month: int) -> date:
    first, length = date(year, month, 1), monthrange(year, month)[1]
    if rhythm.working:
        return _working_day(rhythm, first, date(year, month, length))
    day = first + timedelta(days=min(rhythm.number, length) - 1)
    if not rhythm.shift or rhythm.office.works(day):
        return day
    return next(rhythm.office.after(day)) if rhythm.shift > 0 else rhythm.office.before(day)


def _working_day(rhythm: Monthly, first: date, last: date) -> date:
    if rhythm.number > 0:
        return rhythm.office.later(first - DAY, rhythm.number)
    day = last + DAY
    for _ in range(-rhythm.number):
        day = rhythm.office.before(day)
    return day
