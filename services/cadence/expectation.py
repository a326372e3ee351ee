"""When an Active integration's next sync is expected, when a missing one is late, and when it is lost.

A carrier that syncs three times a week or more may miss one run, since carriers pause for maintenance: it is
late when the next one is missed too, and lost after three more. One that syncs less often is late when its
day and its grace are over, and lost when the same is true of its next run. The grace is learnt: hours, from
how punctual the runs are, and days, where runs have come days late before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import islice, pairwise
from typing import Any

from pydantic import TypeAdapter

from services import words
from services.cadence import punctuality, weekly
from services.cadence.punctuality import Punctuality
from services.cadence.weekly import Loose, Rhythm

FIRST_SYNC = timedelta(weeks=3)
"""The seed's "several weeks": how long an Active integration may go without its first sync."""
HISTORY = timedelta(days=100)
"""How much of the past, up to the last sync, a rhythm is read from."""
LONG_HISTORY = timedelta(days=400)
"""The same, where `HISTORY` holds fewer than `MANY` syncs."""
MANY = 36
SKEW = timedelta(minutes=15)  # the exchange's clock may run ahead of ours by so much
UNKNOWN = "not known yet"

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_SECOND_SYNC = timedelta(weeks=5)  # for all that one sync says, it may be a monthly one
_NO_EARLIER = datetime(2000, 1, 1, tzinfo=UTC)
_MOST_RUNS = 400  # looked ahead; a carrier that was silent for longer has no next run
_LATE, _LOST = 2, 5  # runs missed in succession, of a frequent carrier
_FEW = 2  # runs more halve what is not sure
_USUALLY = 0.7  # sure enough for the word

Window = tuple[datetime, datetime]
"""From when until when a carrier is not expected to sync."""


class Source(StrEnum):
    """Where a cadence comes from."""

    HISTORY = "history"
    CARRIER = "carrier"  # the carrier's other integrations, while its own history is short
    OVERRIDE = "override"
    NONE = "none"


@dataclass(frozen=True)
class Cadence:
    """`slip`: by how many days of work a run may be late. `sure`, 0 to 1: the share of runs that the rhythm
    explains, and less while they are few.
    """

    rhythm: Rhythm
    times: Punctuality
    slip: int = 0
    sure: float = 1.0
    source: Source = Source.HISTORY


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
    cadence: Cadence | None = field(default=None, compare=False, repr=False)

    @property
    def sure(self) -> float:
        return self.cadence.sure if self.cadence else 0.0

    @property
    def source(self) -> Source:
        return self.cadence.source if self.cadence else Source.NONE

    def sentence(self, carrier: str) -> str:
        """As in "Principal usually syncs every working day around 06:00 Central"."""
        if self.habit == UNKNOWN:
            return f"How often {carrier} syncs is not known yet"
        if self.source is Source.OVERRIDE:
            return f"{carrier} should sync {self.habit}, as it was set"
        if self.source is Source.CARRIER:
            return f"{carrier} usually syncs {self.habit}, going by its other integrations"
        if self.cadence and self.sure < _USUALLY:
            return f"So far {carrier} has synced {self.habit}"
        return f"{carrier} usually syncs {self.habit}"


NOTHING = Expectation(None, None, None, UNKNOWN)
"""Of an integration that is not Active."""
_CADENCE: TypeAdapter[Cadence] = TypeAdapter(Cadence)


def dump(known: Cadence) -> dict[str, Any]:
    """Write a cadence as the store keeps it."""
    stored: dict[str, Any] = _CADENCE.dump_python(known, mode="json")
    return stored


def load(stored: dict[str, Any]) -> Cadence:
    return _CADENCE.validate_python(stored)


def sentence(carrier: str, known: Cadence | None, time_zone: str) -> str:
    """Say what a carrier's integrations show."""
    habit = known.rhythm.habit + known.times.around(words.zone(time_zone)) if known else UNKNOWN
    return Expectation(None, None, None, habit, cadence=known).sentence(carrier)


def expect(
    history: Sequence[datetime],
    *,
    time_zone: str,
    active_at: datetime | None,
    now: datetime,
    carrier: Cadence | None = None,
    override: Cadence | None = None,
    windows: Sequence[Window] = (),
) -> Expectation:
    """Read the rhythm from `history`: sync times in any order, of `LONG_HISTORY` up to the last one or less.

    `due_at` and `lost_at` follow from the history; `next_at` and `missed` move on with `now`. `override` was
    set by a person; `carrier` is what the carrier's other integrations show, for when the history is short.
    """
    known = _known(history, now)
    if not known or before_active(known[-1], active_at, now):
        return Expectation(None, min(active_at or now, now) + FIRST_SYNC, None, UNKNOWN)
    zone = words.zone(time_zone)
    found = _set(override, known, zone) if override else _learn(known, zone)
    if found is None and carrier is not None and _agrees(carrier, known, zone):
        found = replace(carrier, source=Source.CARRIER)
    if found is None:
        return _cautious(known, zone)
    return foresee(found, known[-1], zone=zone, now=now, windows=windows)


def foresee(
    known: Cadence, last_sync: datetime, *, zone: tzinfo, now: datetime, windows: Sequence[Window] = ()
) -> Expectation:
    """Say what follows from a cadence and the last sync."""
    runs = _Runs(known, last_sync, zone, windows)
    due, lost = runs.limits()
    missed, next_at, until = runs.ahead_of(now)
    habit = known.rhythm.habit + known.times.around(zone)
    return Expectation(next_at, due, lost, habit, missed, until, known)


def before_active(sync: datetime, active_at: datetime | None, now: datetime) -> bool:
    """Whether a sync belongs to an earlier life: one turned off and on again awaits its first sync anew."""
    return active_at is not None and sync + _DAY < active_at <= now


class _Runs:
    """The runs that are expected after the last sync; those that fall into a maintenance window are not."""

    def __init__(self, known: Cadence, last_sync: datetime, zone: tzinfo, windows: Sequence[Window]) -> None:
        self._zone, self._windows, self._times, self._slip = zone, windows, known.times, known.slip
        self._last = known.times.day(last_sync, zone)
        own = known.source is Source.HISTORY
        self._rhythm = known.rhythm if own else weekly.from_day(known.rhythm, self._last)

    def limits(self) -> tuple[datetime, datetime]:
        """When the silence is late, and when it is lost."""
        rhythm = self._rhythm
        if isinstance(rhythm, Loose):
            silent = max(rhythm.longest, 2 * rhythm.typical if rhythm.frequent else 1)
            return self._given_up(_nth(self._work(), silent)), self._given_up(_nth(self._work(), 2 * silent))
        late, lost = (_LATE, _LOST) if rhythm.frequent else (1, 2)
        return self._given_up(_nth(self._days(), late)), self._given_up(_nth(self._days(), lost))

    def _given_up(self, day: date) -> datetime:
        """When the run of `day` comes no more: for a rarer carrier, its day and its grace are over."""
        if self._rhythm.frequent:
            return self._at(day) + self._times.grace
        slipped = self._at(self._rhythm.office.later(day, self._slip))
        return max(self._over(day), slipped) + self._times.grace

    def _days(self) -> Iterator[date]:
        return filter(self._expected, self._rhythm.after(self._last))

    def _work(self) -> Iterator[date]:
        return filter(self._expected, self._rhythm.office.after(self._last))

    def ahead_of(self, now: datetime) -> tuple[int, datetime | None, datetime | None]:
        """Count the runs that did not come, up to the first that still may."""
        for missed, day in enumerate(islice(self._days(), _MOST_RUNS)):
            until = self._until(day)
            if now < until:
                return missed, self._at(day), until
        return _MOST_RUNS, None, None

    def _until(self, day: date) -> datetime:
        return self._at(day) + self._times.grace if self._rhythm.frequent else self._over(day)

    def _expected(self, day: date) -> bool:
        return not any(begin < self._until(day) and self._at(day) < end for begin, end in self._windows)

    def _at(self, day: date) -> datetime:
        return self._times.at(day, self._zone)

    def _over(self, day: date) -> datetime:
        return self._times.over(day, self._zone)


def _nth(days: Iterator[date], number: int) -> date:
    return next(islice(days, number - 1, None))


def _known(history: Sequence[datetime], now: datetime) -> list[datetime]:
    """Without what cannot be: the future, and a past before there were such integrations."""
    past = sorted({when for when in history if _NO_EARLIER < when <= now + SKEW})
    recent = [when for when in past if past[-1] - when <= HISTORY]
    return recent if len(recent) >= MANY else [when for when in past if past[-1] - when <= LONG_HISTORY]


def _learn(known: Sequence[datetime], zone: tzinfo) -> Cadence | None:
    times = punctuality.learn(known, zone)
    days = times.days(known, zone)
    found = weekly.learn(days)
    if found is None:
        return None
    sure = found.share * len(days) / (len(days) + _FEW)
    return Cadence(found.rhythm, times, found.slip, round(sure, 2))


def _set(override: Cadence, known: Sequence[datetime], zone: tzinfo) -> Cadence:
    """What was set, with the grace that the runs have shown to need."""
    grace = punctuality.learn(known, zone).grace
    return replace(override, times=replace(override.times, grace=grace), source=Source.OVERRIDE)


def _agrees(carrier: Cadence, known: Sequence[datetime], zone: tzinfo) -> bool:
    """Whether the syncs there are came when the carrier's rhythm says so."""
    days = carrier.times.days(known, zone)
    return all(_came(carrier.rhythm, earlier, later) for earlier, later in pairwise(days))


def _came(rhythm: Rhythm, earlier: date, later: date) -> bool:
    expected = weekly.from_day(rhythm, earlier).after(earlier)
    return next(islice(expected, 1 if rhythm.frequent else 0, None)) >= later


def _cautious(known: Sequence[datetime], zone: tzinfo) -> Expectation:
    """Until a rhythm shows, wait for twice the longest gap so far, and never less than a week."""
    days = punctuality.learn(known, zone).days(known, zone)
    gaps = [later - earlier for earlier, later in pairwise(days)]
    silence = max(2 * max(gaps), _WEEK) + _DAY if gaps else _SECOND_SYNC
    return Expectation(None, known[-1] + silence, known[-1] + 2 * silence, UNKNOWN)
