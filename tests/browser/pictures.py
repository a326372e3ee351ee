"""`make pictures`: start the demo, act in it, and keep what it shows for the README.

python -m tests.browser.pictures
"""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from bot.sandbox.cast import ALERTS, BROKER
from tests.bot.processes import Running
from tests.browser.page_support import SWITCHES, find_chromium, stirring

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH = 1440  # CSS pixels
BY_ITSELF = 60_000  # milliseconds until the demo has spoken of all that is late
SETTLED = 500  # milliseconds for charts and scrolling


def main() -> int:
    chromium = find_chromium()
    if chromium is None:
        sys.stderr.write("Pictures need a Chromium: apt-get install chromium, or set CHROMIUM to its path.\n")
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(SWITCHES))
        take_all(browser, address)
        browser.close()
    return 0


@contextmanager
def demo() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("demo", "--no-browser", "--port", "0", "--seed", "1")
        with Running(arguments, Path(folder), {}) as running:
            yield running.line("Ready: ")
            running.end(signal.SIGINT)


def take_all(browser: Browser, address: str) -> None:
    status(opened(browser, address, ALERTS.channel_id, height=1080))
    cards(opened(browser, address, ALERTS.channel_id, height=1400))
    home(opened(browser, address, "home", height=1800))


def opened(browser: Browser, address: str, place: str, *, height: int) -> Page:
    """Open a place as the agency user, whom the page begins with."""
    context = browser.new_context(viewport={"width": WIDTH, "height": height}, color_scheme="light")
    page = context.new_page()
    page.goto(f"{address}#{place}")
    return page


def status(page: Page) -> None:
    """The alerts channel as it filled by itself, and the answer to somebody's question in it."""
    expect(card(page, "Late · Principal for Northwind Freight")).to_be_visible(timeout=BY_ITSELF)
    page.get_by_test_id("composer").fill("/carrier-status northwind principal")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("article.ephemeral")).to_be_visible()
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=PICTURES / "status.png")


def cards(page: Page) -> None:
    """Last Sync alerts: looked after by somebody, late, and synced again."""
    expect(card(page, "Lost · Kaiser Permanente")).to_be_visible(timeout=BY_ITSELF)
    page.get_by_role("button", name="Acknowledge Kaiser Permanente for Quill & Sons Printing").click()
    expect(card(page, "Lost · Kaiser Permanente")).to_contain_text("Acknowledged by", timeout=BY_ITSELF)
    stir = stirring(page, "A carrier syncs now")
    stir.get_by_label("Carrier").select_option(label="Principal")
    stir.get_by_label("Employer").select_option(label="Northwind Freight")
    stir.get_by_role("button", name="Go").click()
    expect(card(page, "Synced again · Principal")).to_be_visible(timeout=BY_ITSELF)
    # As somebody who has not asked anything here, so that the cards stand alone.
    page.get_by_label("Acting as").select_option(BROKER.user_id)
    page.locator(".acting-name", has_text=BROKER.real_name).wait_for()
    page.wait_for_timeout(SETTLED)
    page.reload()  # what has been read once is not marked as new any more
    expect(card(page, "Synced again · Principal")).to_be_visible()
    first, last = card(page, "Lost · Kaiser Permanente"), card(page, "Synced again · Principal")
    last.scroll_into_view_if_needed()
    first.scroll_into_view_if_needed()
    take(page, "cards", first, last)


def home(page: Page) -> None:
    expect(page.get_by_test_id("home")).to_contain_text("Open audit log", timeout=BY_ITSELF)
    take(page, "home", page.get_by_test_id("app-pane").locator("header"), page.get_by_test_id("home"))


def card(page: Page, words: str) -> Locator:
    return page.get_by_test_id("messages").locator("article:not(.ephemeral)", has_text=words)


def take(page: Page, name: str, first: Locator, last: Locator) -> None:
    """Keep what is between the top of one and the bottom of the other."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLED)
    above, below = first.bounding_box(), last.bounding_box()
    assert above
    assert below
    height = below["y"] + below["height"] - above["y"]
    page.screenshot(
        path=PICTURES / f"{name}.png",
        clip={"x": below["x"], "y": above["y"], "width": below["width"], "height": height},
    )


if __name__ == "__main__":
    sys.exit(main())
