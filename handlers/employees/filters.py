"""The list of employees between two presses: its filters, its page, and who is ticked.

What is typed into the search may be a name: it stays in the view's own state, and travels in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from handlers.employees.ids import EmployeesAction
from handlers.kit import forms
from handlers.kit.ids import STALE, number, optional_number, unpack
from services.employees.listing import ALL, Filters, State
from services.errors import MovedOn

ANY, ONE = "*", "="  # what a select of Levels offers: all of them, or one by its name
LONGEST_SEARCH = 100
_LONGEST_LEVEL = 64
_MOST_TICKED = 200  # ids that surely fit into a view's metadata
_STATES = {
    EmployeesAction.NOT_SYNCING: State.NOT_SYNCING,
    EmployeesAction.IN_PROGRESS: State.IN_PROGRESS,
    EmployeesAction.SUCCESSFUL: State.SUCCESSFUL,
    EmployeesAction.FAILED: State.FAILED,
    EmployeesAction.STUCK: State.IN_PROGRESS,
}


@dataclass(frozen=True)
class Listed:
    """`turn` grows with each change: Slack keeps what was typed and ticked in blocks of the same ids."""

    filters: Filters = ALL
    page: int = 1
    turn: int = 0
    ticked: tuple[int, ...] = ()
    everyone: bool = False


def kept(filters: Filters) -> dict[str, str | int]:
    """What is chosen, and nothing for what is not; never the search."""
    values = {
        "state": filters.state if filters.state is not State.NOT_SYNCING else None,
        "level": filters.level,
        "employer": filters.employer_id,
        "batch": filters.batch_id,
        "stuck": 1 if filters.stuck else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def filters_of(values: dict[str, Any], search: str = "") -> Filters:
    """Read them back; what cannot be a filter is of an older version."""
    try:
        state = State(values.get("state") or State.NOT_SYNCING)
    except ValueError:
        raise MovedOn(STALE) from None
    return Filters(
        state=state,
        search=search[:LONGEST_SEARCH],
        level=_level(values.get("level")),
        employer_id=optional_number(values, "employer"),
        batch_id=optional_number(values, "batch"),
        stuck=bool(values.get("stuck")),
    )


def listed_of(view: dict[str, Any]) -> Listed:
    """The list as the person left it: what it was made with, and what they typed and ticked since."""
    values = unpack(view.get("private_metadata"))
    turn = number(values, "turn")
    return Listed(
        filters=filters_of(values, forms.text(view, f"search.{turn}")),
        page=number(values, "page"),
        turn=turn,
        ticked=_ticked(view, values.get("ticked") or []),
        everyone=bool(forms.choices(view, "everyone")),
    )


def turned(listed: Listed, page: int) -> Listed:
    """What is ticked stays ticked on the pages that are turned away from."""
    return replace(listed, page=page, turn=listed.turn + 1)


def narrowed(listed: Listed, action: str, chosen: str | None) -> Listed:
    """One filter changed: page 1 of what is left now. Another state, and nobody is ticked any more."""
    filters, ticked = listed.filters, listed.ticked
    if action in _STATES:
        stuck = action == EmployeesAction.STUCK
        filters, ticked = replace(filters, state=_STATES[EmployeesAction(action)], stuck=stuck), ()
    elif action == EmployeesAction.CLEAR:
        filters, ticked = Filters(state=filters.state), ()
    elif action == EmployeesAction.FILTER_LEVEL:
        filters = replace(filters, level=_level(chosen[len(ONE) :] if chosen and chosen != ANY else None))
    elif action == EmployeesAction.FILTER_EMPLOYER:
        filters = replace(filters, employer_id=int(chosen) if chosen else None)
    return Listed(filters, 1, listed.turn + 1, ticked)


def _ticked(view: dict[str, Any], before: list[int]) -> tuple[int, ...]:
    """Those ticked on this page, and on others before."""
    here = {int(value) for value in forms.offered(view, "employees")}
    chosen = [int(value) for value in forms.choices(view, "employees")]
    return (*[each for each in before if each not in here], *chosen)[:_MOST_TICKED]


def _level(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_LEVEL:
        raise MovedOn(STALE)
    return value
