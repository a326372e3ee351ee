"""Every block and element that the bot may send is drawn; what is not known says so."""

from __future__ import annotations

import pytest
from page_samples import CHOICES, MESSAGE_BLOCKS, TYPED, Json, actions, chart, input_block, modal, section
from page_support import Visit
from playwright.sync_api import Page, expect

from bot.sandbox.cast import AGENCY, GENERAL
from bot.sandbox.workspace import Workspace

pytestmark = pytest.mark.browser


def show(workspace: Workspace, visit: Visit, *blocks: Json) -> Page:
    """Put the blocks into a message as they are: what Slack would refuse is another test's matter."""
    identified = [{"block_id": f"b{number}", **block} for number, block in enumerate(blocks)]
    workspace.post_as_bot(workspace.conversations.get("general"), {"text": "Sample", "blocks": identified})
    return visit(place=GENERAL.channel_id)


@pytest.mark.parametrize("kind", MESSAGE_BLOCKS)
def test_a_block_is_drawn(workspace: Workspace, visit: Visit, kind: str) -> None:
    page = show(workspace, visit, MESSAGE_BLOCKS[kind])
    drawn = page.locator(f"[data-block={kind}]")
    expect(drawn).to_be_visible()
    expect(drawn.locator(".unknown-block")).to_have_count(0)


@pytest.mark.parametrize("kind", ["bar", "line", "area", "pie"])
def test_a_chart_has_a_title_a_legend_and_its_numbers_as_a_table(
    workspace: Workspace, visit: Visit, kind: str
) -> None:
    page = show(workspace, visit, chart(kind))
    figure = page.get_by_role("figure", name=chart(kind)["title"])
    expect(figure.get_by_role("img")).to_be_visible()
    expect(figure.get_by_role("list", name="Legend")).to_contain_text(
        "Active" if kind == "pie" else "Guardian"
    )
    figure.get_by_text("Show as table").click()
    expect(figure.get_by_role("row")).to_have_count(3 if kind == "pie" else 4)


@pytest.mark.parametrize("kind", [*CHOICES, *TYPED])
def test_an_element_is_drawn_with_a_name_for_screen_readers(
    workspace: Workspace, visit: Visit, kind: str
) -> None:
    element = {"action_id": "it", **{**CHOICES, **TYPED}[kind]}
    page = show(workspace, visit, actions(element))
    control = page.locator("[data-action-id]")
    expect(control).to_be_visible()
    expect(page.locator(".unknown-block")).to_have_count(0)
    assert control.aria_snapshot().strip("- ").split(' "')[1:], "it has no accessible name"


@pytest.mark.parametrize(
    "kind", [kind for kind in {**CHOICES, **TYPED} if kind not in {"button", "overflow"}]
)
def test_an_input_is_named_by_its_label(workspace: Workspace, visit: Visit, kind: str) -> None:
    page = show(workspace, visit, input_block("one", "Which one", {**CHOICES, **TYPED}[kind]))
    expect(page.get_by_label("Which one")).to_have_attribute("data-action-id", "it")


@pytest.mark.parametrize("level", ["default", "info", "warning", "error", "success"])
def test_an_alert_shows_its_level(workspace: Workspace, visit: Visit, level: str) -> None:
    alert = {"type": "alert", "text": {"type": "plain_text", "text": "Mind this"}, "level": level}
    workspace.views.open(AGENCY.user_id, modal("Alert", alert))
    expect(visit().get_by_role("dialog").locator(f".alert.{level}")).to_contain_text("Mind this")


def test_an_unknown_block_says_so(workspace: Workspace, visit: Visit) -> None:
    page = show(workspace, visit, {"type": "hologram"}, section("Still here"))
    expect(page.locator(".unknown-block")).to_have_text("This page cannot show the block “hologram”.")
    expect(page.get_by_text("Still here")).to_be_visible()


def test_an_unknown_element_says_so(workspace: Workspace, visit: Visit) -> None:
    page = show(workspace, visit, actions({"type": "lever", "action_id": "it"}))
    expect(page.locator(".unknown-block")).to_have_text("This page cannot show the element “lever”.")


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
