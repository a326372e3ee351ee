"""Cards on their way to Slack: rendered, posted or edited, taken back where one is too many."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services import outbox, subjects
from services.cards import delivery
from services.cards.delivery import Sending
from services.channels.routing import NOWHERE, Channels
from services.desk import Clock, Sessions
from services.errors import LastsyncError, Rejected
from services.ports import Chat, ChatMessage
from services.store.alerts import Card
from services.subjects import AnyCard

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """A card as it is to be shown: rendered, and which version of what is true that is."""

    sending: Sending
    message: ChatMessage
    version: int


@dataclass(frozen=True)
class Cards:
    """`show` renders a card's facts. Without `look_up`, a post whose answer was lost is made again.

    `operators` is the channel that hears of a card that could not be shown.
    `tell_dwell` is told how long a card waited, in seconds, once its channel shows it for the first time.
    """

    sessions: Sessions
    clock: Clock
    chat: Chat
    show: Callable[[AnyCard], ChatMessage]
    look_up: bool = True
    tell_dwell: Callable[[float], object] = lambda _seconds: None
    operators: str | None = None
    channels: Channels = NOWHERE

    def claim(self, by: str) -> Sequence[int]:
        with self.sessions.write() as session:
            return delivery.claim_cards(session, self.clock(), by=by)

    def begin(self, unit: int, by: str) -> Order | None:
        message, version = self._render(unit)
        with self.sessions.write() as session:
            now = self.clock()
            if message is None:
                delivery.withdraw(session, unit, now, by=by, version=version)
                return None
            sending = delivery.begin(session, unit, now, by=by, version=version)
        return Order(sending, message, version) if sending else None

    def send(self, order: Order) -> str | None:
        """The message's ts, or None when a doubtful post was looked up and turned out not to be there."""
        sending, ts = order.sending, order.sending.ts
        if ts is None and sending.doubtful and self.look_up:
            ts = self._find(sending)
            if ts is None:
                return None
        if ts is None:
            return self.chat.post(
                sending.channel_id,
                order.message,
                sending.key,
                thread=sending.thread,
                broadcast=sending.broadcast,
            )
        self.chat.edit(sending.channel_id, ts, order.message)
        return ts

    def settle(self, unit: int, order: Order, answer: str | None, by: str) -> int:
        if answer is None:
            with self.sessions.write() as session:
                delivery.not_there(session, unit, self.clock(), by=by)
            return 0
        with self.sessions.write() as session:
            now = self.clock()
            kept = delivery.keep(session, unit, answer)
            waited = delivery.waited(session, unit, now)
            settled = kept and delivery.settle_shown(
                session, unit, now, by=by, ts=answer, version=order.version
            )
            if not settled:
                delivery.show_again(session, unit, now)
        if settled and waited is not None:
            self.tell_dwell(waited.total_seconds())
        if not kept:
            self._take_back(order.sending, answer)
        return int(settled)

    def fail(self, unit: int, order: Order | None, error: Exception, by: str) -> None:
        sending = order.sending if order else None
        with self.sessions.write() as session:
            now = self.clock()
            gone = delivery.settle_failed(session, unit, now, by=by, sending=sending, error=error)
            if gone and self.operators:
                delivery.tell_operators(session, unit, self.operators, now)
        if gone:
            log.error("Card %s is set aside after %s tries", unit, outbox.TRIES, exc_info=error)
        elif isinstance(error, LastsyncError):
            log.warning("Card %s is put off: %s", unit, error.sentence)
        else:
            log.warning("Card %s is put off", unit, exc_info=error)

    def _take_back(self, sending: Sending, ts: str) -> None:
        try:
            self.chat.delete(sending.channel_id, ts)
        except LastsyncError as error:
            log.warning("Card %s is shown twice in its channel: %s", sending.card_id, error.sentence)

    def _render(self, card_id: int) -> tuple[ChatMessage | None, int]:
        """The card as it is true now, and the version that this is. None when there is nothing to tell."""
        with self.sessions.read() as session:
            card = session.get_one(Card, card_id)
            told, version = subjects.read_card(session, card, self.clock(), self.channels), card.wanted
        return None if told is None else self.show(told), version

    def _find(self, sending: Sending) -> str | None:
        try:
            return self.chat.find(sending.channel_id, sending.key, thread=sending.thread)
        except Rejected as error:
            if error.code != "missing_scope":
                raise
            log.warning("Card %s may be posted twice: Slack lets us read no history there", sending.card_id)
            return None
