"""An exchange that says exactly what a test tells it to: one answer after another, the last one for ever."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from services.connectors.exchange.api import ExchangeApi

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class Scripted(httpx.BaseTransport):
    answers: list[Answer]
    requests: list[httpx.Request] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)


def exchange(*answers: Answer) -> tuple[ExchangeApi, Scripted]:
    scripted = Scripted(list(answers))
    return ExchangeApi("http://exchange.test", "s3cret", clock=lambda: NOW, transport=scripted), scripted


def page(*items: object, next_cursor: object = None) -> httpx.Response:
    """Written by json.dumps, which lets NaN and lone surrogates pass, as other writers do."""
    return httpx.Response(200, content=json.dumps({"items": items, "next_cursor": next_cursor}))


def problem(status: int, detail: str, kind: str = "about:blank", **headers: str) -> httpx.Response:
    body = {"type": kind, "title": "Refused", "status": status, "detail": detail}
    return httpx.Response(status, json=body, headers=headers)


def integration(**changes: Any) -> dict[str, Any]:
    item = {
        "id": "int_1",
        "employer": {"id": "emp_1", "name": "Harbor Bakery"},
        "carrier": {"id": "car_1", "name": "Guardian", "time_zone": "America/New_York"},
        "plan": {"name": "Dental Choice", "type": "dental", "renewal_date": "2027-01-01"},
        "status": "active",
        "group_number": "G-004417",
        "configured_at": "2025-02-03T15:00:00Z",
        "active_at": "2025-03-11T15:00:00Z",
        "disabled_at": None,
        "disabled_by": None,
        "last_sync_at": "2026-03-03T11:04:12Z",
        "updated_at": "2026-03-03T11:04:12Z",
    }
    return item | changes


def sync(**changes: Any) -> dict[str, Any]:
    item = {
        "id": "syn_1",
        "integration_id": "int_1",
        "synced_at": "2026-03-03T11:04:12Z",
        "updated_at": "2026-03-03T11:04:15Z",
    }
    return item | changes


def message(**changes: Any) -> dict[str, Any]:
    item = {
        "id": "msg_1",
        "integration_id": "int_1",
        "severity": "failure",
        "kind": "birth_date_mismatch",
        "employee_ref": "ee_0017",
        "field": "birth_date",
        "platform_value": "1984-03-12",
        "carrier_value": "1984-03-21",
        "text": "Date of birth is 1984-03-12 here and 1984-03-21 there.",
        "assignee": "platform",
        "received_at": "2026-03-03T11:04:12Z",
        "state": "open",
        "outcome": None,
        "resolved_at": None,
        "updated_at": "2026-03-03T11:04:12Z",
    }
    return item | changes
