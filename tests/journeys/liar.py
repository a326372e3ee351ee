"""An exchange written from the contract alone that lies: true items, and beside them all that is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, request

from bot.web import WebServer
from tests.connectors.answers import integration, message, sync

Json = dict[str, Any]
PAGE = 20
SSN = "219-09-9999"
LONG = "Ana Lee " * 1250  # ten thousand letters

# Of each: what is changed in a true item. All of these cannot be read, or must not be taken.
UNREADABLE: dict[str, list[Json]] = {
    "integrations": [
        {"id": None},
        {"id": 17},
        {"id": "has spaces"},
        {"id": "x" * 5000},
        {"status": "frozen"},
        {"status": "Active "},
        {"status": None},
        {"employer": None},
        {"employer": {"id": "emp_1", "name": " "}},
        {"employer": {"id": "emp\n1", "name": "Harbor Bakery"}},
        {"carrier": {"id": "car_1", "name": "Guardian", "time_zone": "Mars/Phobos"}},
        {"carrier": {"id": "car_1", "name": "Guardian", "time_zone": "../../etc/passwd"}},
        {"carrier": "Guardian"},
        {"plan": []},
        {"plan": {"name": "Dental", "type": "dental", "renewal_date": "2026-02-30"}},
        {"updated_at": "yesterday"},
        {"updated_at": "2199-01-01T00:00:00Z"},
        {"active_at": 1e400},
    ],
    "syncs": [
        *([{"id": None}] * 21),  # they once ended the stream
        {"id": ["a"]},
        {"integration_id": None},
        {"synced_at": "2199-01-01T00:00:00Z"},
        {"synced_at": "1899-12-30T00:00:00Z"},
        {"synced_at": "2026-03-03"},
        {"synced_at": "2026-03-03T11:04:12"},
        {"synced_at": True},
        {"updated_at": None},
        {"updated_at": {}},
    ],
    "messages": [
        {"id": SSN},
        {"id": "a b"},
        {"severity": "doom"},
        {"assignee": "nobody"},
        {"state": "half"},
        {"received_at": "2199-01-01T00:00:00Z"},
        {"text": None},
        {"text": ["a", "list"]},
        {"outcome": "both"},
        {"platform_value": {"a": 1}},
    ],
}
# These are taken, and must do no harm where they are shown, stored, masked or sent on.
ODD: dict[str, list[Json]] = {
    "integrations": [
        {"employer": {"id": "emp_odd1", "name": LONG}},
        {"employer": {"id": "emp_odd2", "name": "{{7*7}} {0} %s %(name)s"}},
        {"employer": {"id": "emp_odd3", "name": "=HYPERLINK(1)"}},
        {"employer": {"id": "emp_odd4", "name": "<!channel> & <@U1>"}},
        {"employer": {"id": "emp_odd5", "name": "\u202egnitekraM\u0000\ud800"}},
        {"employer": {"id": "emp_odd6", "name": f"Harbor {SSN}"}},
        {"group_number": SSN},
        {"plan": {"name": "P" * 5000, "type": "dental"}},
    ],
    "syncs": [],
    "messages": [
        {"text": "*" * 500},
        {"text": "x" * 20_000},
        {"text": "1,000" * 4000},
        {"text": "a@" * 10_000},
        {"text": f"SSN {SSN} <!channel> {{7*7}} %s"},
        {"employee_name": LONG, "text": LONG},
        {"employee_ref": SSN},
        {"employee_ref": "ana.lee@example.com"},
        {"kind": "DROP TABLE"},
        {"kind": "x" * 500},
        {"field": "constructor", "kind": "a_kind_of_tomorrow"},
    ],
}
NOT_EVEN_OBJECTS: list[object] = [None, 17, "an item", [], [[[[]]]], True]

TRUE: dict[str, Callable[..., Json]] = {"integrations": integration, "syncs": sync, "messages": message}
IDS = {"integrations": "int", "syncs": "syn", "messages": "msg"}
TRUE_ONES = 60


def stream(kind: str) -> list[object]:
    """The lies first, so that what is true is behind them."""
    made, name = TRUE[kind], IDS[kind]
    lies: list[object] = [{**made(id=f"{name}_lie{n}"), **lie} for n, lie in enumerate(UNREADABLE[kind])]
    odd: list[object] = [
        {**made(id=f"{name}_odd{n}"), **_placed(kind, n), **lie} for n, lie in enumerate(ODD[kind])
    ]
    true: list[object] = [made(id=f"{name}_{n}", **_placed(kind, n)) for n in range(1, TRUE_ONES + 1)]
    return [*lies, *NOT_EVEN_OBJECTS, *odd, *true]


def _placed(kind: str, number: int) -> Json:
    if kind == "integrations":
        plan = {"name": f"Plan {number}", "type": "dental"}
        return {"employer": {"id": f"emp_{number}", "name": f"Employer {number}"}, "plan": plan}
    return {"integration_id": f"int_{number % TRUE_ONES + 1}"}


def unreadable(kind: str) -> int:
    return len(UNREADABLE[kind]) + len(NOT_EVEN_OBJECTS)


@contextmanager
def lying() -> Iterator[str]:
    """Its address. Its streams never change."""
    app = Flask("liar", static_folder=None)
    streams = {kind: stream(kind) for kind in TRUE}

    @app.get("/v1/<kind>")
    def read(kind: str) -> Response:
        start = int(request.args.get("cursor", 0))
        more = str(start + PAGE) if start + PAGE < len(streams[kind]) else None
        # By json.dumps, which lets NaN, Infinity and half a surrogate pair pass, as other writers do.
        body = {
            "items": streams[kind][start : start + PAGE],
            "next_cursor": str(start + PAGE) if more else None,
        }
        return Response(json.dumps(body), content_type="application/json")

    server = WebServer(app.wsgi_app, "127.0.0.1", 0, threads=4)
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()
