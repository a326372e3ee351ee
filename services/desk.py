"""One use case, one transaction: the desk opens it, finds who is asking, and passes session, actor and time.

    desk = Desk(sessions, clock, admins)
    desk.ask("U123", integrations.summary)                    # reads
    desk.do("U123", integrations.turn_on, integration_id, …)  # writes

A use case is `def turn_on(session, actor, now, integration_id, …)`. It neither commits nor calls the network.
Rights are looked up in the same transaction, so they are those of this very moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session, sessionmaker

from services.access import Actor, load_actor

P = ParamSpec("P")
Result = TypeVar("Result")

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Sessions:
    """Two ways into one store. On SQLite a writing transaction locks at once, a reading one never.

    `turn` is held around each writing transaction, where a store lets one thread write at a time.
    """

    reading: sessionmaker[Session]
    writing: sessionmaker[Session]
    turn: Callable[[], AbstractContextManager[None]] = nullcontext

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self.reading() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self.turn(), self.writing.begin() as session:
            yield session


@dataclass(frozen=True)
class Desk:
    sessions: Sessions
    clock: Clock
    admins: frozenset[str] = frozenset()

    def ask(
        self,
        user_id: str,
        use_case: Callable[Concatenate[Session, Actor, datetime, P], Result],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        """Run a use case that only reads."""
        with self.sessions.read() as session:
            actor = load_actor(session, user_id, self.admins)
            return use_case(session, actor, self.clock(), *args, **kwargs)

    def do(
        self,
        user_id: str,
        use_case: Callable[Concatenate[Session, Actor, datetime, P], Result],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        """Run a use case that changes something; committed when it returns, undone when it raises."""
        with self.sessions.write() as session:
            actor = load_actor(session, user_id, self.admins)
            return use_case(session, actor, self.clock(), *args, **kwargs)
