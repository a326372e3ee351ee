"""The sandbox workspace on a port of its own, and what the bot's process is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.check import BOT_SCOPES
from bot.config import Settings
from bot.sandbox.cast import AGENCY, ALERTS
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Command, Workspace, build_app
from bot.slack.chat import SlackChat, web_client
from services.ports import ChatMessage
from tests.unhurried import unhurried

ENVIRONMENT = {
    "SLACK_BOT_TOKEN": "xoxb-made-up",
    "SLACK_APP_TOKEN": "xapp-made-up",
    "EXCHANGE_URL": "https://exchange.example.com",
    "EXCHANGE_TOKEN": "exchange-made-up",
    "ADMINS": AGENCY.user_id,
    "ALERTS_CHANNEL": ALERTS.channel_id,
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Just the settings that are needed, whatever the shell has."""
    for name, _, _ in Settings.table():
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def workspace() -> Workspace:
    return unhurried(
        Workspace(commands=[Command("/carrier-status"), Command("/slow")], scopes=BOT_SCOPES, paced=False)
    )


@pytest.fixture
def slack(workspace: Workspace) -> Iterator[SandboxServer]:
    with SandboxServer(build_app(workspace)) as running:
        yield running


@pytest.fixture
def client(slack: SandboxServer, workspace: Workspace) -> WebClient:
    return web_client(workspace.bot_token, f"{slack.url}/api/", seconds=5)


@pytest.fixture
def chat(client: WebClient) -> SlackChat:
    return SlackChat(client)


@pytest.fixture
def message() -> ChatMessage:
    section: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": "Guardian is late"}}
    return ChatMessage("Guardian is late", [section])
