"""What people asked of the exchange, on its way there: changes and resolutions, an end of the outbox each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from sqlalchemy.orm import Session

from services import outbox
from services.desk import Clock, Sessions
from services.errors import LastsyncError
from services.intake.integrations import take_integrations
from services.intake.messages import take_messages
from services.integrations import changes
from services.messages import resolutions
from services.ports import Exchange, IntegrationItem, MessageItem, Page
from services.store.base import Claimable
from services.store.changes import Change
from services.store.messages import Resolution

log = logging.getLogger(__name__)

Order = TypeVar("Order")
Item = TypeVar("Item")


class Story(Protocol[Order, Item]):
    """The use cases of a kind of request."""

    def begin(self, session: Session, row_id: int, now: datetime, *, by: str) -> Order | None: ...

    def send(self, exchange: Exchange, order: Order) -> Item: ...

    def settle_done(self, session: Session, row_id: int, now: datetime, *, by: str, item: Item) -> None: ...

    def settle_failed(
        self, session: Session, row_id: int, now: datetime, *, by: str, error: Exception
    ) -> None: ...


@dataclass(frozen=True)
class Requests(Generic[Order, Item]):
    """`take` reads the exchange's answer as the news that it is."""

    sessions: Sessions
    clock: Clock
    exchange: Exchange
    model: type[Claimable]
    story: Story[Order, Item]
    take: Callable[[Session, datetime, Page[Item]], None]

    def claim(self, by: str) -> Sequence[int]:
        with self.sessions.write() as session:
            return outbox.claim(session, self.model, self.clock(), by=by)

    def begin(self, unit: int, by: str) -> Order | None:
        with self.sessions.write() as session:
            return self.story.begin(session, unit, self.clock(), by=by)

    def send(self, order: Order) -> Item:
        return self.story.send(self.exchange, order)

    def settle(self, unit: int, order: Order, answer: Item, by: str) -> int:
        """The answer is news also when another replica settled before us."""
        del order
        with self.sessions.write() as session:
            now = self.clock()
            self.story.settle_done(session, unit, now, by=by, item=answer)
            self.take(session, now, Page([answer]))
        return 1

    def fail(self, unit: int, order: Order | None, error: Exception, by: str) -> None:
        del order
        if not isinstance(error, LastsyncError):
            log.error("%s %s failed", self.model.__name__, unit, exc_info=error)
        with self.sessions.write() as session:
            self.story.settle_failed(session, unit, self.clock(), by=by, error=error)


Changes = Requests[changes.Order, IntegrationItem]
Resolutions = Requests[resolutions.Order, MessageItem]


def changes_to(exchange: Exchange, sessions: Sessions, clock: Clock) -> Changes:
    return Requests(sessions, clock, exchange, Change, changes, take_integrations)


def resolutions_to(exchange: Exchange, sessions: Sessions, clock: Clock) -> Resolutions:
    return Requests(sessions, clock, exchange, Resolution, resolutions, take_messages)
