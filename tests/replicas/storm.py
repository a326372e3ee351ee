"""Real bot processes in bad weather: killed, held and started, while Slack, the exchange and the store fail.

Everything that this process controls follows from the seed. What the machine does in between does not.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from threading import Event, Lock, Timer
from time import monotonic
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.check import BOT_SCOPES
from bot.database import make_engine, make_sessions
from bot.sandbox import cast
from bot.sandbox.exchange import routes
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app
from bot.sandbox.workspace.conversations import Channel
from bot.sandbox.world.faults import Faults
from bot.sandbox.world.kinds import of_severity
from bot.sandbox.world.records import Integration
from bot.sandbox.world.world import World
from services.desk import Sessions
from services.ports import Severity, Status
from services.store.alerts import Card
from services.store.exchange import Reading
from services.streams import STREAMS
from tests.bot.patience import eventually
from tests.bot.processes import environment
from tests.replicas.launch import CALL_SECONDS, LEASE
from tests.unhurried import unhurried

ROOT = Path(__file__).parents[2]
TOKEN = "exchange-token-of-the-storm"
BREATH = 0.03  # seconds between two changes
PATIENCE_S = 30
AT_MOST = 6  # times as long as the changes alone would take: on a busy machine a replica starts slowly
OUTAGES = ("exchange_error", "exchange_throttles", "exchange_hangs_up", "exchange_times_out")

now = partial(datetime.now, UTC)


@dataclass
class Replica:
    """A bot process that is started anew when it is killed. `log` gathers what all of them said."""

    settings: dict[str, str]
    skew: int
    log: Path
    process: subprocess.Popen[bytes] | None = None
    _said_before: int = 0

    def start(self) -> None:
        self._said_before = self.log.stat().st_size if self.log.exists() else 0
        command = [sys.executable, "-m", "tests.replicas.launch", str(self.skew)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(**self.settings), stdout=log, stderr=log
            )

    @property
    def is_at_work(self) -> bool:
        return b"Lastsync runs" in self.log.read_bytes()[self._said_before :]

    @property
    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait(10)


@dataclass
class Storm:
    """`kills` counts the killed processes; `between` those killed between Slack's answer and the commit."""

    seed: int
    world: World
    faults: Faults
    workspace: Workspace
    sessions: Sessions
    replicas: list[Replica]
    restart_store: Callable[[], None] | None
    kills: int = 0
    between: int = 0
    outages: Counter[str] = field(default_factory=Counter)
    over_at: datetime = field(default_factory=now)
    _turned: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=20))
    _armed: int = 0
    _lock: Lock = field(default_factory=Lock)
    _pause: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311  seeded on purpose
        self.workspace.on_bot_message = self._strike

    # What the carriers do

    def stir(self, changes: int, kills: int) -> None:
        """Let so many things change, with calamities dealt evenly among them; longer if they take longer."""
        deck = self._deck(kills)
        every = max(1, changes // len(deck))
        deadline = monotonic() + AT_MOST * changes * BREATH + PATIENCE_S
        number = 0
        while number < changes or ((deck or self._armed) and monotonic() < deadline):
            self._keep_up()
            self._change()
            number += 1
            if deck and number % every == 0:
                calamity = deck.pop()
                if not calamity():
                    deck.insert(0, calamity)
            self._pause.wait(BREATH)

    def _change(self) -> None:
        """Some pairs gain their first or lose their last message; those with some gain and lose others."""
        places = self.world.matching(Status.ACTIVE)
        open_ones = self.world.messages_of(places, "open")
        resolved = self.world.messages_of(places, "resolved")
        drawn = self.random.random()
        if drawn < 0.05:
            self.world.sync(self.random.choice(places), now())
        elif drawn < 0.1 and resolved:
            self.world.send_again(self.random.choice(resolved), now())
        elif drawn < 0.25 or not open_ones:
            self._turn(self.random.choice(places))
        else:
            self._add_or_take(self.random.choice(open_ones).integration)

    def _turn(self, place: Integration) -> None:
        """What has just begun or ended stays so for a while, or nobody would ever be told of it."""
        of_pair = self._pair(place)
        self._turned.append((place.employer.ref, place.carrier.ref))
        if self._turned.count(self._turned[-1]) > 1:
            return
        open_ones = self.world.messages_of(of_pair, "open")
        for message in open_ones:
            self.world.clear(message, now())
        if not open_ones:
            self._send(place)

    def _add_or_take(self, place: Integration) -> None:
        open_ones = self.world.messages_of(self._pair(place), "open")
        if len(open_ones) > 1 and self.random.random() < 0.5:
            self.world.clear(self.random.choice(open_ones), now())
        else:
            self._send(place)

    def _pair(self, place: Integration) -> list[Integration]:
        return self.world.matching(Status.ACTIVE, place.carrier.ref, place.employer.ref)

    def _send(self, place: Integration) -> None:
        self.world.send(place, self.random.choice(of_severity(Severity.FAILURE)).name, now())

    # What goes wrong

    def _deck(self, kills: int) -> list[Callable[[], bool]]:
        """Shuffled calamities, which are False where they could not happen yet.

        A third of the kills comes between Slack's answer and the commit.
        """
        several = len(self.replicas) > 1
        between = kills // 3
        deck: list[Callable[[], bool]] = [self._kill] * (kills - between) + [self._arm] * between
        deck += [self._stop] * (3 if several else 1)
        deck += [partial(self._slack_fails, name) for name in ("rate_limited", "errors", "slow")] * 2
        deck += [self._lose_answers] * 3
        deck += [partial(self._exchange_fails, name) for name in OUTAGES]
        deck += [self._store_fails] * (2 if self.restart_store else 0)
        self.random.shuffle(deck)
        return deck

    def _kill(self) -> bool:
        """One that works: who has only just been started has nothing to lose."""
        at_work = [each for each in self.replicas if each.is_at_work]
        if at_work:
            self._replace(self.random.choice(at_work))
        return bool(at_work)

    def _replace(self, replica: Replica) -> None:
        with self._lock:
            replica.kill()
            self.kills += 1
            replica.start()

    def _keep_up(self) -> None:
        """As a service manager does: who ended because the store was away is started anew."""
        with self._lock:
            for replica in self.replicas:
                if replica.has_ended:
                    replica.start()

    def _arm(self) -> bool:
        """Whoever posts next is killed once Slack has the post, and before it can know."""
        self._armed += 1
        return True

    def _strike(self, _channel: Channel, posted: dict[str, Any]) -> None:
        key = posted.get("metadata", {}).get("event_payload", {}).get("key")
        if not (self._armed and key):
            return
        with suppress(SQLAlchemyError), self.sessions.read() as session:
            holder = session.scalar(select(Card.lease_by).where(Card.key == key)) or ""
            pid = holder.partition("/")[0].rpartition("-")[2]
            for replica in self.replicas:
                if str(replica.pid) == pid:
                    self._armed -= 1
                    self.between += 1
                    self._replace(replica)

    def _stop(self) -> bool:
        """One replica stands still for longer than its lease, wherever it is, and then goes on."""
        pid = self.random.choice(self.replicas).pid
        os.kill(pid, signal.SIGSTOP)
        self.outages["stopped"] += 1
        waking = Timer(LEASE.total_seconds() + 1, partial(_wake, pid))
        waking.daemon = True
        waking.start()
        return True

    def _slack_fails(self, name: str) -> bool:
        self.outages[name] += 1
        self.workspace.faults.begin(name, seconds=1.5, amount=CALL_SECONDS + 1)
        return True

    def _lose_answers(self) -> bool:
        self.outages["lost answers"] += 1
        self.workspace.faults.lost_answers += 2
        return True

    def _exchange_fails(self, kind: str) -> bool:
        self.outages[kind] += 1
        self.faults.start(kind, now(), 1.5)
        return True

    def _store_fails(self) -> bool:
        self.outages["store"] += 1
        assert self.restart_store
        self.restart_store()
        return True

    # Before it, and when it is over

    def wait_until_read(self, seconds: float = 60) -> None:
        """Until the first replica has read the exchange, and everything that is to be told at first is."""
        self.over_at = now()
        eventually(self._is_calm, seconds)

    def calm_down(self, seconds: float = 240) -> None:
        """End every fault, and wait until all is read and every card is dealt with."""
        self._armed = 0
        self.workspace.faults.end_all()
        self.faults.recover()
        self.over_at = now()
        eventually(self._is_calm, seconds)

    def _is_calm(self) -> bool:
        self._keep_up()
        with self.sessions.read() as session:
            read = [each for each in session.scalars(select(Reading.read_at)) if each and each > self.over_at]
            due = session.scalars(select(Card.id).where(Card.due_at.is_not(None)).limit(1)).first()
        return len(read) == len(STREAMS) and due is None


def _wake(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


@contextmanager
def weather(
    seed: int,
    url: str,
    folder: Path,
    *,
    skews: Sequence[int] = (0,),
    restart_store: Callable[[], None] | None = None,
) -> Iterator[Storm]:
    """Start everything over the store at `url`, and end it again. `skews`: one replica each, in seconds."""
    world, faults = World(seed, now()), Faults()
    workspace = unhurried(Workspace(scopes=BOT_SCOPES, paced=False))
    app = build_app(workspace)
    app.add_subapp("/exchange", routes(world, faults, TOKEN, tick_seconds=None))
    with ExitStack() as leaving:
        server = leaving.enter_context(SandboxServer(app))
        engine = make_engine(url)
        leaving.callback(engine.dispose)
        settings = _settings(server.url, workspace, url)
        started = [Replica(settings, skew, folder / f"log {skew}") for skew in skews]
        storm = Storm(seed, world, faults, workspace, make_sessions(engine), started, restart_store)
        for replica in started:
            replica.start()
            leaving.callback(replica.kill)
        yield storm


def _settings(server: str, workspace: Workspace, url: str) -> dict[str, str]:
    return {
        "SLACK_API_URL": f"{server}/api/",
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "EXCHANGE_URL": f"{server}/exchange",
        "EXCHANGE_TOKEN": TOKEN,
        "ADMINS": cast.AGENCY.user_id,
        "ALERTS_CHANNEL": cast.ALERTS.channel_id,
        "DATABASE_URL": url,
        "POLL_SECONDS": "1",
        "PORT": "0",
    }
