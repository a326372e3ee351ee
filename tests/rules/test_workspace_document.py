"""docs/workspace.md lists the sandbox's events and methods as the code has them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from bot.sandbox.clock import SandboxClock
from bot.sandbox.workspace import Workspace, events_menu
from bot.sandbox.workspace.methods import METHODS
from bot.sandbox.world.events import Stirring
from bot.sandbox.world.faults import Faults
from bot.sandbox.world.world import World

DOCUMENT = (Path(__file__).parents[2] / "docs" / "workspace.md").read_text()
NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)


def rows(heading: str) -> list[list[str]]:
    table = re.search(rf"^\| {heading} \|.*\n\|[ |-]+\n((?:\|.*\n)+)", DOCUMENT, re.MULTILINE)
    assert table
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_table_of_events_is_the_menu_of_the_page() -> None:
    stirring = Stirring(World(1, NOW), Faults(), SandboxClock(lambda: NOW))
    offered = [event for group in events_menu.menu(Workspace(), stirring) for event in group["events"]]
    expected = [
        (each["name"], each["label"], [param["name"] for param in each["params"]]) for each in offered
    ]
    assert [(names(name)[0], label, names(params)) for name, label, params in rows("event")] == expected


def test_the_table_of_methods_is_the_web_api_of_the_workspace() -> None:
    expected = {name: sorted(method.scopes) for name, method in METHODS.items()}
    assert {names(name)[0]: sorted(names(scopes)) for name, scopes in rows("method")} == expected
