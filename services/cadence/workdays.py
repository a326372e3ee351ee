"""Which days carriers work on: weekdays and public holidays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from holidays import country_holidays

DAY = timedelta(days=1)
WEEK = 7
WEEKEND = frozenset({5, 6})
WORKING = frozenset(range(5))
_GREAT = ("New Year", "Memorial", "Independence", "Labor", "Thanksgiving", "Christmas")
_THANKSGIVING_MONTH = 11
_SEVERAL = 2  # one run on a holiday may be an odd one
_RESTING = 0.1  # of the runs at weekends: so few are odd ones


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(country_holidays("US", years=year))


@lru_cache(maxsize=64)
def _great_holidays(year: int) -> frozenset[date]:
    """Those that nearly every office keeps."""
    named = country_holidays("US", years=year).items()
    return frozenset(day for day, name in named if any(great in name for great in _GREAT))


@lru_cache(maxsize=64)
def _great_days(year: int) -> frozenset[date]:
    """The great holidays, with the Friday and the Christmas Eve that many add to them."""
    great = _great_holidays(year)
    friday = {day + DAY for day in great if day.month == _THANKSGIVING_MONTH}
    return great | friday | {date(year, 12, 24)}


def is_holiday(day: date) -> bool:
    return day in _holidays(day.year) or day in _great_days(day.year)


class Rest(StrEnum):
    """Which holidays a carrier keeps."""

    NONE = "none"
    GREAT = "great"
    ALL = "all"


@dataclass(frozen=True)
class Calendar:
    """Which days a carrier works on. `weekdays` count from Monday, 0."""

    weekdays: frozenset[int]
    rests: Rest = Rest.ALL

    def works(self, day: date) -> bool:
        if day.weekday() not in self.weekdays:
            return False
        if self.rests is Rest.ALL:
            return not is_holiday(day)
        return self.rests is Rest.NONE or day not in _great_days(day.year)

    def after(self, day: date) -> Iterator[date]:
        while True:
            day += DAY
            if self.works(day):
                yield day

    def later(self, day: date, number: int) -> date:
        """The day that is `number` of its days after `day`; with 0, `day` itself."""
        return next(islice(self.after(day), number - 1, None)) if number else day

    def before(self, day: date) -> date:
        """The last of its days before `day`."""
        day -= DAY
        while not self.works(day):
            day -= DAY
        return day


def office(days: Sequence[date]) -> Calendar:
    """Working days, unless the history shows runs at weekends."""
    at_weekends = sum(day.weekday() in WEEKEND for day in days)
    weekdays = WORKING if at_weekends <= _RESTING * len(days) else WORKING | WEEKEND
    return Calendar(weekdays, rest(days, weekdays))


def rest(days: Sequence[date], weekdays: frozenset[int]) -> Rest:
    """As on most holidays that fell on its weekdays, the great ones and the others judged apart.

    A carrier that met hardly any is taken to keep the great ones, and the others if it keeps its weekends.
    """
    ran_on = set(days)
    great = _ran(ran_on, days, weekdays, _great_holidays, _SEVERAL)
    others = _ran(ran_on, days, weekdays, lambda year: _holidays(year) - _great_holidays(year))
    if great:
        return Rest.NONE
    return Rest.GREAT if (weekdays >= WEEKEND if others is None else others) else Rest.ALL


def _ran(
    ran_on: set[date],
    days: Sequence[date],
    weekdays: frozenset[int],
    of: Callable[[int], frozenset[date]],
    least: int = 1,
) -> bool | None:
    """Whether it ran on most of these holidays; None if it met fewer than `least`."""
    years = range(days[0].year, days[-1].year + 1)
    met = [
        day in ran_on
        for year in years
        for day in of(year)
        if days[0] <= day <= days[-1] and day.weekday() in weekdays
    ]
    return sum(met) * 2 > len(met) if len(met) >= least else None
