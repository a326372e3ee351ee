"""Modals: the stack, what is typed, errors, and the ways out."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from slack_bolt import Ack, App

from bot.sandbox.cast import AGENCY
from bot.sandbox.workspace import Workspace
from tests.bot.patience import eventually
from tests.browser.page_samples import (
    Json,
    actions,
    button,
    input_block,
    modal,
    option,
    plain,
    section,
    text_input,
)
from tests.browser.page_support import Visit
from tests.socket_mode import Connect

pytestmark = pytest.mark.browser


def opened(workspace: Workspace, *blocks: Json, **more: Any) -> Json:
    return workspace.views.open(AGENCY.user_id, modal("Turn on", *blocks, **more))


def submitted(workspace: Workspace) -> Json:
    [entry] = workspace.trace.entries("envelope", "view_submission form")
    values: Json = entry.body["view"]["state"]["values"]
    return values


def test_a_modal_has_its_title_as_name_and_its_first_field_focused(
    workspace: Workspace, visit: Visit
) -> None:
    opened(workspace, text_input("group", "Group number"))
    page = visit()
    expect(page.get_by_role("dialog", name="Turn on")).to_be_visible()
    expect(page.get_by_label("Group number")).to_be_focused()


def test_enter_in_a_single_line_submits_what_was_typed(
    app: App, connect: Connect, workspace: Workspace, visit: Visit
) -> None:
    app.view("form")(lambda ack: ack())
    connect()
    opened(workspace, text_input("group", "Group number"))
    page = visit()
    page.get_by_label("Group number").fill("00458812")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert submitted(workspace) == {"group": {"it": {"type": "plain_text_input", "value": "00458812"}}}


def test_errors_stand_under_their_field_and_describe_it(
    app: App, connect: Connect, workspace: Workspace, visit: Visit
) -> None:
    app.view("form")(
        lambda ack: ack(response_action="errors", errors={"group": "The carrier does not know it."})
    )
    connect()
    opened(workspace, text_input("group", "Group number"), text_input("note", "Note", optional=True))
    page = visit()
    field = page.get_by_label("Group number")
    field.fill("1")
    page.get_by_role("button", name="Save").click()
    expect(field).to_have_accessible_description("The carrier does not know it.")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    field.fill("12")
    expect(page.get_by_text("The carrier does not know it.")).to_have_count(0)


def test_an_empty_required_field_is_refused_before_the_app_hears_of_it(
    connect: Connect, workspace: Workspace, visit: Visit
) -> None:
    connect()
    opened(workspace, text_input("group", "Group number"))
    page = visit()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="required")).to_be_visible()
    assert workspace.trace.entries("envelope", "view_submission form") == []


def test_submitting_twice_sends_once(app: App, connect: Connect, workspace: Workspace, visit: Visit) -> None:
    go_on = threading.Event()

    @app.view("form")
    def _wait(ack: Ack) -> None:
        go_on.wait(2)
        ack()

    connect()
    opened(workspace, text_input("group", "Group number"))
    page = visit()
    page.get_by_label("Group number").fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.keyboard.press("Enter")
    go_on.set()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(workspace.trace.entries("envelope", "view_submission form")) == 1


def test_when_the_app_does_not_answer_the_modal_stays_and_says_so(workspace: Workspace, visit: Visit) -> None:
    opened(workspace, text_input("group", "Group number"))
    page = visit()
    page.get_by_label("Group number").fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_test_id("toast")).to_have_count(1)
    expect(page.get_by_label("Group number")).to_have_value("1")
    expect(page.get_by_role("button", name="Save")).to_be_enabled()


def test_what_was_typed_survives_an_update_that_keeps_the_field(workspace: Workspace, visit: Visit) -> None:
    view = opened(workspace, text_input("group", "Group number"), text_input("note", "Note"))
    page = visit()
    page.get_by_label("Group number").fill("00458812")
    page.get_by_label("Note").fill("lost")
    page.get_by_label("Group number").focus()
    changed = text_input("group", "Group number", {"initial_value": "ignored"}, hint=plain("Eight digits"))
    update = modal("Turn on now", section("More to read"), changed, text_input("other", "Note"))
    workspace.views.update(view, update)
    expect(page.get_by_role("dialog", name="Turn on now")).to_contain_text("Eight digits")
    expect(page.get_by_label("Group number")).to_have_value("00458812")
    expect(page.get_by_label("Group number")).to_be_focused()
    expect(page.get_by_label("Note")).to_have_value("")


def push(workspace: Workspace, *titles: str) -> None:
    for title in titles:
        workspace.views.push(AGENCY.user_id, modal(title, section(title)))


def test_three_modals_stack_and_come_off_one_by_one(workspace: Workspace, visit: Visit) -> None:
    opened(workspace, text_input("group", "Group number"))
    page = visit()
    page.get_by_label("Group number").fill("77")
    push(workspace, "Second", "Third")
    expect(page.get_by_role("dialog", name="Third")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Second")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Group number")).to_have_value("77")


def test_the_cross_closes_the_whole_stack_and_says_so(
    app: App, connect: Connect, workspace: Workspace, visit: Visit
) -> None:
    app.view_closed("form")(lambda ack: ack())
    connect()
    opened(workspace, section("First"), notify_on_close=True)
    page = visit()
    push(workspace, "Second")
    page.get_by_role("dialog", name="Second").get_by_role("button", name="Close", exact=True).first.click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    [closed] = workspace.trace.entries("envelope", "view_closed form")
    assert closed.body["is_cleared"] is True


def test_escape_closes_one_view_and_the_app_hears_of_it(
    app: App, connect: Connect, workspace: Workspace, visit: Visit
) -> None:
    app.view_closed("form")(lambda ack: ack())
    connect()
    opened(workspace, section("First"), notify_on_close=True)
    page = visit()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    [closed] = workspace.trace.entries("envelope", "view_closed form")
    assert closed.body["is_cleared"] is False


def test_focus_stays_inside_the_dialog(workspace: Workspace, visit: Visit) -> None:
    opened(workspace, text_input("group", "Group number"))
    page = visit()
    for _ in range(8):
        page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        assert page.evaluate(inside)


def test_focus_returns_to_the_page_after_the_modal(workspace: Workspace, visit: Visit) -> None:
    page = visit()
    composer = page.get_by_test_id("composer")
    composer.focus()
    opened(workspace, section("First"))
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    expect(composer).to_be_focused()


CONFIRM = {
    "title": plain("Turn off Guardian?"),
    "text": plain("Nothing more is sent to the carrier."),
    "confirm": plain("Turn off"),
    "deny": plain("Keep it on"),
    "style": "danger",
}


def asked(workspace: Workspace, visit: Visit) -> Page:
    view = modal("Integration", actions(button("Off", "off", confirm=CONFIRM)))
    workspace.views.open(AGENCY.user_id, view)
    page = visit()
    page.get_by_role("button", name="Off", exact=True).click()
    return page


def test_a_confirmation_asks_before_the_app_hears_of_it(
    app: App, connect: Connect, workspace: Workspace, visit: Visit
) -> None:
    app.action("off")(lambda ack: ack())
    connect()
    page = asked(workspace, visit)
    box = page.get_by_role("dialog", name="Turn off Guardian?")
    expect(box).to_have_accessible_description("Nothing more is sent to the carrier.")
    assert workspace.trace.entries("envelope", "block_actions off") == []
    box.get_by_role("button", name="Turn off").click()
    expect(box).to_have_count(0)
    eventually(lambda: workspace.trace.entries("envelope", "block_actions off"))
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert len(workspace.trace.entries("envelope", "block_actions off")) == 1


def test_escape_in_a_confirmation_means_no_and_leaves_the_modal(
    connect: Connect, workspace: Workspace, visit: Visit
) -> None:
    connect()
    page = asked(workspace, visit)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("confirm")).to_have_count(0)
    expect(page.get_by_role("dialog", name="Integration")).to_be_visible()
    assert workspace.trace.entries("envelope", "block_actions off") == []


def test_enter_that_takes_a_choice_does_not_submit(
    connect: Connect, workspace: Workspace, visit: Visit
) -> None:
    connect()
    choices = {"type": "multi_static_select", "options": [option("Guardian"), option("Principal")]}
    opened(workspace, input_block("who", "Carriers", choices))
    page = visit()
    page.get_by_label("Carriers").fill("prin")
    expect(page.get_by_role("option", name="Principal")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove Principal")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Carriers").press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
