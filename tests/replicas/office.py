"""A store with an exchange and a Slack beside it, and replicas that work on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Lock

from sqlalchemy import update

from bot.jobs.cards import Cards
from bot.jobs.outbox import turns, work
from bot.jobs.reading import Jobs
from bot.jobs.requests import changes_to, resolutions_to
from services import subjects
from services.access import Actor, Role
from services.alerts import failures
from services.alerts.failures import FailuresCard
from services.alerts.late import LateCard
from services.cards.undelivered import UndeliveredCard
from services.channels import routing
from services.channels.routing import Channels
from services.desk import Sessions
from services.messages.cards import BulkCard, EscalationCard, ResolutionCard
from services.ports import ChatMessage
from services.store.alerts import Card
from services.store.exchange import CarrierMessage, Integration
from services.subjects import AnyCard
from tests.outside import FakeChat, FakeExchange
from tests.rows import Clock, Rows

ALERTS = "C0ALERTS01"
OPERATORS = "C0OPERATE1"
AGENCY = Actor("U0AGENCY01", Role.AGENCY, None)


def show(facts: AnyCard) -> ChatMessage:  # noqa: PLR0911  a line for each kind of card
    """What a card says, in one line."""
    if isinstance(facts, FailuresCard):
        over = "closed" if facts.closed_at else "open"
        return ChatMessage(f"{facts.employer} {facts.carrier}: {facts.total} {over} v{facts.version}", [])
    if isinstance(facts, UndeliveredCard):
        return ChatMessage(f"{facts.subject}: {facts.failure or 'shown'}", [])
    if isinstance(facts, LateCard):
        over = facts.closed_because or facts.level
        return ChatMessage(f"{facts.employer} {facts.carrier}: {over} v{facts.version}", [])
    if isinstance(facts, ResolutionCard):
        return ChatMessage(f"{facts.outcome}: {facts.state}, {facts.reason}", [])
    if isinstance(facts, BulkCard):
        over = "finished" if facts.finished_at else "going on"
        return ChatMessage(f"{facts.sent} sent, {facts.refused} refused of {facts.total}, {over}", [])
    if isinstance(facts, EscalationCard):
        return ChatMessage(f"{facts.summary}: {facts.state}", [])
    return ChatMessage(f"{facts.kind}: {facts.state}, {facts.status}, {facts.reason}", [])


class Replica(Jobs):
    """All the jobs of one process."""

    def __init__(self, office: Office, name: str, channel: str | None) -> None:
        store, exchange = (office.sessions, office.clock), office.exchange
        super().__init__(*store, exchange, channels=Channels(channel), settling=timedelta(minutes=5))

        def show_as_told(facts: AnyCard) -> ChatMessage:
            return office.show(facts)  # which a test may change later

        cards = Cards(*store, office.chat, show_as_told, office.look_up, operators=OPERATORS)
        changes, resolutions = changes_to(exchange, *store), resolutions_to(exchange, *store)
        self.deliver = lambda: work(cards, turns(name))
        self.send_changes = lambda: work(changes, turns(name))
        self.resolve = lambda: work(resolutions, turns(name))
        self.settle = self.clear


class Office(Rows):
    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        super().__init__(sessions, clock.at)
        self.clock, self.chat, self.exchange = clock, FakeChat(), FakeExchange()
        self.show: Callable[[AnyCard], ChatMessage] = show
        self.look_up = True

    def replica(self, name: str = "one", channel: str | None = ALERTS) -> Replica:
        return Replica(self, name, channel)

    def alert(self, channel: str = ALERTS) -> int:
        """An open Failures alert that the channel must show."""
        integration = self.integration()
        self.message(integration.id)
        with self.sessions.write() as session:
            failures.follow(session, self.clock(), {(integration.employer_id, integration.carrier_id)})
            routing.route(session, self.clock(), Channels(channel))
            # What arrives together would be gathered for some seconds first.
            session.execute(update(Card).where(Card.due_at > self.clock()).values(due_at=self.clock()))
        return integration.id

    def change_alert(self, integration_id: int) -> None:
        """One more Failure."""
        self.message(integration_id)
        integration = self.one(Integration, id=integration_id)
        with self.sessions.write() as session:
            failures.follow(session, self.clock(), {(integration.employer_id, integration.carrier_id)})

    def clear(self, integration_id: int) -> None:
        """Its Failures are gone."""
        with self.sessions.write() as session:
            gone = update(CarrierMessage).where(CarrierMessage.integration_id == integration_id)
            session.execute(gone.values(state="resolved", cleared_at=self.clock()))
            integration = session.get_one(Integration, integration_id)
            pair = (integration.employer_id, integration.carrier_id)
            failures.follow(session, self.clock(), {pair})

    def deliver_until_calm(self, seconds: int = 600) -> None:
        """Let the time go on and a replica work until every card shows what it must."""
        for _ in range(seconds):
            self.replica().deliver()
            if all(card.due_at is None for card in self.all(Card)):
                return
            self.clock.forward(seconds=1)
        raise AssertionError("some cards are still due")

    def true_texts(self) -> Counter[str]:
        with self.sessions.read() as session:
            every = [session.get_one(Card, card.id) for card in self.all(Card)]
            told = [subjects.read_card(session, card, self.clock()) for card in every]
        return Counter(show(each).text for each in told if each)


def failing(*errors: BaseException) -> Callable[[str, str], None]:
    """Raise one error after the other, then no more."""
    left, lock = list(errors), Lock()

    def fail(_operation: str, _channel: str) -> None:
        with lock:
            error = left.pop(0) if left else None
        if error:
            raise error

    return fail
