"""The App Home: what needs this person now, how fresh each carrier is, and how Lastsync itself is doing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    case,
    exists,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.orm import Session, aliased

from services import health, streams
from services.access import Actor, Right, Role
from services.alerts import actions
from services.alerts.actions import Muted
from services.employees import listing
from services.employees.listing import Counts
from services.health import Health
from services.integrations.attention import late, lost, ours_to_act_on, overdue
from services.integrations.search import Named, seen
from services.people import audit_log
from services.people.audit_log import AuditPage
from services.ports import Status
from services.store.alerts import Alert, Card
from services.store.base import UTCDateTime
from services.store.changes import Change
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration, Reading
from services.store.people import Person

SHOWN = 12
PENDING_LONG = timedelta(days=45)
REFUSED_FOR = timedelta(days=7)
SHOWN_ASK = 3
SHOWN_MUTED = 8
SHOWN_SET_ASIDE = 5


class Need(StrEnum):
    """Why something waits for a person, the most urgent first."""

    LOST = "lost"
    LATE = "late"
    FAILURES = "failures"
    PENDING_OVERDUE = "pending_overdue"
    PENDING_LONG = "pending_long"
    CHANGE_REFUSED = "change_refused"


@dataclass(frozen=True)
class Item:
    """One thing to do. Failures are counted per employer and carrier, and then `integration_id` is None.

    `since`: the last sync (None where there was none), oldest Failure, start of Pending, or refusal.
    """

    need: Need
    employer: Named
    carrier: Named
    since: datetime | None
    integration_id: int | None = None
    plan: str | None = None
    count: int = 0
    reason: str | None = None
    acknowledged_by: str | None = None
    snoozed_until: datetime | None = None


@dataclass(frozen=True)
class CarrierFreshness:
    """How many Active integrations of one carrier are on time, late or lost."""

    name: str
    on_time: int
    late: int
    lost: int

    @property
    def total(self) -> int:
        return self.on_time + self.late + self.lost

    @property
    def is_on_time(self) -> bool:
        return self.on_time == self.total


@dataclass(frozen=True)
class SetAside:
    """A card that Slack refused for good, or that could not be written. `failure` is a code."""

    subject: str
    channel_id: str
    failure: str
    since: datetime


@dataclass(frozen=True)
class Home:
    """`ask` are the people who can give a role; set only for someone who has none."""

    now: datetime
    role: Role | None
    ask: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    more: int = 0
    carriers: tuple[CarrierFreshness, ...] = ()
    health: Health | None = None
    audit: AuditPage | None = None
    muted: tuple[Muted, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    employees: Counts | None = None
    may_subscribe: bool = False
    sees_status: bool = False
    may_assign: bool = False


def overview(session: Session, actor: Actor, now: datetime) -> Home:
    """Everything the Home tab shows to this person, and nothing else."""
    if actor.role is None:
        return Home(now, None, ask=_who_gives_roles(session, actor))
    if not actor.may(Right.SEE_STATUS):
        return Home(now, actor.role, employees=_employees(session, actor, now))
    items, total = _needs(session, actor, now, known := health.synced_to(session, now))
    return Home(
        now=now,
        role=actor.role,
        items=items,
        more=total - len(items),
        carriers=_carriers(session, actor, known),
        health=health.state(session, now, in_full=actor.may(Right.CONFIGURE)),
        audit=audit_log.read(session, actor, now) if actor.may(Right.SEE_AUDIT) else None,
        muted=tuple(actions.muted(session, actor)[:SHOWN_MUTED]),
        set_aside=_set_aside(session) if actor.may(Right.ASSIGN_ROLES) else (),
        employees=_employees(session, actor, now),
        may_subscribe=actor.may(Right.SUBSCRIBE),
        sees_status=True,
        may_assign=actor.may(Right.ASSIGN_ROLES),
    )


def _employees(session: Session, actor: Actor, now: datetime) -> Counts | None:
    """How many are in each state; None without the right, or where employee sync is not set up."""
    if not actor.may(Right.SEE_EMPLOYEES) or session.get(Reading, streams.HR) is None:
        return None
    return listing.count(session, actor, now, listing.ALL)


def _who_gives_roles(session: Session, actor: Actor) -> tuple[str, ...]:
    """Those from the settings first; without any, agency users who were given the role."""
    if actor.admins:
        return tuple(sorted(actor.admins)[:SHOWN_ASK])
    query = select(Person.user_id).where(Person.role == Role.AGENCY).order_by(Person.id)
    return tuple(session.scalars(query.limit(SHOWN_ASK)))


def _needs(session: Session, actor: Actor, now: datetime, known: datetime) -> tuple[tuple[Item, ...], int]:
    """The most urgent ones, and how many there are in all."""
    items: list[Item] = []
    total = 0
    for need, query in _queries(actor, now, known):
        total += session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
        if len(items) < SHOWN:
            rows = session.execute(query.limit(SHOWN - len(items)))
            items += [_item(need, *row) for row in rows]
    return tuple(items), total


_Query = Select[
    int,
    str,
    int,
    str,
    datetime | None,
    int | None,
    str | None,
    int,
    str | None,
    str | None,
    datetime | None,
]


def _queries(actor: Actor, now: datetime, known: datetime) -> Iterable[tuple[Need, _Query]]:
    yield Need.LOST, _integrations(actor, lost(known), Integration.last_sync_at)
    yield Need.LATE, _integrations(actor, late(known), Integration.last_sync_at)
    yield Need.FAILURES, _failures(actor)
    if not actor.may(Right.SEE_PENDING):
        return
    begun = Integration.configured_at
    long = (Integration.status == Status.PENDING) & (begun < now - PENDING_LONG) & ~overdue(now)
    yield Need.PENDING_OVERDUE, _integrations(actor, overdue(now), begun)
    yield Need.PENDING_LONG, _integrations(actor, long, begun)
    yield Need.CHANGE_REFUSED, _refused(actor, now)


def _integrations(
    actor: Actor, condition: ColumnElement[bool], since: SQLColumnExpression[datetime | None]
) -> _Query:
    it = Integration
    names = (it.employer_id, Employer.name, it.carrier_id, Carrier.name)
    standing = _standing(Alert.kind == "last_sync", Alert.integration_id == it.id)
    query = select(*names, since, it.id, it.plan_name, literal(0), null(), *standing)
    return query.join(it.employer).join(it.carrier).where(condition, seen(actor)).order_by(since, it.id)


def _failures(actor: Actor) -> _Query:
    """Open Failures that are ours to act on, gathered as their alerts are: per employer and carrier."""
    it, oldest = Integration, func.min(CarrierMessage.received_at)
    names = (it.employer_id, Employer.name, it.carrier_id, Carrier.name)
    theirs = Alert.employer_id == it.employer_id, Alert.carrier_id == it.carrier_id
    standing = _standing(Alert.kind == "failures", *theirs)
    query = select(*names, oldest, null(), null(), func.count(), null(), *standing)
    query = query.select_from(CarrierMessage)
    query = query.join(CarrierMessage.integration).join(it.employer).join(it.carrier)
    return query.where(ours_to_act_on(), seen(actor)).group_by(*names).order_by(oldest)


def _standing(
    *of_row: ColumnElement[bool],
) -> tuple[ScalarSelect[str | None], ScalarSelect[datetime | None]]:
    """Who has the row's open alert in hand, and until when it is snoozed."""
    someone = select(func.max(Alert.acknowledged_by)).where(Alert.closed_at.is_(None), *of_row)
    until = select(func.max(Alert.snoozed_until, type_=UTCDateTime()))
    until = until.where(Alert.closed_at.is_(None), *of_row)
    return someone.correlate(Integration).scalar_subquery(), until.correlate(Integration).scalar_subquery()


def _set_aside(session: Session) -> tuple[SetAside, ...]:
    """The newest cards that were given up: what a channel shows less than it should."""
    query = select(Card.subject, Card.channel_id, Card.failure, Card.wanted_at)
    query = query.where(Card.due_at.is_(None), Card.failure.is_not(None), Card.shown < Card.wanted)
    rows = session.execute(query.order_by(Card.wanted_at.desc()).limit(SHOWN_SET_ASIDE))
    return tuple(SetAside(subject, channel, failure or "", at) for subject, channel, failure, at in rows)


def _refused(actor: Actor, now: datetime) -> _Query:
    """The latest change of an integration, if the exchange refused it lately."""
    it, later = Integration, aliased(Change)
    newer = exists().where(later.integration_id == Change.integration_id, later.id > Change.id)
    refused = (Change.state == "refused") & (Change.settled_at > now - REFUSED_FOR) & ~newer
    names = (it.employer_id, Employer.name, it.carrier_id, Carrier.name)
    query = select(*names, Change.settled_at, it.id, it.plan_name, literal(0), Change.reason, null(), null())
    query = query.select_from(Change).join(Change.integration).join(it.employer).join(it.carrier)
    return query.where(refused, seen(actor)).order_by(Change.settled_at)


def _item(
    need: Need,
    employer_id: int,
    employer: str,
    carrier_id: int,
    carrier: str,
    since: datetime | None,
    integration_id: int | None,
    plan: str | None,
    count: int,
    reason: str | None,
    acknowledged_by: str | None,
    snoozed_until: datetime | None,
) -> Item:
    names = Named(employer_id, employer), Named(carrier_id, carrier)
    return Item(need, *names, since, integration_id, plan, count, reason, acknowledged_by, snoozed_until)


def _carriers(session: Session, actor: Actor, known: datetime) -> tuple[CarrierFreshness, ...]:
    """Each carrier with an Active integration, those in trouble first."""
    it = Integration
    are_late, are_lost = func.count(case((late(known), 1))), func.count(case((lost(known), 1)))
    query = select(Carrier.name, func.count(), are_late, are_lost).select_from(it).join(it.carrier)
    query = query.where(it.status == Status.ACTIVE, seen(actor)).group_by(Carrier.id, Carrier.name)
    query = query.order_by(are_lost.desc(), are_late.desc(), func.count().desc(), Carrier.name)
    return tuple(
        CarrierFreshness(name, total - late_ones - lost_ones, late_ones, lost_ones)
        for name, total, late_ones, lost_ones in session.execute(query)
    )
