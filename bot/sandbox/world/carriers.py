"""The seven carriers of the sandbox and their habits. The names are real, the habits are made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import holidays

WORKING_DAYS = frozenset({0, 1, 2, 3, 4})
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True)
class Habit:
    """When a carrier syncs, by its own clock: on `weekdays`, at `at`, give or take `jitter_minutes`."""

    weekdays: frozenset[int]
    at: time
    jitter_minutes: int = 12
    rests_on_holidays: bool = False
    every_weeks: int = 1

    def runs_on(self, day: date) -> bool:
        if day.weekday() not in self.weekdays or (day.toordinal() // 7) % self.every_weeks:
            return False
        return not (self.rests_on_holidays and day in us_holidays())


@dataclass(frozen=True)
class CastCarrier:
    ref: str
    name: str
    time_zone: str
    habit: Habit

    def syncs(self, name: str, after: datetime, until: datetime) -> list[datetime]:
        """Sync times after `after`, up to `until`, in UTC. The same `name` and day give the same time."""
        zone = ZoneInfo(self.time_zone)
        first, last = after.astimezone(zone).date(), until.astimezone(zone).date()
        days = (first + timedelta(days=number) for number in range(-1, (last - first).days + 2))
        times = (self._time_on(day, name, zone) for day in days if self.habit.runs_on(day))
        return [when for when in times if after < when <= until]

    def _time_on(self, day: date, name: str, zone: ZoneInfo) -> datetime:
        jitter = self.habit.jitter_minutes * 60
        shift = Random(f"{name}/{day}").randint(-jitter, jitter)
        return datetime.combine(day, self.habit.at, zone).astimezone(UTC) + timedelta(seconds=shift)


CARRIERS = (
    CastCarrier("car_aetna", "Aetna", "America/New_York", Habit(frozenset({3}), time(8, 0), every_weeks=2)),
    CastCarrier("car_anthem", "Anthem Blue Cross", "America/Los_Angeles", Habit(EVERY_DAY, time(3, 15))),
    CastCarrier("car_cigna", "Cigna", "America/New_York", Habit(EVERY_DAY, time(2, 30))),
    CastCarrier("car_guardian", "Guardian", "America/New_York", Habit(frozenset({1}), time(6, 0))),
    CastCarrier(
        "car_kaiser",
        "Kaiser Permanente",
        "America/Los_Angeles",
        Habit(frozenset({0, 2, 4}), time(5, 0), rests_on_holidays=True),
    ),
    CastCarrier(
        "car_principal",
        "Principal",
        "America/Chicago",
        Habit(WORKING_DAYS, time(6, 0), rests_on_holidays=True),
    ),
    CastCarrier(
        "car_uhc",
        "UnitedHealthcare",
        "America/Chicago",
        Habit(WORKING_DAYS, time(19, 30), rests_on_holidays=True),
    ),
)
BY_REF = {carrier.ref: carrier for carrier in CARRIERS}


@cache
def us_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("US")


def working_days_ago(now: datetime, days: int) -> datetime:
    """The beginning of the working day that lies `days` working days back."""
    day = us_holidays().get_nth_working_day(now.date(), -days)
    return datetime.combine(day, time.min, UTC)
