"""One run of the employees' bench in a process of its own, so that its peak memory is its own.

`python -m tests.bench.employee_run lastsync|plain FILE STORE URL LANES BULK` says seconds and MB as JSON.
"""

from __future__ import annotations

import csv
import json
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import httpx

from bot.database import make_engine, make_sessions, migrate
from bot.jobs.employees import EmployeeSync
from services.connectors.hr.csv import hr_source
from services.connectors.scim.platform import ScimPlatform
from services.desk import Desk
from services.employees import batches, selections
from services.employees.listing import Filters
from services.employees.validation import Rules
from services.store.exchange import Employer

ADMIN = "U0BENCH"
EMPLOYER = "emp_bench"
HEADER = (
    "employer", "employee number", "forenames", "surname", "e-mail", "title", "gender", "date of birth",
    "annual pay", "pay basis", "pay frequency", "change reason", "job title", "city",
)  # fmt: skip
_KEY = b"the key of the bench, of no other use"
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def fill(path: Path, number: int) -> None:
    """HR's file with so many employees."""
    usual = ("Ms", "Female", "1990-02-03", "41000", "Salaried", "Monthly", "Existing employee")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for ref in range(number):
            actor = (EMPLOYER, str(ref), "Ada", f"Worker{ref}", f"ada.worker{ref}@bench.example")
            writer.writerow((*actor, *usual, "Baker", "Portland"))


def lastsync(file: Path, store: str, url: str, lanes: int) -> float:
    """Seconds from the pressing of Sync until the last employee is settled."""
    engine = make_engine(store)
    migrate(engine)
    sessions = make_sessions(engine)
    with sessions.write() as session:
        session.add(Employer(ref=EMPLOYER, name="Bench"))
    connect = ScimPlatform(url, "token").connect
    made: dict[str, Any] = {"at_once": lanes, "replica": "bench"}
    sync = EmployeeSync(sessions, _now, hr_source(f"csv:{file}", _KEY), connect, Rules.load(), **made)
    waiting = sync.read()
    desk = Desk(sessions, _now, frozenset({ADMIN}))
    started = time.perf_counter()
    chosen = desk.do(ADMIN, selections.choose, Filters(), everyone=True)
    desk.do(ADMIN, batches.start, chosen.id)
    while waiting:
        waiting -= sync.send()
        sync.tell()
    took = time.perf_counter() - started
    sync.close()
    return took


def plain(file: Path, url: str, lanes: int, bulk: int) -> float:
    """The same calls: a look-up for each, and a creation for each or for so many together."""
    queue: SimpleQueue[list[dict[str, str]]] = SimpleQueue()
    with file.open(newline="", encoding="utf-8") as opened:
        for part in _parts(list(csv.DictReader(opened)), bulk or 1):
            queue.put(part)
    started = time.perf_counter()
    with ThreadPoolExecutor(lanes) as pool:
        for each in [pool.submit(_loop, url, queue) for _ in range(lanes)]:
            each.result()
    return time.perf_counter() - started


def _loop(url: str, queue: SimpleQueue[list[dict[str, str]]]) -> None:
    with httpx.Client(base_url=url, headers={"Authorization": "Bearer token"}) as client:
        while True:
            try:
                part = queue.get_nowait()
            except Empty:
                return
            for row in part:
                found = client.get("/Users", params={"filter": f'userName eq "{row["e-mail"]}"'})
                assert found.json()["totalResults"] == 0
            _create(client, [_payload(row) for row in part])


def _create(client: httpx.Client, payloads: list[dict[str, Any]]) -> None:
    if len(payloads) == 1:
        answer = client.post("/Users", json=payloads[0])
        assert answer.json()["id"]
        return
    asked = [
        {"method": "POST", "path": "/Users", "bulkId": str(number), "data": each}
        for number, each in enumerate(payloads)
    ]
    answer = client.post("/Bulk", json={"schemas": [_BULK], "Operations": asked})
    assert all(each["status"] == "201" for each in answer.json()["Operations"])


def _payload(row: dict[str, str]) -> dict[str, Any]:
    return {
        "schemas": [_USER],
        "userName": row["e-mail"],
        "externalId": f"{row['employer']}/{row['employee number']}",
        "name": {"givenName": row["forenames"], "familyName": row["surname"]},
        "title": row["job title"],
        "emails": [{"value": row["e-mail"], "primary": True}],
        "addresses": [{"locality": row["city"]}],
        "active": True,
        "details": {name: row[name] for name in HEADER[5:12]},
    }


def _parts(rows: list[dict[str, str]], size: int) -> Iterator[list[dict[str, str]]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _now() -> datetime:
    return datetime.now(UTC)


def main(which: str, file: str, store: str, url: str, *numbers: str) -> None:
    lanes, bulk = (int(each) for each in numbers)
    runs: dict[str, Callable[[], float]] = {
        "lastsync": lambda: lastsync(Path(file), store, url, lanes),
        "plain": lambda: plain(Path(file), url, lanes, bulk),
    }
    seconds = runs[which]()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "mb": peak, "own_mb": _own_mb()}))


def _own_mb() -> float:
    """Memory that no file stands behind: Python gives next to none of it back before the end."""
    [kilobytes] = re.findall(r"^RssAnon:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(kilobytes) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
