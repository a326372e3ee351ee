"""Writing a slash command: the list of what there is, by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect
from slack_bolt import App

from bot.sandbox.cast import GENERAL
from bot.sandbox.workspace import Workspace
from tests.browser.page_support import Visit
from tests.socket_mode import Connect

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit(place=GENERAL.channel_id)


def options_of(page: Page, name: str | None = None) -> Locator:
    return page.get_by_test_id("commands").get_by_role("option", name=name)


def test_a_slash_lists_the_commands_with_their_hints(page: Page) -> None:
    page.get_by_test_id("composer").press_sequentially("/")
    options = page.get_by_role("listbox", name="Commands").get_by_role("option")
    expect(options).to_have_count(3)
    expect(options.first).to_contain_text("/carrier-status [employer] [carrier]")
    expect(options.first).to_contain_text("The integrations at a glance")


def test_typing_narrows_the_list_and_the_arrows_move_in_it(page: Page) -> None:
    composer = page.get_by_test_id("composer")
    composer.press_sequentially("/car")
    options = options_of(page)
    expect(options).to_have_count(2)
    composer.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert composer.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    composer.press("ArrowDown")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("key", ["Tab", "Enter"])
def test_a_key_completes_the_command_and_shows_what_may_follow(page: Page, key: str) -> None:
    composer = page.get_by_test_id("composer")
    composer.press_sequentially("/car")
    composer.press(key)
    expect(composer).to_have_value("/carrier-status ")
    expect(composer).to_be_focused()
    expect(options_of(page)).to_have_count(0)
    expect(page.locator(".composer-hint")).to_have_text("/carrier-status [employer] [carrier]")


def test_escape_puts_the_list_away_and_keeps_the_text(page: Page) -> None:
    composer = page.get_by_test_id("composer")
    composer.press_sequentially("/car")
    composer.press("Escape")
    expect(options_of(page)).to_have_count(0)
    expect(composer).to_have_value("/car")


def test_a_click_completes_too(page: Page) -> None:
    composer = page.get_by_test_id("composer")
    composer.press_sequentially("/")
    options_of(page, name="/carrier-alerts").click()
    expect(composer).to_have_value("/carrier-alerts ")
    expect(composer).to_be_focused()


def test_enter_runs_the_command_and_the_answer_is_for_the_caller(
    app: App, connect: Connect, workspace: Workspace, visit: Visit
) -> None:
    app.command("/carrier-status")(lambda ack, command: ack(f"You asked for {command['text']}"))
    connect()
    page = visit(place=GENERAL.channel_id)
    page.get_by_test_id("composer").fill("/carrier-status Harbor Bakery")
    page.keyboard.press("Enter")
    answer = page.get_by_role("article")
    expect(answer).to_contain_text("You asked for Harbor Bakery")
    expect(answer).to_contain_text("Only visible to you")
    assert len(workspace.trace.entries("envelope")) == 1


def test_an_unknown_command_is_answered_in_slacks_words_and_can_be_mended(page: Page) -> None:
    composer = page.get_by_test_id("composer")
    composer.fill("/carrier-statis")
    composer.press("Enter")
    expect(page.get_by_role("article")).to_contain_text("is not a valid command")
    expect(composer).to_have_value("/carrier-statis")
    expect(page.get_by_test_id("toast")).to_have_count(0)


def test_a_command_that_nobody_answers_says_so_once(page: Page) -> None:
    page.get_by_test_id("composer").fill("/carrier-alerts test")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_contain_text("/carrier-alerts failed with the error")
    expect(page.get_by_role("article")).to_have_count(1)


def test_a_draft_waits_in_its_channel(page: Page) -> None:
    page.get_by_test_id("composer").fill("Half a thought")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_test_id("composer")).to_have_value("")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_test_id("composer")).to_have_value("Half a thought")
