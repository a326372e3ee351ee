"""Times of day where people are: the next morning of a working day, and hours in which all are at peace."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.cadence.workdays import WEEKEND, is_holiday

DEFAULT_ZONE = "America/New_York"
MIDNIGHT = time(0)
NINE = time(9)
_DAY = timedelta(days=1)


def is_working_day(day: date) -> bool:
    return day.weekday() not in WEEKEND and not is_holiday(day)


def next_at(now: datetime, at: time, zone: str) -> datetime:
    """The next time after `now` that clocks in `zone` show `at`."""
    here = ZoneInfo(zone)
    day = now.astimezone(here).date()
    return next(when for when in (_moment(day + n * _DAY, at, here) for n in range(3)) if when > now)


def next_working_at(now: datetime, at: time, zone: str, days: int = 1) -> datetime:
    """The same on the `days`-th working day from now on: today counts while its hour has not come."""
    when = now
    for _ in range(days):
        when = next_at(when, at, zone)
        while not is_working_day(when.astimezone(ZoneInfo(zone)).date()):
            when = next_at(when, at, zone)
    return when


def morning_after(now: datetime, zone: str, days: int = 1) -> datetime:
    """Nine o'clock on the `days`-th working day after today's."""
    return next_working_at(next_at(now, MIDNIGHT, zone), NINE, zone, days)


def has_come(now: datetime, at: time, zone: str) -> bool:
    """Whether today is a working day in `zone`, and its hour has come."""
    here = now.astimezone(ZoneInfo(zone))
    return is_working_day(here.date()) and here.time() >= at


def quiet_until(now: datetime, begins: time, ends: time, zone: str) -> datetime | None:
    """When the quiet hours end that `now` falls into; None outside of them. They may span midnight."""
    clock = now.astimezone(ZoneInfo(zone)).time()
    inside = begins <= clock < ends if begins <= ends else clock >= begins or clock < ends
    return next_at(now, ends, zone) if inside else None


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
