"""docs/workspace.md lists the sandbox's events, methods, blocks and elements as the code has them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import yaml

from bot.sandbox.benefits import BenefitsFaults
from bot.sandbox.clock import SandboxClock
from bot.sandbox.workspace import Workspace, events_menu, news
from bot.sandbox.workspace.methods import METHODS
from bot.sandbox.world.events import Stirring
from bot.sandbox.world.faults import Faults
from bot.sandbox.world.hr import HrFile
from bot.sandbox.world.hr_events import HrEvents
from bot.sandbox.world.world import World
from handlers.kit.blockkit import PLACES, SURFACES

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "workspace.md").read_text()
SCRIPTS = ROOT / "bot" / "sandbox" / "workspace" / "static" / "js"
NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)


def rows(*headings: str) -> list[list[str]]:
    head = r" \| ".join(headings)
    table = re.search(rf"^\| {head} \|.*\n\|[ |-]+\n((?:\|.*\n)+)", DOCUMENT, re.MULTILINE)
    assert table
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_table_of_events_is_the_menu_of_the_page(tmp_path: Path) -> None:
    clock = SandboxClock(lambda: NOW)
    hr = HrEvents(HrFile(tmp_path / "hr.csv", 1, NOW.date()), BenefitsFaults(), clock)
    stirring = Stirring(World(1, NOW), Faults(), clock, hr)
    offered = [event for group in events_menu.menu(Workspace(), stirring) for event in group["events"]]
    expected = [
        (each["name"], each["label"], [param["name"] for param in each["params"]]) for each in offered
    ]
    assert [
        (names(name)[0], label, names(params)) for name, label, params in rows("event", "what it causes")
    ] == expected


def test_the_table_of_methods_is_the_web_api_of_the_workspace() -> None:
    table = {names(name)[0]: (names(scopes), *rest) for name, scopes, *rest in rows("method")}
    assert table == {
        name: ([*method.accepted], str(method.a_minute or "any"), method.differs or "nothing known")
        for name, method in METHODS.items()
    }


def test_the_table_of_events_sent_is_what_the_workspace_sends() -> None:
    assert {names(name)[0]: when for name, when in rows("event", "when")} == news.EVENTS


def test_what_the_manifest_subscribes_to_is_sent_or_named_as_missing() -> None:
    settings = yaml.safe_load((ROOT / "manifest.yml").read_text())["settings"]
    subscribed = set(settings["event_subscriptions"]["bot_events"])
    missing = DOCUMENT[DOCUMENT.index("cause no events") :].partition("\n- ")[0]
    assert subscribed - news.EVENTS.keys() == set(names(missing)) & subscribed
    assert subscribed <= news.EVENTS.keys() | set(names(missing))


def drawn(file: str, table: str) -> set[str]:
    """The types that the page has a function for."""
    found = re.search(rf"{table} = \{{(.*?)\n\}};", (SCRIPTS / file).read_text(), re.DOTALL)
    assert found
    return set(re.findall(r"^  ([a-z_]+)(?=[,:])", found[1], re.MULTILINE))


def on_the_page(kinds: set[str], known: set[str]) -> dict[str, str]:
    return {kind: "drawn" if kind in known else "a notice that it cannot be shown" for kind in kinds}


def test_the_table_of_blocks_is_what_is_checked_and_what_is_drawn() -> None:
    kinds = set().union(*SURFACES.values())
    taken = {kind: {name for name, blocks in SURFACES.items() if kind in blocks} for kind in kinds}
    table = {names(block)[0]: (set(where.split(", ")), shown) for block, where, shown in rows("block")}
    shown = on_the_page(kinds, drawn("blocks/index.js", "BLOCKS"))
    assert table == {kind: (taken[kind], shown[kind]) for kind in kinds}


def test_the_table_of_elements_is_what_is_checked_and_what_is_drawn() -> None:
    kinds = set().union(*PLACES.values()) - {"image"}
    taken = {kind: {block for block, elements in PLACES.items() if kind in elements} for kind in kinds}
    table = {names(kind)[0]: (set(names(where)), shown) for kind, where, shown in rows("element")}
    shown = on_the_page(kinds, drawn("elements/index.js", "ELEMENTS"))
    assert table == {kind: (taken[kind], shown[kind]) for kind in kinds}
