"""The forms of `/carrier-status`: turn on, turn off, edit the group number, log manual communication."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from handlers.kit import forms, modals
from handlers.kit.ids import Action, View, number, unpack
from handlers.kit.mrkdwn import say
from handlers.kit.phrases import communication
from handlers.kit.rendering import Renderer
from services.desk import Desk
from services.integrations import changes, communications
from services.integrations.communications import KINDS, NOTE_LENGTH
from services.status import answer
from services.status.answer import Step

Body = dict[str, Any]

_FORMS: dict[str, tuple[Step, View]] = {
    Action.STATUS_TURN_ON: (Step.TURN_ON, View.TURN_ON),
    Action.STATUS_TURN_OFF: (Step.TURN_OFF, View.TURN_OFF),
    Action.STATUS_GROUP_NUMBER: (Step.EDIT_GROUP_NUMBER, View.GROUP_NUMBER),
    Action.STATUS_LOG: (Step.LOG_COMMUNICATION, View.LOG),
}
_KINDS: dict[str, str] = {
    View.TURN_ON: "activate",
    View.TURN_OFF: "deactivate",
    View.GROUP_NUMBER: "group_number",
}
_ASKED = "⏳ The exchange has been asked. Nothing has changed yet."
_THEN = "Lastsync tells you in a direct message as soon as the exchange answers."


def ask(  # noqa: PLR0917  Bolt passes by name
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    """Show the form of a step, if it can still be taken."""
    step, form = _FORMS[payload["action_id"]]
    integration_id = number(unpack(payload.get("value")), "integration")
    found = desk.ask(user_id, answer.open_step, integration_id, step)
    view = render.modal(form.value, it=found, kinds=KINDS, note_length=NOTE_LENGTH)
    modals.open_or_push(client, body, view)
    ack()


def change(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer) -> None:
    """Queue what the exchange is to do. Its answer comes later, as a direct message."""
    integration_id = number(unpack(view.get("private_metadata")), "integration")
    kind = _KINDS[view["callback_id"]]
    group_number = forms.text(view, "group_number") or None
    desk.do(user_id, changes.request, integration_id, kind, group_number, key=view["id"])
    saved = render.modal("saved", title="Asked the exchange", sentence=_ASKED, more=_THEN)
    ack(response_action="update", view=saved)


def log_communication(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer) -> None:
    logged = desk.do(
        user_id,
        communications.log,
        number(unpack(view.get("private_metadata")), "integration"),
        kinds=forms.choices(view, "kinds"),
        sent_on=forms.day(view, "sent_on"),
        note=forms.text(view, "note"),
        key=view["id"],
    )
    saved = render.modal(
        "saved", title="Saved", sentence=say("✅ Recorded: {}.", communication(logged)), more=None
    )
    ack(response_action="update", view=saved)
