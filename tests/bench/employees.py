"""Employees from HR's file to a SCIM platform, beside a plain httpx loop that makes the same calls.

python -m tests.bench.employees [--size N] [--slow N] [--rounds N]

Each run is a process of its own with a platform of its own; the two are run in turns, and the median counts.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from tests.bench.employee_run import fill
from tests.postgresql import running

ROOT = Path(__file__).parents[2]
IN_FLIGHT = (1, 8, 32)
LATENCY_MS = 50
BULK = 100
_numbers = count(1)


@dataclass(frozen=True)
class Case:
    """`size` employees; a platform that answers after `latency_ms` and takes `bulk` operations at once."""

    size: int
    lanes: int
    latency_ms: int
    bulk: int


@dataclass(frozen=True)
class Ran:
    """`mb` is the peak; `own_mb` is without what is mapped from files, as the store's is on SQLite."""

    seconds: float
    mb: float
    own_mb: float


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder), options.size, options.slow, options.rounds)


def report(folder: Path, size: int, slow: int, rounds: int) -> None:
    table = Table(title="Look-up and creation of employees (employees per second; medians)")
    for column in ("server", "bulk", "in flight", "employees", "plain httpx", "Lastsync", "ratio"):
        table.add_column(column, justify="right")
    for case in _cases(size, slow):
        floor, ours = _measure(folder, case, rounds)
        server = f"{case.latency_ms} ms" if case.latency_ms else "at once"
        rates = (case.size / floor, case.size / ours)
        told = (server, str(case.bulk or "no"), str(case.lanes), f"{case.size:,}")
        table.add_row(*told, *(f"{each:,.0f}" for each in rates), f"{rates[1] / rates[0]:.2f}")
    Console(width=110).print(table)
    _memory(folder, size)


def _cases(size: int, slow: int) -> Iterator[Case]:
    """Behind latency, one in flight would take a quarter of an hour for 10,000: so there are fewer."""
    for latency_ms in (0, LATENCY_MS):
        for bulk in (0, BULK):
            for lanes in IN_FLIGHT:
                fewer = min(size, slow * lanes) if latency_ms else size
                yield Case(fewer, lanes, latency_ms, bulk)


def _measure(folder: Path, case: Case, rounds: int) -> tuple[float, float]:
    file = folder / f"{case.size}.csv"
    if not file.exists():
        fill(file, case.size)
    times: dict[str, list[float]] = {"plain": [], "lastsync": []}
    for _ in range(rounds):
        for which, taken in times.items():
            with _file(folder) as store:
                taken.append(_run(which, file, store, case).seconds)
    return statistics.median(times["plain"]), statistics.median(times["lastsync"])


def _memory(folder: Path, size: int) -> None:
    """On SQLite the store's own file is mapped, and counts as far as it was read; on PostgreSQL it is not."""
    table = Table(title="Peak memory of Lastsync, 8 in flight (MB)")
    fewer = size // 10
    for column in ("store", "what", f"{fewer:,} employees", f"{size:,} employees", "ratio"):
        table.add_column(column, justify="right")
    for name, store in (("SQLite", partial(_file, folder)), ("PostgreSQL", _database)):
        few, many = (_sync(folder, number, store) for number in (fewer, size))
        for what, peaks in (("in all", (few.mb, many.mb)), ("with no file", (few.own_mb, many.own_mb))):
            table.add_row(name, what, *(f"{each:.1f}" for each in peaks), f"{peaks[1] / peaks[0]:.2f}")
    Console(width=110).print(table)


def _sync(folder: Path, number: int, store: Callable[[], AbstractContextManager[str]]) -> Ran:
    file = folder / f"{number}.csv"
    fill(file, number)
    with store() as url:
        return _run("lastsync", file, url, Case(number, 8, 0, 0))


@contextmanager
def _file(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / str(next(_numbers))}.db"


@contextmanager
def _database() -> Iterator[str]:
    with running() as server:
        yield server.get_uri()


def _run(which: str, file: Path, store: str, case: Case) -> Ran:
    with _platform(case) as url:
        command = [sys.executable, "-m", "tests.bench.employee_run", which, str(file), store, url]
        command += [str(case.lanes), str(case.bulk)]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    ran = json.loads(said)
    return Ran(**ran)


@contextmanager
def _platform(case: Case) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [str(port), str(case.latency_ms), str(case.bulk)]
    process = subprocess.Popen([sys.executable, "-m", "tests.scim_peer", *arguments], cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url, process)
        yield url
    finally:
        process.kill()
        process.wait(10)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            httpx.get(f"{url}/ServiceProviderConfig")
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(url)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=10_000, help="employees")
    parser.add_argument("--slow", type=int, default=200, help="employees for each in flight, behind latency")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each")
    return parser.parse_args()


if __name__ == "__main__":
    main()
