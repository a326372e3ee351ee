"""What the card of an alert tells, as it is true now.

Facts carry employers, carriers, counts, kinds and times, and never what a carrier message says or whom it is
about.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypedDict

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.integrations import expected as expectations
from services.integrations.attention import ours_to_act_on, waiting_for_sync
from services.ports import Severity
from services.store.alerts import Alert, Mute
from services.store.base import UTCDateTime
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration, Sync

LATELY = timedelta(days=7)
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class AlertFacts:
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


@dataclass(frozen=True, kw_only=True)
class LastSyncFacts(AlertFacts):
    """An integration that did not sync when it should have.

    `level`: late or lost. `expected_at` is when the missing sync was late, `lost_at` when it is lost.
    `habit` reads "every working day around 06:00". `last_sync_at` is None when it never synced.
    `first`: before this one it had not synced since `active_at`. `muted`: nothing more is posted about it.
    Once closed, `closed_because` is synced, pending, disabled, folded (the carrier's card tells it now) or
    expected_later (its rhythm was set anew), and `lasted` says how long it was late.
    """

    template: ClassVar[str] = "last_sync_card"
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    plan_type: str
    status: str
    last_sync_at: datetime | None
    expected_at: datetime | None
    lost_at: datetime | None
    habit: str
    active_at: datetime | None = None
    first: bool = False
    muted: bool = False


@dataclass(frozen=True, kw_only=True)
class FailuresFacts(AlertFacts):
    """The open Failures of one employer with one carrier that are ours to act on.

    `counts` holds (kind, how many), the largest first; `came_back` counts those resolved before.
    `waiting` counts those that are resolved and may still be sent again, until the sync of `next_at`.
    `oldest_at` is when the oldest open one was received. Once closed, `closed_because` is cleared, pending or
    disabled, and `cleared` says how many have gone.
    """

    template: ClassVar[str] = "failures_card"
    employer_id: int
    carrier_id: int
    employer: str
    carrier: str
    plan_names: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    total: int
    came_back: int
    oldest_at: datetime | None
    cleared: int = 0
    waiting: int = 0
    next_at: datetime | None = None


class Story(TypedDict):
    """The part of the facts that the alert itself tells."""

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


def story(session: Session, alert: Alert, mention: str | None, since: datetime | None = None) -> Story:
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


def last_sync(session: Session, alert: Alert, now: datetime, mention: str | None) -> LastSyncFacts:
    integration = session.get_one(Integration, alert.integration_id)
    return LastSyncFacts(
        **story(session, alert, mention),
        integration_id=integration.id,
        employer=integration.employer.name,
        carrier=integration.carrier.name,
        plan_name=integration.plan_name,
        plan_type=integration.plan_type,
        status=integration.status,
        last_sync_at=integration.last_sync_at,
        expected_at=alert.expected_at,
        lost_at=integration.lost_at,
        habit=_habit(session, integration, now),
        active_at=integration.active_at,
        first=_first(session, alert, integration),
        muted=session.get(Mute, integration.id) is not None,
    )


def _first(session: Session, alert: Alert, integration: Integration) -> bool:
    """Whether no sync had come since it is Active when the missing one was due."""
    until = alert.expected_at or alert.opened_at
    if integration.last_sync_at and (integration.active_at or _EVER) <= integration.last_sync_at < until:
        return False
    query = select(Sync.id).where(Sync.integration_id == integration.id, Sync.synced_at < until)
    if integration.active_at:
        query = query.where(Sync.synced_at >= integration.active_at)
    return session.scalar(query.limit(1)) is None


def _habit(session: Session, integration: Integration, now: datetime) -> str:
    expected = expectations.of(session, integration, now) or expectations.learned(session, integration, now)
    return expected.habit


def failures(session: Session, alert: Alert, now: datetime, mention: str | None) -> FailuresFacts:
    gathered = select(
        CarrierMessage.kind,
        Integration.plan_name,
        func.count(),
        func.count().filter(CarrierMessage.cycles > 0),
        func.min(CarrierMessage.received_at, type_=UTCDateTime()),
    ).join(CarrierMessage.integration)
    gathered = gathered.where(*_of_pair(alert), ours_to_act_on())
    rows = session.execute(gathered.group_by(CarrierMessage.kind, Integration.plan_name)).all()
    kinds: Counter[str] = Counter()
    for kind, _, number, _, _ in rows:
        kinds[kind] += number
    employer = session.get_one(Employer, alert.employer_id)
    carrier = session.get_one(Carrier, alert.carrier_id)
    cleared, oldest_cleared = _cleared(alert)
    waiting, next_at, plans = _waiting(session, alert, now)
    return FailuresFacts(
        **story(session, alert, mention, since=oldest_cleared),
        employer_id=employer.id,
        carrier_id=carrier.id,
        employer=employer.name,
        carrier=carrier.name,
        plan_names=tuple(sorted({plan for _, plan, *_ in rows} | plans)),
        counts=tuple(sorted(kinds.items(), key=lambda each: (-each[1], each[0]))),
        total=kinds.total(),
        came_back=sum(back for *_, back, _ in rows),
        oldest_at=min((oldest for *_, oldest in rows), default=None),
        cleared=cleared,
        waiting=waiting,
        next_at=next_at,
    )


def _of_pair(alert: Alert) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Integration.employer_id == alert.employer_id, Integration.carrier_id == alert.carrier_id


def _waiting(session: Session, alert: Alert, now: datetime) -> tuple[int, datetime | None, set[str]]:
    """How many wait for the carrier's next sync, when the first of those syncs is expected, and the plans."""
    coming = func.min(Integration.next_at, type_=UTCDateTime()).filter(Integration.next_at > now)
    query = select(Integration.plan_name, func.count(), coming).select_from(CarrierMessage)
    query = query.join(CarrierMessage.integration).where(*_of_pair(alert), waiting_for_sync())
    rows = session.execute(query.group_by(Integration.plan_name)).all()
    next_at = min(filter(None, (at for *_, at in rows)), default=None)
    return sum(number for _, number, _ in rows), next_at, {plan for plan, *_ in rows}


def what_cleared(session: Session, alert: Alert) -> dict[str, Any]:
    """How many Failures went since it opened, and when the oldest of them was received.

    Its own opening is no bound for that: it opens later, if Lastsync was away meanwhile.
    """
    oldest = func.min(CarrierMessage.received_at, type_=UTCDateTime())
    query = select(func.count(), oldest).select_from(CarrierMessage).join(CarrierMessage.integration)
    query = query.where(
        *_of_pair(alert),
        CarrierMessage.severity == Severity.FAILURE,
        CarrierMessage.cleared_at >= alert.opened_at,
    )
    number, received_at = session.execute(query).one()
    return {"cleared": number, "oldest_at": received_at.isoformat() if received_at else None}


def _cleared(alert: Alert) -> tuple[int, datetime | None]:
    """As it was noted when the alert was closed."""
    noted = (alert.detail or {}) if alert.closed_at else {}
    oldest = noted.get("oldest_at")
    return noted.get("cleared", 0), datetime.fromisoformat(oldest) if oldest else None
