"""One message a second to a channel, with a short burst allowed, as Slack holds it."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

from bot.sandbox.workspace.errors import RateLimited

BURST = 5


class Pace:
    """A token bucket for each channel. Set `limited` to False where a test is about something else."""

    def __init__(self, clock: Callable[[], datetime], *, limited: bool = True) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, datetime]] = {}
        self.limited = limited

    def take(self, channel: str) -> None:
        if not self.limited:
            return
        now = self._clock()
        left, since = self._left.get(channel, (float(BURST), now))
        left = min(float(BURST), left + (now - since).total_seconds())
        if left < 1:
            self._left[channel] = (left, now)
            raise RateLimited(max(1, math.ceil(1 - left)))
        self._left[channel] = (left - 1, now)
