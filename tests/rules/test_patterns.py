"""Whoever writes a text chooses it: no pattern may take more than the text's length in time. Fault 21."""

from __future__ import annotations

import ast
import importlib
import itertools
import pkgutil
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import bot
import handlers
import services
from services.privacy import looks_like_ssn, mask_text, refusal
from tests import masked_before

ROOT = Path(bot.__file__).parents[1]
LENGTH = 20_000
MOST_GROWTH = 2.5  # for each doubling; four would be a pattern that walks the text for each of its signs
SEEN_FROM_S = 0.002  # below that, a clock says more about the machine than about the pattern
MOST_S = 0.1
TRIES = 8
CATEGORIES = {
    op.CATEGORY_DIGIT: "1",
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_WORD: "a_",
    op.CATEGORY_NOT_DIGIT: "a ",
    op.CATEGORY_NOT_SPACE: "a.",
    op.CATEGORY_NOT_WORD: "-*",
}


class Found(NamedTuple):
    name: str
    pattern: re.Pattern[str]


def modules() -> Iterator[ModuleType]:
    for package in (bot, handlers, services):
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not each.name.endswith("__main__") and ".migrations.versions" not in each.name:
                yield importlib.import_module(each.name)


def patterns() -> list[Found]:
    """Every compiled pattern that is a module's own, once."""
    found = {
        value: Found(f"{module.__name__}.{name}", value)
        for module in modules()
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
    }
    return sorted(found.values())


def words_of(parsed: object) -> Iterator[str]:
    """What a pattern is made of: its literal words, and a sign or two of each of its classes."""
    word = ""
    for code, value in parsed:  # type: ignore[attr-defined]
        if code is op.LITERAL:
            word += chr(value)
            continue
        if word:
            yield word
        word = ""
        yield from _words_within(code, value)
    if word:
        yield word


def _words_within(code: object, value: object) -> Iterator[str]:
    if code in {op.IN, op.NOT_LITERAL, op.CATEGORY, op.RANGE, op.ANY}:
        yield from _signs(code, value)
    elif isinstance(value, parser.SubPattern):
        yield from words_of(value)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _words_within(None, each)


def _signs(code: object, value: object) -> Iterator[str]:
    if code is op.IN:
        for inner, each in value:  # type: ignore[attr-defined]
            yield from _signs(inner, each)
    elif code is op.LITERAL:
        yield chr(value)  # type: ignore[arg-type]
    elif code is op.RANGE:
        yield chr(value[0])  # type: ignore[index]
    elif code is op.CATEGORY:
        yield from CATEGORIES[value]
    else:
        yield "~"


def units_of(pattern: re.Pattern[str]) -> list[str]:
    """Its words and signs, each pair of them, and some chance handfuls: what a hostile text repeats."""
    alphabet = sorted({*words_of(parser.parse(pattern.pattern, pattern.flags)), "!"})
    pairs = [a + b for a, b in itertools.product(alphabet, repeat=2)]
    chance = random.Random(1)  # noqa: S311
    handfuls = ["".join(chance.choices(alphabet, k=chance.randint(3, 6))) for _ in range(100)]
    return [*alphabet, *chance.sample(pairs, min(200, len(pairs))), *handfuls]


def text_of(unit: str, length: int, end: str) -> str:
    return (unit * (length // len(unit) + 1))[: length - len(end)] + end


def seconds(act: Callable[[str], object], text: str, tries: int = 1) -> float:
    """The processor's time of this thread alone, so that other work on the machine does not count."""
    best = float("inf")
    for _ in range(tries):
        before = time.thread_time()
        act(text)
        best = min(best, time.thread_time() - before)
    return best


def slowest(act: Callable[[str], object], units: list[str], length: int) -> list[tuple[float, str, str]]:
    took = [
        (seconds(act, text_of(unit, length, end)), unit, end) for unit in units for end in ("", "!", "\n")
    ]
    worst = sorted(took, reverse=True)[:3]
    assert worst[0][0] < MOST_S, worst[0]
    return worst


def growth(act: Callable[[str], object], unit: str, end: str) -> float:
    """How much longer twice the text takes, as the best of some tries has it."""
    long, half = text_of(unit, LENGTH, end), text_of(unit, LENGTH // 2, end)
    if seconds(act, long, 3) < SEEN_FROM_S:
        return 1.0
    return min(seconds(act, long, 3) / max(seconds(act, half, 3), 1e-9) for _ in range(TRIES))


def search_and_match(pattern: re.Pattern[str]) -> Callable[[str], object]:
    def act(text: str) -> object:
        return pattern.fullmatch(text), sum(1 for _ in pattern.finditer(text))

    return act


@pytest.mark.parametrize("found", patterns(), ids=lambda found: found.name)
def test_no_pattern_takes_more_than_twice_as_long_for_twice_the_text(found: Found) -> None:
    act, units = search_and_match(found.pattern), units_of(found.pattern)
    for length in (20, 50, 150):  # what never ends with a thousand signs is found before
        slowest(act, units, length)
    for _, unit, end in slowest(act, units, 1000):
        assert growth(act, unit, end) < MOST_GROWTH, (unit, end)


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [(r"(?:[x*]{2,}[\W_]{0,3}){1,2}\d{4}", "*"), (r"[\w.]+@\w+", "a"), (r"\s+$", " "), (r"(a|aa)+b", "a")],
)
def test_a_pattern_that_does_is_found(pattern: str, unit: str) -> None:
    """On texts short enough for it to come to an end."""
    act = search_and_match(re.compile(pattern))
    length = 10 if "|" in pattern else 50
    shorter, longer = (seconds(act, text_of(unit, each, "!"), 5) for each in (length, 2 * length))
    assert longer / shorter > MOST_GROWTH
    assert unit in units_of(re.compile(pattern))


def test_no_pattern_hides_within_a_function() -> None:
    """A pattern that is written where it is used is not measured above."""
    hidden = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in ("bot", "handlers", "services")
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if _is_inline(node)
    ]
    assert hidden == []


def _is_inline(node: ast.AST) -> bool:
    """`re.sub(r"…")` and the like. The one with a person's name in it is escaped, and measured below."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    target = node.func.value
    is_re = isinstance(target, ast.Name) and target.id == "re"
    return (
        is_re and node.func.attr not in {"compile", "escape"} and not isinstance(node.args[0], ast.JoinedStr)
    )


def hostile_units() -> list[str]:
    """What the masking's own patterns are made of, by ones, and chance handfuls of it."""
    own = [found.pattern for found in patterns() if found.name.startswith("services.privacy.")]
    alphabet = sorted(
        {unit for pattern in own for unit in words_of(parser.parse(pattern.pattern, pattern.flags))}
    )
    chance = random.Random(2)  # noqa: S311
    handfuls = ["".join(chance.choices(alphabet, k=chance.randint(2, 6))) for _ in range(400)]
    known = [
        "*",
        "x",
        "-",
        "#",
        "•",
        "a@",
        "1 ",
        "1,,,,,,",
        "a@b.c+",
        "1,0001",
        "**-*-",
        "1 of ",
        "may ",
        "\u0661",
    ]
    return [*known, *alphabet, *handfuls]


@pytest.mark.parametrize("act", [mask_text, looks_like_ssn], ids=["mask_text", "looks_like_ssn"])
def test_the_slowest_text_is_masked_in_a_moment(act: Callable[[str], object]) -> None:
    found = slowest(act, hostile_units(), 2000)
    for _, unit, end in found:
        assert seconds(act, text_of(unit, LENGTH, end), 5) < MOST_S, (unit, end)
        assert growth(act, unit, end) < MOST_GROWTH, (unit, end)


def test_a_name_of_ten_thousand_letters_costs_no_more() -> None:
    name = "Bo " * 3333
    assert seconds(lambda text: mask_text(text, [name]), text_of("Bo ", 8000, ""), 5) < MOST_S


def test_a_note_of_asterisks_is_answered_in_a_moment() -> None:
    assert seconds(lambda text: refusal(text, 30_000), "*" * LENGTH, 5) < MOST_S


SIGNS = st.sampled_from(
    [
        *"xX*#•-_ .,$€@+/:1\u0663k\n",
        *(
            "6789",
            "123",
            "45",
            "2020",
            "1,000",
            "ssn",
            "Social Security",
            "may",
            "June",
            "st",
            "of",
            "usd",
            "eur",
        ),
        *("a@b.com", "401k", "123-45-6789", "XXX-XX-6789"),
    ]
)


def private_signs(text: str) -> int:
    return sum(sign.isdecimal() or sign == "@" for sign in text)


@given(st.lists(SIGNS, max_size=14).map("".join))
@example(".121,000usd")
@example("max ** ***6789")
def test_nothing_is_masked_less_than_before_the_patterns_were_made_linear(text: str) -> None:
    before, now = masked_before.mask_text(text), mask_text(text)
    assert private_signs(now) <= private_signs(before)
