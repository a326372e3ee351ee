"""How envelopes reach the bot: sockets, reconnects, redelivery, and signed HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from flask import Flask, request
from slack_bolt import Ack, App, BoltRequest, BoltResponse
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk import WebClient
from websocket import WebSocket, WebSocketBadStatusException, WebSocketTimeoutException, create_connection
from werkzeug.serving import make_server

from bot.sandbox.cast import BROKER
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.driver import Person
from tests.socket_mode import Connect

Json = dict[str, Any]


def socket_url(server: SandboxServer, workspace: Workspace) -> str:
    client = WebClient(token=workspace.app_token, base_url=f"{server.url}/api/")
    url: str = client.apps_connections_open(app_token=workspace.app_token)["url"]
    return url


@contextmanager
def bare_socket(url: str) -> Iterator[WebSocket]:
    """A connection that has had its hello; `shutdown` frees it whoever closed first."""
    socket = create_connection(url, http_no_proxy=["*"], timeout=0.5)
    try:
        assert '"type": "hello"' in socket.recv()
        yield socket
    finally:
        socket.shutdown()


def test_a_socket_ticket_opens_one_connection(server: SandboxServer, workspace: Workspace) -> None:
    url = socket_url(server, workspace)
    with bare_socket(url), pytest.raises(WebSocketBadStatusException):
        create_connection(url, http_no_proxy=["*"])


def test_each_envelope_goes_to_one_of_the_connections(
    app: App, connect: Connect, broker: Person, workspace: Workspace
) -> None:
    calls: list[str] = []

    @app.command("/carrier-status")
    def count(ack: Ack) -> None:
        calls.append("call")
        ack("once")

    connect()
    connect()
    assert workspace.sockets.count == 2
    for _ in range(4):
        assert len(broker.command("/carrier-status")) == 1
    assert len(calls) == 4


def test_the_bot_comes_back_after_its_connection_was_cut(
    app: App, connect: Connect, broker: Person, workspace: Workspace
) -> None:
    app.command("/carrier-status")(lambda ack: ack("back"))
    connect()
    opened = len(workspace.trace.entries("api", "apps.connections.open"))
    broker.cause("slack_drop_sockets")
    broker.wait_for(lambda: len(workspace.trace.entries("api", "apps.connections.open")) > opened)
    broker.wait_for(lambda: broker.command("/carrier-status", patience=0.1))


def test_a_refresh_asks_for_a_new_connection_and_ends_the_old_one(
    server: SandboxServer, workspace: Workspace, broker: Person
) -> None:
    with bare_socket(socket_url(server, workspace)) as socket:
        broker.cause("slack_refresh_sockets")
        asked = json.loads(socket.recv())
        assert (asked["type"], asked["reason"]) == ("disconnect", "refresh_requested")
        socket.settimeout(5)
        assert socket.recv() == ""


def test_a_warning_leaves_the_connection_open(
    server: SandboxServer, workspace: Workspace, broker: Person
) -> None:
    with bare_socket(socket_url(server, workspace)) as socket:
        broker.cause("slack_warn_sockets")
        assert json.loads(socket.recv())["reason"] == "warning"
        assert workspace.sockets.count == 1


def test_a_silent_socket_answers_no_ping(server: SandboxServer, workspace: Workspace, broker: Person) -> None:
    with bare_socket(socket_url(server, workspace)) as socket:
        socket.ping("alive?")
        assert socket.recv_data_frame(control_frame=True)[1].data == b"alive?"
        broker.cause("slack_silence_sockets")
        socket.ping("alive?")
        with pytest.raises(WebSocketTimeoutException):
            socket.recv_data_frame(control_frame=True)
        broker.cause("slack_mend")


def test_an_unacked_event_comes_again_with_its_reason(
    app: App, connect: Connect, broker: Person, workspace: Workspace
) -> None:
    attempts: list[Json] = []

    @app.event("app_home_opened")
    def stumble(body: Json) -> None:
        attempts.append(body)
        if len(attempts) < 3:
            raise RuntimeError("not yet")

    workspace.delivery.ack_seconds = 0.2
    workspace.delivery.speed = 600
    connect()
    broker.open_home()
    broker.wait_for(lambda: len(attempts) == 3)
    details = [entry.detail for entry in workspace.trace.entries("envelope", "app_home_opened")]
    assert details == ["", "attempt 2, timeout", "attempt 3, timeout"]
    assert len({body["event_id"] for body in attempts}) == 1


def test_an_event_is_given_up_after_the_third_repetition(broker: Person, workspace: Workspace) -> None:
    workspace.delivery.speed = 100_000
    broker.open_home()
    broker.wait_for(lambda: len(workspace.trace.entries("envelope", "app_home_opened")) == 4)
    assert {entry.detail for entry in workspace.trace.entries("ack")} == {"dispatch_failed"}


def test_events_that_are_not_subscribed_stay_away(
    app: App, connect: Connect, broker: Person, workspace: Workspace
) -> None:
    app.event("message")(lambda: None)
    connect()
    broker.say("nothing to see", channel="general")
    assert workspace.trace.entries("envelope") == []


def test_fifty_commands_at_once_each_get_their_own_answer(app: App, connect: Connect, broker: Person) -> None:
    app.command("/carrier-status")(lambda ack, command: ack(command["text"]))
    connect()
    callers = [
        threading.Thread(
            target=broker._post, args=("say", {"channel": "D0BROKER01", "text": f"/carrier-status {n}"})
        )
        for n in range(50)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert {message["text"] for message in broker.messages()} == {str(n) for n in range(50)}


@pytest.fixture
def over_http(workspace: Workspace, client: WebClient) -> Iterator[App]:
    """The same Bolt app behind signed HTTP, as it would be behind a public address."""
    app = App(client=client, signing_secret=workspace.signing_secret, process_before_response=True)
    flask, bolt = Flask("bot"), SlackRequestHandler(app)
    flask.add_url_rule("/slack/events", view_func=lambda: bolt.handle(request), methods=["POST"])
    http = make_server("127.0.0.1", 0, flask, threaded=True)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    workspace.deliver_over_http(f"http://127.0.0.1:{http.server_port}/slack/events")
    yield app
    http.shutdown()
    thread.join()
    http.server_close()


def test_a_signed_command_is_answered_in_the_response(over_http: App, broker: Person) -> None:
    over_http.command("/carrier-status")(lambda ack: ack("over HTTP"))
    assert [message["text"] for message in broker.command("/carrier-status")] == ["over HTTP"]


def test_modals_and_events_work_over_http(over_http: App, broker: Person) -> None:
    view = {
        "type": "modal",
        "callback_id": "form",
        "title": {"type": "plain_text", "text": "A"},
        "blocks": [],
    }

    @over_http.event("app_home_opened")
    def publish(event: Json, client: WebClient) -> None:
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": []})

    @over_http.command("/carrier-status")
    def show(ack: Ack, body: Json, client: WebClient) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=view)
        ack()

    over_http.view("form")(lambda ack: ack(response_action="clear"))
    broker.open_home()
    broker.wait_for(lambda: broker.home() is not None)
    broker.command("/carrier-status")
    assert broker.submit(broker.modals()[0]) == {}
    assert broker.modals() == []


def test_a_wrong_signature_never_reaches_a_listener(
    over_http: App, broker: Person, workspace: Workspace
) -> None:
    calls: list[str] = []
    over_http.command("/carrier-status")(lambda ack: (calls.append("call"), ack()))
    url = workspace.delivery.http.url if workspace.delivery.http else ""
    forged = {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "1"}
    assert httpx.post(url, headers=forged, data={"command": "/carrier-status"}).status_code == 401
    assert calls == []
    assert broker.user_id == BROKER.user_id


def test_a_failing_http_bot_is_told_to_the_person(over_http: App, broker: Person) -> None:
    @over_http.command("/carrier-status")
    def fail() -> None:
        raise RuntimeError("broken")

    broker.command("/carrier-status")
    assert "http_service_error" in broker.notices()[0]["text"]


def test_the_page_can_have_events_delivered_again_sooner(workspace: Workspace, broker: Person) -> None:
    broker.cause("slack_redeliver_faster", speed=120)
    assert workspace.delivery.speed == 120
    broker.cause("slack_redeliver_faster", speed=0)
    assert workspace.delivery.speed == 1


def test_an_event_comes_again_over_http_with_its_number_and_reason(
    over_http: App, broker: Person, workspace: Workspace
) -> None:
    seen: list[tuple[list[str], list[str]]] = []

    @over_http.event("app_home_opened")
    def stumble(req: BoltRequest) -> None:
        headers = req.headers
        seen.append((headers.get("x-slack-retry-num", []), headers.get("x-slack-retry-reason", [])))
        raise RuntimeError("not yet")

    workspace.delivery.speed = 100_000
    broker.open_home()
    broker.wait_for(lambda: len(seen) == 4)
    assert seen == [([], []), *((([str(number)], ["http_error"])) for number in (1, 2, 3))]


def test_an_app_that_asks_for_no_retry_gets_none(
    over_http: App, broker: Person, workspace: Workspace
) -> None:
    seen: list[str] = []

    @over_http.middleware
    def refuse() -> BoltResponse:
        seen.append("event")
        return BoltResponse(status=500, body="", headers={"X-Slack-No-Retry": "1"})

    workspace.delivery.speed = 100_000
    broker.open_home()
    broker.wait_for(lambda: workspace.trace.entries("ack", "app_home_opened"))
    broker.command("/carrier-status")  # and nothing of the event came before it
    assert len(workspace.trace.entries("envelope", "app_home_opened")) == 1
    assert seen
