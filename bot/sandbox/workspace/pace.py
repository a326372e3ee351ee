"""How fast the bot may call: one message a second to a channel, and each method so often a minute."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

from bot.sandbox.workspace.errors import RateLimited

BURST = 5  # messages that a channel takes at once
_MINUTE = 60.0


class Pace:
    """Token buckets by name. Set `limited` to False where a test is about something else."""

    def __init__(self, clock: Callable[[], datetime], *, limited: bool = True) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, datetime]] = {}
        self.limited = limited

    def post(self, channel: str) -> None:
        """One a second, with a short burst allowed, as Slack holds it."""
        self._take(channel, BURST, 1.0)

    def call(self, method: str, a_minute: int) -> None:
        """All of a minute's calls may come at once."""
        self._take(method, a_minute, a_minute / _MINUTE)

    def _take(self, name: str, most: float, per_second: float) -> None:
        if not self.limited:
            return
        now = self._clock()
        left, since = self._left.get(name, (most, now))
        left = min(most, left + (now - since).total_seconds() * per_second)
        if left < 1:
            self._left[name] = (left, now)
            raise RateLimited(max(1, math.ceil((1 - left) / per_second)))
        self._left[name] = (left - 1, now)
