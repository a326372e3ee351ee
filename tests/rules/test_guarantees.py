"""docs/guarantees.md names a test for each fault, and that test says so itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "guarantees.md").read_text()
FAULTS = range(1, 26)


def table() -> dict[int, tuple[str, str]]:
    """By the fault's number: what happens, and the file that tests it."""
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \| ([^|]*)\|$", DOCUMENT, re.MULTILINE)
    return {int(number): (told.strip(), test.strip(" `")) for number, told, test in rows}


def faults_of(path: Path) -> set[int]:
    """The numbers that the docstrings of a file and its tests name."""
    tree = ast.parse(path.read_text())
    said = [ast.get_docstring(tree) or ""]
    said += [ast.get_docstring(each) or "" for each in tree.body if isinstance(each, ast.FunctionDef)]
    named = re.findall(r"\bFaults? ([\d, and]+)", " ".join(said))
    return {int(number) for each in named for number in re.findall(r"\d+", each)}


def test_every_fault_is_in_the_table() -> None:
    assert sorted(table()) == list(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_a_test_that_names_it_or_a_reason_why_not(fault: int) -> None:
    told, test = table()[fault]
    if test:
        assert fault in faults_of(ROOT / test)
    else:
        assert told.startswith("not tested:")


def test_the_document_is_linked_from_the_readme() -> None:
    assert "docs/guarantees.md" in (ROOT / "README.md").read_text()
