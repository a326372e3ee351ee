"""The forms of `/carrier-status`: turn on, turn off, edit the group number, log manual communication."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from handlers.kit import forms, modals
from handlers.kit.ids import number, unpack
from handlers.kit.mrkdwn import say
from handlers.kit.rendering import Renderer
from handlers.status.ids import StatusAction, StatusForm
from handlers.status.phrases import communication
from services.desk import Desk
from services.integrations import changes, communications
from services.integrations.communications import KINDS, NOTE_LENGTH
from services.status import answer
from services.status.answer import Step

Body = dict[str, Any]

_FORMS: dict[str, tuple[Step, StatusForm]] = {
    StatusAction.TURN_ON: (Step.TURN_ON, StatusForm.TURN_ON),
    StatusAction.TURN_OFF: (Step.TURN_OFF, StatusForm.TURN_OFF),
    StatusAction.GROUP_NUMBER: (Step.EDIT_GROUP_NUMBER, StatusForm.GROUP_NUMBER),
    StatusAction.LOG: (Step.LOG_COMMUNICATION, StatusForm.LOG),
}
_KINDS: dict[str, str] = {
    StatusForm.TURN_ON: "activate",
    StatusForm.TURN_OFF: "deactivate",
    StatusForm.GROUP_NUMBER: "group_number",
}
_ASKED = "⏳ The exchange has been asked. Nothing has changed yet."
_THEN = "Lastsync tells you in a direct message as soon as the exchange answers."


def ask(
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
    view = render.modal(f"status/{form.value}", it=found, kinds=KINDS, note_length=NOTE_LENGTH)
    modals.open_or_push(client, body, view)
    ack()


def change(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer) -> None:
    """Queue what the exchange is to do. Its answer comes later, as a direct message."""
    integration_id = number(unpack(view.get("private_metadata")), "integration")
    kind = _KINDS[view["callback_id"]]
    group_number = forms.text(view, "group_number") or None
    desk.do(user_id, changes.request, integration_id, kind, group_number, key=view["id"])
    saved = render.modal("kit/saved", title="Asked the exchange", sentence=_ASKED, more=_THEN)
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
        "kit/saved", title="Saved", sentence=say("✅ Recorded: {}.", communication(logged)), more=None
    )
    ack(response_action="update", view=saved)
