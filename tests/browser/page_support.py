"""What the browser tests share: the types of their fixtures, and what a person at the page does."""

from __future__ import annotations

import os
import shutil
from typing import Any, Protocol

from playwright.sync_api import Locator, Page

from bot.sandbox.cast import AGENCY, CastMember

PATIENCE = 5_000  # milliseconds
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

# A block that the page cannot draw becomes an error of the page, which fails the test.
WATCH = """new MutationObserver(() => {
  const found = document.querySelector(".unknown-block");
  if (found) throw new Error(`The page cannot draw: ${found.textContent}`);
}).observe(document, { childList: true, subtree: true });"""


class Opener(Protocol):
    """`lenient`: what the page cannot draw is no error."""

    def __call__(self, address: str, *, lenient: bool = False, **options: Any) -> Page: ...


class Visit(Protocol):
    """Open the page as one person, at a channel's id, at `home` or at `messages`."""

    def __call__(self, person: CastMember = AGENCY, place: str = "", **options: Any) -> Page: ...


def find_chromium() -> str | None:
    """Look where CHROMIUM points, then for the names that systems give it."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def stirring(page: Page, event: str) -> Locator:
    """The form of an event, in its group, which is opened."""
    hidden_too = page.get_by_role("form", name=event, exact=True, include_hidden=True)
    group = page.locator("details.stir-group").filter(has=hidden_too)
    if group.get_attribute("open") is None:
        group.locator("summary").click()
    return page.get_by_role("form", name=event, exact=True)
