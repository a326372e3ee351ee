"""HR's own check of a record, before anything is sent: the rules, from one table, and what they find.

The table is `employee_rules.toml` beside this file, or the one that EMPLOYEE_RULES names. What is found is
named by field and kind, and never quotes a value.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from email_validator import EmailNotValidError, validate_email

from services.ports import EmployeeRecord

BUILT_IN = Path(__file__).with_name("employee_rules.toml")
LISTED = ("title", "gender", "pay_basis", "pay_frequency", "change_reason")
REQUIRABLE = ("forenames", "surname", "date_of_birth", "annual_pay", *LISTED)
LONGEST_LEVEL = 64


class RulesError(Exception):
    """The text is one line that says what to mend."""


@dataclass(frozen=True)
class Problem:
    """`field:kind` is how it is stored."""

    field: str
    kind: str

    def __str__(self) -> str:
        return f"{self.field}:{self.kind}"


ACCOUNT_GONE = "account_gone"  # the kind of a failure: the linked account is not there any more
UNREADABLE = Problem("", "unreadable")  # HR's row was set aside


@dataclass(frozen=True)
class Rules:
    """`picklists` hold casefolded words; `levels` maps a Benefits Level to its package."""

    required: tuple[str, ...]
    picklists: Mapping[str, frozenset[str]]
    levels: Mapping[str, str]

    @classmethod
    def load(cls, path: Path = BUILT_IN) -> Self:
        """Raise RulesError when the file cannot be used as it is."""
        try:
            said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise RulesError(f"cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise RulesError(f"is not TOML: {error}") from None
        return cls(
            tuple(_known(said.pop("required", []), REQUIRABLE, "required")),
            MappingProxyType(dict(_picklists(said.pop("picklists", {})))),
            MappingProxyType(dict(_levels(said.pop("levels", {}), said))),
        )

    def package(self, level: str | None) -> str | None:
        """The package of a Level; without one, the only package there is."""
        if level is not None:
            return self.levels.get(level)
        packages = set(self.levels.values())
        return packages.pop() if len(packages) == 1 else None


def check(record: EmployeeRecord, rules: Rules) -> list[Problem]:
    """What is wrong with the record by itself, the required fields first."""
    return [*_missing(record, rules), *_unlisted(record, rules), *_email(record)]


def check_level(level: str | None, rules: Rules) -> list[Problem]:
    return [Problem("level", "no_package")] if level is not None and level not in rules.levels else []


def sentence(problem: str) -> str:
    """What a stored problem means, for a person."""
    field, _, kind = problem.partition(":")
    return _SENTENCES[kind].format(field=field_words(field))


def remedy(kind: str | None, field: str | None) -> str | None:
    """What to do about it."""
    return _REMEDIES[kind].format(field=field_words(field or "")) if kind in _REMEDIES else None


def field_words(field: str) -> str:
    return _FIELDS.get(field, field.replace("_", " "))


_FIELDS = {"email": "e-mail address", "level": "Benefits Level"}
_SENTENCES = {
    "missing": "The {field} is missing.",
    "not_in_list": "The {field} is not one that the Benefits platform knows.",
    "no_package": "The {field} has no package at the Benefits platform.",
    "email_shape": "The {field} is not written as one.",
    "email_shared": "Another employee in HR has the same {field}.",
    "email_taken": "This e-mail belongs to another account.",
    "left": "The leave date has passed, and there is no account to close.",
    "unreadable": "The row in HR's file cannot be read.",
    "gone": "HR's file does not hold this employee any more.",
}
_BY_ITSELF = "Lastsync sends the employee again by itself once it is there."
_REMEDIES = {
    "missing": "Enter the {field} in HR. " + _BY_ITSELF,
    "not_in_list": "Correct the {field} in HR, or have it added to the table of rules. " + _BY_ITSELF,
    "no_package": "Assign another Level, or have a package added for this one.",
    "email_shape": "Correct the {field} in HR. " + _BY_ITSELF,
    "email_shared": "Two employees cannot share one account: correct one of the two addresses in HR.",
    "email_taken": "Find out whose account it is at the Benefits platform, and correct the e-mail in HR.",
    "left": "There is nothing to do, unless the leave date in HR is wrong.",
    "unreadable": "Correct the row in HR: most often a date or an amount in it is not one. " + _BY_ITSELF,
    "gone": "Check the export from HR. A leaver needs a leave date there: that closes the account.",
    "refused": "Correct what the Benefits platform names in HR, then try again.",
    ACCOUNT_GONE: "Was it deleted on purpose? If not, try again: the e-mail address is looked up anew, "
    "and its account is linked, or one is created.",
    "platform_trouble": "Tell whoever runs the Benefits platform, then try again.",
    "unclear": "Try again. If it fails again, ask whoever runs the Benefits platform.",
}


def _missing(record: EmployeeRecord, rules: Rules) -> Iterator[Problem]:
    for field in ("email", *rules.required):
        if getattr(record, field) is None:
            yield Problem(field, "missing")


def _unlisted(record: EmployeeRecord, rules: Rules) -> Iterator[Problem]:
    for field, known in rules.picklists.items():
        said = getattr(record, field)
        if said is not None and said.casefold() not in known:
            yield Problem(field, "not_in_list")


def _email(record: EmployeeRecord) -> Iterator[Problem]:
    if record.email is not None and not record.email.meets(is_email):
        yield Problem("email", "email_shape")


def is_email(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _known(said: Any, known: Collection[str], where: str) -> list[str]:  # noqa: ANN401  of a file
    if not isinstance(said, list) or not all(each in known for each in said):
        raise RulesError(f"has something else than {', '.join(known)} under {where}")
    return said


def _picklists(said: Any) -> Iterator[tuple[str, frozenset[str]]]:  # noqa: ANN401
    if not isinstance(said, dict):
        raise RulesError("needs a table [picklists]")
    for field, words in said.items():
        _known([field], LISTED, "picklists")
        if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
            raise RulesError(f"needs a list of words for {field}")
        yield field, frozenset(each.casefold() for each in words)


def _levels(said: Any, rest: Mapping[str, object]) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if rest:
        raise RulesError(f"has a part that is not known: {', '.join(rest)}")
    if not isinstance(said, dict):
        raise RulesError("needs a table [levels]")
    for level, package in said.items():
        if not isinstance(package, str) or not package or not 0 < len(level) <= LONGEST_LEVEL:
            raise RulesError(f"needs a package for the Level {level[:LONGEST_LEVEL]}")
        yield level, package
