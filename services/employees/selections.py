"""Whom a person chose for a Sync or a Level: ticked ones, or all of a filter, thousands of them.

A selection is a row until it is confirmed, so that what was typed into the search, which may be a name, does
not travel with the form. It belongs to the person who made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.access import Actor, Right, require, visible
from services.employees import listing, readiness
from services.employees.listing import Filters, State, newest
from services.errors import Invalid, MovedOn
from services.store.employees import Attempt, Employee, Selection
from services.store.exchange import Employer

NAMED = 5  # employers, in a confirmation
MOST_TICKED = 1000
_NOBODY = "Tick at least one employee, or select all in the filter."
_ALL_ON_THEIR_WAY = "They are all being sent already. Wait a moment, then look again."


@dataclass(frozen=True)
class Chosen:
    """`count` are sent once confirmed; those `in_progress` are left out.

    Of the count, `incomplete` will end as Failed, by what HR had when it was last read; `leavers` have left:
    their accounts are closed.
    """

    id: int
    count: int
    in_progress: int
    incomplete: int
    leavers: int
    employers: tuple[str, ...]
    employer_count: int
    everyone: bool
    as_of: datetime | None
    assignable: tuple[str, ...]


@dataclass(frozen=True)
class Weighed:
    """How many are meant by a selection now."""

    count: int
    in_progress: int
    incomplete: int
    leavers: int
    employer_count: int


def choose(
    session: Session,
    actor: Actor,
    now: datetime,
    filters: Filters,
    ids: Sequence[int] = (),
    *,
    everyone: bool = False,
) -> Chosen:
    """Remember who was ticked, or that everyone in the filters was meant, and say what that comes to."""
    require(actor, Right.SYNC)
    reading = listing.hr_reading(session)
    selection = Selection(
        user_id=actor.user_id,
        at=now,
        everyone=everyone,
        ids=[] if everyone else sorted(set(ids))[:MOST_TICKED],
        filters=asdict(filters),
        count=0,
    )
    meant = conditions(actor, now, selection)
    weighed = weigh(session, now, meant)
    if weighed.count == 0:
        raise Invalid({"employees": _ALL_ON_THEIR_WAY if weighed.in_progress else _NOBODY})
    selection.count = weighed.count
    session.add(selection)
    session.flush()
    return Chosen(
        id=selection.id,
        count=weighed.count,
        in_progress=weighed.in_progress,
        incomplete=weighed.incomplete,
        leavers=weighed.leavers,
        employers=_employers(session, meant),
        employer_count=weighed.employer_count,
        everyone=everyone,
        as_of=reading.read_at,
        assignable=listing.assignable(session),
    )


def get(session: Session, actor: Actor, selection_id: int) -> Selection:
    """The person's own selection."""
    selection = session.get(Selection, selection_id)
    if selection is None or selection.user_id != actor.user_id:
        raise MovedOn("That selection is no longer there. Run /sync-employees again.")
    return selection


def filters(session: Session, actor: Actor, now: datetime, selection_id: int) -> Filters:
    """How the list was narrowed when the person chose."""
    del now
    return _filters(get(session, actor, selection_id).filters)


def conditions(actor: Actor, now: datetime, selection: Selection) -> list[ColumnElement[bool]]:
    """Whom it means, for a query over employees and their newest attempts; never more than one may see."""
    if selection.everyone:
        return list(listing.conditions(actor, now, _filters(selection.filters)))
    return [visible(actor, Employee.employer_id), Employee.id.in_(selection.ids)]


def weigh(session: Session, now: datetime, meant: Sequence[ColumnElement[bool]]) -> Weighed:
    free = or_(Attempt.id.is_(None), Attempt.state != State.IN_PROGRESS)
    leaver = free & readiness.is_closing(now.date())
    query = _over(
        func.count().filter(free),
        func.count().filter(~free),
        func.count().filter(free, readiness.incomplete(now.date())),
        func.count().filter(leaver),
        func.count(Employee.employer_id.distinct()).filter(free),
    )
    return Weighed(*session.execute(query.where(*meant)).one())


def _filters(kept: dict[str, Any]) -> Filters:
    return Filters(**(kept | {"state": State(kept["state"])}))


def _over(*columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[Any]:
    return select(*columns).select_from(Employee).outerjoin(Attempt, newest())


def _employers(session: Session, meant: Sequence[ColumnElement[bool]]) -> tuple[str, ...]:
    ids = _over(Employee.employer_id).where(*meant)
    names = select(Employer.name).where(Employer.id.in_(ids)).order_by(Employer.name).limit(NAMED)
    return tuple(session.scalars(names))
