"""Around the conversation: acting as someone, the panel, the connection, small screens, keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from bot.sandbox.cast import AGENCY, ALERTS, BROKER, EMPLOYER, GENERAL, HARBOR, PEOPLE, CastMember
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app
from tests.browser.page_samples import button, modal, plain, section, text_input
from tests.browser.page_support import Opener, Visit, stirring

pytestmark = pytest.mark.browser


class Stirring:
    """A sandbox world with one event."""

    def menu(self) -> list[dict[str, object]]:
        carriers = [{"value": "guardian", "label": "Guardian"}, {"value": "cigna", "label": "Cigna"}]
        param = {
            "name": "carrier",
            "label": "Carrier",
            "type": "select",
            "options": carriers,
            "default": "cigna",
        }
        events = [{"name": "sync", "label": "A carrier syncs now", "params": [param]}]
        return [{"title": "Carriers", "events": events}]

    def cause(self, event: str, params: dict[str, str]) -> str:
        if params["carrier"] == "guardian":
            raise ValueError("Guardian is already syncing.")
        self._listener(f"{params['carrier']}: {event}")
        return "Cigna synced."

    def subscribe(self, listener: Callable[[str], None]) -> None:
        self._listener = listener


@pytest.fixture
def server(workspace: Workspace) -> Iterator[SandboxServer]:
    with SandboxServer(build_app(workspace, Stirring())) as running:
        yield running


def test_everyone_of_the_cast_can_be_acted_as_by_name_and_title(visit: Visit) -> None:
    page = visit()
    options = page.get_by_label("Acting as").get_by_role("option")
    expect(options).to_have_text([f"{person.real_name}, {person.title}" for person in PEOPLE])


def test_what_is_said_is_said_as_the_person_one_acts_as(workspace: Workspace, visit: Visit) -> None:
    page = visit(BROKER, place=GENERAL.channel_id)
    page.get_by_test_id("composer").fill("Hello")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_contain_text(BROKER.real_name)
    assert workspace.channel_messages("general")[0]["user"] == BROKER.user_id


def test_one_stays_the_same_person_after_a_reload(visit: Visit) -> None:
    page = visit(BROKER)
    page.reload()
    expect(page.locator(".acting-name")).to_have_text(BROKER.real_name)
    expect(page.get_by_label("Acting as")).to_have_value(BROKER.user_id)


def test_another_persons_modals_are_not_shown(workspace: Workspace, visit: Visit) -> None:
    workspace.views.open(AGENCY.user_id, modal("Only Dana", section("x")))
    page = visit()
    expect(page.get_by_role("dialog", name="Only Dana")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_label("Acting as").select_option(BROKER.user_id)
    workspace.views.open(AGENCY.user_id, modal("Again", section("x")))
    workspace.live.tell({"type": "world", "text": "later"})
    expect(page.get_by_test_id("world-log")).to_contain_text("later")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_an_event_is_caused_and_its_sentence_shown(visit: Visit) -> None:
    page = visit()
    form = page.get_by_role("form", name="A carrier syncs now")
    form.get_by_role("button", name="Go").click()
    expect(form.get_by_role("status")).to_have_text("Cigna synced.")
    expect(page.get_by_test_id("world-log")).to_contain_text("cigna: sync")


def test_an_event_that_is_not_possible_says_why(visit: Visit) -> None:
    form = visit().get_by_role("form", name="A carrier syncs now")
    form.get_by_label("Carrier").select_option(label="Guardian")
    form.get_by_role("button", name="Go").click()
    expect(form.get_by_role("status")).to_have_text("Guardian is already syncing.")


def test_the_inspector_lists_what_passed_and_filters_it(workspace: Workspace, visit: Visit) -> None:
    page = visit()
    page.get_by_role("tab", name="Inspector").click()
    workspace.trace.add("api", "chat.postMessage", {}, ms=12.4)
    workspace.live.run(
        lambda: workspace.trace.add("envelope", "/carrier-status", {}, ok=False, detail="no ack")
    )
    rows = page.get_by_test_id("trace").get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("12 ms")
    page.get_by_label("Filter the trace").fill("chat.")
    expect(rows).to_have_count(1)
    page.get_by_label("Filter the trace").fill("error")
    expect(rows).to_contain_text(["/carrier-status"])
    rows.first.get_by_text("/carrier-status").click()
    expect(page.get_by_text("no ack")).to_be_visible()


def test_the_trace_can_be_copied(workspace: Workspace, visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("tab", name="Inspector").click()
    workspace.trace.add("api", "chat.postMessage", {})
    expect(page.get_by_test_id("trace")).to_contain_text("chat.postMessage")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_test_id("toast")).to_contain_text("1 entries copied")
    assert '"name": "chat.postMessage"' in page.evaluate("navigator.clipboard.readText()")


def test_the_page_survives_a_restart_of_the_server(workspace: Workspace, open_page: Opener) -> None:
    first = SandboxServer(build_app(workspace))
    first.start()
    page = open_page(f"{first.url}/?token={workspace.session_token}#{GENERAL.channel_id}")
    page.get_by_label("Acting as").select_option(BROKER.user_id)
    first.stop()
    expect(page.get_by_test_id("connection")).to_have_text("Not connected. Trying again…")
    page.get_by_test_id("composer").fill("Kept")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("toast")).to_contain_text("did not answer")
    expect(page.get_by_test_id("composer")).to_have_value("Kept")
    with SandboxServer(build_app(workspace), int(first.url.rpartition(":")[2])):
        expect(page.get_by_test_id("connection")).to_be_hidden(timeout=10_000)
        expect(page.locator(".acting-name")).to_have_text(BROKER.real_name)


def test_who_is_not_in_the_open_channel_comes_to_one_of_their_own(visit: Visit) -> None:
    page = visit(place=ALERTS.channel_id)
    page.get_by_label("Acting as").select_option(EMPLOYER.user_id)
    expect(page.get_by_role("heading", level=1)).to_contain_text(HARBOR.name)
    expect(page.locator(f"[data-place={ALERTS.channel_id}]")).to_have_count(0)


def test_a_new_token_is_explained(workspace: Workspace, open_page: Opener) -> None:
    first = SandboxServer(build_app(workspace))
    first.start()
    page = open_page(f"{first.url}/?token={workspace.session_token}")
    page.get_by_test_id("channel-pane").wait_for()
    first.stop()
    with SandboxServer(build_app(Workspace()), int(first.url.rpartition(":")[2])):
        expect(page.get_by_test_id("connection")).to_contain_text("has a new address", timeout=10_000)


def overflow(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wide


LONG = CastMember(
    "U0LONGNAME",
    "long",
    "Maximiliane-Theodora von Hohenlohe-Waldenburg-Schillingsfürst the Younger of Northumberland",
    "Senior Regional Benefits Operations Coordinator for Everything and Everyone",
    "long@example.com",
    "America/New_York",
    None,
)
ARABIC = CastMember(
    "U0ARABIC01", "samira", "سميرة عبد الرحمن", "وسيط", "samira@example.com", "Asia/Dubai", None
)


@pytest.mark.parametrize("width", [360, 768, 1280, 3840])
@pytest.mark.parametrize("person", [LONG, ARABIC], ids=["long", "right-to-left"])
def test_nothing_is_wider_than_the_window(open_page: Opener, width: int, person: CastMember) -> None:
    workspace = Workspace([person], [replace(GENERAL, members=frozenset({person.user_id}))])
    general = workspace.conversations.get("general")
    workspace.conversations.add(general, {"user": person.user_id, "text": "x" * 300})
    blocks = [section("*" + "y" * 300 + "*", accessory=button(person.real_name))]
    workspace.post_as_bot(general, {"text": "b", "blocks": blocks})
    with SandboxServer(build_app(workspace)) as server:
        address = f"{server.url}/?token={workspace.session_token}#{GENERAL.channel_id}"
        page = open_page(address, viewport={"width": width, "height": 740})
        expect(page.get_by_role("article")).to_have_count(2)
        assert not overflow(page)
        view = modal("A title of a modal here", text_input("name", person.real_name), submit=plain("z" * 24))
        workspace.views.open(person.user_id, view)
        box = page.get_by_role("dialog").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert not overflow(page)


def test_on_a_phone_the_channels_slide_in_and_out(visit: Visit) -> None:
    page = visit(viewport={"width": 360, "height": 740})
    sidebar = page.get_by_role("navigation", name="Channels and apps")
    expect(sidebar).to_be_hidden()
    page.get_by_role("button", name="Channels").click()
    page.get_by_role("button", name=GENERAL.name).click()
    expect(sidebar).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_contain_text(GENERAL.name)


def test_on_a_phone_the_panel_covers_the_page_and_goes_again(visit: Visit) -> None:
    page = visit(viewport={"width": 360, "height": 740})
    expect(page.get_by_test_id("panel")).to_be_hidden()
    page.get_by_role("button", name="Stir").click()
    expect(page.get_by_test_id("panel")).to_be_visible()
    page.get_by_role("button", name="Stir").click()
    expect(page.get_by_test_id("panel")).to_be_hidden()


def _luminance(colour: str) -> float:
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / 3


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_page_follows_the_systems_colours(visit: Visit, scheme: str, is_dark: bool) -> None:  # noqa: FBT001
    page = visit(color_scheme=scheme)
    colour = page.locator("body").evaluate("(node) => getComputedStyle(node).backgroundColor")
    assert (_luminance(colour) < 100) is is_dark


def test_f6_goes_round_the_parts_of_the_page(visit: Visit) -> None:
    page = visit(place=ALERTS.channel_id)
    expect(page.get_by_test_id("composer")).to_be_focused()
    page.keyboard.press("F6")
    expect(page.get_by_role("tab", name="Stir the sandbox")).to_be_focused()
    page.keyboard.press("F6")
    expect(page.locator(f"[data-place={ALERTS.channel_id}]")).to_be_focused()
    page.keyboard.press("F6")
    expect(page.get_by_test_id("composer")).to_be_focused()


def test_every_control_of_the_page_has_a_name(workspace: Workspace, visit: Visit) -> None:
    workspace.post_as_bot(workspace.conversations.get("general"), {"text": "Hello"})
    page = visit(place=GENERAL.channel_id)
    for role in ("button", "combobox", "textbox", "searchbox", "tab", "spinbutton"):
        for control in page.get_by_role(role).all():
            expect(control).to_have_accessible_name(re.compile(r"\S"))


def test_the_inspector_shows_what_was_sent_and_what_came_back(workspace: Workspace, visit: Visit) -> None:
    workspace.trace.add("api", "chat.postMessage", {"text": "<b>Late</b>"}, {"ok": True}, ms=3)
    workspace.trace.add("envelope", "/carrier-status", {"text": "harbor"})
    page = visit()
    page.get_by_role("tab", name="Inspector").click()
    rows = page.get_by_test_id("trace").get_by_role("listitem")
    expect(rows).to_have_count(2)  # it passed before the page was opened
    expect(rows.first).not_to_contain_text("ms")
    rows.last.locator("summary").click()
    expect(rows.last).to_contain_text('"text": "<b>Late</b>"')
    expect(rows.last).to_contain_text("3 ms")
    expect(rows.last.locator("b")).to_have_count(0)


def test_the_page_goes_by_the_workspaces_clock(workspace: Workspace, visit: Visit) -> None:
    general = workspace.conversations.get("general")
    workspace.post_as_bot(general, {"text": "Posted today"})
    page = visit(place=GENERAL.channel_id)
    days = page.locator(".divider-line.day")
    expect(days).to_have_text("Today")
    workspace.clock = lambda: datetime.now(UTC) + timedelta(days=1)
    workspace.tell_time()
    expect(days).to_have_text("Yesterday")
    page.get_by_test_id("composer").fill("/nothing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article").last).to_contain_text("is not a valid command")
    expect(days).to_have_text(["Yesterday", "Today"])


@pytest.mark.parametrize("width", [360, 1280])
def test_the_groups_of_events_say_what_they_show(visit: Visit, width: int) -> None:
    page = visit(viewport={"width": width, "height": 740})
    if width == 360:
        page.get_by_role("button", name="Stir").click()
    slack = page.locator("details.stir-group", has_text="Slack's channels")
    expect(slack.locator("summary")).to_contain_text("What becomes of cards whose channel is gone")
    assert not overflow(page)
    stirring(page, "Archive").get_by_label("Channel").select_option(label="#general")
    stirring(page, "Archive").get_by_role("button", name="Go").click()
    expect(slack).to_contain_text("#general was archived.")
