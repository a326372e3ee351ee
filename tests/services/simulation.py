"""How far alerts can be trusted: made-up carriers with known habits, and what each rule says of them.

python -m tests.services.simulation [--years N] [--seed N]

Each carrier-year has one planted outage. An alert before it, or after it, is false. Everything else that a
carrier may do is no outage: runs come early or late by minutes or hours, holidays are kept or shifted, odd
extra syncs come, and a maintenance pause swallows one run of a carrier that syncs three times a week or more,
or puts a rarer one off by hours.

Delays are counted from the moment at which the rule of the field calls the silence an outage: when the
normal time of a rarer carrier's first missed run has passed, or of a frequent one's second, since it may miss
one. An alert that a rule has raised before that moment counts as no delay. How long after the first missed
run, and after the last good sync, stands beside it.

Nobody publishes how often carriers have which habit. The mix here is a guess after the field's own words:
"some daily, some weekly, some at specific times during the week".
"""

from __future__ import annotations

import argparse
import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import ceil, inf
from statistics import median
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from services.cadence import expectation
from services.cadence.expectation import Cadence
from services.cadence.workdays import Calendar, is_holiday

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
SHORTEST = 40 * HOUR
"""Freshness calls nobody late sooner after a sync: shorter gaps need no look. A test holds it to that."""
JITTER = (3 * MINUTE, 20 * MINUTE, HOUR, 2 * HOUR)  # standard deviations
JITTER_WEIGHTS = (4, 3, 2, 1)
HOURS = (*range(24), *(4 * [22, 23, 0, 1, 2, 3, 4, 5, 6]))  # most batches run at night
HISTORIES = (0, 60, 400)  # days known before the year that is judged
HISTORY_WEIGHTS = (1, 2, 7)
PAUSE = 0.01  # of the runs meet a maintenance pause
SLIPPING = 0.1  # of the carriers that sync weekly or less have runs that come a working day late,
SLIP = 0.05  # so many of them
EXTRAS = 1  # odd syncs a year,
MORE_EXTRAS = 0.02  # and so many a run
MAJOR = {(1, 1), (7, 4), (12, 24), (12, 25)}
WORKWEEK = frozenset(range(5))


# ── the carriers ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Run:
    normal: datetime
    came: datetime | None


@dataclass
class Carrier:
    """`period`: between two runs, as a person would set it. `frequent`: it may miss one run."""

    habit: str
    days: Callable[[date, date], Iterator[date]]
    period: timedelta
    rng: random.Random
    frequent: bool = False
    zone: ZoneInfo = field(init=False)
    at: time = field(init=False)
    jitter: timedelta = field(init=False)
    slips: bool = field(init=False)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.rng.choice(ZONES))
        self.at = time(self.rng.choice(HOURS), self.rng.choice((0, 15, 30, 45)))
        self.jitter = self.rng.choices(JITTER, JITTER_WEIGHTS)[0]
        self.slips = not self.frequent and self.rng.random() < SLIPPING

    def runs(self, first: date, last: date) -> list[Run]:
        runs: list[Run] = []
        for day in self.days(first, last):
            normal = datetime.combine(day, self.at, self.zone).astimezone(UTC)
            runs.append(Run(normal, self._came(day, normal, runs)))
        return runs

    def _came(self, day: date, normal: datetime, before: Sequence[Run]) -> datetime | None:
        came = normal + max(-3.0, min(3.0, self.rng.gauss(0, 1))) * self.jitter
        if self.rng.random() < PAUSE:
            if not self.frequent:
                return came + self.rng.uniform(1, 12) * HOUR
            if before and before[-1].came is not None:
                return None
        if self.slips and self.rng.random() < SLIP:
            came += next(Calendar(WORKWEEK).after(day)) - day
        return came


def _resting(rng: random.Random) -> Callable[[date], bool]:
    """Which holidays an office keeps: all, only the great ones with the days beside them, or none."""
    kind = rng.random()
    if kind < 0.45:
        return is_holiday
    if kind < 0.85:
        return _great
    return lambda _: False


def _great(day: date) -> bool:
    last_monday_of_may = day.month == 5 and day.weekday() == 0 and day.day > 24
    labor_day = day.month == 9 and day.weekday() == 0 and day.day <= 7
    thanksgiving = day.month == 11 and day.weekday() in {3, 4} and 22 <= day.day - (day.weekday() - 3) <= 28
    return (day.month, day.day) in MAJOR or last_monday_of_may or labor_day or thanksgiving


def _every(first: date, last: date) -> Iterator[date]:
    return (first + number * DAY for number in range((last - first).days + 1))


def daily(rng: random.Random) -> Carrier:
    rests = _great if rng.random() < 0.2 else (lambda _: False)
    return Carrier(
        "daily", lambda *span: (day for day in _every(*span) if not rests(day)), DAY, rng, frequent=True
    )


def working_days(rng: random.Random) -> Carrier:
    return _on("working days", WORKWEEK, DAY, rng)


def fixed_weekdays(rng: random.Random) -> Carrier:
    weekdays = frozenset(rng.choice([(0, 2, 4), (0, 2, 4), (1, 3, 5), (0, 1, 2, 3), (1, 2, 3, 4), (0, 3, 4)]))
    return _on("3 or 4 weekdays", weekdays, 3 * DAY, rng)


def twice_a_week(rng: random.Random) -> Carrier:
    return _on("2 weekdays", frozenset(rng.choice([(0, 3), (1, 3), (1, 4), (2, 5)])), 4 * DAY, rng)


def _on(habit: str, weekdays: frozenset[int], period: timedelta, rng: random.Random) -> Carrier:
    rests = _resting(rng)

    def days(first: date, last: date) -> Iterator[date]:
        return (day for day in _every(first, last) if day.weekday() in weekdays and not rests(day))

    return Carrier(habit, days, period, rng, frequent=len(weekdays) >= 3)


def weekly(rng: random.Random) -> Carrier:
    return _weeks("weekly", 1, rng)


def fortnightly(rng: random.Random) -> Carrier:
    return _weeks("every other week", 2, rng)


def _weeks(habit: str, weeks: int, rng: random.Random) -> Carrier:
    weekday, phase, rests, shifts = rng.randrange(5), rng.randrange(weeks), _resting(rng), rng.random() < 0.7

    def days(first: date, last: date) -> Iterator[date]:
        for day in _every(first, last):
            if day.weekday() == weekday and (day.toordinal() // 7) % weeks == phase:
                if not rests(day):
                    yield day
                elif shifts:
                    yield _next_working(day, rests)

    return Carrier(habit, days, weeks * 7 * DAY, rng)


def _next_working(day: date, rests: Callable[[date], bool], step: int = 1) -> date:
    while day.weekday() > 4 or rests(day):
        day += step * DAY
    return day


def monthly(rng: random.Random) -> Carrier:
    rests = _resting(rng)
    number, shift = rng.choice([1, 2, 5, 10, 15, 15, 20, 25, 28, 31]), rng.choice([0, 1, 1, -1])
    nth = rng.choice([0, 0, 0, -1, -1, 1, 3, 5])

    def in_month(day: date) -> date:
        first = day.replace(day=1)
        month = [each for each in _every(first, first + 30 * DAY) if each.month == day.month]
        if nth:
            working = [each for each in month if each.weekday() < 5 and not rests(each)]
            return working[nth - 1 if nth > 0 else nth]
        planned = month[min(number, len(month)) - 1]
        return _next_working(planned, rests, shift) if shift else planned

    def days(first: date, last: date) -> Iterator[date]:
        months = (day for day in _every(first - 40 * DAY, last) if day.day == 1)
        return (day for day in map(in_month, months) if first <= day <= last)

    def by_gap(first: date, last: date) -> Iterator[date]:
        working = [day for day in _every(first, last) if day.weekday() < 5 and not rests(day)]
        return iter(working[::21])

    by_days = by_gap if rng.random() < 0.15 else days
    return Carrier("monthly", by_days, 31 * DAY, rng)


def irregular(rng: random.Random) -> Carrier:
    gaps = rng.choice([(1, 1, 2, 2, 3, 4), (2, 3, 4, 5, 7), (3, 5, 6, 8, 10)])

    def days(first: date, last: date) -> Iterator[date]:
        day = first
        while day <= last:
            yield day
            day += rng.choice(gaps) * DAY

    return Carrier("irregular", days, median(gaps) * DAY, rng)


Make = Callable[[random.Random], Carrier]

MIX: dict[Make, int] = {
    daily: 20,
    working_days: 40,
    fixed_weekdays: 10,
    twice_a_week: 5,
    weekly: 14,
    fortnightly: 4,
    monthly: 4,
    irregular: 3,
}


# ── a year of one carrier ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Year:
    """`syncs` come; those before `judged` are known already. `last_good` is the last before the outage."""

    carrier: Carrier
    syncs: Sequence[datetime]
    judged: datetime
    until: datetime
    last_good: datetime
    first_missed: datetime
    unforgiven: datetime
    sibling: Cadence | None

    @property
    def length(self) -> float:
        return (self.until - self.judged) / (365.25 * DAY)


def year(make: Make, rng: random.Random) -> Year:
    carrier = make(rng)
    known = rng.choices(HISTORIES, HISTORY_WEIGHTS)[0]
    begins = date(rng.randrange(2019, 2029), 1, 1) + rng.randrange(365) * DAY
    runs = carrier.runs(begins - known * DAY, begins + 365 * DAY)
    judged = max(_midnight(begins), runs[0].normal + DAY)
    missed = _outage(carrier, runs, judged, rng)
    lost = {run.normal for run in missed}
    syncs = {run.came for run in runs if run.came and run.normal not in lost}
    syncs |= {each for each in _extras(runs, rng) if not _within(each, missed)}
    ordered = sorted(syncs)
    first_missed = missed[0].normal
    # A run that came hours late may have come after the next one should have: it was good.
    last_good = max(each for each in ordered if each < max(first_missed, missed[0].came or first_missed))
    unforgiven = missed[1].normal if carrier.frequent else first_missed
    sibling = _sibling(carrier, begins) if known == 0 and rng.random() < 0.5 else None
    end = runs[-1].normal
    return Year(carrier, ordered, judged, end, last_good, first_missed, unforgiven, sibling)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _outage(carrier: Carrier, runs: Sequence[Run], judged: datetime, rng: random.Random) -> Sequence[Run]:
    """Runs in succession that do not come: as many as no pause explains."""
    length = rng.randint(6, 15) if carrier.frequent else rng.randint(2, 4)
    if carrier.habit == "irregular":
        length = rng.randint(8, 15)
    first = bisect_left([run.normal for run in runs], judged)
    start = rng.randrange(first + 1, len(runs) - length)
    return runs[start : start + length]


def _within(when: datetime, missed: Sequence[Run]) -> bool:
    return missed[0].normal - 12 * HOUR <= when <= missed[-1].normal + DAY


def _extras(runs: Sequence[Run], rng: random.Random) -> list[datetime]:
    first, last = runs[0].normal, runs[-1].normal
    number = round((last - first) / (365 * DAY) * EXTRAS + len(runs) * MORE_EXTRAS)
    return [first + rng.random() * (last - first) for _ in range(number)]


def _sibling(carrier: Carrier, begins: date) -> Cadence | None:
    """What the carrier's other integrations show on the first day."""
    known = [run.came for run in carrier.runs(begins - 400 * DAY, begins) if run.came]
    zone = str(carrier.zone)
    return expectation.expect(known, time_zone=zone, active_at=None, now=max(known)).cadence


# ── the rules ───────────────────────────────────────────────────────────────────────────────────────────────

Rule = Callable[[Year, Sequence[datetime]], datetime]
"""When the next sync is late, given the syncs so far."""


def learnt(of: Year, known: Sequence[datetime]) -> datetime:
    zone, now = str(of.carrier.zone), known[-1]
    due = expectation.expect(known, time_zone=zone, active_at=None, now=now, carrier=of.sibling).due_at
    assert due
    return due


def fixed_day(of: Year, known: Sequence[datetime]) -> datetime:
    del of
    return known[-1] + DAY


def period_and_grace(of: Year, known: Sequence[datetime]) -> datetime:
    return known[-1] + of.carrier.period + DAY


def median_gap(of: Year, known: Sequence[datetime]) -> datetime:
    return known[-1] + median(_gaps(of, known)) + 6 * HOUR


def longest_gap(of: Year, known: Sequence[datetime]) -> datetime:
    return known[-1] + max(_gaps(of, known)) * 1.1


def _gaps(of: Year, known: Sequence[datetime]) -> list[timedelta]:
    recent = known[bisect_left(known, known[-1] - 100 * DAY) :]
    return [later - earlier for earlier, later in pairwise(recent)] or [of.carrier.period]


RULES: dict[str, Rule] = {
    "Lastsync": learnt,
    "a fixed 24 hours": fixed_day,
    "period and a day of grace, no calendar": period_and_grace,
    "median gap and 6 hours": median_gap,
    "longest gap and a tenth": longest_gap,
}


@dataclass
class Score:
    """Delays in hours: since it was an outage, since the first missed run, since the last good sync."""

    years: float = 0.0
    false: int = 0
    delays: list[float] = field(default_factory=list)
    since_missed: list[float] = field(default_factory=list)
    since_good: list[float] = field(default_factory=list)

    @property
    def false_a_year(self) -> float:
        return self.false / self.years

    def add(self, other: Score) -> None:
        self.years += other.years
        self.false += other.false
        self.delays += other.delays
        self.since_missed += other.since_missed
        self.since_good += other.since_good


def judge(of: Year, rule: Rule) -> Score:
    score = Score(years=of.length)
    shortest = SHORTEST if rule is learnt else DAY
    for number, (sync, following) in enumerate(pairwise([*of.syncs, of.until]), start=1):
        if following <= of.judged or following - sync <= shortest:
            continue
        due = rule(of, of.syncs[:number])
        if sync == of.last_good:
            _note(score, of, due, following)
        elif max(due, of.judged) < following:
            score.false += 1
    return score


def _note(score: Score, of: Year, due: datetime, following: datetime) -> None:
    score.false += of.judged <= due < of.first_missed
    noticed = due < following
    score.delays.append(max((due - of.unforgiven) / HOUR, 0.0) if noticed else inf)
    score.since_missed.append(max((due - of.first_missed) / HOUR, 0.0) if noticed else inf)
    score.since_good.append((due - of.last_good) / HOUR if noticed else inf)


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[ceil(share * len(values)) - 1]


def simulate(years: int, seed: int, rules: dict[str, Rule]) -> dict[str, dict[str, Score]]:
    """Scores by rule and habit."""
    rng = random.Random(seed)  # noqa: S311  the same each time
    scores: dict[str, dict[str, Score]] = {name: defaultdict(Score) for name in rules}
    for make, weight in MIX.items():
        for _ in range(max(1, round(years * weight / sum(MIX.values())))):
            one = year(make, rng)
            for name, rule in rules.items():
                scores[name][one.carrier.habit].add(judge(one, rule))
    return scores


def total(scores: dict[str, Score]) -> Score:
    whole = Score()
    for score in scores.values():
        whole.add(score)
    return whole


# ── the report ──────────────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--years", type=int, default=5000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    scores = simulate(chosen.years, chosen.seed, RULES)
    console = Console(width=150)
    console.print(_table("rule", {name: total(each) for name, each in scores.items()}))
    console.print(_table("habit, with Lastsync", scores["Lastsync"]))


def _table(of: str, scores: dict[str, Score]) -> Table:
    table = Table()
    for column in (
        of,
        "years",
        "false alarms a year",
        "delay: median h",
        "p95",
        "since the first missed run",
        "p95",
        "since the last good sync",
        "p95",
    ):
        table.add_column(column, justify="left" if column == of else "right")
    for name, score in scores.items():
        figures = [
            f"{quantile(each, share):.1f}"
            for each in (score.delays, score.since_missed, score.since_good)
            for share in (0.5, 0.95)
        ]
        table.add_row(name, f"{score.years:,.0f}", f"{score.false_a_year:.3f}", *figures)
    return table


if __name__ == "__main__":
    main()
