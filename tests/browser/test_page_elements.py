"""What each element tells the app when a person uses it: the element's own part of Slack's payload."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from slack_bolt import Ack, App

from bot.sandbox.cast import BROKER, GENERAL, HARBOR
from bot.sandbox.workspace import Workspace
from tests.bot.patience import eventually
from tests.browser.page_samples import CARRIERS, CHOICES, Json, actions, option, text_input
from tests.browser.page_support import Visit
from tests.socket_mode import Connect

pytestmark = pytest.mark.browser

Show = Callable[..., tuple[Page, Locator]]
Told = Callable[[], Json]
GUARDIAN, PRINCIPAL, _ = CARRIERS


@pytest.fixture
def told(app: App, connect: Connect, workspace: Workspace) -> Told:
    """The action that the app was told of last."""
    app.action("it")(lambda ack: ack())
    connect()

    def told() -> Json:
        eventually(lambda: workspace.trace.entries("envelope", "block_actions it"))
        action: Json = workspace.trace.entries("envelope", "block_actions it")[-1].body["actions"][0]
        return action

    return told


@pytest.fixture
def show(workspace: Workspace, visit: Visit) -> Show:
    """Put an element, or a block that holds it, into a message. Return the page and the control."""

    def show(element: Json, block: Json | None = None) -> tuple[Page, Locator]:
        block = block or actions({**element, "action_id": "it"})
        workspace.post_as_bot(workspace.conversations.get("general"), {"text": "Sample", "blocks": [block]})
        page = visit(place=GENERAL.channel_id)
        return page, page.locator("[data-action-id=it]")

    return show


@pytest.mark.parametrize(
    ("kind", "pick", "part"),
    [
        ("button", None, {"value": "7"}),
        ("static_select", "principal", {"selected_option": PRINCIPAL}),
        ("users_select", BROKER.user_id, {"selected_user": BROKER.user_id}),
        ("channels_select", HARBOR.channel_id, {"selected_channel": HARBOR.channel_id}),
        ("conversations_select", HARBOR.channel_id, {"selected_conversation": HARBOR.channel_id}),
        ("datepicker", "2026-12-01", {"selected_date": "2026-12-01"}),
        ("timepicker", "08:30", {"selected_time": "08:30"}),
    ],
)
def test_one_choice_is_told_at_once(show: Show, told: Told, kind: str, pick: str | None, part: Json) -> None:
    _, control = show(CHOICES[kind])
    if pick is None:
        control.click()
    elif kind.endswith("select"):
        control.select_option(pick)
    else:
        control.fill(pick)
    assert part.items() <= told().items()
    assert told()["type"] == kind


def test_a_moment_is_meant_in_the_persons_own_time_zone(show: Show, told: Told) -> None:
    _, control = show(CHOICES["datetimepicker"])
    control.fill("2025-01-31T18:30")
    assert told()["selected_date_time"] == 1738366200


@pytest.mark.parametrize(
    ("kind", "name", "told_as"),
    [
        ("multi_static_select", "Principal", {"selected_options": [PRINCIPAL]}),
        ("multi_users_select", BROKER.real_name, {"selected_users": [BROKER.user_id]}),
        ("multi_channels_select", f"#{HARBOR.name}", {"selected_channels": [HARBOR.channel_id]}),
        ("multi_conversations_select", f"#{HARBOR.name}", {"selected_conversations": [HARBOR.channel_id]}),
    ],
)
def test_several_choices_are_found_by_typing(
    show: Show, told: Told, kind: str, name: str, told_as: Json
) -> None:
    page, control = show(CHOICES[kind])
    control.fill(name[1:5])
    page.get_by_role("listbox").get_by_role("option", name=name).click()
    assert told_as.items() <= told().items()
    expect(page.get_by_role("button", name=f"Remove {name}")).to_be_visible()


def test_backspace_takes_the_last_choice_back(show: Show, told: Told) -> None:
    page, control = show({**CHOICES["multi_static_select"], "initial_options": [GUARDIAN, PRINCIPAL]})
    control.focus()
    page.keyboard.press("Backspace")
    assert told()["selected_options"] == [GUARDIAN]


def test_no_more_than_the_allowed_number_can_be_chosen(show: Show) -> None:
    element = {**CHOICES["multi_static_select"], "initial_options": [GUARDIAN], "max_selected_items": 1}
    page, control = show(element)
    control.click()
    page.get_by_role("listbox").get_by_role("option", name="Principal").click()
    expect(page.get_by_text("You can choose up to 1")).to_be_visible()


def test_boxes_are_told_in_the_order_in_which_they_stand(show: Show, told: Told) -> None:
    page, _ = show(CHOICES["checkboxes"])
    page.get_by_label("Principal").check()
    told()
    page.get_by_label("Guardian").check()
    eventually(lambda: told()["selected_options"] == [GUARDIAN, PRINCIPAL])


def test_a_radio_button_tells_its_option(show: Show, told: Told) -> None:
    page, _ = show(CHOICES["radio_buttons"])
    page.get_by_label("Principal").check()
    assert told()["selected_option"] == PRINCIPAL


def test_an_overflow_menu_is_used_with_the_keys(show: Show, told: Told) -> None:
    page, control = show(CHOICES["overflow"])
    control.press("Enter")
    expect(page.get_by_role("menuitem", name="Guardian")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert told()["selected_option"] == PRINCIPAL
    expect(control).to_be_focused()


def test_escape_closes_an_overflow_menu(show: Show) -> None:
    page, control = show(CHOICES["overflow"])
    control.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(control).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("kind", ["external_select", "multi_external_select"])
def test_an_external_select_asks_the_app_as_one_types(app: App, show: Show, told: Told, kind: str) -> None:
    asked: list[str] = []

    @app.options("it")
    def _suggest(ack: Any, body: Json) -> None:
        asked.append(body["value"])
        ack(
            option_groups=[
                {"label": {"type": "plain_text", "text": "Yours"}, "options": [option("Harbor Bakery")]}
            ]
        )

    page, control = show(CHOICES[kind])
    control.click()
    expect(page.get_by_text("Type at least 1 character")).to_be_visible()
    control.press_sequentially("har")
    expect(page.get_by_role("group", name="Yours").get_by_role("option")).to_have_text(["Harbor Bakery"])
    page.keyboard.press("Enter")
    chosen = told()
    assert chosen.get("selected_option", chosen.get("selected_options")) in (
        option("Harbor Bakery"),
        [option("Harbor Bakery")],
    )
    assert asked[-1] == "har"
    assert len(asked) < 3, "every letter was asked for"


@pytest.mark.usefixtures("told")
def test_a_search_that_finds_nothing_says_so(app: App, show: Show) -> None:
    app.options("it")(lambda ack: ack(options=[]))
    page, control = show(CHOICES["external_select"])
    control.press_sequentially("zzz")
    expect(page.get_by_text("No matches")).to_be_visible()


def test_a_search_that_the_app_does_not_answer_says_so(show: Show) -> None:
    page, control = show(CHOICES["external_select"])
    control.press_sequentially("har")
    expect(page.get_by_text("No results could be loaded")).to_be_visible()


# Longer than the pause after which a search begins: what must not happen would have happened by then.
AFTER_TYPING = 400  # milliseconds


def test_a_choice_made_before_the_search_began_ends_the_search(show: Show, told: Told) -> None:
    page, control = show(CHOICES["multi_static_select"])
    control.click()
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    control.press_sequentially("g")
    page.keyboard.press("Enter")
    assert told()
    page.wait_for_timeout(AFTER_TYPING)
    expect(control).to_have_attribute("aria-expanded", "false")


def test_a_field_that_goes_away_while_one_types_searches_no_more(show: Show) -> None:
    page, control = show(CHOICES["external_select"])
    control.press_sequentially("har")
    control.evaluate("node => node.closest('.combobox').remove()")
    page.wait_for_timeout(AFTER_TYPING)
    expect(control).to_have_count(0)


@pytest.mark.parametrize("trigger", ["on_enter_pressed", "on_character_entered"])
def test_a_text_field_tells_the_app_when_it_was_asked_to(show: Show, told: Told, trigger: str) -> None:
    element = {"dispatch_action_config": {"trigger_actions_on": [trigger]}}
    block = text_input("search", "Search", element, dispatch_action=True)
    page, control = show({}, block)
    control.press_sequentially("harbor")
    if trigger == "on_enter_pressed":
        page.keyboard.press("Enter")
    assert told()["value"] == "harbor"


def test_an_action_carries_what_else_the_message_holds(
    app: App, workspace: Workspace, show: Show, told: Told
) -> None:
    app.action("many")(lambda ack: ack())
    element = {**CHOICES["multi_static_select"], "action_id": "many", "initial_options": [GUARDIAN]}
    _, control = show({}, actions({**CHOICES["button"], "action_id": "it"}, element))
    control.click()
    assert told()
    [entry] = workspace.trace.entries("envelope", "block_actions it")
    assert entry.body["state"]["values"]["actions"]["many"]["selected_options"] == [GUARDIAN]


def test_a_busy_button_is_not_pressed_twice(
    app: App, connect: Connect, workspace: Workspace, show: Show
) -> None:
    @app.action("it")
    def _slowly(ack: Ack) -> None:
        time.sleep(0.3)
        ack()

    connect()
    page, control = show(CHOICES["button"])
    control.dblclick()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert len(workspace.trace.entries("envelope", "block_actions it")) == 1


def test_an_action_that_the_app_does_not_answer_is_said_once(show: Show) -> None:
    page, control = show(CHOICES["button"])
    control.click()
    expect(page.get_by_test_id("messages").get_by_text("We had some trouble connecting")).to_have_count(1)
    expect(page.get_by_test_id("toast")).to_have_count(0)
    expect(control).not_to_have_attribute("aria-busy", "true")
