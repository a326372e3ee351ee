"""manifest.yml asks Slack for what the code uses: no command, event or scope more, and none less."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk import WebClient

import handlers
from bot.check import BOT_SCOPES, SCOPES
from bot.sandbox.workspace.methods import METHODS

ROOT = Path(__file__).parents[2]
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())


def sources() -> Iterator[Path]:
    for folder in ("bot", "handlers", "services"):
        yield from (path for path in (ROOT / folder).rglob("*.py") if "sandbox" not in path.parts)


def called() -> set[str]:
    """The Web API methods that the source calls, as Slack writes them."""
    names = {
        node.attr
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and "_" in node.attr.strip("_") and hasattr(WebClient, node.attr)
    }
    return {name.replace("_", ".") for name in names if name not in dir(object) and name != "retry_handlers"}


def test_the_map_of_scopes_names_exactly_the_methods_that_are_called() -> None:
    assert called() == set(SCOPES)


def test_the_scopes_are_those_of_the_methods_and_the_commands() -> None:
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == BOT_SCOPES
    assert "user" not in MANIFEST["oauth_config"]["scopes"]


@pytest.mark.parametrize("method", sorted(set(SCOPES) & set(METHODS)))
def test_the_sandboxs_slack_asks_for_no_other_scopes(method: str) -> None:
    assert set(METHODS[method].scopes) <= SCOPES[method]


def test_the_commands_are_the_registered_ones() -> None:
    commands = MANIFEST["features"]["slash_commands"]
    assert [each["command"] for each in commands] == list(handlers.SURFACE.commands)


def test_the_events_are_the_registered_ones() -> None:
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == list(handlers.SURFACE.events)


def test_buttons_forms_and_the_app_home_are_switched_on() -> None:
    assert MANIFEST["settings"]["interactivity"]["is_enabled"]
    assert MANIFEST["features"]["app_home"]["home_tab_enabled"]
    assert MANIFEST["features"]["app_home"]["messages_tab_enabled"]


def test_socket_mode_needs_no_public_address() -> None:
    assert MANIFEST["settings"]["socket_mode_enabled"]
    assert "http" not in (ROOT / "manifest.yml").read_text()


def test_slack_takes_the_texts() -> None:
    information = MANIFEST["display_information"]
    assert len(information["name"]) <= 35
    assert len(information["description"]) <= 140
    assert 174 <= len(information["long_description"]) <= 4000
    for command in MANIFEST["features"]["slash_commands"]:
        assert len(command["command"]) <= 32
