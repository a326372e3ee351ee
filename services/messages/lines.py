"""One line about a carrier message: what was found, about whom, and where it is in its life.

Values and texts were masked on the way in; an employee is named by the platform's own number alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager

from services import words
from services.access import Actor, Right, Role
from services.integrations import expected as expectations
from services.integrations.search import Named
from services.messages import kinds, life
from services.messages.life import RESOLVABLE, State, Step
from services.ports import SIDES, Outcome, Severity, Status
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration, Sync
from services.store.messages import Escalation, Resolution


@dataclass(frozen=True)
class Resolved:
    """The latest resolution. `by` is None when it was made elsewhere, `outcome` when nobody chose a side.

    `synced`: how often the carrier has synced since. `extras`: the further steps that were chosen, in words.
    """

    at: datetime
    outcome: Outcome | None
    by: str | None
    role: str | None
    synced: int
    note: str | None = None
    extras: tuple[str, ...] = ()


@dataclass(frozen=True)
class MessageLine:
    """`version` is what buttons carry: it grows when the message comes back, as `came_back` does.

    `employee_ref` is None when the exchange named nobody. `refusal`: why the exchange refused the latest
    resolution; `queued`: the one on its way; `escalated_at` is of this cycle.
    """

    id: int
    version: int
    severity: Severity
    kind: str
    field: str | None
    platform_value: str | None
    carrier_value: str | None
    text: str
    employee_ref: str | None
    integration_id: int
    employer: Named
    carrier: Named
    time_zone: str
    plan_name: str
    plan_type: str
    assignee: str
    received_at: datetime
    last_sync_at: datetime | None
    next_at: datetime | None
    state: State
    step: Step
    came_back: int
    resolved: Resolved | None
    refusal: str | None
    cleared_at: datetime | None
    queued: Resolved | None
    escalated_at: datetime | None
    can_resolve: bool
    can_escalate: bool

    @property
    def queued_by(self) -> str | None:
        return self.queued.by if self.queued else None


def rows() -> Select[CarrierMessage]:
    """Messages with their integration, employer and carrier, to be narrowed."""
    query = select(CarrierMessage).join(CarrierMessage.integration)
    query = query.join(Employer, Integration.employer_id == Employer.id)
    query = query.join(Carrier, Integration.carrier_id == Carrier.id)
    loaded = contains_eager(CarrierMessage.integration)
    return query.options(
        loaded.contains_eager(Integration.employer), loaded.contains_eager(Integration.carrier)
    )


def lines(
    session: Session, actor: Actor, now: datetime, found: Sequence[CarrierMessage]
) -> tuple[MessageLine, ...]:
    ids = [message.id for message in found]
    if not ids:
        return ()
    places = {message.integration_id: message.integration for message in found}
    told = _Told(
        _resolutions(session, ids),
        _synced(session, ids),
        _escalated(session, found),
        {place_id: next_sync(session, place, now) for place_id, place in places.items()},
    )
    return tuple(_line(message, actor, now, told) for message in found)


@dataclass(frozen=True)
class _Told:
    """What else is known of the messages, by their ids. Resolutions are the latest first.

    `next_at` is by integration.
    """

    resolutions: Mapping[int, Sequence[Resolution]]
    synced: Mapping[int, int]
    escalated: Mapping[int, datetime]
    next_at: Mapping[int, datetime | None]


def _resolutions(session: Session, ids: Sequence[int]) -> dict[int, list[Resolution]]:
    query = select(Resolution).where(Resolution.message_id.in_(ids)).order_by(Resolution.id.desc())
    made: dict[int, list[Resolution]] = {}
    for each in session.scalars(query):
        made.setdefault(each.message_id, []).append(each)
    return made


def _synced(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """How often the carrier has synced since each message was resolved."""
    query = select(CarrierMessage.id, func.count(Sync.id)).join(
        Sync, Sync.integration_id == CarrierMessage.integration_id
    )
    query = query.where(CarrierMessage.id.in_(ids), Sync.synced_at > CarrierMessage.resolved_at)
    return dict(session.execute(query.group_by(CarrierMessage.id)).all())


def _escalated(session: Session, found: Sequence[CarrierMessage]) -> dict[int, datetime]:
    returns = {message.id: message.returns for message in found if message.returns}
    query = select(Escalation).where(Escalation.message_id.in_(returns))
    rows = session.scalars(query) if returns else ()
    return {each.message_id: each.escalated_at for each in rows if each.cycle == returns[each.message_id]}


def _line(message: CarrierMessage, actor: Actor, now: datetime, told: _Told) -> MessageLine:
    place, made = message.integration, told.resolutions.get(message.id, ())
    # An exchange may have told of the sync before it told of the syncs.
    synced = told.synced.get(message.id, 0) or int(message.reached_at is not None)
    state = life.state_of(message)
    ours = life.is_ours(message.severity, message.assignee) and place.status == Status.ACTIVE
    may = actor.may(Right.RESOLVE) and ours
    escalated_at = told.escalated.get(message.id)
    return MessageLine(
        id=message.id,
        version=message.returns,
        severity=Severity(message.severity),
        kind=message.kind,
        field=message.field,
        platform_value=message.platform_value,
        carrier_value=message.carrier_value,
        text=message.text,
        employee_ref=message.employee_ref,
        integration_id=place.id,
        employer=Named(place.employer.id, place.employer.name),
        carrier=Named(place.carrier.id, place.carrier.name),
        time_zone=place.carrier.time_zone,
        plan_name=place.plan_name,
        plan_type=place.plan_type,
        assignee=message.assignee,
        received_at=message.received_at,
        last_sync_at=place.last_sync_at,
        next_at=told.next_at[place.id],
        state=state,
        step=life.step_of(message, synced=synced, now=now),
        came_back=message.returns,
        resolved=_resolved(message, made, synced),
        refusal=made[0].reason if made and made[0].state == "refused" and state in RESOLVABLE else None,
        cleared_at=message.cleared_at,
        queued=_ours(made[0], made[0].requested_at, 0) if made and state is State.QUEUED else None,
        escalated_at=escalated_at,
        can_resolve=may and state in RESOLVABLE,
        can_escalate=may and state is State.CAME_BACK and escalated_at is None,
    )


def next_sync(session: Session, place: Integration, now: datetime) -> datetime | None:
    """When the carrier's next sync is expected: where one was missed, the one that is still ahead."""
    if place.status != Status.ACTIVE or place.next_at is None:
        return None
    if place.next_at > now:
        return place.next_at
    expected = expectations.load(session, place, now)
    return expected.next_at if expected else None


def _resolved(message: CarrierMessage, made: Sequence[Resolution], synced: int) -> Resolved | None:
    """The exchange's own time tells whether the latest resolution is one of ours."""
    if message.resolved_at is None:
        return None
    outcome = Outcome(message.outcome) if message.outcome else None
    ours = next((each for each in made if outcome and each.resolved_at == message.resolved_at), None)
    if ours is None:
        return Resolved(message.resolved_at, outcome, None, None, synced)
    return _ours(ours, message.resolved_at, synced)


def _ours(made: Resolution, at: datetime, synced: int) -> Resolved:
    extras = kinds.in_words(made.extras)
    return Resolved(
        at, Outcome(made.outcome), made.requested_by, made.requested_as, synced, made.note, extras
    )


def story(line: MessageLine, now: datetime) -> str | None:
    """As in "resolved 9 days ago by the broker: the carrier is right; Principal has synced twice since"."""
    if line.resolved is None:
        return None
    return f"{_decision(line.resolved, now)}; {_since(line)}"


def decided(line: MessageLine, now: datetime) -> str:
    """What became of a message that somebody wanted to resolve, and was too late."""
    if line.queued:
        return f"This was {_decision(line.queued, now)}. That is on its way to the exchange."
    if line.resolved is None:
        return "This message has changed since. Look at it once more."
    told = f"This was {_decision(line.resolved, now)}."
    carrier = line.carrier.name
    if line.state is State.CLEARED:
        return f"{told} {carrier} has synced since and reports it no more."
    if line.state is State.WAITING:
        day = f", expected on {words.day(line.next_at, line.time_zone, now)}" if line.next_at else ""
        return f"{told} It waits for the next sync of {carrier}{day}."
    return told


def by_whom(role: str | None) -> str:
    return f"by the {Role(role).label.lower()}" if role in set(Role) else "elsewhere"


def _decision(resolved: Resolved, now: datetime) -> str:
    ago = words.ago(resolved.at, now)
    if resolved.outcome is None:
        return f"closed {ago} by the carrier or the middleware"
    return f"resolved {ago} {by_whom(resolved.role)}: {SIDES[resolved.outcome]}"


def _since(line: MessageLine) -> str:
    synced = line.resolved.synced if line.resolved else 0
    return f"{line.carrier.name} has {f'synced {words.times(synced)}' if synced else 'not synced'} since"
