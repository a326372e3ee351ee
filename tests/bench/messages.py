"""`python -m tests.bench.messages`: the first page of the messages, from ten thousand and from a million.

Each figure is the median of one use case, with its transaction, in ms. A page should cost what it shows.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from bot.sandbox.cast import AGENCY, BROKER
from services import message_list, message_view
from services.access import actor
from services.desk import Sessions
from services.message_filters import Filters, Show
from services.models import CarrierMessage
from services.ports import Severity
from tests.bench.store import fill

PLACES = 20_000  # integrations
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
    "broker: everything": (BROKER.user_id, Filters()),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000], help="messages")
    sizes = parser.parse_args().sizes
    found = {size: _measure(size) for size in sizes}
    table = Table(title="The first page of the messages (medians, ms)")
    table.add_column("what")
    for size in sizes:
        table.add_column(f"{size:,}", justify="right")
    for what in (*QUESTIONS, "the walk over Failures"):
        table.add_row(what, *(f"{found[size][what]:.1f}" for size in sizes))
    Console(width=110).print(table)


def _measure(size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        print(f"Filling a store with {size:,} messages …", flush=True)
        sessions = fill(f"sqlite:///{folder}/bench.db", PLACES)
        _add(sessions, size)
        times = {what: _median(sessions, *asked) for what, asked in QUESTIONS.items()}
        return times | {"the walk over Failures": _walk(sessions)}


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
            "cycles": int(back),
            "cleared_at": now if resolved and number % 2 else None,
            "received_at": now - timedelta(minutes=number % 99_999),
            "updated_at": now,
        }


def _median(sessions: Sessions, user_id: str, filters: Filters) -> float:
    return statistics.median(_timed(sessions, user_id, filters) for _ in range(ROUNDS))


def _timed(sessions: Sessions, user_id: str, filters: Filters) -> float:
    started = time.perf_counter()
    with sessions.read() as session:
        who = actor(session, user_id, frozenset({AGENCY.user_id}))
        assert message_list.page(session, who, datetime.now(UTC), filters).lines
    return (time.perf_counter() - started) * 1000


def _walk(sessions: Sessions) -> float:
    now, times = datetime.now(UTC), []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        with sessions.read() as session:
            who = actor(session, AGENCY.user_id, frozenset({AGENCY.user_id}))
            first = message_view.first_failure(session, who, now)
            assert first
            message_view.view(session, who, now, first)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
