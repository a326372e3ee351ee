"""The buttons on alert cards. The cards themselves are posted and edited by the deliverer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from handlers.employees import listing
from handlers.kit import forms, modals
from handlers.kit.ids import STALE, number, unpack
from handlers.kit.rendering import Renderer
from services.alerts import actions
from services.alerts.actions import Snooze
from services.desk import Desk
from services.errors import MovedOn
from services.integrations import history
from services.integrations.attention import Show
from services.integrations.listing import Filters
from services.messages import view
from services.status import answer
from services.store.alerts import Kind

Body = dict[str, Any]


def acknowledge(ack: Ack, payload: Body, user_id: str, desk: Desk) -> None:
    """The card shows it once the deliverer has edited it; nothing is posted here."""
    pressed = unpack(payload.get("value"))
    desk.do(user_id, actions.acknowledge, number(pressed, "alert"), number(pressed, "version"))
    ack()


def acknowledge_with_note(ack: Ack, view: Body, user_id: str, desk: Desk) -> None:
    kept = unpack(view.get("private_metadata"))
    note = forms.text(view, "note")
    desk.do(user_id, actions.acknowledge, number(kept, "alert"), number(kept, "version"), note)
    ack()


def snooze(ack: Ack, payload: Body, user_id: str, desk: Desk) -> None:
    pressed = unpack(payload["selected_option"]["value"])
    until = pressed.get("until")
    if until not in set(Snooze):
        raise MovedOn(STALE)
    desk.do(user_id, actions.snooze, number(pressed, "alert"), number(pressed, "version"), Snooze(until))
    ack()


def open_alert(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    pressed = unpack(payload.get("value"))
    modals.open_or_push(client, body, view_of(pressed, user_id, desk, render))
    ack()


def more(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
    respond: Respond,
) -> None:
    """What the card's menu holds: a note, muting, the history, the diagnosis."""
    pressed = unpack(payload["selected_option"]["value"])
    alert_id = number(pressed, "alert")
    if pressed.get("do") == "note":
        note = render.modal("alerts/note", alert=alert_id, version=number(pressed, "version"))
        modals.open_or_push(client, body, note)
    elif pressed.get("do") == "mute":
        desk.do(user_id, actions.mute, alert_id, number(pressed, "version"))
    else:
        found = desk.ask(user_id, actions.subject, alert_id)
        _look(str(pressed.get("do")), found.integration_id)(user_id, desk, render, respond)
    ack()


_Look = Callable[[str, Desk, Renderer, Respond], None]


def _look(what: str, integration_id: int | None) -> _Look:
    if integration_id is None or what not in {"history", "why"}:
        raise MovedOn(STALE)

    def show(user_id: str, desk: Desk, render: Renderer, respond: Respond) -> None:
        """To the presser alone, beside the card."""
        if what == "history":
            shown = render.message("status/history", it=desk.ask(user_id, history.view, integration_id))
        else:
            found = desk.ask(user_id, answer.integration, integration_id)
            shown = render.message("status/integration", it=found)
        respond(text=shown.text, blocks=shown.blocks, replace_original=False, response_type="ephemeral")

    return show


def view_of(pressed: Body, user_id: str, desk: Desk, render: Renderer) -> Body:
    """The modal for what a button names: an alert, an integration, or an employer with a carrier."""
    if "alert" in pressed:
        found = desk.ask(user_id, actions.subject, number(pressed, "alert"))
        if found.kind is Kind.CARRIER:
            late = Filters(carrier_id=found.carrier_id, show=Show.LATE)
            return render.modal("status/all", it=desk.ask(user_id, answer.page, late, 1), turn=0)
        if found.kind is Kind.EMPLOYEES:
            return listing.of_batch(found.batch_id, user_id, desk, render)
        pressed = {"employer": found.employer_id, "carrier": found.carrier_id}
        if found.integration_id is not None:
            pressed = {"integration": found.integration_id}
    if "integration" in pressed:
        shown = desk.ask(user_id, answer.integration, number(pressed, "integration"))
        return render.modal("status/integration", it=shown)
    employer_id, carrier_id = number(pressed, "employer"), number(pressed, "carrier")
    listed = desk.ask(user_id, view.failures, employer_id, carrier_id)
    return render.modal("messages/failures", failures=listed, now=desk.clock())
