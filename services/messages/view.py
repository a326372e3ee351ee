"""One carrier message, with what resolving it needs, and the way to the next Failure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Row, func, select, tuple_
from sqlalchemy.orm import Session

from services.access import Actor, Right, require
from services.errors import NotFound
from services.integrations import listing
from services.integrations.attention import ours_to_act_on
from services.integrations.listing import AsOf
from services.integrations.search import Named, seen
from services.messages import kinds, lines
from services.messages.filters import EVERYTHING, OLDEST_FIRST, Filters, resolvable
from services.messages.kinds import Need
from services.messages.lines import MessageLine
from services.messages.listing import count
from services.ports import Outcome, Severity
from services.store.alerts import Alert
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration, rank_of
from services.store.messages import Resolution

NOT_THERE = "That message is not among those you work with, or it is over and gone."
MOST_PAST = 10


@dataclass(frozen=True)
class PastResolution:
    """`state`: queued, sent or refused. `extras`: the further steps that were chosen, in words."""

    at: datetime
    by: str
    role: str | None
    outcome: Outcome
    state: str
    reason: str | None
    note: str | None
    extras: tuple[str, ...]


@dataclass(frozen=True)
class MessageView:
    """`past` are the resolutions made here, the latest first. `left` counts the Failures of the walk that are
    still to be resolved; `next_failure` is the one after this, None when there is no other.
    """

    line: MessageLine
    needs: tuple[Need, ...]
    hint: str | None
    past: tuple[PastResolution, ...]
    next_failure: int | None
    left: int
    as_of: AsOf


def view(
    session: Session, actor: Actor, now: datetime, message_id: int, filters: Filters = EVERYTHING
) -> MessageView:
    """`filters` are those of the list that one came from: the walk stays within them."""
    message = visible_message(session, actor, message_id)
    (line,) = lines.lines(session, actor, now, [message])
    remedy = kinds.remedy(message.kind)
    return MessageView(
        line=line,
        needs=remedy.needs,
        hint=(line.can_resolve and remedy.hint) or None,
        past=_past(session, message_id),
        next_failure=next_failure(session, actor, filters, message),
        left=_left(session, actor, filters),
        as_of=listing.as_of(session, now),
    )


def first_failure(session: Session, actor: Actor, now: datetime, filters: Filters = EVERYTHING) -> int | None:
    """Where the order of work begins: the oldest Failure that waits for a person."""
    del now
    require(actor, Right.SEE_MESSAGES)
    return _first(session, actor, filters)


def visible_message(session: Session, actor: Actor, message_id: int) -> CarrierMessage:
    require(actor, Right.SEE_MESSAGES)
    message = session.scalar(lines.rows().where(CarrierMessage.id == message_id, seen(actor)))
    if message is None:
        raise NotFound(NOT_THERE)
    return message


def next_failure(session: Session, actor: Actor, filters: Filters, after: CarrierMessage) -> int | None:
    """The Failure that comes next by age; after the youngest, the walk begins again."""
    place = tuple_(CarrierMessage.received_at, CarrierMessage.id)
    later = place > tuple_(after.received_at, after.id)
    others = CarrierMessage.id != after.id
    return _first(session, actor, filters, later) or _first(session, actor, filters, others)


def _first(session: Session, actor: Actor, filters: Filters, *more: ColumnElement[bool]) -> int | None:
    query = select(CarrierMessage.id).where(*_walk(actor, filters), *more).order_by(*OLDEST_FIRST)
    return session.scalar(query.limit(1))


def _left(session: Session, actor: Actor, filters: Filters) -> int:
    return count(session, actor, filters, _walk(actor, filters))


def _walk(actor: Actor, filters: Filters) -> tuple[ColumnElement[bool], ...]:
    anything = replace(filters, severity=None)
    return *resolvable(actor, anything), CarrierMessage.rank == rank_of(Severity.FAILURE)


def _past(session: Session, message_id: int) -> tuple[PastResolution, ...]:
    query = select(Resolution).where(Resolution.message_id == message_id)
    found = session.scalars(query.order_by(Resolution.id.desc()).limit(MOST_PAST))
    return tuple(
        PastResolution(
            each.requested_at,
            each.requested_by,
            each.requested_as,
            Outcome(each.outcome),
            each.state,
            each.reason,
            each.note,
            kinds.in_words(each.extras),
        )
        for each in found
    )


SHOWN = 20
GONE = "That is not among what you work with, or it is over and gone."


@dataclass(frozen=True)
class FailingIntegration:
    """`counts` holds (kind, how many), the largest first. `oldest_at` is when the oldest was received."""

    id: int
    plan_name: str
    plan_type: str
    last_sync_at: datetime | None
    oldest_at: datetime
    counts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(number for _, number in self.counts)


@dataclass(frozen=True)
class FailuresView:
    """The integrations with the oldest Failures first; `more` counts those that are not listed."""

    employer: Named
    carrier: Named
    integrations: tuple[FailingIntegration, ...]
    more: int


@dataclass(frozen=True)
class Subject:
    """What an alert is about: an integration, or an employer with a carrier."""

    integration_id: int | None
    employer_id: int | None
    carrier_id: int | None


def subject(session: Session, actor: Actor, now: datetime, alert_id: int) -> Subject:
    """What to open for an alert. Whether this person may see that is asked of what is opened, too."""
    del now
    require(actor, Right.SEE_STATUS)
    alert = session.get(Alert, alert_id)
    if alert is None or (actor.employers is not None and alert.employer_id not in actor.employers):
        raise NotFound(GONE)
    return Subject(alert.integration_id, alert.employer_id, alert.carrier_id)


def failures(
    session: Session, actor: Actor, now: datetime, employer_id: int, carrier_id: int
) -> FailuresView:
    del now
    require(actor, Right.SEE_MESSAGES, employer_id)
    here = (Integration.employer_id == employer_id) & (Integration.carrier_id == carrier_id) & seen(actor)
    names = select(Employer.id, Employer.name, Carrier.id, Carrier.name).select_from(Integration)
    found = session.execute(names.join(Integration.employer).join(Integration.carrier).where(here)).first()
    if found is None:
        raise NotFound(GONE)
    failing = _failing(session, here)
    employer, carrier = Named(found[0], found[1]), Named(found[2], found[3])
    return FailuresView(employer, carrier, failing[:SHOWN], max(0, len(failing) - SHOWN))


_Row = Row[int, str, str, datetime | None, str, int, datetime]


def _failing(session: Session, here: ColumnElement[bool]) -> tuple[FailingIntegration, ...]:
    it, number, oldest = Integration, func.count(), func.min(CarrierMessage.received_at)
    plan = (it.id, it.plan_name, it.plan_type, it.last_sync_at)
    query = select(*plan, CarrierMessage.kind, number, oldest).join(CarrierMessage.integration)
    query = query.where(ours_to_act_on(), here).group_by(*plan, CarrierMessage.kind)
    gathered: dict[int, list[_Row]] = {}
    for row in session.execute(query.order_by(number.desc(), CarrierMessage.kind)):
        gathered.setdefault(row[0], []).append(row)
    read = [_read(rows) for rows in gathered.values()]
    return tuple(sorted(read, key=lambda each: (each.oldest_at, each.id)))


def _read(rows: list[_Row]) -> FailingIntegration:
    integration_id, plan_name, plan_type, last_sync_at, *_ = rows[0]
    counts = tuple((kind, number) for *_, kind, number, _ in rows)
    oldest_at = min(row[-1] for row in rows)
    return FailingIntegration(integration_id, plan_name, plan_type, last_sync_at, oldest_at, counts)
