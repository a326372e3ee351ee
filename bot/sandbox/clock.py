"""The sandbox's time. It runs as the machine's does, and can be set forward: then days pass at once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.sandbox.world.carriers import us_holidays
from services.desk import Clock

PASSAGES = {
    "hour": "An hour",
    "morning": "Until 9:00 tomorrow",
    "working_day": "Until 9:00 on the next working day",
    "day": "A day",
    "week": "A week",
}
HERE = ZoneInfo("America/New_York")
_LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
_NINE = time(9)
_MACHINE: Clock = partial(datetime.now, UTC)


class SandboxClock:
    def __init__(self, runs: Clock = _MACHINE) -> None:
        self._runs = runs
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return self._runs() + self._ahead

    def let_pass(self, passage: str) -> datetime:
        """Set it forward by one of `PASSAGES`; return the time that it is then."""
        self._ahead += _length(passage, self())
        return self()


def _length(passage: str, now: datetime) -> timedelta:
    if passage in _LENGTHS:
        return _LENGTHS[passage]
    tomorrow = now.astimezone(HERE).date() + timedelta(days=1)
    day = us_holidays().get_nth_working_day(tomorrow, 0) if passage == "working_day" else tomorrow
    return datetime.combine(day, _NINE, HERE) - now
