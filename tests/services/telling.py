"""An alert's way in a test: found, routed, posted, said again, as the jobs of the bot do it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from services import subjects
from services.access import Actor, Role
from services.alerts import actions, failures, reminders
from services.alerts import late as late_alerts
from services.alerts.actions import AlertView, Snooze
from services.channels import digest, routing
from services.channels.routing import Channels
from services.store.alerts import Alert, AlertEvent, Card, Subscription
from services.store.alerts import SubscriptionCarrier as ForCarrier
from services.store.alerts import SubscriptionEmployer as ForEmployer
from services.store.exchange import CarrierMessage, Integration, Reading
from tests.rows import Clock, Rows

AGENCY = Actor("U0AGENCY01", Role.AGENCY, None)
ALERTS, OPERATORS = "C0ALERTS", "C0OPERATORS"
ROOMS = Channels(ALERTS, OPERATORS, frozenset({AGENCY.user_id}))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = ["last_sync", "failures", "status", "pending", "employees"]


@dataclass
class Telling:
    rows: Rows
    clock: Clock
    channels: Channels = ROOMS

    def late(self, **columns: Any) -> Integration:
        """An integration that the freshness job must look at now, and that is lost three hours later."""
        now = self.clock()
        usual = {"due_at": now - HOUR, "watch_at": now - HOUR, "lost_at": now + 3 * HOUR}
        return self.rows.integration(**(usual | {"last_sync_at": now - 2 * DAY} | columns))

    def carrier_of(self, late: int, on_time: int = 0, **columns: Any) -> list[Integration]:
        """The integrations of one carrier, each of an employer of its own."""
        carrier = self.rows.carrier()
        found = [self.late(carrier_id=carrier, **columns) for _ in range(late)]
        return found + [self.on_time(carrier_id=carrier) for _ in range(on_time)]

    def on_time(self, **columns: Any) -> Integration:
        later = self.clock() + DAY
        return self.rows.integration(
            due_at=later, watch_at=later, last_sync_at=self.clock() - HOUR, **columns
        )

    def failing(self, **columns: Any) -> Integration:
        found = self.rows.integration(**columns)
        self.rows.message(found.id)
        self.recount(found)
        return found

    def recount(self, integration: Integration, *, came: int = 0, back: int = 0) -> None:
        pair = integration.employer_id, integration.carrier_id
        with self.rows.sessions.write() as session:
            numbers = {pair: came} if came else {}
            returned = {pair: back} if back else {}
            failures.follow(session, self.clock(), {pair}, came=numbers, back=returned)

    def move(self, integration: Integration, **columns: Any) -> None:
        """All its messages, at once."""
        with self.rows.sessions.write() as session:
            theirs = CarrierMessage.integration_id == integration.id
            session.execute(update(CarrierMessage).where(theirs).values(columns))
        self.recount(integration)

    def clear(self, integration: Integration) -> None:
        self.move(integration, state="resolved", cleared_at=self.clock())

    def sweep(self) -> int:
        with self.rows.sessions.write() as session:
            return late_alerts.find_late(session, self.clock(), self.clock())

    def follow(self, *ids: int, **columns: Any) -> None:
        with self.rows.sessions.write() as session:
            for each in ids:
                kept = session.get_one(Integration, each)
                for name, value in columns.items():
                    setattr(kept, name, value)
            session.flush()
            late_alerts.follow_integrations(session, self.clock(), ids)

    def sync(self, *ids: int) -> None:
        later = self.clock() + DAY
        self.follow(*ids, last_sync_at=self.clock(), due_at=later, watch_at=later, lost_at=later + DAY)

    def route(self) -> int:
        with self.rows.sessions.write() as session:
            return routing.route(session, self.clock(), self.channels)

    def post(self) -> None:
        """Every card that is due is shown as its subject is now; None of it when there is nothing to tell."""
        with self.rows.sessions.write() as session:
            now = self.clock()
            due = select(Card).where(Card.due_at <= now).order_by(Card.id)
            for card in session.scalars(due).all():
                told = subjects.read_card(session, card, now, self.channels)
                if told is not None and card.ts is None:
                    card.ts = f"{card.id}.0"
                card.shown, card.due_at = card.wanted, None

    def tell(self) -> None:
        """Route what is open, and post it."""
        self.route()
        self.clock.forward(seconds=20)
        self.post()

    def wake(self) -> int:
        with self.rows.sessions.write() as session:
            return reminders.wake(session, self.clock(), self.channels)

    def digest(self) -> int:
        with self.rows.sessions.write() as session:
            return digest.make(session, self.clock())

    def acknowledge(self, actor: Actor = AGENCY, note: str = "", *, alert_id: int = 0) -> AlertView:
        alert = self.alert(alert_id)
        with self.rows.sessions.write() as session:
            return actions.acknowledge(session, actor, self.clock(), alert.id, alert.version, note)

    def snooze(self, choice: Snooze, actor: Actor = AGENCY, *, behind: int = 0) -> AlertView:
        alert = self.alert()
        with self.rows.sessions.write() as session:
            return actions.snooze(session, actor, self.clock(), alert.id, alert.version - behind, choice)

    def alert(self, alert_id: int = 0) -> Alert:
        """The only one, unless said otherwise."""
        return self.rows.one(Alert, id=alert_id) if alert_id else self.rows.one(Alert)

    def open(self) -> list[Alert]:
        return [each for each in self.rows.all(Alert) if each.closed_at is None]

    def story(self) -> list[str]:
        return [each.what for each in self.rows.all(AlertEvent)]

    def facts(self, subject: str, channel_id: str = ALERTS) -> Any:
        """What the card of a subject tells in a channel."""
        card = Card(subject=subject, channel_id=channel_id, ts="1.0", wanted=1, wanted_at=self.clock())
        with self.rows.sessions.read() as session:
            return subjects.read_card(session, card, self.clock(), self.channels)

    def cards(self, kind: str = "alert") -> list[Card]:
        return [each for each in self.rows.all(Card) if each.subject.startswith(f"{kind}:")]

    def broadcast(self) -> list[Card]:
        return [each for each in self.cards("event") if each.broadcast]

    def told_channels(self) -> set[str]:
        return {each.channel_id for each in self.cards()}

    def subscribe(
        self,
        channel_id: str,
        *,
        kinds: Collection[str] = tuple(KINDS),
        employers: Collection[int] = (),
        carriers: Collection[int] = (),
        owner: str = AGENCY.user_id,
        **columns: Any,
    ) -> int:
        usual = {"time_zone": "America/New_York", "form_key": f"V{len(self.rows.all(Subscription))}"}
        row = Subscription(channel_id=channel_id, kinds=list(kinds), owner=owner, **(usual | columns))
        row.employers = [ForEmployer(employer_id=each) for each in employers]
        row.carriers = [ForCarrier(carrier_id=each) for each in carriers]
        self.rows.add(row)
        return row.id

    def read_at(self, when: datetime) -> None:
        self.rows.add(Reading(stream="syncs", read_at=when))

    def read_on(self) -> None:
        with self.rows.sessions.write() as session:
            session.get_one(Reading, "syncs").read_at = self.clock()
