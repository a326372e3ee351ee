"""The README's tables say what the code does, or these tests fail."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

import handlers
from bot.__main__ import parser
from bot.config import Settings
from services.access import Role

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the README's table whose header starts with `heading`, without code quotes."""
    lines = README.split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    body = lines[start + 2 :]
    end = next((number for number, line in enumerate(body) if not line.startswith("|")), len(body))
    return [[_plain(cell) for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in body[:end]]


def _plain(cell: str) -> str:
    return cell.strip().replace("`", "").replace("\\|", "|")


def test_the_table_of_commands_is_the_registered_surface_as_the_manifest_describes_it() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text())
    described = {
        f"{each['command']} {each['usage_hint']}": each["description"]
        for each in manifest["features"]["slash_commands"]
    }
    assert dict(rows("command")) == described
    assert {command.split()[0] for command in described} == set(handlers.SURFACE.commands)


def test_the_table_of_settings_is_the_settings_class() -> None:
    assert rows("setting") == [list(row) for row in Settings.table()]


def test_the_table_of_console_commands_is_the_parser() -> None:
    commands = parser().subcommands()
    assert {name.split()[0]: text for name, text in rows("`lastsync …`")} == commands


def test_the_table_of_roles_names_every_role() -> None:
    assert [row[0] for row in rows("role")] == [role.label for role in Role]


def test_every_picture_and_document_that_is_linked_exists() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"make (demo|test|check|bench|pictures|install|lock)\b", README))
    assert {name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)} == set()
