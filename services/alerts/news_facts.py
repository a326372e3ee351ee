"""What the cards of the other alerts tell: a carrier's, a status that changed, long Pending, and the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from services import streams as readings
from services.alerts.alert_facts import AlertFacts, FailuresFacts, LastSyncFacts, failures, last_sync, story
from services.alerts.timeline import ALOUD, What
from services.cadence import expectation
from services.channels import routing
from services.channels.routing import Rooms
from services.integrations import expected as expectations
from services.ports import Status
from services.store.alerts import Alert, AlertEvent, Card, Kind
from services.store.base import UTCDateTime
from services.store.exchange import Carrier, Employer, Integration, Reading

NAMES = 5  # employers that a carrier's card names
EXCHANGE = "exchange"


@dataclass(frozen=True, kw_only=True)
class CarrierFacts(AlertFacts):
    """Most of a carrier's integrations are late: `late` of `of`, at `employers`, of whom `names` are some.

    All of them bounded by what the channel hears. `habit` is that of one of them; `last_sync_at` the newest.
    """

    template: ClassVar[str] = "carrier_card"
    carrier_id: int
    carrier: str
    late: int
    of: int
    employers: int
    names: tuple[str, ...]
    expected_at: datetime | None
    habit: str
    last_sync_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class StatusFacts(AlertFacts):
    """An integration's status changed. `by`: a person's id, `inactivity`, `carrier` or `exchange`."""

    template: ClassVar[str] = "status_card"
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    plan_type: str
    was: str
    status: str
    by: str
    group_number: str | None


@dataclass(frozen=True, kw_only=True)
class PendingFacts(AlertFacts):
    """Pending for longer than most: since `configured_at`, `days` ago. `status` is the one it has now."""

    template: ClassVar[str] = "pending_card"
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    plan_type: str
    status: str
    group_number: str | None
    configured_at: datetime | None
    days: int


@dataclass(frozen=True, kw_only=True)
class UnreachableFacts(AlertFacts):
    """`what` cannot be reached: exchange, hr or benefits. Its data is as of `as_of`."""

    template: ClassVar[str] = "unreachable_card"
    what: str
    since: datetime
    reason: str | None
    as_of: datetime | None


@dataclass(frozen=True, kw_only=True)
class EmployeesFacts(AlertFacts):
    """Employees who failed or are stuck, of the employers that the channel hears of. Never a name.

    `reasons` are (reason, how many), the most first. `employer` is None where they are several.
    """

    template: ClassVar[str] = "employees_card"
    employer: str | None
    batch_id: int | None
    failed: int
    stuck: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class StoryFacts:
    """One step of an alert's story, for its thread. `detail` holds what the step's sentence needs."""

    template: ClassVar[str] = "story"
    event_id: int
    alert_id: int
    what: str
    kind: str
    employer: str | None
    carrier: str | None
    by: str | None
    at: datetime
    aloud: bool
    detail: Mapping[str, Any]
    total: int = 0
    mention: str | None = None


@dataclass(frozen=True)
class _Heard:
    """By whom it is heard: whom the channel has called, what it may hear at all, and whether it was told."""

    mention: str | None
    channel_id: str
    rooms: Rooms
    stands: bool


News = (
    LastSyncFacts
    | FailuresFacts
    | CarrierFacts
    | StatusFacts
    | PendingFacts
    | UnreachableFacts
    | EmployeesFacts
)


def of(session: Session, alert_id: int, card: Card, now: datetime, rooms: Rooms) -> News | None:
    """What is true of the alert; None when it was over before its card was posted."""
    alert = session.get(Alert, alert_id)
    if alert is None or (alert.closed_at and alert.kind != Kind.STATUS and not card.may_show):
        return None
    heard = _Heard(_mention(session, alert, card, rooms), card.channel_id, rooms, card.may_show)
    return _READERS[Kind(alert.kind)](session, alert, now, heard)


def of_event(session: Session, event_id: int, card: Card, now: datetime, rooms: Rooms) -> StoryFacts | None:
    """What a reply tells; None when it says that something is still so, and it is not any more."""
    event = session.get(AlertEvent, event_id)
    alert = session.get(Alert, event.alert_id) if event else None
    if event is None or alert is None:
        return None
    aloud = event.what in ALOUD
    if aloud and alert.closed_at is not None and not card.may_show:
        return None
    employer = session.get(Employer, alert.employer_id) if alert.employer_id else None
    carrier = session.get(Carrier, alert.carrier_id) if alert.carrier_id else None
    counted = alert.kind == Kind.FAILURES and aloud
    return StoryFacts(
        event.id,
        alert.id,
        event.what,
        alert.kind,
        employer.name if employer else None,
        carrier.name if carrier else None,
        event.by,
        event.at,
        aloud,
        MappingProxyType(event.detail | _ended(session, alert, event, now, card, rooms)),
        failures(session, alert, now, None).total if counted else 0,
        _mention(session, alert, card, rooms) if aloud else None,
    )


def _ended(  # noqa: PLR0917  what its card is read with
    session: Session, alert: Alert, event: AlertEvent, now: datetime, card: Card, rooms: Rooms
) -> dict[str, float]:
    """For how long it was so, in seconds, as its card says."""
    if event.what != What.CLOSED:
        return {}
    heard = _Heard(None, card.channel_id, rooms, stands=True)
    facts = _READERS[Kind(alert.kind)](session, alert, now, heard)
    return {"lasted": facts.lasted.total_seconds()} if facts and facts.lasted is not None else {}


def _mention(session: Session, alert: Alert, card: Card, rooms: Rooms) -> str | None:
    """Whom the subscription calls that lets this channel hear of it."""
    ears = routing.hearing(session, rooms, alert, card.channel_id)
    called = (ear.subscription.mention for ear in ears if ear.subscription)
    return next((each for each in called if each), None)


def _last_sync(session: Session, alert: Alert, now: datetime, heard: _Heard) -> LastSyncFacts:
    return last_sync(session, alert, now, heard.mention)


def _failures(session: Session, alert: Alert, now: datetime, heard: _Heard) -> FailuresFacts:
    return failures(session, alert, now, heard.mention)


def _carrier(session: Session, alert: Alert, now: datetime, heard: _Heard) -> CarrierFacts | None:
    """None where nobody that the channel hears of is late, and it was told of nobody."""
    employers = routing.bounds(routing.hearing(session, heard.rooms, alert, heard.channel_id))
    carrier = session.get_one(Carrier, alert.carrier_id)
    here = (
        Integration.carrier_id == carrier.id,
        Integration.status == Status.ACTIVE,
        true() if employers is None else Integration.employer_id.in_(sorted(employers)),
    )
    late = Integration.due_at <= now
    counts = select(
        func.count(),
        func.count().filter(late),
        func.count(Integration.employer_id.distinct()).filter(late),
        func.max(Integration.last_sync_at, type_=UTCDateTime()),
    )
    number, late_ones, employed, last = session.execute(counts.where(*here)).one()
    if not late_ones and not heard.stands:
        return None
    names = select(Employer.name).join(Integration, Integration.employer_id == Employer.id)
    named = session.scalars(names.where(*here, late).distinct().order_by(Employer.name).limit(NAMES))
    one = session.scalar(select(Integration).where(*here).order_by(Integration.due_at).limit(1))
    expected = expectations.of(session, one, now) if one else None
    return CarrierFacts(
        **story(session, alert, heard.mention),
        carrier_id=carrier.id,
        carrier=carrier.name,
        late=late_ones,
        of=number,
        employers=employed,
        names=tuple(named),
        expected_at=alert.expected_at,
        habit=expected.habit if expected else expectation.UNKNOWN,
        last_sync_at=last,
    )


def _status(session: Session, alert: Alert, now: datetime, heard: _Heard) -> StatusFacts:
    del now
    integration, detail = session.get_one(Integration, alert.integration_id), alert.detail or {}
    return StatusFacts(
        **story(session, alert, heard.mention),
        integration_id=integration.id,
        employer=integration.employer.name,
        carrier=integration.carrier.name,
        plan_name=integration.plan_name,
        plan_type=integration.plan_type,
        was=detail["was"],
        status=alert.level,
        by=detail["by"],
        group_number=integration.group_number,
    )


def _pending(session: Session, alert: Alert, now: datetime, heard: _Heard) -> PendingFacts:
    integration = session.get_one(Integration, alert.integration_id)
    since, until = integration.configured_at, alert.closed_at or now
    return PendingFacts(
        **story(session, alert, heard.mention, since),
        integration_id=integration.id,
        employer=integration.employer.name,
        carrier=integration.carrier.name,
        plan_name=integration.plan_name,
        plan_type=integration.plan_type,
        status=integration.status,
        group_number=integration.group_number,
        configured_at=since,
        days=(until - since).days if since else 0,
    )


def _employees(session: Session, alert: Alert, now: datetime, heard: _Heard) -> EmployeesFacts | None:
    """None where nobody that the channel hears of failed or is stuck, and it was told of nobody."""
    del now
    ears = routing.ears_of(session, heard.rooms, heard.channel_id)
    ears = [each for each in ears if alert.kind in each.kinds]
    bounds, meant = routing.bounds(ears), routing.failing_at(alert)
    # Whoever hears of employees no more keeps a card that is true of the batch.
    if ears and bounds is not None:
        meant &= bounds
    if not meant and not heard.stands:
        return None
    detail = alert.detail or {}
    parts = [detail["employers"][str(each)] for each in sorted(meant)]
    reasons: Counter[str] = sum((Counter(each["reasons"]) for each in parts), Counter())
    only = next(iter(meant)) if len(meant) == 1 else alert.employer_id
    employer = session.get(Employer, only) if only else None
    return EmployeesFacts(
        **story(session, alert, heard.mention),
        employer=employer.name if employer else None,
        batch_id=detail.get("batch"),
        failed=sum(each["failed"] for each in parts),
        stuck=sum(each["stuck"] for each in parts),
        reasons=tuple(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
    )


def _unreachable(session: Session, alert: Alert, now: datetime, heard: _Heard) -> UnreachableFacts:
    del now
    streams = readings.STREAMS if alert.cause == EXCHANGE else (alert.cause,)
    found = session.scalars(select(Reading).where(Reading.stream.in_(streams))).all()
    reason = next((each.failure for each in found if each.failing_since and each.failure), None)
    # Kept with the alert: once all of it answers again, no reading tells since when it did not.
    said = (alert.detail or {}).get("since")
    since = datetime.fromisoformat(said) if said else alert.opened_at
    return UnreachableFacts(
        **story(session, alert, heard.mention, since),
        what=alert.cause,
        since=since,
        reason=reason,
        as_of=min((each.read_at for each in found if each.read_at), default=None),
    )


_READERS: Mapping[Kind, Callable[[Session, Alert, datetime, _Heard], News | None]] = MappingProxyType(
    {
        Kind.LAST_SYNC: _last_sync,
        Kind.CARRIER: _carrier,
        Kind.FAILURES: _failures,
        Kind.STATUS: _status,
        Kind.PENDING: _pending,
        Kind.EMPLOYEES: _employees,
        Kind.UNREACHABLE: _unreachable,
    }
)
