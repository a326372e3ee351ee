"""The use cases behind `/carrier-status`: what a person is told, and which steps are open to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from services.access import Actor, Right, require, visible
from services.cadence.expectation import Expectation
from services.errors import MovedOn, NotFound
from services.integrations import communications, history, listing, rhythms, search
from services.integrations.attention import Show
from services.integrations.communications import Logged
from services.integrations.listing import AsOf, Counts, Filters, IntegrationRow, Place
from services.integrations.search import Found, Named, Nothing, Several, seen
from services.ports import Severity, Status
from services.status import diagnosis
from services.status.diagnosis import Case, CaseMessage, Diagnosis, NextStep
from services.store.base import read
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration

LISTED = 8


class Step(StrEnum):
    """What can be done with an integration. A diagnosis' next step is one of these."""

    TURN_ON = "turn_on"
    TURN_OFF = "turn_off"
    EDIT_GROUP_NUMBER = "edit_group_number"
    LOG_COMMUNICATION = "log_communication"
    MESSAGES = "messages"
    SYNC_HISTORY = "sync_history"
    CADENCE = "cadence"


@dataclass(frozen=True)
class Summary:
    counts: Counts
    urgent: tuple[IntegrationRow, ...]
    sees_pending: bool
    as_of: AsOf


@dataclass(frozen=True)
class Listing:
    """The integrations of an employer, of a carrier, or of both together.

    `configured` of `eligible` is the ratio of the Configure tab, for those who may see that.
    `missing` is the carrier that was asked for and that the employer has nothing with.
    """

    employer: Named | None
    carrier: Named | None
    rows: tuple[IntegrationRow, ...]
    configured: int | None
    eligible: int
    as_of: AsOf
    missing: Named | None = None

    @property
    def title(self) -> str:
        return Found(self.employer, self.carrier).label


@dataclass(frozen=True)
class IntegrationView:
    """One integration with its verdict. `steps` are those that this person may take now."""

    row: IntegrationRow
    diagnosis: Diagnosis
    expectation: Expectation | None
    steps: tuple[Step, ...]
    next_step: Step | None
    communications: tuple[Logged, ...]
    as_of: AsOf


@dataclass(frozen=True)
class PageView:
    rows: tuple[IntegrationRow, ...]
    place: Place
    employer: Named | None
    carrier: Named | None
    show: Show
    shows: tuple[Show, ...]
    as_of: AsOf


Answer = Summary | Listing | IntegrationView | Several | Nothing


def answer(session: Session, actor: Actor, now: datetime, text: str) -> Answer:
    """Answer `/carrier-status [employer] [carrier]`."""
    if not text.strip():
        return summary(session, actor, now)
    found = search.find(session, actor, text)
    if isinstance(found, Several | Nothing):
        return found
    employer_id, carrier_id = (each.id if each else None for each in (found.employer, found.carrier))
    return narrowed(session, actor, now, employer_id, carrier_id)


def summary(session: Session, actor: Actor, now: datetime) -> Summary:
    require(actor, Right.SEE_STATUS)
    as_of = listing.as_of(session, now)
    return Summary(
        counts=listing.count(session, actor, as_of),
        urgent=listing.most_urgent(session, actor, as_of, LISTED),
        sees_pending=actor.may(Right.SEE_PENDING),
        as_of=as_of,
    )


def narrowed(
    session: Session, actor: Actor, now: datetime, employer_id: int | None, carrier_id: int | None
) -> Listing | IntegrationView:
    """An employer's integrations, a carrier's, or those of both; a carrier's only one is answered itself."""
    require(actor, Right.SEE_STATUS, employer_id)
    as_of, filters = listing.as_of(session, now), Filters(employer_id, carrier_id)
    rows = listing.listed(session, actor, as_of, filters, LISTED)
    if carrier_id and len(rows) == 1:
        return _view(session, actor, as_of, rows[0])
    if employer_id and carrier_id and not rows:
        missing = _carrier(session, actor, carrier_id)
        filters = Filters(employer_id)
        rows = listing.listed(session, actor, as_of, filters, LISTED)
        return replace(_listing(session, actor, as_of, filters, rows), missing=missing)
    return _listing(session, actor, as_of, filters, rows)


def integration(session: Session, actor: Actor, now: datetime, integration_id: int) -> IntegrationView:
    as_of = listing.as_of(session, now)
    return _view(session, actor, as_of, _one(session, actor, as_of, integration_id))


def one(session: Session, actor: Actor, now: datetime, integration_id: int) -> IntegrationRow:
    return _one(session, actor, listing.as_of(session, now), integration_id)


def _one(session: Session, actor: Actor, as_of: AsOf, integration_id: int) -> IntegrationRow:
    require(actor, Right.SEE_STATUS)
    row = listing.one(session, actor, as_of, integration_id)
    if row is None:
        raise NotFound(listing.NOT_THERE)
    return row


def open_step(
    session: Session, actor: Actor, now: datetime, integration_id: int, step: Step
) -> IntegrationRow:
    """The integration, if this person may take `step` with it now; else the reason why not."""
    require(actor, Right.CONFIGURE)
    row = one(session, actor, now, integration_id)
    if step not in _steps(row, actor):
        raise MovedOn(_why_not(row))
    return row


def page(session: Session, actor: Actor, now: datetime, filters: Filters, wanted: int) -> PageView:
    """One page of *Show all*. A filter that this person may not use is left out."""
    require(actor, Right.SEE_STATUS)
    employer = _employer(session, actor, filters.employer_id)
    carrier = _carrier(session, actor, filters.carrier_id)
    shows = tuple(show for show in Show if actor.may(Right.SEE_PENDING) or show not in _CONFIGURE_TAB)
    show = filters.show if filters.show in shows else Show.ALL
    kept = Filters(employer.id if employer else None, carrier.id if carrier else None, show)
    as_of = listing.as_of(session, now)
    rows, place = listing.page(session, actor, as_of, kept, wanted)
    return PageView(rows, place, employer, carrier, show, shows, as_of)


_CONFIGURE_TAB = frozenset({Show.PENDING, Show.DISABLED})


def _view(session: Session, actor: Actor, as_of: AsOf, row: IntegrationRow) -> IntegrationView:
    rhythm = rhythms.load(session, [row], as_of.known)[row.id]
    known, expectation = rhythm.syncs, rhythm.expectation
    found = diagnosis.diagnose(_case(session, row, expectation, known, as_of), as_of.now)
    steps = _steps(row, actor)
    next_step = Step(found.next_step) if found.next_step is not NextStep.NONE else None
    return IntegrationView(
        row=replace(row, next_at=expectation.next_at if expectation else None),
        diagnosis=found,
        expectation=expectation,
        steps=steps,
        next_step=next_step if next_step in steps else None,
        communications=communications.latest(session, row.id) if actor.may(Right.SEE_PENDING) else (),
        as_of=as_of,
    )


def _case(
    session: Session,
    row: IntegrationRow,
    expectation: Expectation | None,
    known: Sequence[datetime],
    as_of: AsOf,
) -> Case:
    messages = read(session, _MESSAGES, integration_id=row.id)
    return Case(
        employer=row.employer.name,
        carrier=row.carrier.name,
        plan=row.plan_name,
        status=row.status,
        group_number="on file" if row.has_group_number else None,
        configured_at=row.configured_at,
        active_at=row.active_at,
        disabled_at=row.disabled_at,
        disabled_by=row.disabled_by,
        last_sync_at=row.last_sync_at,
        expectation=expectation,
        syncs=tuple(known),
        messages=tuple(_case_message(message, known) for message in messages),
        change_queued=row.waiting,
        time_zone=row.time_zone,
        synced_to=as_of.synced_to,
    )


_MESSAGES = select(
    CarrierMessage.severity,
    CarrierMessage.kind,
    CarrierMessage.state,
    CarrierMessage.received_at,
    CarrierMessage.resolved_at,
    CarrierMessage.assignee,
    CarrierMessage.returns,
).where(CarrierMessage.integration_id == bindparam("integration_id"), CarrierMessage.cleared_at.is_(None))


def _case_message(message: Row[*tuple[Any, ...]], known: Sequence[datetime]) -> CaseMessage:
    back = message.resolved_at if message.state == "open" else None
    return CaseMessage(
        severity=Severity(message.severity),
        kind=message.kind,
        state=message.state,
        received_at=message.received_at,
        # One on its way to the exchange is resolved now, whatever was decided before.
        resolved_at=None if message.state == "queued" else message.resolved_at,
        assignee=message.assignee,
        cycles=sum(at > back for at in known) if back else 0,
        returns=message.returns,
    )


def _steps(row: IntegrationRow, actor: Actor) -> tuple[Step, ...]:
    """By right and by state, in the order in which they are offered."""
    steps = []
    if actor.may(Right.CONFIGURE):
        steps += _configuring(row)
    if actor.may(Right.SEE_MESSAGES) and not row.never_on:
        steps.append(Step.MESSAGES)
    if row.last_sync_at:
        steps.append(Step.SYNC_HISTORY)
    if row.status is Status.ACTIVE and actor.may(Right.CONFIGURE):
        steps.append(Step.CADENCE)
    return tuple(steps)


def _configuring(row: IntegrationRow) -> list[Step]:
    log = [] if row.status is Status.ACTIVE else [Step.LOG_COMMUNICATION]
    if row.waiting:
        return log
    if row.status is Status.DISABLED:
        return [Step.TURN_ON, *log]
    return [*log, Step.EDIT_GROUP_NUMBER, Step.TURN_OFF]


def _why_not(row: IntegrationRow) -> str:
    again = "Run the command again to see it as it is."
    if row.waiting:
        return f"The exchange has not answered an earlier change of this integration yet. {again}"
    return f"This integration is {row.status} now, so that no longer applies. {again}"


def _listing(
    session: Session, actor: Actor, as_of: AsOf, filters: Filters, rows: tuple[IntegrationRow, ...]
) -> Listing:
    configured, eligible = listing.ratio(session, actor, filters)
    # Where there are rows, they know the names already.
    return Listing(
        employer=_first(row.employer for row in rows if filters.employer_id)
        or _employer(session, actor, filters.employer_id),
        carrier=_first(row.carrier for row in rows if filters.carrier_id)
        or _carrier(session, actor, filters.carrier_id),
        rows=history.with_next(session, rows, as_of.known),
        configured=configured if actor.may(Right.CONFIGURE) else None,
        eligible=eligible,
        as_of=as_of,
    )


def _first(named: Iterable[Named]) -> Named | None:
    return next(iter(named), None)


def _employer(session: Session, actor: Actor, employer_id: int | None) -> Named | None:
    if employer_id is None:
        return None
    query = select(Employer.name).where(Employer.id == employer_id, visible(actor, Employer.id))
    name = session.scalar(query)
    if name is None:
        raise NotFound("That employer is not among those you work with.")
    return Named(employer_id, name)


def _carrier(session: Session, actor: Actor, carrier_id: int | None) -> Named | None:
    if carrier_id is None:
        return None
    theirs = select(Integration.id).where(Integration.carrier_id == Carrier.id, seen(actor)).exists()
    name = session.scalar(select(Carrier.name).where(Carrier.id == carrier_id, theirs))
    if name is None:
        raise NotFound("That carrier is not among those you work with.")
    return Named(carrier_id, name)
