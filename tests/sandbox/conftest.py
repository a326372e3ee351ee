"""A workspace of its own for each test, with a real Bolt app connected to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from bot.sandbox.cast import BROKER
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Command, Workspace, build_app
from bot.sandbox.workspace.driver import Person
from tests.socket_mode import Connect, listening
from tests.unhurried import unhurried

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


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(clock: Clock) -> Workspace:
    return unhurried(Workspace(commands=COMMANDS, events=EVENTS, clock=clock))


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
def connect(app: App, workspace: Workspace) -> Iterator[Connect]:
    """Connect the app once its listeners are registered."""
    with listening(app, workspace) as start:
        yield start


@pytest.fixture
def broker(server: SandboxServer, workspace: Workspace) -> Iterator[Person]:
    with Person(server.url, workspace.session_token, BROKER.user_id) as person:
        yield person
