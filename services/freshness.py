"""When an Active integration's next sync is expected, when a missing one is late, and when it is lost.

A carrier that syncs three times a week or more may miss one run, since carriers pause for maintenance: it is
late when the next one is missed too, and lost after three more. One that syncs less often is late when its
day and a working day of grace are over, and lost when the same is true of its next run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice, pairwise
from math import ceil
from statistics import median

from services import cadence, words

FIRST_SYNC = timedelta(weeks=3)
"""The seed's "several weeks": how long an Active integration may go without its first sync."""
HISTORY = timedelta(days=100)
"""How much of the past, up to the last sync, a rhythm is read from."""
UNKNOWN = "not known yet"

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_HALF_DAY = timedelta(hours=12)
_NO_EARLIER = datetime(2000, 1, 1, tzinfo=UTC)
SKEW = timedelta(minutes=15)  # the exchange's clock may run ahead of ours by so much
_LEAST_GRACE = timedelta(hours=4)
_PUNCTUAL = timedelta(minutes=90)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_HALF_HOUR = timedelta(minutes=30)
_MOST_RUNS = 400  # looked ahead; a carrier that was silent for longer has no next run


@dataclass(frozen=True)
class Expectation:
    """`next_at`: the next expected sync. `due_at`: when a missing one is late; `lost_at`: when it is lost.

    `habit` completes "Guardian syncs …", or is `UNKNOWN`. `missed`: how many expected runs did not come.
    `until`: when `next_at` and `missed` move on, if no sync comes before; None if that is not known.
    """

    next_at: datetime | None
    due_at: datetime | None
    lost_at: datetime | None
    habit: str
    missed: int = 0
    until: datetime | None = None


NOTHING = Expectation(None, None, None, UNKNOWN)
"""Of an integration that is not Active."""


def expect(
    history: Sequence[datetime], *, time_zone: str, active_at: datetime | None, now: datetime
) -> Expectation:
    """Read the rhythm from `history`: sync times in any order, about 100 days of them up to the last one.

    `due_at` and `lost_at` follow from the history; `next_at` and `missed` move on with `now`.
    """
    known = _known(history, now)
    if not known or before_active(known[-1], active_at, now):
        return Expectation(None, min(active_at or now, now) + FIRST_SYNC, None, UNKNOWN)
    runs = _Runs(known, words.zone(time_zone))
    rhythm = cadence.learn(runs.days)
    if rhythm is None:
        return _cautious(known[-1], runs.days)
    return _expectation(rhythm, runs, now)


def before_active(sync: datetime, active_at: datetime | None, now: datetime) -> bool:
    """Whether a sync belongs to an earlier life: one turned off and on again awaits its first sync anew."""
    return active_at is not None and sync + _DAY < active_at <= now


def _known(history: Sequence[datetime], now: datetime) -> list[datetime]:
    """Without what cannot be: the future, and a past before there were such integrations."""
    past = sorted({when for when in history if _NO_EARLIER < when <= now + SKEW})
    return [when for when in past if past[-1] - when <= HISTORY]


class _Runs:
    """Syncs as runs of a schedule: the usual time of day, and the day that each run belongs to.

    A day reaches from twelve hours before the usual time to twelve after: runs at midnight keep their day.
    """

    def __init__(self, syncs: Sequence[datetime], zone: tzinfo) -> None:
        local = [when.astimezone(zone).replace(tzinfo=None) for when in syncs]
        self.zone = zone
        self.usual = _usual_time(local)
        centred = [when - self.usual + _HALF_DAY for when in local]
        self.days = sorted({when.date() for when in centred})
        self._spread = sorted(abs(_time_of_day(when) - _HALF_DAY) for when in centred)

    def at(self, day: date) -> datetime:
        return self._utc(datetime.combine(day, time.min) + self.usual)

    def over(self, day: date) -> datetime:
        """The midnight that ends `day` where the carrier is."""
        return self._utc(datetime.combine(day + _DAY, time.min))

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    @property
    def grace(self) -> timedelta:
        """How long after its usual time a run may still come."""
        return min(max(2 * self._within(0.9), _LEAST_GRACE), _HALF_DAY)

    @property
    def around(self) -> str:
        if self._within(0.8) > _PUNCTUAL:
            return ""
        where = words.zone_name(self.zone)
        return f" around {self.usual // _HOUR:02}:{self.usual % _HOUR // _MINUTE:02} {where}"

    def _within(self, share: float) -> timedelta:
        return self._spread[ceil(share * len(self._spread)) - 1]


def _time_of_day(when: datetime) -> timedelta:
    return when - datetime.combine(when.date(), time.min)


def _usual_time(local: Sequence[datetime]) -> timedelta:
    """The median time of day, to the half hour, on a clock cut open in the carrier's longest pause."""
    times = sorted(_time_of_day(when) for when in local)
    pauses = [later - earlier for earlier, later in pairwise([*times, times[0] + _DAY])]
    cut = (pauses.index(max(pauses)) + 1) % len(times)
    opened = times[cut:] + [each + _DAY for each in times[:cut]]
    return round(median(each / _HALF_HOUR for each in opened)) * _HALF_HOUR % _DAY


def _cautious(last: datetime, days: Sequence[date]) -> Expectation:
    """Until a rhythm shows, wait for twice the longest gap so far, and never less than a week."""
    gaps = [later - earlier for earlier, later in pairwise(days)]
    silence = max(2 * max(gaps), _WEEK) + _DAY if gaps else FIRST_SYNC
    return Expectation(None, last + silence, last + 2 * silence, UNKNOWN)


def _expectation(rhythm: cadence.Rhythm, runs: _Runs, now: datetime) -> Expectation:
    last = runs.days[-1]
    ahead = list(islice(rhythm.after(last), 5))
    if rhythm.frequent:
        given_up = [runs.at(day) + runs.grace for day in ahead]
        due, lost = given_up[1], given_up[4]
    else:
        due, lost = (runs.over(next(rhythm.office.after(day))) for day in ahead[:2])
    missed, next_at, until = _next(rhythm, runs, now)
    return Expectation(next_at, due, lost, rhythm.habit + runs.around, missed, until)


def _next(rhythm: cadence.Rhythm, runs: _Runs, now: datetime) -> tuple[int, datetime | None, datetime | None]:
    """Count the runs that did not come, up to the first that still may."""
    for missed, day in enumerate(islice(rhythm.after(runs.days[-1]), _MOST_RUNS)):
        expected = runs.at(day)
        until = expected + runs.grace if rhythm.frequent else runs.over(day)
        if now < until:
            return missed, expected, until
    return _MOST_RUNS, None, None
