"""A rhythm as a person sets it, for a carrier or for one integration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from services import words
from services.cadence.expectation import Cadence, Source
from services.cadence.monthly import LAST, Monthly
from services.cadence.punctuality import Punctuality
from services.cadence.weekly import EveryWeeks, Rhythm, Weekdays
from services.cadence.workdays import WEEK, WORKING, Calendar, Rest
from services.errors import Invalid

LAST_WORKING_DAY = -1
MOST_WEEKS = 8
_EVERY_DAY = frozenset(range(WEEK))
_OFFICE = Calendar(WORKING, Rest.ALL)


class CadenceKind(StrEnum):
    DAILY = "daily"
    WORKING_DAYS = "working_days"
    WEEKDAYS = "weekdays"
    EVERY_WEEKS = "every_weeks"
    MONTHLY = "monthly"


@dataclass(frozen=True)
class Choice:
    """`at`: the time of day where the carrier is. `weekdays` count from Monday, 0: one or more for
    `WEEKDAYS`, exactly one for `EVERY_WEEKS`. `day` of the month: 1 to 31, or `LAST_WORKING_DAY`.
    """

    kind: CadenceKind
    at: time
    weekdays: tuple[int, ...] = ()
    weeks: int = 2
    day: int = 1

    def cadence(self) -> Cadence:
        return Cadence(_rhythm(self), Punctuality(_time_of_day(self.at)), source=Source.OVERRIDE)

    def habit(self, time_zone: str) -> str:
        known = self.cadence()
        return known.rhythm.habit + known.times.around(words.zone(time_zone))


_CHOICE: TypeAdapter[Choice] = TypeAdapter(Choice)


def dump(choice: Choice) -> dict[str, Any]:
    """Write a choice as the store keeps it."""
    stored: dict[str, Any] = _CHOICE.dump_python(choice, mode="json")
    return stored


def load(stored: dict[str, Any]) -> Choice:
    return _CHOICE.validate_python(stored)


def check(choice: Choice) -> None:
    """Raise with every field that needs another value."""
    wrong = {}
    weekdays = set(choice.weekdays)
    if choice.kind is CadenceKind.WEEKDAYS and not (weekdays and weekdays <= _EVERY_DAY):
        wrong["weekdays"] = "Tick the days on which it syncs."
    if choice.kind is CadenceKind.EVERY_WEEKS and not (len(weekdays) == 1 and weekdays <= _EVERY_DAY):
        wrong["weekdays"] = "Choose one day of the week."
    if choice.kind is CadenceKind.EVERY_WEEKS and not 2 <= choice.weeks <= MOST_WEEKS:  # noqa: PLR2004 every other
        wrong["weeks"] = f"Choose 2 to {MOST_WEEKS} weeks. For each week, choose the weekdays."
    if choice.kind is CadenceKind.MONTHLY and choice.day not in {LAST_WORKING_DAY, *range(1, LAST + 1)}:
        wrong["day"] = "Choose a day from 1 to 31, or the last working day."
    if wrong:
        raise Invalid(wrong)


def _rhythm(choice: Choice) -> Rhythm:
    if choice.kind is CadenceKind.DAILY:
        return Weekdays(Calendar(_EVERY_DAY, Rest.NONE), Calendar(_EVERY_DAY, Rest.NONE))
    if choice.kind is CadenceKind.WORKING_DAYS:
        return Weekdays(_OFFICE, _OFFICE)
    if choice.kind is CadenceKind.WEEKDAYS:
        days = frozenset(choice.weekdays)
        return Weekdays(Calendar(days, Rest.ALL), Calendar(days | WORKING, Rest.ALL))
    if choice.kind is CadenceKind.EVERY_WEEKS:
        return EveryWeeks(choice.weeks, choice.weekdays[0] + 1, _OFFICE)
    last = choice.day == LAST_WORKING_DAY
    return Monthly(choice.day, _OFFICE, 0 if last else 1, working=last)


def _time_of_day(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)
