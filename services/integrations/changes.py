"""What people ask the exchange to do with an integration: turn it on or off, change its group number.

The request is a row and an audit event, committed before the person has an answer. The job sends it with the
row's key, so that a repeated call has the effect of one. What came of it is a second audit event, and on the
person's own card.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import outbox
from services.access import Actor, Right, Role, require, visible
from services.cards import cards
from services.errors import Invalid, MovedOn, NotFound
from services.outbox import Again
from services.people import audit
from services.ports import Exchange, IntegrationItem, Status
from services.privacy import is_written_as_ssn
from services.store.base import insert_into
from services.store.changes import Change
from services.store.exchange import Integration

LONGEST_GROUP_NUMBER = 64
GROUP_NUMBER = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9 ._/-]{0,62}[A-Za-z0-9])?"
)  # as docs/exchange-api.yaml has it
_WRITTEN = "Use letters A to Z, digits, spaces and . _ / -, and begin and end with a letter or a digit."
_UNCLEAR = "The exchange's answer could not be understood. Lastsync tries again by itself."


class Kind(StrEnum):
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    GROUP_NUMBER = "group_number"


ASKED = {
    Kind.ACTIVATE: "integration.turn_on_asked",
    Kind.DEACTIVATE: "integration.turn_off_asked",
    Kind.GROUP_NUMBER: "group_number.change_asked",
}
DONE = {
    Kind.ACTIVATE: "integration.turned_on",
    Kind.DEACTIVATE: "integration.turned_off",
    Kind.GROUP_NUMBER: "group_number.changed",
}
_WORDS = {
    Kind.ACTIVATE: "to turn on",
    Kind.DEACTIVATE: "to turn off",
    Kind.GROUP_NUMBER: "to change the group number",
}


@dataclass(frozen=True)
class ChangeView:
    """A change as it was asked for. `state`: queued, done or refused."""

    id: int
    kind: Kind
    state: str
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    group_number: str | None
    requested_at: datetime


@dataclass(frozen=True)
class Order:
    """What to tell the exchange, outside of any transaction."""

    change_id: int
    ref: str
    kind: Kind
    group_number: str | None
    key: str


def request(
    session: Session,
    actor: Actor,
    now: datetime,
    integration_id: int,
    kind: str,
    group_number: str | None = None,
    key: str | None = None,
) -> ChangeView:
    """Queue a change. `key` is the form's own: the same form sent twice has the effect of once."""
    require(actor, Right.CONFIGURE)
    wanted = Kind(kind)
    integration = _visible_integration(session, actor, integration_id)
    before = _sent_before(session, integration, wanted, key)
    if before is not None:
        return _view(before, integration)
    number = None if wanted is Kind.DEACTIVATE else _checked(group_number)
    _check_state(integration, wanted, number)
    asked = {"integration_id": integration.id, "kind": wanted, "group_number": number, "form_key": key}
    change = _queue(session, actor, now, **asked)
    audit.record(session, actor, ASKED[wanted], now=now, integration=integration, group_number=number)
    session.flush()
    cards.want(session, cards.of_change(change.id), actor.user_id, now)
    return _view(change, integration)


def begin(session: Session, row_id: int, now: datetime, *, by: str) -> Order | None:
    """What to send, if the change is still ours to send."""
    change = outbox.begin(session, Change, row_id, now, by)
    if change is None:
        return None
    kind = Kind(change.kind)
    return Order(change.id, change.integration.ref, kind, change.group_number, change.key)


def send(exchange: Exchange, order: Order) -> IntegrationItem:
    if order.kind is Kind.DEACTIVATE:
        return exchange.deactivate(order.ref, order.key)
    if order.kind is Kind.ACTIVATE:
        return exchange.activate(order.ref, order.group_number or "", order.key)
    return exchange.change_group_number(order.ref, order.group_number or "", order.key)


def settle_done(session: Session, row_id: int, now: datetime, *, by: str, item: IntegrationItem) -> None:
    """The exchange did it. What the integration is from then on is for intake to read."""
    del item
    change = outbox.held(session, Change, row_id, by)
    if change is None:
        return
    change.state, change.reason, change.settled_at = "done", None, now
    outbox.release(change, None)
    done, number = DONE[Kind(change.kind)], change.group_number
    where = change.integration
    audit.record(session, _who_asked(change), done, now=now, integration=where, group_number=number)
    session.flush()
    cards.bump(session, [cards.of_change(row_id)], now)


def settle_failed(session: Session, row_id: int, now: datetime, *, by: str, error: Exception) -> None:
    """Refused for good when the exchange said no to it; else it waits, and its card says so."""
    change = outbox.held(session, Change, row_id, by)
    if change is None:
        return
    means = outbox.meaning(error)
    sentence = means.sentence or _UNCLEAR
    news = change.reason != sentence
    change.reason = sentence
    if means.again is Again.NEVER:
        change.state, change.settled_at = "refused", now
        outbox.release(change, None)
        audit.record(
            session,
            _who_asked(change),
            "change.refused",
            now=now,
            integration=change.integration,
            asked=_WORDS[Kind(change.kind)],
            reason=sentence,
        )
    else:
        outbox.release(change, now + means.pause(change.attempts))
    session.flush()
    if news:
        cards.bump(session, [cards.of_change(row_id)], now)


def _who_asked(change: Change) -> Actor:
    return Actor(change.requested_by, Role(change.requested_as) if change.requested_as else None)


def _visible_integration(session: Session, actor: Actor, integration_id: int) -> Integration:
    """Locked: of two people who ask at once, the second sees what the first has asked."""
    query = select(Integration).where(Integration.id == integration_id)
    query = query.where(visible(actor, Integration.employer_id)).with_for_update(
        of=Integration, key_share=True
    )
    integration = session.scalar(query)
    if integration is None:
        raise NotFound("That integration is not among those you work with.")
    return integration


def _sent_before(session: Session, integration: Integration, kind: Kind, key: str | None) -> Change | None:
    """The change that this very form queued, unless another one followed: then the form is used anew."""
    if key is None:
        return None
    query = select(Change).where(Change.integration_id == integration.id).order_by(Change.id.desc()).limit(1)
    latest = session.scalar(query)
    return latest if latest is not None and (latest.form_key, latest.kind) == (key, kind) else None


def _checked(group_number: str | None) -> str:
    number = " ".join((group_number or "").split())
    if not number:
        raise Invalid({"group_number": "Enter the group number. The carrier or its documents name it."})
    if len(number) > LONGEST_GROUP_NUMBER:
        raise Invalid({"group_number": f"Use at most {LONGEST_GROUP_NUMBER} characters."})
    if not GROUP_NUMBER.fullmatch(number):
        raise Invalid({"group_number": _WRITTEN})
    if is_written_as_ssn(number):
        raise Invalid({"group_number": "This looks like a Social Security number. Enter the group number."})
    return number


def _check_state(integration: Integration, kind: Kind, number: str | None) -> None:
    status = Status(integration.status)
    if kind is Kind.ACTIVATE and status is not Status.DISABLED:
        raise MovedOn(f"This integration is {status.value.title()} already: it was turned on before.")
    if kind is Kind.DEACTIVATE and status is Status.DISABLED:
        raise MovedOn("This integration is Disabled already: it was turned off before.")
    if kind is Kind.GROUP_NUMBER and number == integration.group_number:
        raise Invalid({"group_number": "That is its group number already. Enter another one."})


def _queue(session: Session, actor: Actor, now: datetime, **asked: object) -> Change:
    row = {
        "state": "queued",
        "key": str(uuid4()),
        "requested_by": actor.user_id,
        "requested_as": actor.role,
        "requested_at": now,
        "due_at": now,
    }
    insert = insert_into(session, Change).values(row | asked).on_conflict_do_nothing().returning(Change)
    change = session.scalar(insert)
    if change is None:
        raise MovedOn(
            "A change of this integration is already waiting for the exchange. Wait for its answer."
        )
    return change


def _view(change: Change, integration: Integration) -> ChangeView:
    return ChangeView(
        change.id,
        Kind(change.kind),
        change.state,
        integration.id,
        integration.employer.name,
        integration.carrier.name,
        integration.plan_name,
        change.group_number,
        change.requested_at,
    )


@dataclass(frozen=True)
class ChangeCard:
    """What a person asked the exchange to do, in their own direct message.

    `kind`: activate, deactivate or group_number. `state`: queued, done or refused.
    `reason` is the exchange's sentence when refused; while queued, why it still waits (None at first).
    `status` is the integration's status now; `next_try_at` is None once the exchange has answered.
    """

    template: ClassVar[str] = "status/change"
    change_id: int
    version: int
    kind: str
    state: str
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    plan_type: str
    status: str
    group_number: str | None
    requested_by: str
    requested_at: datetime
    next_try_at: datetime | None = None
    settled_at: datetime | None = None
    reason: str | None = None


def read_card(session: Session, change_id: int, version: int) -> ChangeCard | None:
    """What is true of the change; None when there is none any more."""
    change = session.get(Change, change_id)
    if change is None:
        return None
    integration = change.integration
    return ChangeCard(
        change_id=change.id,
        version=version,
        kind=change.kind,
        state=change.state,
        integration_id=integration.id,
        employer=integration.employer.name,
        carrier=integration.carrier.name,
        plan_name=integration.plan_name,
        plan_type=integration.plan_type,
        status=integration.status,
        group_number=change.group_number,
        requested_by=change.requested_by,
        requested_at=change.requested_at,
        next_try_at=change.due_at,
        settled_at=change.settled_at,
        reason=change.reason,
    )
