"""Cards on their way to Slack: claimed, rendered, posted or edited, settled. Any replica does it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from services import delivery, facts, outbox
from services.delivery import Sending
from services.desk import Clock, Sessions
from services.errors import LastsyncError, Rejected
from services.facts import Facts
from services.models import Card
from services.ports import Chat, ChatMessage
from services.routing import NOWHERE, Rooms

MOST_GROUPS = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Deliverer:
    """`show` renders a card's facts. Without `look_up`, a post whose answer was lost is made again.

    `operators` is the channel that hears of a card that could not be shown.
    `tell_dwell` is told how long a card waited, in seconds, once its channel shows it for the first time.
    """

    sessions: Sessions
    clock: Clock
    chat: Chat
    show: Callable[[Facts], ChatMessage]
    replica: str
    look_up: bool = True
    tell_dwell: Callable[[float], object] = lambda _seconds: None
    operators: str | None = None
    rooms: Rooms = NOWHERE

    def deliver(self) -> int:
        """Post and edit what is due; return how many cards were shown."""
        shown = 0
        for _ in range(MOST_GROUPS):
            # A name of its own for each claim: a thread that wakes too late holds no later claim's lease.
            by = f"{self.replica[:40]}/{uuid4().hex[:12]}"
            with self.sessions.write() as session:
                ids = delivery.claim_cards(session, self.clock(), by=by)
            if not ids:
                break
            shown += sum(self._deliver_one(card_id, by) for card_id in ids)
        return shown

    def _deliver_one(self, card_id: int, by: str) -> bool:
        sending: Sending | None = None
        try:
            message, version = self._render(card_id)
            if message is None:
                return self._withdraw(card_id, by, version)
            with self.sessions.write() as session:
                sending = delivery.begin(session, card_id, self.clock(), by=by, version=version)
            if sending is None:
                return False
            ts = self._send(sending, message, by)
            if ts is None:
                return False
        except Exception as error:  # noqa: BLE001  a card that fails must not stop the others
            self._put_off(card_id, by, sending, error)
            return False
        return self._settle(sending, ts, by, version)

    def _settle(self, sending: Sending, ts: str, by: str, version: int) -> bool:
        with self.sessions.write() as session:
            now = self.clock()
            kept = delivery.keep(session, sending.card_id, ts)
            waited = delivery.waited(session, sending.card_id, now)
            settled = kept and delivery.settle_shown(
                session, sending.card_id, now, by=by, ts=ts, version=version
            )
            if not settled:
                delivery.show_again(session, sending.card_id, now)
        if settled and waited is not None:
            self.tell_dwell(waited.total_seconds())
        if not kept:
            self._take_back(sending, ts)
        return settled

    def _take_back(self, sending: Sending, ts: str) -> None:
        try:
            self.chat.delete(sending.channel_id, ts)
        except LastsyncError as error:
            log.warning("Card %s is shown twice in its channel: %s", sending.card_id, error.sentence)

    def _render(self, card_id: int) -> tuple[ChatMessage | None, int]:
        """The card as it is true now, and the version that this is. None when there is nothing to tell."""
        with self.sessions.read() as session:
            card = session.get_one(Card, card_id)
            told, version = facts.of(session, card, self.clock(), self.rooms), card.wanted
        return None if told is None else self.show(told), version

    def _withdraw(self, card_id: int, by: str, version: int) -> bool:
        with self.sessions.write() as session:
            delivery.withdraw(session, card_id, self.clock(), by=by, version=version)
        return False

    def _send(self, sending: Sending, message: ChatMessage, by: str) -> str | None:
        """The message's ts, or None when a doubtful post was looked up and turned out not to be there."""
        ts = sending.ts
        if ts is None and sending.doubtful and self.look_up:
            ts = self._find(sending)
            if ts is None:
                with self.sessions.write() as session:
                    delivery.not_there(session, sending.card_id, self.clock(), by=by)
                return None
        if ts is None:
            return self.chat.post(
                sending.channel_id, message, sending.key, thread=sending.thread, aloud=sending.aloud
            )
        self.chat.edit(sending.channel_id, ts, message)
        return ts

    def _find(self, sending: Sending) -> str | None:
        try:
            return self.chat.find(sending.channel_id, sending.key, thread=sending.thread)
        except Rejected as error:
            if error.code != "missing_scope":
                raise
            log.warning("Card %s may be posted twice: Slack lets us read no history there", sending.card_id)
            return None

    def _put_off(self, card_id: int, by: str, sending: Sending | None, error: Exception) -> None:
        with self.sessions.write() as session:
            now = self.clock()
            gone = delivery.settle_failed(session, card_id, now, by=by, sending=sending, error=error)
            if gone and self.operators:
                delivery.tell_operators(session, card_id, self.operators, now)
        if gone:
            log.error("Card %s is set aside after %s tries", card_id, outbox.TRIES, exc_info=error)
        elif isinstance(error, LastsyncError):
            log.warning("Card %s is put off: %s", card_id, error.sentence)
        else:
            log.warning("Card %s is put off", card_id, exc_info=error)
