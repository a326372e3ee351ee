"""Slash commands: what the bot gets, and what the person sees of its answer."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt import Ack, App, Respond

from bot.sandbox.cast import AGENCY, BROKER, GENERAL
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.driver import Person
from tests.socket_mode import Connect


def test_an_answer_on_the_ack_is_seen_by_the_caller_alone(
    app: App, connect: Connect, broker: Person, server: SandboxServer, workspace: Workspace
) -> None:
    app.command("/carrier-status")(lambda ack: ack("All on time"))
    connect()
    [answer] = broker.command("/carrier-status", channel="general")
    assert (answer["text"], answer["is_ephemeral"], answer["to"]) == ("All on time", True, BROKER.user_id)
    with Person(server.url, workspace.session_token, AGENCY.user_id) as other:
        assert other.messages("general") == []


def test_an_answer_in_channel_is_seen_by_everyone(app: App, connect: Connect, broker: Person) -> None:
    app.command("/carrier-status")(lambda ack: ack(text="Hello all", response_type="in_channel"))
    connect()
    [answer] = broker.command("/carrier-status", channel="general")
    assert "is_ephemeral" not in answer


def test_the_command_carries_what_slack_sends(app: App, connect: Connect, broker: Person) -> None:
    got: list[dict[str, Any]] = []

    @app.command("/carrier-status")
    def keep(ack: Ack, body: dict[str, Any]) -> None:
        got.append(body)
        ack("kept")

    connect()
    broker.command('/carrier-status  "Quill & Sons" <x> @dana ', channel="#general")
    [body] = got
    assert body["text"] == '"Quill & Sons" <x> @dana'
    assert (body["command"], body["user_id"]) == ("/carrier-status", BROKER.user_id)
    assert (body["channel_id"], body["channel_name"]) == (GENERAL.channel_id, "general")
    assert body["response_url"].startswith("http://127.0.0.1:")


def test_should_escape_turns_names_into_ids(app: App, connect: Connect, broker: Person) -> None:
    app.command("/escaped")(lambda ack, command: ack(command["text"]))
    connect()
    [answer] = broker.command("/escaped ask @dana in #general about @nobody")
    expected = f"ask <@{AGENCY.user_id}> in <#{GENERAL.channel_id}|general> about @nobody"
    assert answer["text"] == expected


def test_no_ack_in_time_tells_the_person(
    app: App, connect: Connect, broker: Person, workspace: Workspace
) -> None:
    app.command("/carrier-status")(lambda: None)
    workspace.delivery.ack_seconds = 0.2
    connect()
    assert broker.command("/carrier-status") == []
    [notice] = broker.notices()
    assert notice["text"] == "/carrier-status failed with the error “operation_timeout”"


def test_a_command_with_no_bot_connected_fails_at_once(broker: Person) -> None:
    broker.command("/carrier-status")
    assert "dispatch_failed" in broker.notices()[0]["text"]


def test_an_unknown_command_is_explained(broker: Person) -> None:
    assert broker.say("/nonsense now")["error"] == "unknown_command"
    assert broker.notices()[0]["text"].startswith("/nonsense is not a valid command.")


def test_a_command_in_a_thread_is_refused(broker: Person) -> None:
    first = broker.say("a thread starts here", channel="general")
    broker.say("/carrier-status", channel="general", thread_ts=first["ts"])
    assert broker.notices()[0]["text"] == "/carrier-status is not supported in threads. Sorry!"


def test_blocks_that_slack_refuses_do_not_ride_on_an_ack(app: App, connect: Connect, broker: Person) -> None:
    app.command("/carrier-status")(lambda ack: ack(blocks=[{"type": "alert"}]))
    connect()
    assert broker.command("/carrier-status") == []
    assert "invalid_blocks" in broker.notices()[0]["text"]


def test_a_response_url_answers_five_times(app: App, connect: Connect, broker: Person) -> None:
    statuses: list[int] = []

    @app.command("/carrier-status")
    def answer_often(ack: Ack, respond: Respond) -> None:
        ack()
        statuses.extend(respond(f"answer {number}").status_code for number in range(6))

    connect()
    answers = broker.command("/carrier-status")
    broker.wait_for(lambda: len(statuses) == 6)
    assert statuses == [200, 200, 200, 200, 200, 404]
    assert all(answer["is_ephemeral"] for answer in answers)
    assert len(broker.messages()) == 5


@pytest.mark.parametrize("seconds", [30 * 60 + 1])
def test_a_response_url_ends_after_half_an_hour(
    app: App, connect: Connect, broker: Person, clock: Any, seconds: int
) -> None:
    kept: list[Respond] = []

    @app.command("/carrier-status")
    def keep(ack: Ack, respond: Respond) -> None:
        kept.append(respond)
        ack("later")

    connect()
    broker.command("/carrier-status")
    clock.advance(seconds)
    assert kept[0]("too late").status_code == 404
