"""`python -m tests.bench.messages`: the first page of the messages, from ten thousand and from a million.

Each figure is the median of one use case, with its transaction, in ms. A page should cost what it shows.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.sandbox.cast import AGENCY, BROKER
from services.access import Actor, load_actor
from services.desk import Sessions
from services.messages import listing, view
from services.messages.filters import Filters, Show
from services.ports import Severity
from services.store.exchange import CarrierMessage
from tests.bench.store import fill

FEW = 10_000
PLACES = 20_000  # integrations at 1,000 employers and 20 carriers, however many messages they have
PART = 50_000
ROUNDS = 20
KINDS = ("birth_date_mismatch", "name_spelling", "emails_conflict")
SEVERITIES = ("failure", "warning", "info")
QUESTIONS: dict[str, tuple[str, Filters]] = {
    "agency user: everything": (AGENCY.user_id, Filters()),
    "agency user: Warnings": (AGENCY.user_id, Filters(severity=Severity.WARNING)),
    "agency user: one kind": (AGENCY.user_id, Filters(kind="name_spelling")),
    "agency user: one carrier": (AGENCY.user_id, Filters(carrier_id=3)),
    "agency user: one employer": (AGENCY.user_id, Filters(employer_id=3)),
    "agency user: came back": (AGENCY.user_id, Filters(show=Show.CAME_BACK)),
    "agency user: resolved": (AGENCY.user_id, Filters(show=Show.RESOLVED)),
    "agency user: one kind at one carrier": (AGENCY.user_id, Filters(carrier_id=3, kind="name_spelling")),
    "broker: everything": (BROKER.user_id, Filters()),
    "broker: one kind": (BROKER.user_id, Filters(kind="name_spelling")),
    "broker: one employer": (BROKER.user_id, Filters(employer_id=3)),
    "broker: resolved": (BROKER.user_id, Filters(show=Show.RESOLVED)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[FEW, 1_000_000], help="messages")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder), options.sizes, options.rounds)


def report(folder: Path, sizes: Sequence[int], rounds: int = ROUNDS) -> None:
    stores = {size: _filled(folder, size) for size in sizes}
    table = Table(title="The first page of the messages, by how many are stored (medians, ms)")
    for column in ("what", *(f"{size:,}" for size in sizes), "ratio"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for what, ask in _asked():
        times = _measure(ask, list(stores.values()), rounds)
        ratio = f"{times[-1] / times[0]:.2f}"
        table.add_row(what, *(f"{each:.1f}" for each in times), ratio)
    Console(width=110).print(table)


def _filled(folder: Path, size: int) -> Sessions:
    print(f"Filling a store with {size:,} messages …", flush=True)
    sessions = fill(f"sqlite:///{folder}/messages-{size}.db", PLACES)
    _add(sessions, size)
    return sessions


Ask = Callable[[Session], object]


def _asked() -> Iterator[tuple[str, Ask]]:
    for what, (user_id, filters) in QUESTIONS.items():
        yield what, partial(_page, user_id=user_id, filters=filters)
    yield "agency user: one message, and the next", _walk


def _page(session: Session, user_id: str, filters: Filters) -> object:
    found = listing.page(session, _who(session, user_id), datetime.now(UTC), filters)
    assert found.lines
    return found


def _walk(session: Session) -> object:
    actor, now = _who(session, AGENCY.user_id), datetime.now(UTC)
    first = view.first_failure(session, actor, now)
    assert first
    return view.view(session, actor, now, first)


def _who(session: Session, user_id: str) -> Actor:
    return load_actor(session, user_id, frozenset({AGENCY.user_id}))


def _measure(ask: Ask, stores: Sequence[Sessions], rounds: int) -> list[float]:
    """Medians in ms, one for each store. In turns: whatever else the machine does meets all of them."""
    times: list[list[float]] = [[] for _ in stores]
    for turn in range(rounds + 1):
        for i, sessions in enumerate(stores):
            taken = _timed(ask, sessions)
            if turn:  # the first turn warms up
                times[i].append(taken)
    return [statistics.median(each) for each in times]


def _timed(ask: Ask, sessions: Sessions) -> float:
    started = time.perf_counter()
    with sessions.read() as session:
        ask(session)
    return (time.perf_counter() - started) * 1000


def _add(sessions: Sessions, size: int) -> None:
    now = datetime.now(UTC)
    for start in range(0, size, PART):
        with sessions.write() as session:
            session.execute(insert(CarrierMessage), list(_rows(start, min(start + PART, size), now)))


def _rows(start: int, stop: int, now: datetime) -> Iterator[dict[str, Any]]:
    """A tenth Failures, half Warnings; of a hundred, five are resolved, and one came back."""
    for number in range(start, stop):
        rank = 0 if number % 10 == 0 else 1 + number % 2
        resolved, back = number % 100 < 5, number % 100 == 50
        yield {
            "ref": f"more_{number}",
            "integration_id": number * 7 % PLACES + 1,
            "severity": SEVERITIES[rank],
            "rank": rank,
            "kind": KINDS[rank],
            "employee_ref": f"ee_{number}",
            "field": None,
            "platform_value": None,
            "carrier_value": None,
            "text": "They differ.",
            "assignee": "platform",
            "state": "resolved" if resolved else "open",
            "outcome": "carrier" if resolved or back else None,
            "resolved_at": now - timedelta(minutes=number % 9999) if resolved or back else None,
            "returns": int(back),
            "cleared_at": now if resolved and number % 2 else None,
            "received_at": now - timedelta(minutes=number % 99_999),
            "updated_at": now,
        }


if __name__ == "__main__":
    main()
