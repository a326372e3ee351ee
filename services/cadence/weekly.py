"""The rhythm of a carrier, read from the days it synced on, by majorities and medians.

Four rhythms are told apart: fixed weekdays (every day, working days, Mon-Wed-Fri, Tuesdays), one weekday of
every second (third, …) week, a day of the month, and a loose one: a usual gap, counted in working days where
the carrier rests at weekends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice, pairwise, takewhile
from math import ceil
from statistics import median
from typing import Literal

import humanize

from services import words
from services.cadence import monthly
from services.cadence.monthly import Monthly
from services.cadence.workdays import DAY, WEEK, WORKING, Calendar, Rest, is_holiday, office, rest

_RECENT = 56 * DAY  # a habit given up two months ago is none
_LESS_RECENT = 120 * DAY  # where that shows none
_ENOUGH = 4
_FEW = 2  # days, that make one gap
_ONE_OF_EACH = 6 * DAY  # from first to last: then each weekday has had a chance
_SLOWER_THAN_WEEKLY = 10  # days between two runs
_RARE = 12  # days between two runs, in the mean: monthly ones, with odd ones between
_MAJORITY = 0.6
_AGREED = 0.7
_KEPT = 0.65  # of several weekdays: fewer may be chance
_USUAL = 0.8
_OUTAGE = 3  # times the usual gap: that was none of the rhythm
_FREQUENT = 3  # runs a week
_SLIPS = 3  # days; what comes later was an outage
_SHORT = 8  # runs, of which a late one may be missing by chance
_NAMES = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


@dataclass(frozen=True)
class Weekdays:
    """A run on each day of `runs_on`; `office` are the days on which a missing one may still be mended.

    `shifts`: a run that would fall on a holiday comes on the next day of work, and is not left out.
    """

    runs_on: Calendar
    office: Calendar
    shifts: bool = False
    kind: Literal["weekdays"] = "weekdays"

    @property
    def frequent(self) -> bool:
        return len(self.runs_on.weekdays) >= _FREQUENT

    @property
    def habit(self) -> str:
        days = self.runs_on.weekdays
        if days == WORKING:
            return "every working day"
        if len(days) == WEEK:
            return "every day"
        return f"on {words.listed([_NAMES[day] for day in sorted(days)])}"

    def after(self, last: date) -> Iterator[date]:
        """The days of the expected runs. A weekly run that came a day early is that run, not an extra one."""
        early = DAY if len(self.runs_on.weekdays) == 1 else 0 * DAY
        if not self.shifts:
            return self.runs_on.after(last + early)
        planned = Calendar(self.runs_on.weekdays, Rest.NONE).after(last + early - WEEK * DAY)
        return (day for each in planned if (day := _worked(each, self.office)) > last + early)


@dataclass(frozen=True)
class EveryWeeks:
    """A run on one weekday of every `weeks`-th week. `phase` is its day's ordinal modulo the period."""

    weeks: int
    phase: int
    office: Calendar
    shifts: bool = False
    frequent: Literal[False] = False
    kind: Literal["every_weeks"] = "every_weeks"

    @property
    def habit(self) -> str:
        weekday = _NAMES[(self.phase - 1) % WEEK]
        return f"every {humanize.apnumber(self.weeks)} weeks, on {weekday}"

    def after(self, last: date) -> Iterator[date]:
        """As for weekly runs; up to two days early is that run."""
        period = self.weeks * WEEK
        reached = last + 3 * DAY
        day = reached + timedelta(days=(self.phase - reached.toordinal()) % period)
        while True:
            if self.shifts or self.office.works(day):
                yield _worked(day, self.office)
            day += timedelta(days=period)


@dataclass(frozen=True)
class Loose:
    """A run every `typical` days, as a rule, and every `longest` at most; counted in the office's days."""

    typical: int
    longest: int
    office: Calendar
    kind: Literal["loose"] = "loose"

    @property
    def frequent(self) -> bool:
        return self.typical * _FREQUENT <= WEEK

    @property
    def habit(self) -> str:
        day = "working day" if self.office.weekdays == WORKING else "day"
        return f"about every {day}" if self.typical == 1 else f"about every {self.typical} {day}s"

    def after(self, last: date) -> Iterator[date]:
        return islice(self.office.after(last), self.typical - 1, None, self.typical)


Rhythm = Weekdays | EveryWeeks | Monthly | Loose


@dataclass(frozen=True)
class Learnt:
    """`share`: of the runs that came or were expected, how many the rhythm explains.

    `slip`: by how many of the office's days a run may come late. Only of those that are not frequent.
    """

    rhythm: Rhythm
    share: float
    slip: int = 0


def learn(days: Sequence[date]) -> Learnt | None:
    """Find the rhythm of the days on which a carrier synced (sorted, each once); None if they are too few."""
    if (by_month := _by_month(days)) is not None:
        return by_month
    if len(days) < _ENOUGH:
        return None
    if median(_gaps(days)) > _SLOWER_THAN_WEEKLY:
        return _every_weeks(days, days) or _loose(days)
    found = (_weekdays(_up_to(days, span), days) for span in (_RECENT, _LESS_RECENT))
    return next(filter(None, found), None) or _loose(days)


def _up_to(days: Sequence[date], span: timedelta) -> Sequence[date]:
    recent = [day for day in days if days[-1] - day <= span]
    return recent if len(recent) >= _ENOUGH else days


def _worked(day: date, where: Calendar) -> date:
    return day if where.works(day) else next(where.after(day))


def from_day(rhythm: Rhythm, last: date) -> Rhythm:
    """The same rhythm for one whose last run was on `last`: every second week is not the same one for all."""
    if not isinstance(rhythm, EveryWeeks):
        return rhythm
    off = (last.toordinal() - rhythm.phase + 3) % WEEK - 3
    return replace(rhythm, phase=(last.toordinal() - off) % (rhythm.weeks * WEEK))


def _gaps(days: Sequence[date]) -> list[int]:
    return [(later - earlier).days for earlier, later in pairwise(days)]


def _by_month(days: Sequence[date]) -> Learnt | None:
    if len(days) <= _FEW or (days[-1] - days[0]).days < _RARE * (len(days) - 1):
        return None
    found = monthly.learn(days)
    weekly = _every_weeks(days, days) if len(days) >= _ENOUGH else None
    if found is None or (weekly and weekly.share > found[1]):
        return weekly
    return Learnt(*found, _slip(found[0], days))


def _weekdays(days: Sequence[date], all_days: Sequence[date]) -> Learnt | None:
    if days[-1] - days[0] < _ONE_OF_EACH:
        return None
    hits = Counter(day.weekday() for day in days if not is_holiday(day))
    chances = _chances(days)
    chosen = frozenset(day for day in hits if hits[day] >= _MAJORITY * chances[day])
    own = sum(hits[day] for day in chosen)
    if own < _AGREED * hits.total() or not chosen:
        return None
    if len(chosen) == 1 and (
        rarer := _every_weeks(all_days, [day for day in days if day.weekday() in chosen])
    ):
        return rarer
    share = own / (hits.total() + sum(chances[day] for day in chosen) - own)
    if len(chosen) >= _FREQUENT and share < _KEPT:
        return None
    rests = rest(all_days, chosen)
    where = Calendar(chosen | WORKING, rests)
    shifts = len(chosen) == 1 and _shifts(all_days, where, lambda day: day.weekday() in chosen)
    rhythm = Weekdays(Calendar(chosen, rests), where, shifts)
    return Learnt(rhythm, share, 0 if rhythm.frequent else _slip(rhythm, all_days))


def _chances(days: Sequence[date]) -> Counter[int]:
    """How often each weekday could have seen a run. Weeks without any were outages and do not count."""
    mondays = {day - timedelta(days=day.weekday()) for day in days}
    week = [monday + timedelta(days=offset) for monday in mondays for offset in range(WEEK)]
    return Counter(day.weekday() for day in week if days[0] <= day <= days[-1] and not is_holiday(day))


def _every_weeks(days: Sequence[date], regular: Sequence[date]) -> Learnt | None:
    """As the `regular` ones of the days suggest; None if that is each week, or fits too few of them."""
    weeks = round(median(_gaps(regular)) / WEEK) if len(regular) > _FEW else 1
    if weeks <= 1:
        return None
    period = weeks * WEEK
    phases = Counter(day.toordinal() % period for day in days)
    phase, _ = phases.most_common(1)[0]
    near = sum(phases[(phase + shift) % period] for shift in (-1, 0, 1))
    if near < _MAJORITY * len(days):
        return None
    where = office(days)
    shifts = _shifts(days, where, lambda day: day.toordinal() % period == phase)
    rhythm = EveryWeeks(weeks, phase, where, shifts)
    expected = (days[-1] - days[0]).days // period + 1
    return Learnt(rhythm, near / max(expected, len(days)), _slip(rhythm, days))


def _shifts(days: Sequence[date], where: Calendar, planned: Callable[[date], bool]) -> bool:
    """Whether most runs that would have fallen on a holiday came on the next day of work."""
    ran_on = set(days)
    span = range((days[-1] - days[0]).days)
    met = [day for offset in span if planned(day := days[0] + timedelta(days=offset)) and is_holiday(day)]
    kept = [day for day in met if not where.works(day)]
    return sum(_worked(day, where) in ran_on for day in kept) * 2 > len(kept)


def _slip(rhythm: Rhythm, days: Sequence[date]) -> int:
    """By how much runs came late and still were those runs; while there were few, a day may be missing."""
    expected = takewhile(lambda day: day <= days[-1], rhythm.after(days[0]))
    short = sum(1 for _ in expected) < _SHORT
    slips = [_late(rhythm, earlier, later) for earlier, later in pairwise(days)]
    return max([int(short), *(each for each in slips if each <= _SLIPS)])


def _late(rhythm: Rhythm, earlier: date, later: date) -> int:
    expected = next(rhythm.after(earlier))
    late = 0
    while expected < later and late <= _SLIPS:
        expected = next(rhythm.office.after(expected))
        late += 1
    return late


def _loose(days: Sequence[date]) -> Learnt:
    where = office(days)
    count = dict.fromkeys(days, 0)
    worked = 0
    for offset in range((days[-1] - days[0]).days + 1):
        day = days[0] + timedelta(days=offset)
        worked += where.works(day)
        if day in count:
            count[day] = worked
    gaps = sorted(max(1, later - earlier) for earlier, later in pairwise(count.values()))
    usual = gaps[ceil(_USUAL * len(gaps)) - 1]
    longest = max(gap for gap in gaps if gap <= _OUTAGE * usual)
    share = sum(gap <= usual for gap in gaps) / len(gaps)
    typical = round(median(gaps))
    rhythm = Loose(typical, max(longest, typical), where)
    return Learnt(rhythm, share, int(len(days) < _SHORT))
