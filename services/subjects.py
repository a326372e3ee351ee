"""From a card to what is true of its subject now: one reader for each kind of subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from services.alerts import carrier, failures, late, pending, status, unreachable
from services.alerts.carrier import CarrierCard
from services.alerts.failures import FailuresCard
from services.alerts.late import LateCard
from services.alerts.lifecycle import Audience
from services.alerts.pending import PendingCard
from services.alerts.status import StatusCard
from services.alerts.timeline import BROADCAST, TimelineCard, What
from services.alerts.unreachable import UnreachableCard
from services.cards import undelivered
from services.cards.undelivered import UndeliveredCard
from services.channels import cards as channel_cards
from services.channels import digest, routing
from services.channels.cards import OfferCard, RouteCard, SampleCard
from services.channels.digest import DigestCard
from services.channels.routing import NOWHERE, Channels
from services.employees import alerts as employees
from services.employees import cards as employee_cards
from services.employees.alerts import EmployeesCard
from services.employees.cards import BatchCard
from services.integrations import changes
from services.integrations.changes import ChangeCard
from services.messages import cards as message_cards
from services.messages.cards import BulkCard, EscalationCard, ResolutionCard
from services.store.alerts import Alert, AlertEvent, Card, Kind
from services.store.exchange import Carrier, Employer

AnyAlert = LateCard | FailuresCard | CarrierCard | StatusCard | PendingCard | UnreachableCard | EmployeesCard
AnyCard = (
    AnyAlert
    | TimelineCard
    | DigestCard
    | SampleCard
    | RouteCard
    | OfferCard
    | UndeliveredCard
    | ChangeCard
    | BatchCard
    | ResolutionCard
    | BulkCard
    | EscalationCard
)
Reader = Callable[[Session, int, Card, datetime], AnyCard | None]
BoundedReader = Callable[[Session, int, Card, datetime, Channels], AnyCard | None]
AlertReader = Callable[[Session, Alert, datetime, Audience], AnyAlert | None]


def read_card(session: Session, card: Card, now: datetime, channels: Channels = NOWHERE) -> AnyCard | None:
    """What is true of the card's subject. None when there is nothing to tell: it was over before."""
    kind, _, about = card.subject.partition(":")
    if kind == "offer":
        return channel_cards.of_offer(about)
    if kind == "route":
        return channel_cards.of_route(session, about, card)
    if kind in _BOUNDED:
        return _BOUNDED[kind](session, int(about), card, now, channels)
    return _READERS[kind](session, int(about), card, now)


def _alert(session: Session, alert_id: int, card: Card, now: datetime, channels: Channels) -> AnyAlert | None:
    """None when it was over before its card was posted."""
    alert = session.get(Alert, alert_id)
    if alert is None or (alert.closed_at and alert.kind != Kind.STATUS and not card.may_show):
        return None
    audience = Audience(_mention(session, alert, card, channels), card.channel_id, channels, card.may_show)
    return _ALERTS[Kind(alert.kind)](session, alert, now, audience)


def _event(
    session: Session, event_id: int, card: Card, now: datetime, channels: Channels
) -> TimelineCard | None:
    """None when it says that something is still so, and it is not any more."""
    event = session.get(AlertEvent, event_id)
    alert = session.get(Alert, event.alert_id) if event else None
    if event is None or alert is None:
        return None
    broadcast = event.what in BROADCAST
    if broadcast and alert.closed_at is not None and not card.may_show:
        return None
    employer = session.get(Employer, alert.employer_id) if alert.employer_id else None
    insurer = session.get(Carrier, alert.carrier_id) if alert.carrier_id else None
    counted = alert.kind == Kind.FAILURES and broadcast
    return TimelineCard(
        event.id,
        alert.id,
        event.what,
        alert.kind,
        employer.name if employer else None,
        insurer.name if insurer else None,
        event.by,
        event.at,
        broadcast,
        MappingProxyType(event.detail | _ended(session, alert, event, now, card, channels)),
        failures.read_card(session, alert, now).total if counted else 0,
        _mention(session, alert, card, channels) if broadcast else None,
    )


def _ended(
    session: Session, alert: Alert, event: AlertEvent, now: datetime, card: Card, channels: Channels
) -> dict[str, float]:
    """For how long it was so, in seconds, as its card says."""
    if event.what != What.CLOSED:
        return {}
    audience = Audience(None, card.channel_id, channels, stands=True)
    told = _ALERTS[Kind(alert.kind)](session, alert, now, audience)
    return {"lasted": told.lasted.total_seconds()} if told and told.lasted is not None else {}


def _mention(session: Session, alert: Alert, card: Card, channels: Channels) -> str | None:
    """Whom the subscription calls that lets this channel hear of it."""
    matches = routing.matching(session, channels, alert, card.channel_id)
    called = (match.subscription.mention for match in matches if match.subscription)
    return next((each for each in called if each), None)


_ALERTS: Mapping[Kind, AlertReader] = MappingProxyType(
    {
        Kind.LAST_SYNC: late.read_card,
        Kind.CARRIER: carrier.read_card,
        Kind.FAILURES: failures.read_card,
        Kind.STATUS: status.read_card,
        Kind.PENDING: pending.read_card,
        Kind.EMPLOYEES: employees.read_card,
        Kind.UNREACHABLE: unreachable.read_card,
    }
)
_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "aside": undelivered.read_card,
        "batch": lambda session, batch_id, card, now: employee_cards.read_card(
            session, batch_id, card.wanted, now
        ),
        "bulk": message_cards.of_bulk,
        "change": lambda session, change_id, card, _: changes.read_card(session, change_id, card.wanted),
        "escalation": message_cards.of_escalation,
        "resolution": message_cards.of_resolution,
        "sample": lambda session, sample_id, *_: channel_cards.of_sample(session, sample_id),
    }
)
# What these tell is bounded by what the channel may hear.
_BOUNDED: Mapping[str, BoundedReader] = MappingProxyType(
    {"alert": _alert, "digest": digest.read_card, "event": _event}
)
