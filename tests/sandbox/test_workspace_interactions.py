"""Buttons, selects, modals, App Homes and events, with a real Bolt app on the other side."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.cast import ALERTS, BROKER, GENERAL
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.driver import Person
from tests.socket_mode import Connect

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(action_id: str, value: str = "7") -> Json:
    return {"type": "button", "action_id": action_id, "text": plain("Press"), "value": value}


def options(*values: str) -> list[Json]:
    return [{"text": plain(value.title()), "value": value} for value in values]


def text_input(block_id: str, **extra: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "text", **extra}
    return {"type": "input", "block_id": block_id, "label": plain(block_id.title()), "element": element}


def modal(callback_id: str, *blocks: Json, **extra: Any) -> Json:
    shown = {"type": "modal", "callback_id": callback_id, "title": plain("A form"), "submit": plain("Save")}
    return {**shown, "blocks": list(blocks) or [{"type": "divider"}], **extra}


def post(client: WebClient, *elements: Json, channel: str = ALERTS.channel_id) -> None:
    client.chat_postMessage(
        channel=channel,
        text="card",
        blocks=[{"type": "actions", "block_id": "acts", "elements": list(elements)}],
    )


@pytest.fixture
def opened(app: App, connect: Connect, broker: Person) -> Callable[[Json], Json]:
    """Open a modal by a command, and return it as the person sees it."""

    def open_view(view: Json) -> Json:
        @app.command("/carrier-status")
        def show(ack: Ack, body: Json, client: WebClient) -> None:
            client.views_open(trigger_id=body["trigger_id"], view=view)
            ack()

        connect()
        assert broker.command("/carrier-status") == []
        return broker.modals()[-1]

    return open_view


def test_a_button_on_a_card_brings_its_value_and_place(
    app: App, connect: Connect, client: WebClient, broker: Person
) -> None:
    got: list[Json] = []

    @app.action("acknowledge")
    def keep(ack: Ack, body: Json) -> None:
        got.append(body)
        ack()

    connect()
    post(client, button("acknowledge", "card-7"))
    [card] = broker.messages("carrier-alerts")
    assert broker.press(card, "acknowledge")["ok"]
    [body] = got
    assert body["actions"][0]["value"] == "card-7"
    assert body["container"] == {
        "type": "message",
        "message_ts": card["ts"],
        "channel_id": ALERTS.channel_id,
        "is_ephemeral": False,
    }
    assert body["message"]["ts"] == card["ts"]
    assert body["user"]["id"] == BROKER.user_id


def test_a_message_to_one_person_is_replaced_and_deleted_by_its_buttons(
    app: App, connect: Connect, client: WebClient, broker: Person
) -> None:
    @app.action("more")
    def replace(ack: Ack, body: Json, respond: Respond) -> None:
        assert "message" not in body
        ack()
        actions = [{"type": "actions", "elements": [button("gone")]}]
        respond("replaced", blocks=actions, replace_original=True)

    @app.action("gone")
    def delete(ack: Ack, respond: Respond) -> None:
        ack()
        respond(delete_original=True)

    connect()
    acts = [{"type": "actions", "elements": [button("more")]}]
    client.chat_postEphemeral(channel=GENERAL.channel_id, user=BROKER.user_id, text="you", blocks=acts)
    broker.press(broker.messages("general")[0], "more")
    broker.wait_for(lambda: broker.messages("general")[0]["text"] == "replaced")
    [replaced] = broker.messages("general")
    assert replaced["is_ephemeral"]
    broker.press(replaced, "gone")
    broker.wait_for(lambda: not broker.messages("general"))


def test_a_press_on_a_card_that_has_moved_on_still_reaches_the_bot(
    app: App, connect: Connect, client: WebClient, broker: Person
) -> None:
    values: list[str] = []

    @app.action("acknowledge")
    def keep(ack: Ack, body: Json) -> None:
        values.append(body["actions"][0]["value"])
        ack()

    connect()
    post(client, button("acknowledge", "old"))
    [card] = broker.messages("carrier-alerts")
    client.chat_update(channel=ALERTS.channel_id, ts=card["ts"], text="closed", blocks=[{"type": "divider"}])
    broker.press(card, "acknowledge")
    assert values == ["old"]


def test_no_ack_of_a_press_is_told(
    connect: Connect, client: WebClient, broker: Person, workspace: Workspace
) -> None:
    workspace.delivery.ack_seconds = 0.2
    connect()
    post(client, button("nobody_listens"))
    pressed = broker.press(broker.messages("carrier-alerts")[0], "nobody_listens")
    assert pressed["error"] == "operation_timeout"
    assert broker.notices()[0]["text"] == "We had some trouble connecting. Try again?"


@pytest.mark.parametrize("kind", ["static_select", "overflow", "radio_buttons"])
def test_a_choice_brings_the_option(
    app: App, connect: Connect, client: WebClient, broker: Person, kind: str
) -> None:
    got: list[Json] = []

    @app.action("choose")
    def keep(ack: Ack, body: Json) -> None:
        got.append(body["actions"][0])
        ack()

    connect()
    post(client, {"type": kind, "options": options("late", "lost"), "action_id": "choose"})
    broker.press(broker.messages("carrier-alerts")[0], "choose", option="Lost")
    assert got[0]["selected_option"]["value"] == "lost"
    assert got[0]["type"] == kind


def test_dates_people_and_ticks_are_brought_as_slack_names_them(
    app: App, connect: Connect, client: WebClient, broker: Person
) -> None:
    got: dict[str, Json] = {}

    @app.action(re.compile("date|person|ticks"))
    def keep(ack: Ack, body: Json) -> None:
        got[body["actions"][0]["action_id"]] = body["actions"][0]
        ack()

    connect()
    post(
        client,
        {"type": "datepicker", "action_id": "date"},
        {"type": "users_select", "action_id": "person"},
        {"type": "checkboxes", "action_id": "ticks", "options": options("a", "b", "c")},
    )
    [card] = broker.messages("carrier-alerts")
    broker.press(card, "date", value="2026-11-20")
    broker.press(card, "person", value=BROKER.user_id)
    broker.press(card, "ticks", options=["a", "C"])
    assert got["date"]["selected_date"] == "2026-11-20"
    assert got["person"]["selected_user"] == BROKER.user_id
    assert [option["value"] for option in got["ticks"]["selected_options"]] == ["a", "c"]


def test_an_external_select_is_searched(
    app: App, connect: Connect, client: WebClient, broker: Person
) -> None:
    @app.options("employer")
    def find(ack: Ack, payload: Json) -> None:
        ack(options=options(f"{payload['value']} bakery"))

    chosen: list[str] = []

    @app.action("employer")
    def keep(ack: Ack, body: Json) -> None:
        chosen.append(body["actions"][0]["selected_option"]["value"])
        ack()

    connect()
    post(client, {"type": "external_select", "action_id": "employer"})
    [card] = broker.messages("carrier-alerts")
    [found] = broker.suggest(card, "employer", "harbor")
    broker.press(card, "employer", value=found)
    assert chosen == ["harbor bakery"]


def test_option_groups_are_found_too(app: App, connect: Connect, client: WebClient, broker: Person) -> None:
    groups = [
        {"label": plain("Late"), "options": options("a")},
        {"label": plain("Fine"), "options": options("b")},
    ]
    app.options("grouped")(lambda ack: ack(option_groups=groups))
    connect()
    post(client, {"type": "external_select", "action_id": "grouped"})
    found = broker.suggest(broker.messages("carrier-alerts")[0], "grouped", "x")
    assert [option["value"] for option in found] == ["a", "b"]


def test_a_modal_brings_what_was_typed_and_closes(
    app: App, opened: Callable[[Json], Json], broker: Person
) -> None:
    got: list[Json] = []

    @app.view("turn_on")
    def keep(ack: Ack, body: Json) -> None:
        got.append(body["view"])
        ack()

    view = opened(modal("turn_on", text_input("group"), private_metadata="int-1"))
    assert broker.submit(view, {"group": "GH-100"}) == {}
    assert broker.modals() == []
    assert got[0]["state"]["values"]["group"]["text"] == {"type": "plain_text_input", "value": "GH-100"}
    assert got[0]["private_metadata"] == "int-1"


def test_errors_come_back_under_their_blocks(
    app: App, opened: Callable[[Json], Json], broker: Person
) -> None:
    app.view("turn_on")(lambda ack: ack(response_action="errors", errors={"group": "Five digits, please."}))
    view = opened(modal("turn_on", text_input("group")))
    assert broker.submit(view, {"Group": "x"}) == {"group": "Five digits, please."}
    assert len(broker.modals()) == 1


def test_errors_for_no_input_fail_as_a_whole(
    app: App, opened: Callable[[Json], Json], broker: Person
) -> None:
    app.view("turn_on")(lambda ack: ack(response_action="errors", errors={"text": "an action id"}))
    view = opened(modal("turn_on", text_input("group")))
    assert broker.submit(view, {"group": "x"}) == {"": "invalid_errors"}


def test_an_empty_required_field_never_reaches_the_bot(
    opened: Callable[[Json], Json], broker: Person, workspace: Workspace
) -> None:
    view = opened(modal("turn_on", text_input("group"), text_input("note", max_length=3)))
    errors = broker.submit(view, {"note": "four"})
    assert errors == {
        "group": "Please complete this required field.",
        "note": "Enter at most 3 characters.",
    }
    assert workspace.trace.entries("envelope", "view_submission turn_on") == []


def test_a_submission_can_update_push_and_clear(
    app: App, opened: Callable[[Json], Json], broker: Person
) -> None:
    second, third = modal("second"), modal("third")
    app.view("first")(lambda ack: ack(response_action="update", view=second))
    app.view("second")(lambda ack: ack(response_action="push", view=third))
    app.view("third")(lambda ack: ack(response_action="clear"))
    first = opened(modal("first"))
    broker.submit(first)
    [updated] = broker.modals()
    assert (updated["id"], updated["callback_id"]) == (first["id"], "second")
    broker.submit(updated)
    [root, pushed] = broker.modals()
    assert (pushed["callback_id"], pushed["previous_view_id"]) == ("third", root["id"])
    broker.submit(pushed)
    assert broker.modals() == []


def test_what_was_typed_survives_an_update(app: App, opened: Callable[[Json], Json], broker: Person) -> None:
    @app.action("reload")
    def reload(ack: Ack, body: Json, client: WebClient) -> None:
        fresh = modal("form", text_input("kept"), text_input("new", initial_value="start"))
        client.views_update(view_id=body["view"]["id"], view=fresh, hash=body["view"]["hash"])
        ack()

    view = opened(modal("form", text_input("kept"), {"type": "actions", "elements": [button("reload")]}))
    broker.press(view, "reload", values={"kept": "typed"})
    values = broker.modals()[0]["state"]["values"]
    assert values["kept"]["text"]["value"] == "typed"
    assert values["new"]["text"]["value"] == "start"


def test_an_old_hash_conflicts(opened: Callable[[Json], Json], client: WebClient) -> None:
    view = opened(modal("form"))
    client.views_update(view_id=view["id"], view=modal("form"), hash=view["hash"])
    with pytest.raises(SlackApiError, match="hash_conflict"):
        client.views_update(view_id=view["id"], view=modal("form"), hash=view["hash"])


def test_an_external_id_finds_its_view_and_is_unique(
    opened: Callable[[Json], Json], client: WebClient, broker: Person
) -> None:
    opened(modal("form", external_id="form-7"))
    client.views_update(external_id="form-7", view=modal("changed", external_id="form-7"))
    assert broker.modals()[0]["callback_id"] == "changed"
    home = {"type": "home", "external_id": "form-7", "blocks": []}
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        client.views_publish(user_id=BROKER.user_id, view=home)


def test_a_stack_holds_three(app: App, opened: Callable[[Json], Json], broker: Person) -> None:
    refusals: list[str] = []

    @app.action("deeper")
    def push(ack: Ack, body: Json, client: WebClient) -> None:
        try:
            client.views_push(trigger_id=body["trigger_id"], view=deeper)
        except SlackApiError as error:
            refusals.append(error.response["error"])
        ack()

    deeper = modal("deep", {"type": "actions", "elements": [button("deeper")]})
    opened(deeper)
    for _ in range(3):
        broker.press(broker.modals()[-1], "deeper")
    assert len(broker.modals()) == 3
    assert refusals == ["push_limit_reached"]


def test_a_trigger_works_once_and_for_three_seconds(
    app: App, connect: Connect, client: WebClient, broker: Person, clock: Any, workspace: Workspace
) -> None:
    assert Workspace().triggers.seconds == 3
    triggers: list[str] = []

    @app.command("/carrier-status")
    def keep(ack: Ack, body: Json) -> None:
        triggers.append(body["trigger_id"])
        ack("kept")

    connect()
    broker.command("/carrier-status")
    broker.command("/carrier-status")
    client.views_open(trigger_id=triggers[0], view=modal("once"))
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        client.views_open(trigger_id=triggers[0], view=modal("twice"))
    clock.advance(workspace.triggers.seconds + 0.1)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        client.views_open(trigger_id=triggers[1], view=modal("late"))
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        client.views_open(trigger_id="made.up", view=modal("never"))


@pytest.mark.parametrize(
    ("view", "error"),
    [
        (modal("x", {"type": "table", "rows": []}), "invalid_arguments"),
        (modal("x", title=plain("x" * 25)), "invalid_arguments"),
        (modal("x", private_metadata="x" * 3001), "invalid_arguments"),
        (modal("x", *[{"type": "section", "text": plain("x" * 3000)}] * 90), "view_too_large"),
    ],
)
def test_a_view_that_slack_refuses(
    app: App, connect: Connect, broker: Person, view: Json, error: str
) -> None:
    refusals: list[str] = []

    @app.command("/carrier-status")
    def show(ack: Ack, body: Json, client: WebClient) -> None:
        try:
            client.views_open(trigger_id=body["trigger_id"], view=view)
        except SlackApiError as refusal:
            refusals.append(refusal.response["error"])
        ack("tried")

    connect()
    broker.command("/carrier-status")
    assert refusals == [error]


@pytest.mark.parametrize(("wanted", "told"), [(True, ["form"]), (False, [])])
def test_closing_is_told_when_asked_for(
    app: App, opened: Callable[[Json], Json], broker: Person, *, wanted: bool, told: list[str]
) -> None:
    closed: list[str] = []

    @app.view_closed("form")
    def keep(ack: Ack, body: Json) -> None:
        closed.append(body["view"]["callback_id"])
        ack()

    view = opened(modal("form", notify_on_close=wanted))
    broker.close_modal(view)
    assert broker.modals() == []
    assert closed == told


def test_a_modal_belongs_to_one_person(opened: Callable[[Json], Json], broker: Person) -> None:
    view = opened(modal("form"))
    broker.user_id = "U0AGENCY01"
    assert broker.submit(view) == {"": "not_found"}


def test_the_app_home_is_published_when_it_is_opened(app: App, connect: Connect, broker: Person) -> None:
    @app.event("app_home_opened")
    def publish(event: Json, client: WebClient) -> None:
        blocks = [{"type": "header", "text": plain(f"Hello on {event['tab']}")}]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    connect()
    broker.open_home()
    broker.wait_for(lambda: broker.home() is not None)
    home = broker.home()
    assert home is not None
    assert home["blocks"][0]["text"]["text"] == "Hello on home"


def test_a_mention_and_a_direct_message_are_events(app: App, connect: Connect, broker: Person) -> None:
    app.event("app_mention")(lambda event, say: say(f"you said {event['text']}"))
    app.event("message")(lambda event, say: say("hello") if "bot_id" not in event else None)
    connect()
    broker.say("@lastsync <look> & see #general", channel="general")
    broker.wait_for(lambda: len(broker.messages("general")) == 2)
    assert broker.messages("general")[1]["text"].endswith(
        f"&lt;look&gt; &amp; see <#{GENERAL.channel_id}|general>"
    )
    broker.say("hi")
    broker.wait_for(lambda: len(broker.messages()) == 2)


def test_what_ran_out_long_ago_is_forgotten(workspace: Workspace, clock: Any) -> None:
    for _ in range(3):
        workspace.triggers.issue(BROKER.user_id)
        workspace.response_urls.issue(BROKER.user_id, GENERAL.channel_id)
    clock.advance(3600)
    newest = workspace.triggers.issue(BROKER.user_id)
    path = workspace.response_urls.issue(BROKER.user_id, GENERAL.channel_id)
    assert list(workspace.triggers._known) == [newest]
    assert [f"/respond/{key}" for key in workspace.response_urls._known] == [path]
