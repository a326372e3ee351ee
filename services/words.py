"""Times, days and counts as a person says them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import humanize

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_ZONES = {
    "America/New_York": "Eastern",
    "America/Detroit": "Eastern",
    "America/Chicago": "Central",
    "America/Denver": "Mountain",
    "America/Boise": "Mountain",
    "America/Los_Angeles": "Pacific",
    "US/Eastern": "Eastern",
    "US/Central": "Central",
    "US/Mountain": "Mountain",
    "US/Pacific": "Pacific",
    "Etc/UTC": "UTC",
}
_ACRONYMS = {"ssn": "SSN", "dob": "date of birth"}


def span(length: timedelta) -> str:
    """Say how long: `3 days`. Between one day and two it counts hours, where they still matter."""
    length = abs(length)
    if _DAY <= length < 2 * _DAY:
        return f"{length // _HOUR} hours"
    return humanize.naturaldelta(length, months=False)


def ago(then: datetime, now: datetime, time_zone: str | None = None) -> str:
    """Say how long since; beside a day of `time_zone`, by its calendar: Tuesday to Saturday is 4 days."""
    if abs(now - then) < _MINUTE:
        return "just now"
    length = abs(now - then)
    if time_zone is not None and length >= 2 * _DAY:
        there = zone(time_zone)
        length = abs(now.astimezone(there).date() - then.astimezone(there).date())
    return f"{span(length)} ago" if then < now else f"in {span(length)}"


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    """Find a time zone. An unknown one reads as UTC, so that a carrier with a typo in it is still watched."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def zone_name(where: tzinfo) -> str:
    """Call a time zone as its carriers do, else by its city: `05:00 Pacific`, `05:00 in London`."""
    name = str(where)
    if name in _ZONES or "/" not in name:
        return _ZONES.get(name, name)
    return f"in {name.rpartition('/')[2].replace('_', ' ')}"


def day(when: datetime, time_zone: str, now: datetime | None = None) -> str:
    """Say the day: `Tuesday, 24 November`, with the year when it is not that of `now`."""
    local = when.astimezone(zone(time_zone))
    said = f"{local:%A}, {local.day} {local:%B}"
    same_year = now is None or now.astimezone(zone(time_zone)).year == local.year
    return said if same_year else f"{said} {local.year}"


def count(number: int, noun: str) -> str:
    """Say how many: `1 Failure`, `2 Failures`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def times(number: int) -> str:
    """Say how often: `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def listed(items: Sequence[str]) -> str:
    """Join as in `Mondays, Wednesdays and Fridays`."""
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def kind(name: str) -> str:
    """Say a message's kind: `ssn_mismatch` is an SSN mismatch."""
    return " ".join(_ACRONYMS.get(word.lower(), word) for word in name.replace("_", " ").split())
