"""Once a working day, at its channel's hour: what is open, what comes, and what is new and should be watched.

A day's digest is a row with a key of its own, so there is one, whatever the number of replicas. After days
away the last one is made, and those that were missed are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from services.cards import cards
from services.channels import routing
from services.channels.routing import Channels, Match
from services.integrations import attention
from services.ports import Severity, Status
from services.store.alerts import Card, Digest, Subscription
from services.store.base import insert_into
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration
from services.times import has_come, next_working_at

SWEEP = 100
SHOWN = 10  # lines of a part, before the rest is counted
RENEWS_WITHIN = timedelta(days=30)
NEW_FOR = timedelta(days=30)
STALE = timedelta(hours=20)  # a digest that could not be posted for so long is yesterday's
RANK = 8


@dataclass(frozen=True)
class DigestLine:
    """`number` counts messages; `at` is since when, or when it became Active; `on` is the renewal's day."""

    employer: str
    carrier: str
    plan_name: str | None = None
    number: int = 0
    at: datetime | None = None
    on: date | None = None


@dataclass(frozen=True)
class DigestPart:
    total: int
    lines: tuple[DigestLine, ...]


@dataclass(frozen=True)
class DigestCard:
    template: ClassVar[str] = "channels/digest"
    digest_id: int
    day: date
    time_zone: str
    failures: DigestPart
    warnings: DigestPart
    late: DigestPart
    renewals: DigestPart
    activations: DigestPart


def schedule(subscription: Subscription, now: datetime) -> datetime | None:
    """When its next digest is due; None when it wants none."""
    if subscription.digest_at is None:
        return None
    return next_working_at(now, subscription.digest_at, subscription.time_zone)


def make(session: Session, now: datetime) -> int:
    """Have the digests that are due posted; return how many."""
    due = select(Subscription).where(Subscription.next_digest_at <= now).order_by(Subscription.next_digest_at)
    found = session.scalars(due.limit(SWEEP).with_for_update(skip_locked=True)).all()
    for each in found:
        # After days away it may be a Saturday, or the middle of the night.
        if each.digest_at and has_come(now, each.digest_at, each.time_zone):
            _make(session, now, each)
        each.next_digest_at = schedule(each, now)
    session.flush()
    return len(found)


def _make(session: Session, now: datetime, subscription: Subscription) -> None:
    row = {"subscription_id": subscription.id, "day": _day(subscription, now)}
    insert = insert_into(session, Digest).values(row).on_conflict_do_nothing()
    digest_id = session.scalar(insert.returning(Digest.id))
    if digest_id is not None:
        held = routing.quiet_end(subscription, now)
        subject = cards.of_digest(digest_id)
        cards.want_all(session, [subject], subscription.channel_id, now, due_at=held, rank=RANK)


def read_card(
    session: Session, digest_id: int, card: Card, now: datetime, channels: Channels
) -> DigestCard | None:
    """What it tells now; None when there is nothing to tell, or the day is over."""
    digest = session.get(Digest, digest_id)
    made = session.get(Subscription, digest.subscription_id) if digest else None
    if digest is None or made is None or (not card.may_show and now - card.wanted_at > STALE):
        return None
    matched = routing.matches_of(session, channels, made.channel_id)
    match = next((each for each in matched if each.subscription is made), None)
    if match is None:
        return None
    facts = DigestCard(
        digest.id,
        digest.day,
        made.time_zone,
        failures=_messages(session, match, attention.ours_to_act_on()),
        warnings=_messages(session, match, _open_warnings()),
        late=_late(session, match, now),
        renewals=_renewals(session, match, digest.day),
        activations=_activations(session, match, now),
    )
    parts = (facts.failures, facts.warnings, facts.late, facts.renewals, facts.activations)
    return facts if any(part.total for part in parts) else None


def _day(subscription: Subscription, now: datetime) -> date:
    return now.astimezone(ZoneInfo(subscription.time_zone)).date()


def _open_warnings() -> ColumnElement[bool]:
    warning = attention.still_open(Severity.WARNING) & (CarrierMessage.assignee == "platform")
    return warning & attention.at_active(Integration)


def _heard(match: Match) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if match.employers is not None:
        bounds.append(Integration.employer_id.in_(sorted(match.employers)))
    if match.carriers is not None:
        bounds.append(Integration.carrier_id.in_(sorted(match.carriers)))
    return bounds


def _messages(session: Session, match: Match, which: ColumnElement[bool]) -> DigestPart:
    """By employer and carrier, the most first."""
    number = func.count()
    query = select(Employer.name, Carrier.name, number).select_from(CarrierMessage)
    query = query.join(CarrierMessage.integration).join(Integration.employer).join(Integration.carrier)
    query = query.where(which, *_heard(match)).group_by(Employer.id, Employer.name, Carrier.id, Carrier.name)
    rows = session.execute(query.order_by(number.desc(), Employer.name)).all()
    lines = (DigestLine(employer, carrier, number=count) for employer, carrier, count in rows[:SHOWN])
    return DigestPart(sum(count for *_, count in rows), tuple(lines))


def _late(session: Session, match: Match, now: datetime) -> DigestPart:
    late = [Integration.due_at <= now, *_heard(match)]
    found = _first(session, late, Integration.due_at)
    lines = (_line(each, at=each.due_at) for each in found)
    return DigestPart(_count(session, late), tuple(lines))


def _renewals(session: Session, match: Match, day: date) -> DigestPart:
    soon = Integration.renewal_date.between(day, day + RENEWS_WITHIN)
    renewing = [soon, Integration.status.in_((Status.ACTIVE, Status.PENDING)), *_heard(match)]
    found = _first(session, renewing, Integration.renewal_date)
    return DigestPart(_count(session, renewing), tuple(_line(each, on=each.renewal_date) for each in found))


def _activations(session: Session, match: Match, now: datetime) -> DigestPart:
    new = [Integration.active_at > now - NEW_FOR, Integration.status == Status.ACTIVE, *_heard(match)]
    found = _first(session, new, Integration.active_at)
    return DigestPart(_count(session, new), tuple(_line(each, at=each.active_at) for each in found))


def _first(
    session: Session, where: Sequence[ColumnElement[bool]], order: InstrumentedAttribute[Any]
) -> Sequence[Integration]:
    query = select(Integration).where(*where).order_by(order, Integration.id).limit(SHOWN)
    named = joinedload(Integration.employer), joinedload(Integration.carrier)
    return session.scalars(query.options(*named)).all()


def _count(session: Session, where: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(Integration).where(*where)) or 0


def _line(each: Integration, *, at: datetime | None = None, on: date | None = None) -> DigestLine:
    return DigestLine(each.employer.name, each.carrier.name, each.plan_name, at=at, on=on)
