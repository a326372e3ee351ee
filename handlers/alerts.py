"""The buttons on alert cards. The cards themselves are posted and edited by the deliverer."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from handlers import modals
from handlers.ids import number, unpack
from handlers.rendering import Renderer
from services import alerts, failures, statuses
from services.desk import Desk


def acknowledge(ack: Ack, payload: dict[str, Any], user_id: str, desk: Desk) -> None:
    """The card shows it once the deliverer has edited it; nothing is posted here."""
    pressed = unpack(payload.get("value"))
    desk.do(user_id, alerts.acknowledge, number(pressed, "alert"), number(pressed, "version"))
    ack()


def open_alert(  # noqa: PLR0917  Bolt passes by name
    ack: Ack,
    body: dict[str, Any],
    payload: dict[str, Any],
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    pressed = unpack(payload.get("value"))
    modals.open_or_push(client, body, view_of(pressed, user_id, desk, render))
    ack()


def view_of(pressed: dict[str, Any], user_id: str, desk: Desk, render: Renderer) -> dict[str, Any]:
    """The modal for what a button names: an alert, an integration, or an employer with a carrier."""
    if "alert" in pressed:
        found = desk.ask(user_id, failures.subject, number(pressed, "alert"))
        pressed = {"employer": found.employer_id, "carrier": found.carrier_id}
        if found.integration_id is not None:
            pressed = {"integration": found.integration_id}
    if "integration" in pressed:
        shown = desk.ask(user_id, statuses.integration, number(pressed, "integration"))
        return render.modal("integration", it=shown)
    employer_id, carrier_id = number(pressed, "employer"), number(pressed, "carrier")
    listed = desk.ask(user_id, failures.of, employer_id, carrier_id)
    return render.modal("failures", failures=listed, now=desk.clock())
