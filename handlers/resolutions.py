"""One message: its modal, and *Next* through the Failures."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from handlers import modals
from handlers.ids import number, optional_number, unpack
from handlers.kept import filters_of, kept
from handlers.rendering import Renderer
from services import message_view
from services.desk import Desk
from services.message_view import MessageView

Body = dict[str, Any]


def open_message(  # noqa: PLR0917  Bolt passes by name
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


def next_failure(  # noqa: PLR0917
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


def _form(pressed: Body, user_id: str, desk: Desk, render: Renderer) -> Body:
    return render.modal("resolve", it=_found(pressed, user_id, desk), walk=_walk(pressed))


def _found(pressed: Body, user_id: str, desk: Desk) -> MessageView:
    return desk.ask(user_id, message_view.view, number(pressed, "message"), filters_of(pressed))


def _walk(pressed: Body) -> Body:
    """What goes on from message to message: the filters, and the page of the list below."""
    return kept(filters_of(pressed)) | {"page": optional_number(pressed, "page")}
