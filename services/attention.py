"""What about an integration needs someone, in conditions that the store answers from its indexes."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, Select, String, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.access import Actor
from services.finding import seen
from services.models import CarrierMessage, Change, Integration
from services.ports import Severity, Status
from services.verdicts import PENDING_DAYS


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


def constant(value: str) -> ColumnElement[str]:
    """A value written into the SQL itself, without which no partial index is used."""
    return literal(value, String, literal_execute=True)


QUEUED = Change.state == constant("queued")
ACTIVE = Integration.status == Status.ACTIVE
_INACTIVE = (Status.PENDING, Status.DISABLED)

It = type[Integration]  # the table, or the part of it that a person may see


def theirs(who: Actor) -> It:
    """The integrations that `who` may see.

    Those of a few employers are gathered first, once for the whole statement: left alone, a planner without
    statistics walks through everyone's Active ones to find them. An agency user's are the table itself.
    """
    if who.employers is None:
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
    part = select(*columns).where(seen(who)).cte("theirs").prefix_with("MATERIALIZED")
    return aliased(Integration, part)


def never_on(it: It = Integration) -> ColumnElement[bool]:
    """A row the agency never switched on is Disabled to the exchange, but nobody has to act on it."""
    return and_(it.status == Status.DISABLED, it.configured_at.is_(None), it.disabled_at.is_(None))


def turned_off(it: It = Integration) -> ColumnElement[bool]:
    was_on = or_(it.configured_at.is_not(None), it.disabled_at.is_not(None))
    return and_(it.status == Status.DISABLED, was_on)


def late(now: datetime, it: It = Integration) -> ColumnElement[bool]:
    return and_(it.due_at <= now, or_(it.lost_at.is_(None), it.lost_at > now))


def lost(now: datetime, it: It = Integration) -> ColumnElement[bool]:
    return and_(it.due_at <= now, it.lost_at <= now)


def overdue(now: datetime, it: It = Integration) -> ColumnElement[bool]:
    begun = it.configured_at <= now - timedelta(days=PENDING_DAYS + 1)
    return and_(it.status == Status.PENDING, begun)


def still_open(severity: Severity) -> ColumnElement[bool]:
    return and_(CarrierMessage.state == constant("open"), CarrierMessage.severity == constant(severity))


def at_active(who: Actor, it: It) -> ColumnElement[bool]:
    """Messages of integrations that are Active and theirs. What is not Active is few, so it is left out."""
    if who.employers is None:
        inactive = select(Integration.id).where(Integration.status.in_(_INACTIVE))
        return CarrierMessage.integration_id.not_in(inactive)
    return CarrierMessage.integration_id.in_(select(it.id).where(it.status == Status.ACTIVE))


def failures() -> ScalarSelect[int]:
    """How many Failures are open at the integration of the row."""
    query = select(func.count(CarrierMessage.id))
    of_row = CarrierMessage.integration_id == Integration.id
    return query.where(of_row, still_open(Severity.FAILURE)).scalar_subquery()


def urgency(now: datetime) -> ColumnElement[int]:
    """The row's Attention, or one more than the last where nothing needs anyone."""
    return case(
        (lost(now), int(Attention.LOST)),
        (late(now), int(Attention.LATE)),
        (and_(ACTIVE, failures() > 0), int(Attention.FAILURES)),
        (overdue(now), int(Attention.PENDING_OVERDUE)),
        (turned_off(), int(Attention.DISABLED)),
        else_=len(Attention),
    )


def needing(who: Actor, now: datetime, kinds: frozenset[Attention]) -> list[Needing]:
    """One query a kind of need, so that each runs over the index made for it: id, rank, since when."""
    it = theirs(who)
    queries = {
        Attention.LOST: _since(it.id, it.due_at, Attention.LOST).where(lost(now, it)),
        Attention.LATE: _since(it.id, it.due_at, Attention.LATE).where(late(now, it)),
        Attention.FAILURES: _failing(who, it),
        Attention.PENDING_OVERDUE: _since(it.id, it.configured_at, Attention.PENDING_OVERDUE).where(
            overdue(now, it)
        ),
        Attention.DISABLED: _since(it.id, it.disabled_at, Attention.DISABLED).where(turned_off(it)),
    }
    return [query for kind, query in queries.items() if kind in kinds]


def _since(of: InstrumentedAttribute[int], moment: _Moment, kind: Attention) -> Needing:
    return select(of.label("id"), literal(int(kind)).label("rank"), moment.label("since"))


def _failing(who: Actor, it: It) -> Needing:
    oldest = func.min(CarrierMessage.received_at)
    query = _since(CarrierMessage.integration_id, oldest, Attention.FAILURES)
    here = still_open(Severity.FAILURE) & at_active(who, it)
    return query.where(here).group_by(CarrierMessage.integration_id)
