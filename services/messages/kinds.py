"""What a kind of message needs besides the choice of a side: one row a kind, and nowhere else.

The answers go to the exchange with the note, into the audit log, and beside the resolution. They are words of
ours: no date, amount or number is ever asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """A question that must be answered. `options` are (value, words)."""

    key: str
    question: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Remedy:
    """A kind is of this row when its name holds one of `words`. `hint`: where to correct it."""

    words: tuple[str, ...]
    hint: str
    needs: tuple[Need, ...] = ()


_REENROLMENT = Need(
    "reenrolment",
    "Do rates or coverage change with the right date?",
    (
        ("unchanged", "No: rates and coverage stay as they are"),
        ("started", "Yes: the re-enrolment has been started"),
        ("open", "Not known yet: it will be checked"),
    ),
)
_EMPLOYMENT = Need(
    "employment",
    "Are the employment dates in the profile right?",
    (("checked", "Yes: they were checked"), ("corrected", "Yes: they have just been corrected")),
)
_EARNINGS = Need(
    "earnings",
    "Are the annual earnings in the profile?",
    (
        ("entered", "Yes: they have just been entered"),
        ("not_required", "This coverage does not require them"),
    ),
)
_INFORMATION = Need(
    "information",
    "Is the missing information in the profile?",
    (("entered", "Yes: it has just been entered"), ("not_required", "This coverage does not require it")),
)
_DEPENDENT = Need(
    "dependent",
    "Does the dependent's coverage change?",
    (
        ("unchanged", "No: the coverage stays as it is"),
        ("changed", "Yes: the dependent's enrolment has been changed"),
    ),
)

_REMEDIES = (
    Remedy(
        ("ssn",),
        "Correct an SSN in the employee's profile or with the carrier. Never write one here.",
    ),
    Remedy(
        ("birth", "dob"),
        "A corrected date of birth may change rates: then the employee is enrolled again.",
        (_REENROLMENT,),
    ),
    Remedy(
        ("dependent",), "Compare the dependent's relationship and class with the enrolment.", (_DEPENDENT,)
    ),
    Remedy(
        ("employment",),
        "Compare status, start and end of the employment in the profile.",
        (_EMPLOYMENT,),
    ),
    Remedy(
        ("earnings_missing",),
        "Life and disability cover need annual earnings: enter them in the profile first.",
        (_EARNINGS,),
    ),
    Remedy(("missing",), "Enter what is missing in the employee's profile first.", (_INFORMATION,)),
    Remedy(("name",), "Use the legal name: compare middle names, hyphens and nicknames."),
    Remedy(("gender",), "Compare what the employee's profile says with the carrier's record."),
)
_PLAIN = Remedy((), "")


def remedy(kind: str) -> Remedy:
    return next((each for each in _REMEDIES if any(word in kind for word in each.words)), _PLAIN)


def answers(kind: str, extras: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The chosen options by question, and a refusal for each question that was not answered."""
    chosen, wrong = {}, {}
    for need in remedy(kind).needs:
        if extras.get(need.key) in dict(need.options):
            chosen[need.key] = extras[need.key]
        else:
            wrong[need.key] = "Choose one of these."
    return chosen, wrong


def in_words(extras: Mapping[str, str]) -> tuple[str, ...]:
    """What was chosen, as in "Do rates or coverage change …? No: …"."""
    return tuple(_in_words(extras))


def _in_words(extras: Mapping[str, str]) -> Iterator[str]:
    for remedy in _REMEDIES:
        for need in remedy.needs:
            if words := dict(need.options).get(extras.get(need.key, "")):
                yield f"{need.question} {words}."
