"""What the shapes of blocks are put together from: a check looks at one value and reports what is wrong.

Messages and pointers follow what Slack answers to `blocks.validate` and `invalid_blocks`. No text of the
payload is repeated in a problem, only lengths, counts and type names: it may be private.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why Slack would refuse the payload. `pointer` is a JSON pointer into it."""

    pointer: str
    code: str
    message: str
    constraint: dict[str, object] | None = None
    field: str | None = None

    def as_dict(self) -> dict[str, object]:
        parts = {"pointer": self.pointer, "code": self.code, "message": self.message}
        return parts | {"constraint": self.constraint, "field": self.field}

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


@dataclass(slots=True)
class Report:
    """What was found so far, and what must be counted across the whole payload."""

    surface: str
    problems: list[Problem] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[str] = field(default_factory=set)
    charts: int = 0
    tables: int = 0
    markdown_text: int = 0
    data_table_text: int = 0

    def add(self, pointer: str, message: str, kind: str, expected: object = None, got: object = None) -> None:
        constraint = {"type": kind, "expected": expected, "got": got}
        name = pointer.rpartition("/")[2]
        self.problems.append(Problem(pointer, "failed_constraint", message, constraint, name or None))


Check = Callable[[Any, str, Report], None]


def kind_of(value: object) -> str:
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return "null" if value is None else kinds.get(type(value), type(value).__name__)


def type_of(value: object) -> str:
    """What an object says its type is; "None" where it says nothing."""
    said = value.get("type") if isinstance(value, dict) else None
    return said if isinstance(said, str) else str(said)


def string(most: int | None = None, least: int = 1) -> Check:
    def check(value: object, pointer: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add(pointer, "must provide a string", "type", "string", kind_of(value))
        elif len(value) < least:
            report.add(pointer, "must be more than 0 characters", "min_length", least, len(value))
        elif most is not None and len(value) > most:
            report.add(pointer, f"must be less than {most + 1} characters", "max_length", most, len(value))

    return check


def flag(value: object, pointer: str, report: Report) -> None:
    if not isinstance(value, bool):
        report.add(pointer, "must be a valid boolean", "type", "boolean", kind_of(value))


def number(value: object, pointer: str, report: Report) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        report.add(pointer, "must be a number", "type", "number", kind_of(value))


def positive(value: object, pointer: str, report: Report) -> None:
    number(value, pointer, report)
    if isinstance(value, int | float) and value <= 0:
        report.add(pointer, "must be more than 0", "exclusive_min", 0, value)


def integer(least: int | None = None, most: int | None = None) -> Check:
    def check(value: object, pointer: str, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            report.add(pointer, "must be an integer", "type", "integer", kind_of(value))
        elif (least is not None and value < least) or (most is not None and value > most):
            report.add(pointer, f"must be between {least} and {most}", "range", [least, most], value)

    return check


def one_of(*allowed: str) -> Check:
    def check(value: object, pointer: str, report: Report) -> None:
        if value not in allowed:
            got = value if isinstance(value, str) else kind_of(value)
            report.add(pointer, "must be a valid enum value", "enum", list(allowed), got)

    return check


def array(item: Check, most: int | None = None, least: int = 1) -> Check:
    def check(value: object, pointer: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add(pointer, "must be an array", "type", "array", kind_of(value))
            return
        if len(value) < least:
            report.add(pointer, f"no fewer than {least} items allowed", "min_items", least, len(value))
        if most is not None and len(value) > most:
            report.add(pointer, f"no more than {most} items allowed", "max_items", most, len(value))
        for index, one in enumerate(value):
            item(one, f"{pointer}/{index}", report)

    return check


def fields(
    required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *rules: Check
) -> Check:
    """An object with these properties and no others; `rules` look at the object as a whole."""
    known = {**required, **(optional or {})}
    needed = tuple(required)

    def check(value: object, pointer: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add(pointer, "must be an object", "type", "object", kind_of(value))
            return
        for name in needed:
            if name not in value:
                report.add(pointer, f"missing required field: {name}", "required", name)
        for name, part in value.items():
            rule = known.get(name)
            if rule is None:
                report.add(f"{pointer}/{name}", f"invalid additional property: {name}", "additional_property")
            else:
                rule(part, f"{pointer}/{name}", report)
        for rule in rules:
            rule(value, pointer, report)

    return check


def variants(table: Mapping[str, Check], what: str = "type") -> Check:
    """An object whose `type` says which of the shapes it must have."""

    def check(value: object, pointer: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add(pointer, "must be an object", "type", "object", kind_of(value))
            return
        got = type_of(value)
        shape = table.get(got)
        if shape is None:
            report.add(f"{pointer}/type", f"unsupported {what}: {got}", "enum", sorted(table), got)
        else:
            shape(value, pointer, report)

    return check


def at_least_one(*names: str) -> Check:
    def rule(value: Shape, pointer: str, report: Report) -> None:
        if not any(value.get(name) for name in names):
            wanted = " or ".join(f"`{name}`" for name in names)
            report.add(pointer, f"must define either {wanted}", "any_of", list(names))

    return rule


def at_most_one(*names: str) -> Check:
    def rule(value: Shape, pointer: str, report: Report) -> None:
        given = [name for name in names if value.get(name) is not None]
        if len(given) > 1:
            report.add(pointer, f"must define only one of {', '.join(given)}", "one_of", list(names), given)

    return rule


def anything(_value: object, _pointer: str, _report: Report) -> None:
    """Accept what Slack does not look into."""
