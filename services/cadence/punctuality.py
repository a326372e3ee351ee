"""At what time of day a carrier syncs, how punctually, and which day a sync belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from statistics import median

from services import words
from services.cadence.workdays import WEEKEND

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_HALF_DAY = timedelta(hours=12)
_HALF_HOUR = timedelta(minutes=30)
_AROUND_MIDNIGHT = timedelta(hours=1)
_PUNCTUAL = timedelta(minutes=90)
LEAST_GRACE = timedelta(hours=4)
_RECENT = 60  # runs


@dataclass(frozen=True)
class Punctuality:
    """`usual`: the time of day. `grace`: how long after it a run may still come. `punctual`: worth naming.

    A run around midnight may belong to the day before or after: then `usual` is over a day, or negative.

    A run's day reaches from twelve hours before its usual time to twelve after, so runs at midnight keep
    their day.
    """

    usual: timedelta
    grace: timedelta = LEAST_GRACE
    punctual: bool = True

    def around(self, zone: tzinfo) -> str:
        if not self.punctual:
            return ""
        clock = f"{self.usual % _DAY // _HOUR:02}:{self.usual % _HOUR // _MINUTE:02}"
        return f" around {clock} {words.zone_name(zone)}"

    def day(self, sync: datetime, zone: tzinfo) -> date:
        return (_local(sync, zone) - self.usual + _HALF_DAY).date()

    def days(self, syncs: Iterable[datetime], zone: tzinfo) -> list[date]:
        return sorted({self.day(sync, zone) for sync in syncs})

    def at(self, day: date, zone: tzinfo) -> datetime:
        return _utc(datetime.combine(day, time.min) + self.usual, zone)

    def over(self, day: date, zone: tzinfo) -> datetime:
        """The midnight that ends `day` where the carrier is, or the end of the run's day if that is later."""
        midnight = datetime.combine(day + _DAY, time.min)
        return _utc(max(midnight, midnight - _HALF_DAY + self.usual), zone)


def learn(syncs: Sequence[datetime], zone: tzinfo) -> Punctuality:
    local = [_local(sync, zone) for sync in syncs[-_RECENT:]]
    usual = _usual_time(local)
    spread = sorted(abs(_time_of_day(when - usual + _HALF_DAY) - _HALF_DAY) for when in local)
    grace = min(max(2 * _within(0.9, spread), LEAST_GRACE), _HALF_DAY)
    found = Punctuality(usual, grace, _within(0.8, spread) <= _PUNCTUAL)
    # A run around midnight may belong to either day: carriers rest at weekends rather than on other days.
    other = -_DAY if usual >= _DAY - _AROUND_MIDNIGHT else _DAY if usual <= _AROUND_MIDNIGHT else None
    if other is None:
        return found
    shifted = replace(found, usual=usual + other)
    return min(found, shifted, key=lambda each: _at_weekends(each.days(syncs, zone)))


def _at_weekends(days: Sequence[date]) -> int:
    return sum(day.weekday() in WEEKEND for day in days)


def _within(share: float, spread: Sequence[timedelta]) -> timedelta:
    return spread[int(share * (len(spread) - 1))]


def _local(when: datetime, zone: tzinfo) -> datetime:
    return when.astimezone(zone).replace(tzinfo=None)


def _utc(local: datetime, zone: tzinfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def _time_of_day(when: datetime) -> timedelta:
    return when - datetime.combine(when.date(), time.min)


def _usual_time(local: Sequence[datetime]) -> timedelta:
    """The median time of day, to the half hour, on a clock cut open in the carrier's longest pause."""
    times = sorted(_time_of_day(when) for when in local)
    pauses = [later - earlier for earlier, later in pairwise([*times, times[0] + _DAY])]
    cut = (pauses.index(max(pauses)) + 1) % len(times)
    opened = times[cut:] + [each + _DAY for each in times[:cut]]
    return round(median(each / _HALF_HOUR for each in opened)) * _HALF_HOUR % _DAY
