"""What every connector over HTTP shares: which failures are worth another try, and how long to wait."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import stamina

from services.errors import Misconfigured, Unavailable
from services.outbox import asked_pause

ATTEMPTS = 3
PATIENCE = 6.0  # seconds; no try of a call begins after that
SHORT_WAIT = 2.0  # seconds; a longer Retry-After is the caller's to wait for
CONNECTING = 2.0  # seconds, at most
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def retrying() -> stamina.BoundRetryingCaller:
    """A caller that asks again after a short while, where that may help.

    What it calls takes no arguments of its own, because stamina logs those.
    """
    caller = stamina.RetryingCaller(
        attempts=ATTEMPTS, timeout=PATIENCE, wait_initial=0.1, wait_max=1.0, wait_jitter=0.2
    )
    return caller.on(_worth_waiting)


def within(timeout: float) -> httpx.Timeout:
    """`timeout` is in seconds, for each wait of each try."""
    return httpx.Timeout(timeout, connect=min(timeout, CONNECTING))


def retry_after(answer: httpx.Response) -> float | None:
    """The pause that it asks for, in seconds; None where it names none."""
    return asked_pause(answer.headers.get("Retry-After"), datetime.now(UTC))


class Stale(Unavailable):
    """What was to be changed was changed meanwhile: the same request would fail again in a moment."""


def _worth_waiting(error: Exception) -> bool | float:
    if not isinstance(error, Unavailable) or isinstance(error, Misconfigured | Stale):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= SHORT_WAIT else False
