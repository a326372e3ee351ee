"""Every block and element that the bot may send is drawn; what is not known says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.sandbox.cast import AGENCY, GENERAL
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app
from tests.browser.page_samples import (
    CHOICES,
    MESSAGE_BLOCKS,
    TYPED,
    Json,
    actions,
    chart,
    input_block,
    modal,
    section,
)
from tests.browser.page_support import WATCH, Visit

pytestmark = pytest.mark.browser


def _samples() -> dict[str, Json]:
    """Each in a message of its own, under a name."""
    charts = {f"{kind} chart": chart(kind) for kind in ("bar", "line", "area", "pie")}
    elements = {**CHOICES, **TYPED}
    loose = {f"loose {kind}": actions({"action_id": "it", **element}) for kind, element in elements.items()}
    asked = {f"asked {kind}": input_block("one", "Which one", element) for kind, element in elements.items()}
    unknown = {"unknown block": {"type": "hologram"}, "unknown element": actions({"type": "lever"})}
    return {**MESSAGE_BLOCKS, **charts, **loose, **asked, **unknown}


Shown = Callable[[str], Locator]


@pytest.fixture(scope="module")
def gallery(browser: Browser) -> Iterator[Shown]:
    """All samples in one channel, put there as they are: what Slack would refuse is another test's matter."""
    workspace = Workspace()
    channel = workspace.conversations.get("general")
    places = {
        name: workspace.post_as_bot(channel, {"text": name, "blocks": [{"block_id": "b", **block}]})["ts"]
        for name, block in _samples().items()
    }
    with SandboxServer(build_app(workspace)) as server:
        page = browser.new_page()
        page.goto(f"{server.url}/?token={workspace.session_token}#{GENERAL.channel_id}")
        page.get_by_role("article").first.wait_for()
        yield lambda name: page.locator(f"[data-ts='{places[name]}']")
        page.close()


@pytest.mark.parametrize("kind", MESSAGE_BLOCKS)
def test_a_block_is_drawn(gallery: Shown, kind: str) -> None:
    drawn = gallery(kind).locator(f"[data-block={kind}]")
    expect(drawn).to_be_visible()
    expect(drawn.locator(".unknown-block")).to_have_count(0)


@pytest.mark.parametrize("kind", ["bar", "line", "area", "pie"])
def test_a_chart_has_a_title_a_legend_and_its_numbers_as_a_table(gallery: Shown, kind: str) -> None:
    figure = gallery(f"{kind} chart").get_by_role("figure", name=chart(kind)["title"])
    expect(figure.get_by_role("img")).to_be_visible()
    expect(figure.get_by_role("list", name="Legend")).to_contain_text(
        "Active" if kind == "pie" else "Guardian"
    )
    figure.get_by_text("Show as table").click()
    expect(figure.get_by_role("row")).to_have_count(3 if kind == "pie" else 4)


@pytest.mark.parametrize("kind", [*CHOICES, *TYPED])
def test_an_element_is_drawn_with_a_name_for_screen_readers(gallery: Shown, kind: str) -> None:
    control = gallery(f"loose {kind}").locator("[data-action-id]")
    expect(control).to_be_visible()
    expect(control).to_have_accessible_name(re.compile(r"\w"))


@pytest.mark.parametrize("kind", [kind for kind in (*CHOICES, *TYPED) if kind not in {"button", "overflow"}])
def test_an_input_is_named_by_its_label(gallery: Shown, kind: str) -> None:
    expect(gallery(f"asked {kind}").get_by_label("Which one")).to_have_attribute("data-action-id", "it")


@pytest.mark.parametrize(("what", "kind"), [("block", "hologram"), ("element", "lever")])
def test_what_is_not_known_says_so(gallery: Shown, what: str, kind: str) -> None:
    notice = gallery(f"unknown {what}").locator(".unknown-block")
    expect(notice).to_have_text(f"This page cannot show the {what} “{kind}”.")


def test_nothing_else_is_unknown(gallery: Shown) -> None:
    expect(gallery("header").page.locator(".unknown-block")).to_have_count(2)


def show(workspace: Workspace, visit: Visit, block: Json) -> Page:
    workspace.post_as_bot(workspace.conversations.get("general"), {"text": "Sample", "blocks": [block]})
    return visit(place=GENERAL.channel_id)


@pytest.mark.parametrize("level", ["default", "info", "warning", "error", "success"])
def test_an_alert_shows_its_level(workspace: Workspace, visit: Visit, level: str) -> None:
    alert = {"type": "alert", "text": {"type": "plain_text", "text": "Mind this"}, "level": level}
    workspace.views.open(AGENCY.user_id, modal("Alert", alert))
    expect(visit().get_by_role("dialog").locator(f".alert.{level}")).to_contain_text("Mind this")


def test_a_data_table_turns_its_pages(workspace: Workspace, visit: Visit) -> None:
    page = show(workspace, visit, MESSAGE_BLOCKS["data_table"])
    expect(page.get_by_text("1\u20132 of 3")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("row", name="Quill & Sons")).to_be_visible()


def test_a_data_table_sorts_numbers_as_numbers(workspace: Workspace, visit: Visit) -> None:
    page = show(workspace, visit, MESSAGE_BLOCKS["data_table"])
    heading = page.get_by_role("button", name="Days")
    heading.click()
    expect(page.get_by_role("rowheader")).to_have_text(["Quill & Sons", "Harbor Bakery"])
    heading.click()
    expect(page.get_by_role("rowheader")).to_have_text(["Northwind Freight", "Harbor Bakery"])
    expect(page.get_by_role("columnheader", name="Days")).to_have_attribute("aria-sort", "descending")


def test_the_home_tab_draws_its_blocks(workspace: Workspace, visit: Visit) -> None:
    blocks = [MESSAGE_BLOCKS["header"], MESSAGE_BLOCKS["section"]]
    workspace.views.publish(AGENCY.user_id, {"type": "home", "blocks": blocks})
    home = visit(place="home").get_by_test_id("home")
    expect(home.get_by_role("heading", name="Late integrations")).to_be_visible()
    workspace.views.publish(AGENCY.user_id, {"type": "home", "blocks": [section("All on time")]})
    expect(home).to_have_text("All on time")


def test_what_the_page_cannot_draw_fails_a_test(
    browser: Browser, workspace: Workspace, server: SandboxServer
) -> None:
    blocks = [{"type": "hologram", "block_id": "b"}]
    workspace.post_as_bot(workspace.conversations.get("general"), {"text": "x", "blocks": blocks})
    page = browser.new_page()
    page.add_init_script(WATCH)
    with page.expect_event("pageerror") as trouble:
        page.goto(f"{server.url}/?token={workspace.session_token}#{GENERAL.channel_id}")
    assert "hologram" in str(trouble.value)
    page.close()
