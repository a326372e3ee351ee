"""One message: its modal, the form that resolves it, *Next* through the Failures, and *Escalate*."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from handlers.kit import forms, modals
from handlers.kit.ids import number, optional_number, unpack
from handlers.kit.rendering import Renderer
from handlers.messages.filters import filters_of, kept
from services.desk import Desk
from services.errors import MovedOn
from services.messages import escalations, listing, resolutions
from services.messages import view as message_view
from services.messages.view import MessageView

Body = dict[str, Any]


def open_message(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    pressed = unpack(payload.get("value"))
    modals.open_or_push(client, body, _form(pressed, user_id, desk, render))
    ack()


def next_failure(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    """The next Failure takes the place of the one that is shown."""
    pressed = unpack(payload.get("value"))
    modals.open_or_replace(client, body, _form(pressed, user_id, desk, render))
    ack()


def resolve(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer, client: WebClient) -> None:
    """Queue what was chosen, and say what happens next; or what somebody else chose before."""
    opened = unpack(view.get("private_metadata"))
    message_id, outcome = number(opened, "message"), forms.choice(view, "outcome") or ""
    outdated = None
    try:
        desk.do(
            user_id,
            resolutions.resolve,
            message_id,
            outcome=outcome,
            note=forms.text(view, "note"),
            extras=forms.answers(view, other_than={"outcome", "note"}),
            version=number(opened, "version"),
            key=view["id"],
        )
    except MovedOn as error:
        outdated = error.sentence
    found = _found(opened, user_id, desk)
    shown = render.modal("messages/resolved", it=found, chosen=outcome, outdated=outdated, walk=_walk(opened))
    refresh_list(view, opened, user_id, desk, render, client)
    ack(response_action="update", view=shown)


def ask_escalation(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
    operators: str | None,
) -> None:
    """The summary, to read before it is sent, and to copy."""
    draft = desk.ask(user_id, escalations.draft, number(unpack(payload.get("value")), "message"))
    modals.open_or_push(client, body, render.modal("messages/escalate", it=draft, channel=operators))
    ack()


def escalate(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer, operators: str | None) -> None:
    opened = unpack(view.get("private_metadata"))
    message_id, version = number(opened, "message"), number(opened, "version")
    desk.do(user_id, escalations.escalate, message_id, version=version, channel=operators)
    saved = render.modal("kit/saved", title="Escalated", sentence=_SENT, more=_THEN)
    ack(response_action="update", view=saved)


_SENT = "✅ Operations has the summary, in their channel."
_THEN = "Its card there is kept true: it closes when the message clears."


def refresh_list(
    view: Body, opened: Body, user_id: str, desk: Desk, render: Renderer, client: WebClient
) -> None:
    """The list under the form, where there is one: `page` is set when it was opened from there."""
    page, below = optional_number(opened, "page"), view.get("previous_view_id")
    if page is None or not below:
        return
    found = desk.ask(user_id, listing.page, filters_of(opened), page)
    shown = render.modal("messages/list", it=found, turn=0)
    with suppress(SlackApiError):  # it is closed by now, or Slack is busy: the list is a little older then
        client.views_update(view_id=below, view=shown)


def _form(pressed: Body, user_id: str, desk: Desk, render: Renderer) -> Body:
    return render.modal("messages/resolve", it=_found(pressed, user_id, desk), walk=_walk(pressed))


def _found(pressed: Body, user_id: str, desk: Desk) -> MessageView:
    return desk.ask(user_id, message_view.view, number(pressed, "message"), filters_of(pressed))


def _walk(pressed: Body) -> Body:
    """What goes on from message to message: the filters, and the page of the list below."""
    return kept(filters_of(pressed)) | {"page": optional_number(pressed, "page")}
