"""A workspace of its own for each test, with a real Bolt app connected to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from bot.sandbox.cast import BROKER
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Command, Workspace, build_app
from bot.sandbox.workspace.driver import Person

COMMANDS = (
    Command("/carrier-status", "The integrations at a glance", "[employer] [carrier]"),
    Command("/escaped", should_escape=True),
)
EVENTS = ("app_home_opened", "message.im", "app_mention")


@dataclass
class Clock:
    """Time that passes only when a test says so, on top of the real one."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


def eventually(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Poll until the condition holds, and return what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(clock: Clock) -> Workspace:
    return Workspace(commands=COMMANDS, events=EVENTS, clock=clock)


@pytest.fixture
def server(workspace: Workspace) -> Iterator[SandboxServer]:
    with SandboxServer(build_app(workspace)) as running:
        yield running


@pytest.fixture
def client(server: SandboxServer, workspace: Workspace) -> WebClient:
    return WebClient(token=workspace.bot_token, base_url=f"{server.url}/api/", retry_handlers=[])


@pytest.fixture
def app(client: WebClient) -> App:
    return App(client=client, process_before_response=True)


@pytest.fixture
def connect(app: App, workspace: Workspace) -> Iterator[Callable[[], SocketModeHandler]]:
    """Connect the app once its listeners are registered."""
    handlers: list[SocketModeHandler] = []

    def start() -> SocketModeHandler:
        handler = SocketModeHandler(app, workspace.app_token)
        # The client's monitor takes the first half second for a lost connection and opens another one.
        handler.client.current_app_monitor_started = True
        handlers.append(handler)
        handler.connect()
        eventually(lambda: workspace.sockets.count == len(handlers) and handler.client.is_connected())
        return handler

    yield start
    for handler in handlers:
        handler.client.auto_reconnect_enabled = False
    # Closed from its own side, the client's reader stays in a select of ten seconds now and then.
    workspace.live.run(workspace.sockets.drop)
    for handler in handlers:
        eventually(lambda client=handler.client: not client.is_connected())
        handler.close()


@pytest.fixture
def broker(server: SandboxServer, workspace: Workspace) -> Iterator[Person]:
    with Person(server.url, workspace.session_token, BROKER.user_id) as person:
        yield person
