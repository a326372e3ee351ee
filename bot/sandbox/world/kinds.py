"""The kinds of messages that carriers send, with values and words for a given employee."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from bot.sandbox.world.people import Employee
from services.ports import Severity

Values = tuple[str | None, str | None]  # the platform's, the carrier's


@dataclass(frozen=True)
class Kind:
    name: str
    label: str
    severity: Severity
    field: str
    text: str  # may hold {name}, {platform} and {carrier}
    values: Callable[[Employee, Random], Values]
    right: str | None = "platform"  # whose record is; None: whatever is said, it is settled by the next sync


def _birth_dates(who: Employee, rng: Random) -> Values:
    return who.birth_date.isoformat(), (who.birth_date + timedelta(days=rng.randint(1, 40))).isoformat()


def _start_dates(who: Employee, rng: Random) -> Values:
    return who.hired_on.isoformat(), (who.hired_on + timedelta(days=rng.randint(1, 40))).isoformat()


def _ssns(who: Employee, rng: Random) -> Values:
    return who.ssn, f"{who.ssn[:-4]}{rng.randint(1000, 9999)}"


def _earnings(who: Employee, rng: Random) -> Values:
    return who.pay, f"${who.annual_pay + rng.randint(501, 4999):,}.00"


def _genders(who: Employee, rng: Random) -> Values:
    return who.gender, rng.choice([each for each in ("Female", "Male", "Nonbinary") if each != who.gender])


def _names(who: Employee, rng: Random) -> Values:
    cut = rng.randint(1, len(who.surname) - 1)
    return who.name, f"{who.forename} {who.surname[:cut]}h{who.surname[cut:]}"


def _emails(who: Employee, _: Random) -> Values:
    return who.email, f"home.{who.email}"


_CATALOGUE = (
    Kind(
        "birth_date_mismatch",
        "date of birth mismatch",
        Severity.FAILURE,
        "birth_date",
        "{name}: date of birth is {platform} on the platform and {carrier} at the carrier.",
        _birth_dates,
    ),
    Kind(
        "ssn_discrepancy",
        "SSN discrepancy",
        Severity.FAILURE,
        "ssn",
        "SSN {platform} was sent for {name}; the carrier holds {carrier}.",
        _ssns,
    ),
    Kind(
        "employment_status_conflict",
        "employment status conflict",
        Severity.FAILURE,
        "employment_status",
        "Employment status is {platform} on the platform and {carrier} at the carrier.",
        lambda _, rng: ("Active", rng.choice(("Terminated", "Leave"))),
    ),
    Kind(
        "employment_start_date_conflict",
        "employment start date conflict",
        Severity.FAILURE,
        "employment_start_date",
        "{name} started on {platform}; the carrier has {carrier}.",
        _start_dates,
    ),
    Kind(
        "annual_earnings_missing",
        "annual earnings missing",
        Severity.FAILURE,
        "annual_earnings",
        "Annual earnings are required for this coverage and were not reported.",
        lambda _who, _rng: (None, None),
        right=None,
    ),
    Kind(
        "required_information_missing",
        "required information missing",
        Severity.FAILURE,
        "address",
        "A home address is required for {name} and was not reported.",
        lambda _who, _rng: (None, None),
        right=None,
    ),
    Kind(
        "annual_earnings_mismatch",
        "annual earnings mismatch",
        Severity.WARNING,
        "annual_earnings",
        "Annual earnings of {name} are {platform} here and {carrier} at the carrier.",
        _earnings,
    ),
    Kind(
        "gender_mismatch",
        "gender mismatch",
        Severity.WARNING,
        "gender",
        "Gender is {platform} on the platform and {carrier} at the carrier.",
        _genders,
    ),
    Kind(
        "name_spelling",
        "name spelling",
        Severity.WARNING,
        "name",
        "{platform} is written {carrier} at the carrier.",
        _names,
        right="carrier",
    ),
    Kind(
        "dependent_relationship_mismatch",
        "dependent relationship mismatch",
        Severity.WARNING,
        "dependent_relationship",
        "The dependent is {platform} on the platform and {carrier} at the carrier.",
        lambda _who, _rng: ("Spouse", "Domestic partner"),
        right="carrier",
    ),
    Kind(
        "emails_conflict",
        "e-mail addresses differ",
        Severity.INFO,
        "emails",
        "The carrier has {carrier}, the platform {platform}.",
        _emails,
    ),
    Kind(
        "emails_missing",
        "e-mail address missing",
        Severity.INFO,
        "emails",
        "The carrier has no e-mail address; the platform has {platform}.",
        lambda who, _rng: (who.email, None),
    ),
)
KINDS = {kind.name: kind for kind in _CATALOGUE}


def of_severity(severity: Severity) -> list[Kind]:
    return [kind for kind in _CATALOGUE if kind.severity is severity]
