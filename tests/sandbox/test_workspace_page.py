"""The page's side: who may enter, what it is told, and what it may cause."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from websocket import WebSocketBadStatusException, create_connection

from bot.sandbox.cast import ALERTS, BROKER, EMPLOYER, HARBOR, PEOPLE, READ_ONLY
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app
from bot.sandbox.workspace.driver import Person

BUTTON = {
    "type": "actions",
    "block_id": "b",
    "elements": [{"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Open"}}],
}


class World:
    """A sandbox world with one event, as the page's panel sees it."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[str], None]] = []

    def menu(self) -> list[dict[str, object]]:
        return [
            {"title": "Carriers", "events": [{"name": "carrier_syncs", "label": "Sync now", "params": []}]}
        ]

    def cause(self, event: str, params: dict[str, str]) -> str:
        if event != "carrier_syncs":
            raise ValueError("The world knows no such event.")
        sentence = f"{params['carrier']} synced."
        for listener in self.listeners:
            listener(sentence)
        return sentence

    def subscribe(self, listener: Callable[[str], None]) -> None:
        self.listeners.append(listener)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def page(workspace: Workspace, world: World) -> Iterator[httpx.Client]:
    with (
        SandboxServer(build_app(workspace, world)) as server,
        httpx.Client(base_url=server.url, headers={"X-Sandbox-Token": workspace.session_token}) as client,
    ):
        yield client


@pytest.mark.parametrize("path", ["/", "/?token=wrong", "/page/live", "/sandbox/events?token=wrong"])
def test_without_the_token_one_line_says_where_to_go(server: SandboxServer, path: str) -> None:
    answer = httpx.get(server.url + path)
    assert answer.status_code == 403
    assert "Open the address that `lastsync demo` printed" in answer.text


def test_a_verb_without_the_token_does_nothing(server: SandboxServer, workspace: Workspace) -> None:
    body = {"user": BROKER.user_id, "channel": "general", "text": "hello"}
    assert httpx.post(f"{server.url}/page/say", json=body).status_code == 403
    assert workspace.channel_messages("general") == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
def test_other_hosts_and_origins_are_turned_away(
    server: SandboxServer, workspace: Workspace, headers: dict[str, str]
) -> None:
    for path in (f"/?token={workspace.session_token}", "/api/api.test", "/static/index.html"):
        assert httpx.get(server.url + path, headers=headers).status_code == 403


def test_another_origin_opens_no_websocket(server: SandboxServer, workspace: Workspace) -> None:
    url = f"{server.url.replace('http', 'ws', 1)}/page/live?token={workspace.session_token}"
    with pytest.raises(WebSocketBadStatusException):
        create_connection(url, origin="http://evil.example", http_no_proxy=["*"])


def test_every_answer_carries_a_strict_policy(server: SandboxServer) -> None:
    policy = httpx.get(f"{server.url}/api/api.test").headers["content-security-policy"]
    port = server.url.rpartition(":")[2]
    assert "default-src 'none'" in policy
    assert f"ws://127.0.0.1:{port} ws://localhost:{port}" in policy
    assert "unsafe" not in policy


def test_people_see_their_own_direct_messages_only(
    client: WebClient, server: SandboxServer, workspace: Workspace, broker: Person
) -> None:
    client.chat_postMessage(channel=BROKER.user_id, text="private")
    with Person(server.url, workspace.session_token, READ_ONLY.user_id) as other:
        assert other.messages() == []
        assert [one["text"] for one in broker.messages()] == ["private"]
        answer = other.say("let me in", channel=None)
        assert answer["ok"]
        with pytest.raises(LookupError):
            other.messages(broker.messages()[0]["channel"])


def test_an_employers_people_see_their_own_channel_and_hear_of_no_other(
    client: WebClient, server: SandboxServer, workspace: Workspace
) -> None:
    with Person(server.url, workspace.session_token, EMPLOYER.user_id) as elena:
        client.chat_postMessage(channel=ALERTS.channel_id, text="Another employer is late")
        client.chat_postMessage(channel=HARBOR.channel_id, text="Hello, Harbor")
        assert [one["text"] for one in elena.messages("harbor-bakery")] == ["Hello, Harbor"]
        assert set(elena._messages) == {HARBOR.channel_id, "D0EMPLOY01"}
        with pytest.raises(LookupError):
            elena.messages("carrier-alerts")


def test_a_channel_one_is_not_in_takes_no_word_and_no_press(client: WebClient, page: httpx.Client) -> None:
    ts = client.chat_postMessage(channel=ALERTS.channel_id, text="Late", blocks=[BUTTON])["ts"]
    outsider = {"user": READ_ONLY.user_id}
    said = page.post("/page/say", json={**outsider, "channel": ALERTS.channel_id, "text": "x"})
    assert (said.status_code, said.json()["error"]) == (400, "channel_not_found")
    source = {"channel": ALERTS.channel_id, "ts": ts}
    press = {**outsider, "source": source, "block_id": "b", "action_id": "a", "action": {}, "values": {}}
    assert page.post("/page/action", json=press).json()["error"] == "message_not_found"


def test_one_person_cannot_write_or_press_in_anothers_messages(page: httpx.Client) -> None:
    said = page.post("/page/say", json={"user": READ_ONLY.user_id, "channel": "D0BROKER01", "text": "x"})
    assert (said.status_code, said.json()["error"]) == (400, "channel_not_found")


def test_an_unknown_person_or_a_missing_field_is_told(page: httpx.Client) -> None:
    stranger = page.post("/page/say", json={"user": "U0STRANGER", "channel": "general", "text": "x"})
    assert stranger.json()["error"] == "user_not_found"
    incomplete = page.post("/page/say", json={"user": PEOPLE[0].user_id})
    assert incomplete.json()["text"] == "The field 'text' is missing."
    assert page.post("/page/say", content=b"no json").json()["error"] == "invalid_json"
    assert page.post("/page/dance", json={}).status_code == 404


def test_the_menu_holds_the_world_and_the_faults_of_slack(page: httpx.Client) -> None:
    groups = page.get("/sandbox/events").json()["groups"]
    assert groups[0]["title"] == "Carriers"
    names = {event["name"] for group in groups for event in group["events"]}
    assert {"carrier_syncs", "slack_rate_limited", "slack_archive_channel"} <= names


def test_the_world_is_stirred_through_the_same_door(page: httpx.Client, world: World) -> None:
    answer = page.post("/sandbox/events", json={"event": "carrier_syncs", "carrier": "Guardian"})
    assert answer.json() == {"ok": True, "text": "Guardian synced."}
    assert world.listeners
    refused = page.post("/sandbox/events", json={"event": "nothing"})
    assert (refused.status_code, refused.json()["text"]) == (400, "The world knows no such event.")


@pytest.mark.parametrize(
    "params",
    [
        {"event": "slack_slow", "seconds": "soon"},
        {"event": "slack_slow", "seconds": -1},
        {"event": "slack_archive_channel", "channel": "C0NOWHERE1"},
        {"event": "slack_archive_channel"},
    ],
)
def test_an_event_that_makes_no_sense_is_refused(page: httpx.Client, params: dict[str, Any]) -> None:
    answer = page.post("/sandbox/events", json=params)
    assert answer.status_code == 400
    assert answer.json()["text"]


def test_a_lost_channel_shows_on_the_page(broker: Person) -> None:
    broker.cause("slack_archive_channel", channel=ALERTS.channel_id)
    refused = broker.say("hello?", channel="carrier-alerts")
    assert refused["error"] == "is_archived"


def test_a_taken_port_is_an_ordinary_error(server: SandboxServer) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(OSError, match="address already in use") as caught:
        SandboxServer(build_app(Workspace()), port).start()
    assert caught.value.errno == errno.EADDRINUSE


def test_a_server_stops_with_pages_and_sockets_open(workspace: Workspace) -> None:
    running = SandboxServer(build_app(workspace))
    running.start()
    with Person(running.url, workspace.session_token, BROKER.user_id):
        client = WebClient(base_url=f"{running.url}/api/")
        url: str = client.apps_connections_open(app_token=workspace.app_token)["url"]
        bot = create_connection(url, http_no_proxy=["*"])
        running.stop()
    bot.shutdown()
    with pytest.raises(httpx.ConnectError):
        httpx.get(running.url)


def test_what_passed_can_be_looked_at_without_its_token(
    client: WebClient, page: httpx.Client, workspace: Workspace
) -> None:
    client.chat_postMessage(channel="general", text="Look at me")
    number = workspace.trace.entries("api", "chat.postMessage")[-1].number
    shown = page.get(f"/page/trace/{number}").json()
    assert shown["body"]["text"] == "Look at me"
    assert shown["answer"]["ok"]
    assert workspace.bot_token not in str(shown)
    assert page.get(f"/page/trace/{number + 1}").status_code == 404


def test_what_passed_is_for_those_with_the_token(server: SandboxServer) -> None:
    assert httpx.get(f"{server.url}/page/trace/1", trust_env=False).status_code == 403
