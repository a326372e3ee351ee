"""What the browser tests share: the types of their fixtures, and what a person at the page does."""

from __future__ import annotations

from typing import Any, Protocol

from playwright.sync_api import Page

from bot.sandbox.cast import AGENCY, CastMember

PATIENCE = 5_000  # milliseconds


class Opener(Protocol):
    def __call__(self, address: str, **options: Any) -> Page: ...


class Visit(Protocol):
    """Open the page as one person, at a channel's id, at `home` or at `messages`."""

    def __call__(self, person: CastMember = AGENCY, place: str = "", **options: Any) -> Page: ...
