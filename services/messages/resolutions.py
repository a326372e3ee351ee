"""What people decide about carrier messages: queued, sent to the exchange, confirmed or refused.

A decision is a row and an audit event, committed before the person has an answer. The job sends it with the
row's key, so that a repeated call has the effect of one, and tries on while the exchange is away. A refusal
stands on the message, which is open then as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import outbox, privacy
from services.access import Actor, Right, Role, require
from services.alerts import failures, lifecycle
from services.cards import cards
from services.errors import Invalid, MovedOn, NotFound
from services.integrations.search import seen
from services.messages import kinds, life, lines
from services.messages.life import RESOLVABLE
from services.messages.view import NOT_THERE
from services.outbox import Again
from services.people import audit
from services.ports import Exchange, MessageItem, Outcome, Status
from services.store.exchange import CarrierMessage, Integration
from services.store.messages import Resolution

LONGEST_NOTE = 2_000
SOON = timedelta(seconds=5)  # what the exchange confirms by then needs no card of its own
PACE = timedelta(seconds=1)  # between two edits of a progress card
NO_EXTRAS: Mapping[str, str] = MappingProxyType({})
_UNCLEAR = "The exchange's answer could not be understood. Lastsync tries again by itself."
_SSN = (
    "That looks like a Social Security number, and nothing was saved. "
    "Correct it in the employee's profile on the platform, or with the carrier."
)


@dataclass(frozen=True)
class Decision:
    """A choice that was checked. `extras` are the further steps, by question."""

    outcome: Outcome
    note: str | None
    extras: dict[str, str]


@dataclass(frozen=True)
class ResolutionView:
    """A resolution as it was asked for. `next_at`: when the carrier's next sync is expected."""

    id: int
    message_id: int
    state: str
    outcome: Outcome
    kind: str
    employer: str
    carrier: str
    next_at: datetime | None


@dataclass(frozen=True)
class Order:
    """What to tell the exchange, outside of any transaction."""

    resolution_id: int
    ref: str
    outcome: Outcome
    note: str | None
    key: str


def resolve(
    session: Session,
    actor: Actor,
    now: datetime,
    message_id: int,
    *,
    outcome: str,
    note: str = "",
    extras: Mapping[str, str] = NO_EXTRAS,
    version: int,
    key: str,
) -> ResolutionView:
    """Queue a resolution, the first one or another. `key` is the form's own: sent twice, it counts once."""
    message = _locked(session, actor, message_id)
    before = session.scalar(select(Resolution).filter_by(message_id=message_id, form_key=key))
    if before is not None:
        return _view(session, before, now)
    _check_open(session, actor, now, message, version)
    decided = decide(message.kind, outcome, note, extras)
    resolution = Resolution(message=message, form_key=key, **columns(actor, now, message, decided))
    session.add(resolution)
    message.state = "queued"
    note_decision(session, actor, now, message, decided)
    session.flush()
    failures.follow(session, now, {_pair(message)})
    cards.want(session, cards.of_resolution(resolution.id), actor.user_id, now, due_at=now + SOON)
    return _view(session, resolution, now)


def decide(kind: str, outcome: str, note: str, extras: Mapping[str, str]) -> Decision:
    """Check a form's answers. Raise Invalid with every field that needs another value."""
    chosen, wrong = kinds.answers(kind, extras)
    if outcome not in set(Outcome):
        wrong["outcome"] = "Choose which record is right."
    note = note.strip()
    room = LONGEST_NOTE - sum(len(line) + 1 for line in kinds.in_words(chosen))
    if refusal := privacy.refusal(note, room, ssn=_SSN):
        wrong["note"] = refusal
    if wrong:
        raise Invalid(wrong)
    return Decision(Outcome(outcome), note or None, chosen)


def columns(actor: Actor, now: datetime, message: CarrierMessage, decided: Decision) -> dict[str, object]:
    return {
        "ref": message.ref,
        "outcome": decided.outcome,
        "note": decided.note,
        "extras": decided.extras,
        "state": "queued",
        "key": str(uuid4()),
        "requested_by": actor.user_id,
        "requested_as": actor.role,
        "requested_at": now,
        "due_at": now,
    }


def note_decision(
    session: Session,
    actor: Actor,
    now: datetime,
    message: CarrierMessage,
    decided: Decision,
    *,
    event: str = "message.resolve_asked",
    reason: str | None = None,
) -> None:
    """Into the audit log: which message, and what was chosen."""
    audit.record(
        session,
        actor,
        event,
        now=now,
        integration=message.integration,
        employee_ref=message.employee_ref,
        message=message.id,
        issue=message.kind,
        outcome=decided.outcome.value,
        steps=list(kinds.in_words(decided.extras)),
        reason=reason,
    )


def begin(session: Session, row_id: int, now: datetime, *, by: str) -> Order | None:
    """What to send, if the resolution is still ours to send."""
    resolution = outbox.begin(session, Resolution, row_id, now, by)
    if resolution is None:
        return None
    told = [*filter(None, [resolution.note]), *kinds.in_words(resolution.extras)]
    outcome = Outcome(resolution.outcome)
    return Order(resolution.id, resolution.ref, outcome, "\n".join(told) or None, resolution.key)


def send(exchange: Exchange, order: Order) -> MessageItem:
    return exchange.resolve(order.ref, order.outcome, order.note, order.key)


def settle_done(session: Session, row_id: int, now: datetime, *, by: str, item: MessageItem) -> None:
    """The exchange took it. What the message is from then on is for intake to read."""
    resolution = _held(session, row_id, by)
    if resolution is None:
        return
    resolution.state, resolution.reason, resolution.settled_at = "sent", None, now
    resolution.resolved_at = item.resolved_at
    outbox.release(resolution, None)
    _reopen(resolution.message)
    _settled(session, now, resolution, "message.resolved")


def settle_failed(session: Session, row_id: int, now: datetime, *, by: str, error: Exception) -> None:
    """Refused for good when the exchange said no to it; else it waits, and says so."""
    resolution = _held(session, row_id, by)
    if resolution is None:
        return
    means = outbox.meaning(error)
    sentence = means.sentence or _UNCLEAR
    news, resolution.reason = resolution.reason != sentence, sentence
    if means.again is Again.NEVER:
        resolution.state, resolution.settled_at = "refused", now
        outbox.release(resolution, None)
        _reopen(resolution.message)
        _settled(session, now, resolution, "message.resolution_refused", reason=sentence)
        failures.follow(session, now, {_pair(resolution.message)})
        return
    outbox.release(resolution, now + means.pause(resolution.attempts))
    session.flush()
    if news:
        _show(session, now, resolution)


def _held(session: Session, resolution_id: int, by: str) -> Resolution | None:
    """The resolution, with its message and integration locked in the order in which a reading locks them."""
    resolution = outbox.held(session, Resolution, resolution_id, by)
    if resolution is None:
        return None
    place = resolution.message.integration_id
    session.execute(select(Integration.id).where(Integration.id == place).with_for_update(key_share=True))
    session.get(CarrierMessage, resolution.message_id, with_for_update=True, populate_existing=True)
    return resolution


def _reopen(message: CarrierMessage) -> None:
    if message.state == "queued":
        message.state = "open"


def _settled(
    session: Session, now: datetime, resolution: Resolution, event: str, reason: str | None = None
) -> None:
    """Who chose what is told again: it is the exchange's answer to it."""
    actor = Actor(resolution.requested_by, Role(resolution.requested_as) if resolution.requested_as else None)
    decided = Decision(Outcome(resolution.outcome), resolution.note, resolution.extras)
    note_decision(session, actor, now, resolution.message, decided, event=event, reason=reason)
    session.flush()
    _show(session, now, resolution)


def _show(session: Session, now: datetime, resolution: Resolution) -> None:
    if resolution.bulk_id is None:
        cards.bump(session, [cards.of_resolution(resolution.id)], now)
    else:
        cards.bump(session, [cards.of_bulk(resolution.bulk_id)], now, due_at=now + PACE)


def _locked(session: Session, actor: Actor, message_id: int) -> CarrierMessage:
    """Of two people who resolve at once, the second sees what the first has chosen."""
    require(actor, Right.RESOLVE)
    query = lines.rows().where(CarrierMessage.id == message_id, seen(actor))
    message = session.scalar(query.with_for_update(of=CarrierMessage))
    if message is None:
        raise NotFound(NOT_THERE)
    return message


def _check_open(session: Session, actor: Actor, now: datetime, message: CarrierMessage, version: int) -> None:
    place, state = message.integration, life.state_of(message)
    if state not in RESOLVABLE:
        (line,) = lines.lines(session, actor, now, [message])
        raise MovedOn(lines.decided(line, now))
    if session.scalar(select(Resolution.id).filter_by(message_id=message.id, state="queued")):
        raise MovedOn("An earlier resolution of this message still waits for the exchange's answer.")
    if place.status != Status.ACTIVE:
        raise MovedOn(
            f"This integration is {place.status.title()} now: nothing reaches the carrier from here. "
            "Tell the carrier by hand."
        )
    if not life.is_ours(message.severity, message.assignee):
        raise MovedOn("This message is here to be seen: nobody has to choose a side.")
    if version < message.returns:
        raise MovedOn("The carrier has sent this message again since. Look at it once more, then decide.")


def _pair(message: CarrierMessage) -> lifecycle.Pair:
    return message.integration.employer_id, message.integration.carrier_id


def _view(session: Session, resolution: Resolution, now: datetime) -> ResolutionView:
    message = resolution.message
    place = message.integration
    return ResolutionView(
        resolution.id,
        message.id,
        resolution.state,
        Outcome(resolution.outcome),
        message.kind,
        place.employer.name,
        place.carrier.name,
        lines.next_sync(session, place, now),
    )
