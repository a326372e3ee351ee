"""What people should know until it is over: how an alert of any kind opens, changes and closes.

One open alert per cause: the unique index decides, whoever comes second changes nothing or adds to the first.
Every change of an alert raises its version and has its cards shown anew in the same transaction.

Cards carry employers, carriers, counts, kinds and times, and never what a carrier message says or whom it is
about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict

from sqlalchemy import ColumnElement, Update, case, func, literal, or_, select, text, update
from sqlalchemy.orm import Session

from services.alerts import timeline
from services.alerts.timeline import What
from services.cards import cards
from services.channels.routing import Channels
from services.store.alerts import Alert, Closing, Kind, Level
from services.store.base import UTCDateTime, insert_into
from services.store.exchange import Integration

Pair = tuple[int, int]
"""(employer id, carrier id)"""
BLIND = {"synchronize_session": False}
LATELY = timedelta(days=7)


@dataclass(frozen=True)
class Cause:
    """What an alert is about. `cause` is its name in the store, `detail` what its card needs besides."""

    kind: Kind
    cause: str
    level: str
    employer_id: int | None = None
    carrier_id: int | None = None
    integration_id: int | None = None
    detail: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class AlertCard:
    """What every alert's card tells. `added`: how much came after an acknowledgement, and lifted it.

    `again`: how many alerts about the same there were in the week before. `mention`: whom the channel has
    called, `here` or the id of a person or a user group. Once closed, `lasted` says for how long it was so.
    """

    alert_id: int
    version: int
    level: str
    opened_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    note: str | None = None
    snoozed_until: datetime | None = None
    snoozed_by: str | None = None
    closed_at: datetime | None = None
    closed_because: str | None = None
    lasted: timedelta | None = None
    added: int = 0
    again: int = 0
    mention: str | None = None


class Told(TypedDict):
    """The part of a card that the alert itself tells."""

    alert_id: int
    version: int
    level: str
    opened_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    note: str | None
    snoozed_until: datetime | None
    snoozed_by: str | None
    closed_at: datetime | None
    closed_because: str | None
    lasted: timedelta | None
    added: int
    again: int
    mention: str | None


@dataclass(frozen=True)
class Audience:
    """By whom it is heard: whom the channel has called, what it may hear at all, and whether it was told."""

    mention: str | None
    channel_id: str
    channels: Channels
    stands: bool


def raise_alert(session: Session, now: datetime, cause: Cause) -> int:
    """Open an alert, or have the cards of the open one tell what is so now; return its id."""
    row = {**vars(cause), "opened_at": now}
    insert = insert_into(session, Alert).values(row)
    insert = insert.on_conflict_do_update(
        index_elements=["kind", "cause"],
        index_where=text("closed_at IS NULL"),
        set_={"level": cause.level, "detail": insert.excluded.detail, "version": Alert.version + 1},
    )
    alert_id = session.scalars(insert.returning(Alert.id), execution_options=BLIND).one()
    show(session, [alert_id], now)
    return alert_id


def close_alert(
    session: Session, now: datetime, kind: Kind, causes: Collection[str], because: Closing
) -> int:
    """Close the open alerts about these; return how many there were."""
    if not causes:
        return 0
    query = update(Alert).where(Alert.kind == kind, Alert.cause.in_(causes), Alert.closed_at.is_(None))
    return len(close(session, now, query, because))


def close(session: Session, now: datetime, chosen: Update, because: Closing) -> list[int]:
    """Close the alerts that an UPDATE is narrowed to, tell their stories' end, and show it on their cards."""
    query = chosen.values(closed_at=now, closed_because=because, wake_at=None, version=Alert.version + 1)
    ids = list(session.scalars(query.returning(Alert.id), execution_options=BLIND))
    timeline.tell(session, now, What.CLOSED, {each: {"because": because} for each in ids})
    show(session, ids, now)
    return ids


def lifted(more: ColumnElement[int], wake_at: datetime | None = None) -> dict[str, Any]:
    """Columns of an alert whose acknowledgement is taken back: a snooze goes on, a reminder does not."""
    once = or_(Alert.acknowledged_by.is_not(None), Alert.added > 0)
    added = case((once, Alert.added + more), else_=Alert.added)
    reminder = Alert.acknowledged_by.is_not(None) & Alert.snoozed_until.is_(None)
    waking = case((reminder, literal(wake_at, UTCDateTime())), else_=Alert.wake_at)
    return {
        "acknowledged_by": None,
        "acknowledged_at": None,
        "note": None,
        "added": added,
        "wake_at": waking,
    }


def show(session: Session, alert_ids: Iterable[int], now: datetime) -> None:
    cards.bump(session, [cards.of_alert(each) for each in alert_ids], now)


def told(session: Session, alert: Alert, mention: str | None, since: datetime | None = None) -> Told:
    return {
        "alert_id": alert.id,
        "version": alert.version,
        "level": alert.level,
        "opened_at": alert.opened_at,
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_at": alert.acknowledged_at,
        "note": alert.note,
        "snoozed_until": alert.snoozed_until,
        "snoozed_by": alert.snoozed_by,
        "closed_at": alert.closed_at,
        "closed_because": alert.closed_because,
        "lasted": _lasted(alert, since),
        "added": alert.added,
        "again": _again(session, alert),
        "mention": None if alert.closed_at else mention,
    }


def _again(session: Session, alert: Alert) -> int:
    earlier = select(func.count()).where(
        Alert.kind == alert.kind,
        Alert.cause == alert.cause,
        Alert.closed_at > alert.opened_at - LATELY,
        Alert.id < alert.id,
    )
    return session.scalar(earlier) or 0


def _lasted(alert: Alert, since: datetime | None) -> timedelta | None:
    """Since the sync was due or the oldest Failure received, and not since somebody noticed."""
    if alert.closed_at is None:
        return None
    return alert.closed_at - min(filter(None, (alert.opened_at, alert.expected_at, since)))


def raise_level(
    session: Session,
    now: datetime,
    kind: Kind,
    ids: Sequence[int],
    levels: tuple[Level, Level],
    what: What,
) -> None:
    """From the first level to the second. Whoever acknowledged the first did not know of the second."""
    if not ids:
        return
    below, above = levels
    raised = update(Alert).where(
        Alert.integration_id.in_(ids), Alert.kind == kind, Alert.closed_at.is_(None), Alert.level == below
    )
    raised = raised.values(level=above, version=Alert.version + 1, **lifted(literal(1)))
    found = list(session.scalars(raised.returning(Alert.id), execution_options=BLIND))
    timeline.tell(session, now, what, {each: {} for each in found})
    show(session, found, now)


def opened(kind: Kind, integration: Integration, now: datetime) -> dict[str, object]:
    return {
        "kind": kind,
        "cause": f"integration:{integration.id}",
        "employer_id": integration.employer_id,
        "carrier_id": integration.carrier_id,
        "integration_id": integration.id,
        "opened_at": now,
    }
