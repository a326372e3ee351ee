"""The audit log's modal: filters are submitted, pages are turned by button. What is chosen travels as ids."""

from __future__ import annotations

from datetime import date
from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from handlers.kit import forms, modals
from handlers.kit.ids import unpack
from handlers.kit.rendering import Renderer
from services.desk import Desk
from services.errors import Invalid
from services.people import audit_log
from services.people.audit_log import AuditFilter


def open_log(
    ack: Ack, body: dict[str, Any], user_id: str, desk: Desk, render: Renderer, client: WebClient
) -> None:
    modals.open_or_replace(client, body, _view(user_id, desk, render, AuditFilter()))
    ack()


def filter_log(ack: Ack, view: dict[str, Any], user_id: str, desk: Desk, render: Renderer) -> None:
    ack(response_action="update", view=_view(user_id, desk, render, _typed(view)))


def turn_page(
    ack: Ack,
    body: dict[str, Any],
    payload: dict[str, Any],
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    kept = _kept(unpack(body["view"].get("private_metadata")))
    page = unpack(payload.get("value")).get("page", 0)
    modals.open_or_replace(client, body, _view(user_id, desk, render, kept, page))
    ack()


def _view(user_id: str, desk: Desk, render: Renderer, chosen: AuditFilter, page: int = 0) -> dict[str, Any]:
    found = desk.ask(user_id, audit_log.read, chosen, page)
    return render.modal("people/audit", log=found, events=audit_log.EVENTS)


def _typed(view: dict[str, Any]) -> AuditFilter:
    first, last = _day(forms.day(view, "first")), _day(forms.day(view, "last"))
    if first and last and last < first:
        raise Invalid({"last": "Choose a day that is not before the first one."})
    return AuditFilter(
        event=forms.choice(view, "event"),
        employer_id=_id(forms.choice(view, "employer")),
        carrier_id=_id(forms.choice(view, "carrier")),
        user_id=forms.user(view, "person"),
        first=first,
        last=last,
    )


def _kept(packed: dict[str, Any]) -> AuditFilter:
    return AuditFilter(
        event=packed.get("event"),
        employer_id=packed.get("employer"),
        carrier_id=packed.get("carrier"),
        user_id=packed.get("person"),
        first=_day(packed.get("first")),
        last=_day(packed.get("last")),
    )


def _id(text: str | None) -> int | None:
    return int(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
