"""What about an integration needs someone, in conditions that the store answers from its indexes."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.access import Actor
from services.integrations.pending import PENDING_DAYS
from services.integrations.search import seen
from services.ports import Severity, Status
from services.store.base import UTCDateTime
from services.store.changes import Change
from services.store.exchange import CarrierMessage, Integration


class Attention(IntEnum):
    """Why a row needs someone; the lower, the sooner."""

    LOST = 0
    LATE = 1
    FAILURES = 2
    PENDING_OVERDUE = 3
    DISABLED = 4


class Show(StrEnum):
    """The filter over states."""

    ALL = "all"
    ATTENTION = "attention"
    LATE = "late"
    FAILURES = "failures"
    ACTIVE = "active"
    PENDING = "pending"
    DISABLED = "disabled"


STATUS = {Show.ACTIVE: Status.ACTIVE, Show.PENDING: Status.PENDING, Show.DISABLED: Status.DISABLED}
NEEDS = {
    Show.ATTENTION: frozenset(Attention),
    Show.LATE: frozenset({Attention.LOST, Attention.LATE}),
    Show.FAILURES: frozenset({Attention.FAILURES}),
}

Needing = Select[int, int, datetime | None]
_Moment = ColumnElement[datetime] | InstrumentedAttribute[datetime | None]
Time = datetime | BindParameter[datetime]

# What a statement that is made once is told each time, by `moments`.
NOW: BindParameter[datetime] = bindparam("now", type_=UTCDateTime())
USUAL_PENDING_ENDS: BindParameter[datetime] = bindparam("usual_pending_ends", type_=UTCDateTime())


def moments(now: datetime) -> dict[str, datetime]:
    return {"now": now, "usual_pending_ends": _usual_pending_ends(now)}


def constant(value: str) -> ColumnElement[str]:
    """One of our own words, written into the SQL itself: without that no partial index is used."""
    return literal_column(f"'{value}'")


QUEUED = Change.state == constant("queued")
ACTIVE = Integration.status == constant(Status.ACTIVE)

It = type[Integration]  # the table, or the part of it that a person may see


def theirs(actor: Actor) -> It:
    """The integrations that `actor` may see.

    Those of a few employers are gathered first, once for the whole statement: left alone, a planner without
    statistics walks through everyone's Active ones to find them. An agency user's are the table itself.
    """
    if actor.employers is None:
        return Integration
    columns = (
        Integration.id,
        Integration.status,
        Integration.configured_at,
        Integration.disabled_at,
        Integration.due_at,
        Integration.lost_at,
        Integration.employer_id,
        Integration.carrier_id,
    )
    part = select(*columns).where(seen(actor)).cte("theirs").prefix_with("MATERIALIZED")
    return aliased(Integration, part)


def never_on(it: It = Integration) -> ColumnElement[bool]:
    """A row the agency never switched on is Disabled to the exchange, but nobody has to act on it."""
    return and_(it.status == constant(Status.DISABLED), it.configured_at.is_(None), it.disabled_at.is_(None))


def turned_off(it: It = Integration) -> ColumnElement[bool]:
    was_on = or_(it.configured_at.is_not(None), it.disabled_at.is_not(None))
    return and_(it.status == constant(Status.DISABLED), was_on)


def late(now: Time, it: It = Integration) -> ColumnElement[bool]:
    return and_(it.due_at <= now, or_(it.lost_at.is_(None), it.lost_at > now))


def lost(now: Time, it: It = Integration) -> ColumnElement[bool]:
    return and_(it.due_at <= now, it.lost_at <= now)


def overdue(now: datetime, it: It = Integration) -> ColumnElement[bool]:
    return _pending_since(_usual_pending_ends(now), it)


def _pending_since(moment: Time, it: It) -> ColumnElement[bool]:
    return and_(it.status == constant(Status.PENDING), it.configured_at <= moment)


def _usual_pending_ends(now: datetime) -> datetime:
    """Pending since then or earlier, it is Pending for longer than is usual."""
    return now - timedelta(days=PENDING_DAYS + 1)


def still_open(severity: Severity) -> ColumnElement[bool]:
    return and_(CarrierMessage.state == constant("open"), CarrierMessage.severity == constant(severity))


def current() -> ColumnElement[bool]:
    """Messages that are not gone: neither cleared nor closed."""
    return CarrierMessage.cleared_at.is_(None)


def at_active(it: It) -> ColumnElement[bool]:
    """Messages of integrations that are Active and among `it`."""
    return and_(CarrierMessage.integration_id == it.id, it.status == constant(Status.ACTIVE))


def unsettled() -> ColumnElement[bool]:
    """Open Failures, but for those that only the middleware can settle."""
    return and_(still_open(Severity.FAILURE), CarrierMessage.assignee == constant("platform"))


def ours_to_act_on(it: It = Integration) -> ColumnElement[bool]:
    """The Failures that cards, Home and counts are about: unsettled, while the integration works at all."""
    return and_(unsettled(), at_active(it))


def waiting_for_sync(it: It = Integration) -> ColumnElement[bool]:
    """Failures of ours that are resolved, or about to be, and may still be sent again."""
    resolved = CarrierMessage.state.in_((constant("queued"), constant("resolved")))
    failure = CarrierMessage.severity == constant(Severity.FAILURE)
    ours = CarrierMessage.assignee == constant("platform")
    return and_(resolved, current(), failure, ours, at_active(it))


def failures() -> ScalarSelect[int]:
    """How many Failures are ours to act on at the integration of the row."""
    return select(func.count(CarrierMessage.id)).where(ours_to_act_on()).scalar_subquery()


def urgency() -> ColumnElement[int]:
    """At `NOW`, the row's Attention, or one more than the last where nothing needs anyone."""
    return case(
        (lost(NOW), int(Attention.LOST)),
        (late(NOW), int(Attention.LATE)),
        (failures() > 0, int(Attention.FAILURES)),
        (_pending_since(USUAL_PENDING_ENDS, Integration), int(Attention.PENDING_OVERDUE)),
        (turned_off(), int(Attention.DISABLED)),
        else_=len(Attention),
    )


def needing(actor: Actor, kinds: frozenset[Attention]) -> list[Needing]:
    """One query a kind of need at `NOW`, so that each runs over the index made for it: id, rank, since."""
    it = theirs(actor)
    queries = {
        Attention.LOST: _since(it.id, it.due_at, Attention.LOST).where(lost(NOW, it)),
        Attention.LATE: _since(it.id, it.due_at, Attention.LATE).where(late(NOW, it)),
        Attention.FAILURES: _failing(it),
        Attention.PENDING_OVERDUE: _since(it.id, it.configured_at, Attention.PENDING_OVERDUE).where(
            _pending_since(USUAL_PENDING_ENDS, it)
        ),
        Attention.DISABLED: _since(it.id, it.disabled_at, Attention.DISABLED).where(turned_off(it)),
    }
    return [query for kind, query in queries.items() if kind in kinds]


def _since(of: InstrumentedAttribute[int], moment: _Moment, kind: Attention) -> Needing:
    return select(of.label("id"), literal(int(kind)).label("rank"), moment.label("since"))


def _failing(it: It) -> Needing:
    oldest = func.min(CarrierMessage.received_at)
    query = _since(CarrierMessage.integration_id, oldest, Attention.FAILURES)
    return query.where(ours_to_act_on(it)).group_by(CarrierMessage.integration_id)
