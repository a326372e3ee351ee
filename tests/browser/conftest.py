"""A real Chromium, the workspace's page in it, and a Bolt app behind the page."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from slack_bolt import App
from slack_sdk import WebClient

from bot.sandbox.cast import AGENCY, CastMember
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Command, Workspace, build_app
from tests.browser.page_support import PATIENCE, SWITCHES, WATCH, Opener, Visit, find_chromium
from tests.socket_mode import Connect, listening
from tests.unhurried import unhurried

SHOTS = Path(__file__).parent / "shots"
HOW_TO_GET_ONE = (
    "There is no Chromium here. Get one with `apt-get install chromium`, or set CHROMIUM to its path."
)
_failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = find_chromium()
    if found is None and os.environ.get("LASTSYNC_REQUIRE_BROWSER") == "1":
        pytest.fail(HOW_TO_GET_ONE)
    if found is None:
        pytest.skip(HOW_TO_GET_ONE)
    return found


# For a module and not for the session: while Playwright runs, no other test of this process
# could start an event loop.
@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=list(SWITCHES))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Open an address in a window of its own.

    A script error, a breach of the page's policy, and a block that the page cannot draw each fail the test.
    """
    pages: list[Page] = []
    troubles: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            troubles.append(message.text)

    def open_page(address: str, *, lenient: bool = False, **options: Any) -> Page:
        page = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options}).new_page()
        if not lenient:
            page.add_init_script(WATCH)
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", note)
        page.goto(address)
        pages.append(page)
        return page

    yield open_page
    is_journey = request.node.get_closest_marker("journey") is not None
    if is_journey or request.node.stash.get(_failed, False):
        _photograph(pages, request.node.nodeid)
    for page in pages:
        page.context.close()
    assert troubles == []


def _photograph(pages: list[Page], nodeid: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    name = re.sub(r"[^\w.-]+", "-", nodeid.rpartition("/")[2])[:120]
    for number, page in enumerate(pages):
        page.screenshot(path=SHOTS / f"{name}-{number}.png")


COMMANDS = (
    Command("/carrier-status", "The integrations at a glance", "[employer] [carrier]"),
    Command("/carrier-alerts", "What this channel hears", "[test]"),
    Command("/sync-employees", "Send employees to the Benefits platform"),
)


@pytest.fixture
def workspace() -> Workspace:
    return unhurried(Workspace(commands=COMMANDS, paced=False))


@pytest.fixture
def server(workspace: Workspace) -> Iterator[SandboxServer]:
    with SandboxServer(build_app(workspace)) as running:
        yield running


@pytest.fixture
def app(server: SandboxServer, workspace: Workspace) -> App:
    client = WebClient(token=workspace.bot_token, base_url=f"{server.url}/api/", retry_handlers=[])
    return App(client=client, process_before_response=True)


@pytest.fixture
def connect(app: App, workspace: Workspace) -> Iterator[Connect]:
    """Connect the app, once its listeners are registered."""
    with listening(app, workspace) as start:
        yield start


@pytest.fixture
def visit(open_page: Opener, server: SandboxServer, workspace: Workspace) -> Visit:
    """Open the workspace's page as one person, at a channel's id, at `home` or at `messages`."""

    def visit(person: CastMember = AGENCY, place: str = "", **options: Any) -> Page:
        page = open_page(f"{server.url}/?token={workspace.session_token}#{place}", **options)
        page.get_by_test_id("main").locator("> *").first.wait_for()
        if person is not AGENCY:
            page.get_by_label("Acting as").select_option(person.user_id)
            page.locator(".acting-name", has_text=person.real_name).wait_for()
        return page

    return visit
