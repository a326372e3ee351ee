"""Whoever writes a text chooses it: no pattern may take more than the text's length in time. Fault 21."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import random
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
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
MOST_FLOORS = 200  # the same on a slower machine: so many times what a plain pattern takes there
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
    return sorted([*found.values(), *patterns_of_the_page()], key=lambda each: each.name)


# A literal of JavaScript's stands where a value may: behind a bracket, an operator or a comma.
_CLASS = r"\[(?:[^\]\\]|\\.)*\]"
LITERAL = re.compile(rf"(?:[(\[]|[=,] )/(?![*/])((?:[^/\\\[]|\\.|{_CLASS})+)/([a-z]*)")


def patterns_of_the_page() -> Iterator[Found]:
    """The workspace's page reads what people type, too. Python's `re` tries as JavaScript's does."""
    for path in sorted((ROOT / "bot/sandbox/workspace/static").rglob("*.js")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            for pattern, flags in LITERAL.findall(line):
                compiled = re.compile(pattern, re.IGNORECASE if "i" in flags else 0)
                yield Found(f"{path.name}:{number}", compiled)


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


class Shape(NamedTuple):
    """What a hostile text looks like: it begins, repeats something, and ends so that nothing fits."""

    begin: str
    unit: str
    end: str

    def text(self, length: int) -> str:
        room = max(0, length - len(self.begin) - len(self.end))
        return self.begin + (self.unit * (room // len(self.unit) + 1))[:room] + self.end


def alphabet_of(*patterns: re.Pattern[str]) -> list[str]:
    """The patterns' own words and signs, and one that fits nowhere."""
    found = {word for each in patterns for word in words_of(parser.parse(each.pattern, each.flags))}
    return sorted({*found, "!"})


def handfuls_of(alphabet: list[str], number: int, most: int) -> list[str]:
    chance = random.Random(1)  # noqa: S311
    return ["".join(chance.choices(alphabet, k=chance.randint(2, most))) for _ in range(number)]


def shapes_of(*patterns: re.Pattern[str]) -> list[Shape]:
    alphabet = alphabet_of(*patterns)
    repeated = [*alphabet, *handfuls_of(alphabet, 300, 6)]
    begun = [*alphabet, *handfuls_of(alphabet, 60, 4)]
    shapes = [Shape("", unit, end) for unit in repeated for end in ("", "!", "\n")]
    return shapes + [Shape(begin, unit, "!") for begin in begun for unit in alphabet]


def seconds(act: Callable[[str], object], text: str, tries: int = 1) -> float:
    """The processor's time of this thread alone, so that other work on the machine does not count."""
    best = float("inf")
    for _ in range(tries):
        before = time.thread_time()
        act(text)
        best = min(best, time.thread_time() - before)
    return best


@cache
def a_moment() -> float:
    """Seconds that no text of `LENGTH` may take to be masked."""
    plain = re.compile(r"\w+\s")
    return max(MOST_S, MOST_FLOORS * seconds(lambda text: plain.sub("-", text), "ab 12 " * (LENGTH // 6), 9))


def slowest(act: Callable[[str], object], shapes: list[Shape], length: int) -> list[Shape]:
    took = sorted(((seconds(act, shape.text(length)), shape) for shape in shapes), reverse=True)
    worst = took[0][1]
    assert took[0][0] < a_moment() or seconds(act, worst.text(length), 5) < a_moment(), worst
    return [shape for _, shape in took[:3]]


def growth(act: Callable[[str], object], shape: Shape) -> float:
    """How much longer twice the text takes, as the best of some tries has it."""
    long, half = shape.text(LENGTH), shape.text(LENGTH // 2)
    if seconds(act, long, 3) < SEEN_FROM_S:
        return 1.0
    return min(seconds(act, long, 3) / max(seconds(act, half, 3), 1e-9) for _ in range(TRIES))


def search_and_match(pattern: re.Pattern[str]) -> Callable[[str], object]:
    def act(text: str) -> object:
        return pattern.fullmatch(text), sum(1 for _ in pattern.finditer(text))

    return act


@pytest.mark.parametrize("found", patterns(), ids=lambda found: found.name)
def test_no_pattern_takes_more_than_twice_as_long_for_twice_the_text(found: Found) -> None:
    act, shapes = search_and_match(found.pattern), shapes_of(found.pattern)
    for length in (20, 50, 150):  # what never ends with a thousand signs is found before
        slowest(act, shapes, length)
    for shape in slowest(act, shapes, 1000):
        assert growth(act, shape) < MOST_GROWTH, shape


@pytest.mark.parametrize(
    ("pattern", "length"),
    [
        (r"(?:[x*]{2,}[\W_]{0,3}){1,2}\d{4}", 50),
        (r"[\w.]+@\w+", 600),
        (r"\s+$", 600),
        (r"(#+)\s+(.*?)\s*#*$", 600),
        (r"(a|aa)+b", 10),
    ],
)
def test_a_pattern_that_does_is_found(pattern: str, length: int) -> None:
    """On texts short enough for it to come to an end."""
    act, shapes = search_and_match(re.compile(pattern)), shapes_of(re.compile(pattern))
    worst = sorted(shapes, key=lambda shape: seconds(act, shape.text(length)))[-5:]
    ratios = [seconds(act, each.text(2 * length), 5) / seconds(act, each.text(length), 5) for each in worst]
    assert max(ratios) > MOST_GROWTH


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


KNOWN = (
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
)


def hostile_shapes() -> list[Shape]:
    """What the masking's own patterns are made of, and what was slow once."""
    own = [found.pattern for found in patterns() if found.name.startswith("services.privacy.")]
    alphabet = alphabet_of(*own)
    repeated = [*KNOWN, *alphabet, *handfuls_of(alphabet, 200, 6)]
    return [Shape("", unit, end) for unit in repeated for end in ("", "!", "\n")]


@pytest.mark.parametrize("act", [mask_text, looks_like_ssn], ids=["mask_text", "looks_like_ssn"])
def test_the_slowest_text_is_masked_in_a_moment(act: Callable[[str], object]) -> None:
    for shape in slowest(act, hostile_shapes(), 2000):
        assert seconds(act, shape.text(LENGTH), 5) < a_moment(), shape
        assert growth(act, shape) < MOST_GROWTH, shape


def test_a_name_of_ten_thousand_letters_costs_no_more() -> None:
    name = "Bo " * 3333
    assert seconds(lambda text: mask_text(text, [name]), "Bo " * 2666, 5) < a_moment()


def test_a_note_of_asterisks_is_answered_in_a_moment() -> None:
    assert seconds(lambda text: refusal(text, 30_000), "*" * LENGTH, 5) < a_moment()


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


def test_the_patterns_of_the_page_are_found() -> None:
    assert len(list(patterns_of_the_page())) >= 15
