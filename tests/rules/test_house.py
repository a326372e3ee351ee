"""The house stays as it is drawn: rooms that one can look over, doors that say what is behind them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_MODULES, MOST_FLOORS, MOST_LINES = 12, 7, 10
AS_SLACK_HAS_IT = ROOT / "handlers" / "kit" / "blockkit"
PACKAGES = sorted(
    path.parent
    for name in ("services", "handlers", "bot")
    for path in (ROOT / name).rglob("__init__.py")
    if "sandbox" not in path.parts and "migrations" not in path.parts
)
STORIES = [each for each in PACKAGES if each.parent.name in {"services", "handlers"}]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def modules(package: Path) -> list[Path]:
    return sorted(each for each in package.glob("*.py") if each.name != "__init__.py")


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module of ours that this one imports, whether as a module or for a name in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return frozenset(found)


def floors(package: Path) -> int:
    inside = {name_of(each): each for each in modules(package)}

    @cache
    def height(name: str) -> int:
        below = [each for each in imports(inside[name]) if each in inside]
        return 1 + max(map(height, below), default=0)

    return max(map(height, inside), default=0)


def neighbours(package: Path) -> set[str]:
    """The other stories that one imports."""
    names = {name_of(each) for each in STORIES} - {name_of(package)}
    told = {each for module in package.rglob("*.py") for each in imports(module)}
    return {name for name in names if any(each == name or each.startswith(f"{name}.") for each in told)}


def ids(paths: list[Path]) -> Iterator[str]:
    return map(name_of, paths)


@pytest.mark.parametrize("package", PACKAGES, ids=ids(PACKAGES))
def test_a_room_has_no_more_modules_than_one_can_look_over(package: Path) -> None:
    if package != AS_SLACK_HAS_IT:
        assert len(modules(package)) <= MOST_MODULES
        assert floors(package) <= MOST_FLOORS


@pytest.mark.parametrize(
    "folder", [each for each in (ROOT / "templates").rglob("*") if each.is_dir()], ids=str
)
def test_a_folder_of_templates_can_be_looked_over(folder: Path) -> None:
    assert len(list(folder.iterdir())) <= MOST_MODULES


@pytest.mark.parametrize("package", STORIES, ids=ids(STORIES))
def test_a_door_says_in_a_few_lines_what_is_behind_it(package: Path) -> None:
    door = (package / "__init__.py").read_text()
    assert ast.get_docstring(ast.parse(door))
    assert len(door.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("package", STORIES, ids=ids(STORIES))
def test_no_two_stories_import_each_other(package: Path) -> None:
    mutual = [
        each for each in neighbours(package) if name_of(package) in neighbours(ROOT / each.replace(".", "/"))
    ]
    assert mutual == []
