"""What the browser tests share: the types of their fixtures, and what a person at the page does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from playwright.sync_api import Page

from bot.sandbox.cast import AGENCY, CastMember

PATIENCE = 5_000  # milliseconds


class Opener(Protocol):
    def __call__(self, address: str, **options: Any) -> Page: ...


class Visit(Protocol):
    """Open the page as one person, at a channel's id, at `home` or at `messages`."""

    def __call__(self, person: CastMember = AGENCY, place: str = "", **options: Any) -> Page: ...


def eventually(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
