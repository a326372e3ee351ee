"""What about an integration needs someone, in conditions that the store answers from its indexes."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, Select, String, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

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
# A row the agency never switched on is Disabled to the exchange, but nobody has to act on it.
NEVER_ON = and_(
    Integration.status == Status.DISABLED,
    Integration.configured_at.is_(None),
    Integration.disabled_at.is_(None),
)
TURNED_OFF = and_(Integration.status == Status.DISABLED, ~NEVER_ON)


def still_open(severity: Severity) -> ColumnElement[bool]:
    return and_(CarrierMessage.state == constant("open"), CarrierMessage.severity == constant(severity))


def late(now: datetime) -> ColumnElement[bool]:
    not_lost = or_(Integration.lost_at.is_(None), Integration.lost_at > now)
    return and_(Integration.due_at <= now, not_lost)


def lost(now: datetime) -> ColumnElement[bool]:
    return and_(Integration.due_at <= now, Integration.lost_at <= now)


def overdue(now: datetime) -> ColumnElement[bool]:
    begun = Integration.configured_at <= now - timedelta(days=PENDING_DAYS + 1)
    return and_(Integration.status == Status.PENDING, begun)


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
        (TURNED_OFF, int(Attention.DISABLED)),
        else_=len(Attention),
    )


def needing(
    who: Actor, now: datetime, kinds: frozenset[Attention], *narrowing: ColumnElement[bool]
) -> list[Needing]:
    """One query a kind of need, so that each runs over the index made for it: id, rank, since when."""
    queries = {
        Attention.LOST: _since(Integration.due_at, Attention.LOST).where(lost(now)),
        Attention.LATE: _since(Integration.due_at, Attention.LATE).where(late(now)),
        Attention.FAILURES: _failing(),
        Attention.PENDING_OVERDUE: _since(Integration.configured_at, Attention.PENDING_OVERDUE).where(
            overdue(now)
        ),
        Attention.DISABLED: _since(Integration.disabled_at, Attention.DISABLED).where(TURNED_OFF),
    }
    return [query.where(seen(who), *narrowing) for kind, query in queries.items() if kind in kinds]


def _since(moment: _Moment, kind: Attention) -> Needing:
    rank = literal(int(kind)).label("rank")
    return select(Integration.id.label("id"), rank, moment.label("since"))


def _failing() -> Needing:
    query = _since(func.min(CarrierMessage.received_at), Attention.FAILURES)
    query = query.join(CarrierMessage, CarrierMessage.integration_id == Integration.id)
    return query.where(still_open(Severity.FAILURE), ACTIVE).group_by(Integration.id)
