"""The map is true: whatever it names is there, and each decision it tells of points at one place."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [ROOT / "docs/architecture.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs/decisions").glob("*.md")]
)
NAMED = re.compile(r"`((?:bot|handlers|services|templates|tests|docs)/[\w/.*-]+?)(?::(\w+))?`")
LEAST_QUESTIONS = 20


def named() -> list[tuple[str, str, str]]:
    """Each document's paths, with the function or class in it, where one is named."""
    return sorted(
        {
            (document.name, path, name)
            for document in DOCUMENTS
            for path, name in NAMED.findall(document.read_text())
        }
    )


def defined(path: Path) -> set[str]:
    return {each.name for each in ast.parse(path.read_text()).body if hasattr(each, "name")}


@pytest.mark.parametrize(("document", "path", "name"), named())
def test_what_a_document_names_is_there(document: str, path: str, name: str) -> None:
    del document
    found = list(ROOT.glob(path))
    assert found
    if name:
        [file] = found
        assert name in defined(file)


def test_a_newcomers_questions_have_one_place_each() -> None:
    part = (ROOT / "docs/architecture.md").read_text().partition("## Where is it decided?")[2]
    rows = re.findall(r"^\| ([^|]+\?) \| `([^`|]+:\w+)` \|$", part, re.MULTILINE)
    assert len(rows) >= LEAST_QUESTIONS
    assert len({question for question, _ in rows}) == len(rows)
    assert part.count("\n| ") == len(rows) + 1


def test_the_four_walks_and_the_contract_are_linked_from_the_readme() -> None:
    assert "docs/architecture.md" in (ROOT / "README.md").read_text()
    assert "docs/decisions" in (ROOT / "CONTRIBUTING.md").read_text()
