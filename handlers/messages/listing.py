"""`/carrier-messages`: the answer, and the list with its filters, which other places open too."""

from __future__ import annotations

from html import unescape
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from handlers.kit import modals
from handlers.kit.ids import number, optional_number, unpack
from handlers.kit.rendering import Renderer
from handlers.messages.filters import filters_of
from handlers.messages.ids import MessagesAction
from services.desk import Desk
from services.messages import listing, view
from services.messages.filters import Filters
from services.messages.listing import MessagesPage, Question
from services.ports import ChatMessage

Body = dict[str, Any]
_EVERYTHING = Filters()


def carrier_messages(ack: Ack, command: Body, user_id: str, desk: Desk, render: Renderer) -> None:
    """Answer on the acknowledgement itself, to the caller alone."""
    text = unescape(command.get("text") or "").strip()
    if text.casefold() == "help":
        shown = render.message("messages/help")
    else:
        shown = _show(desk.ask(user_id, listing.answer, text), render)
    ack(text=shown.text, blocks=shown.blocks, response_type="ephemeral")


def choose(ack: Ack, payload: Body, user_id: str, desk: Desk, render: Renderer, respond: Respond) -> None:
    """The question "which one?" makes room for the answer."""
    filters = filters_of(unpack(payload.get("value")))
    shown = _show(desk.ask(user_id, listing.page, filters), render)
    respond(text=shown.text, blocks=shown.blocks, replace_original=True, response_type="ephemeral")
    ack()


def open_list(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    """From an answer, an integration or a card: the list of what the button names."""
    pressed = unpack(payload.get("value"))
    if "alert" in pressed:
        about = desk.ask(user_id, view.subject, number(pressed, "alert"))
        pressed = {"employer": about.employer_id, "carrier": about.carrier_id}
    found = desk.ask(user_id, listing.page, filters_of(pressed))
    modals.open_or_push(client, body, render.modal("messages/list", it=found, turn=0))
    ack()


def filter_list(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    """One filter changed: the others are in the view's metadata. Page 1 of what is left now."""
    kept = unpack(body["view"].get("private_metadata"))
    turn = optional_number(kept, "turn") or 0
    if payload["action_id"] == MessagesAction.CLEAR:
        # Slack keeps what was chosen in a block of the same id: a new id empties the selects.
        filters, turn = _EVERYTHING, turn + 1
    else:
        chosen = (payload.get("selected_option") or {}).get("value")
        filters = _narrowed(kept, payload["action_id"], chosen)
    _update(client, body, desk.ask(user_id, listing.page, filters), turn, render)
    ack()


def turn_page(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    kept = unpack(body["view"].get("private_metadata"))
    page = number(unpack(payload.get("value")), "page")
    found = desk.ask(user_id, listing.page, filters_of(kept), page)
    _update(client, body, found, optional_number(kept, "turn") or 0, render)
    ack()


def _narrowed(values: Body, action: str, chosen: str | None) -> Filters:
    """`all` is what a select offers for not choosing."""
    name, value = _FILTERS[action], None if chosen == "all" else chosen
    if name in {"employer", "carrier"}:
        # The list of one integration becomes that of an employer or a carrier.
        return filters_of({**values, "integration": None, name: int(value) if value else None})
    return filters_of({**values, name: value})


_FILTERS: dict[str, str] = {
    MessagesAction.FILTER_EMPLOYER: "employer",
    MessagesAction.FILTER_CARRIER: "carrier",
    MessagesAction.FILTER_SEVERITY: "severity",
    MessagesAction.FILTER_KIND: "kind",
    MessagesAction.FILTER_SHOW: "show",
}


def _update(client: WebClient, body: Body, found: MessagesPage, turn: int, render: Renderer) -> None:
    client.views_update(view_id=body["view"]["id"], view=render.modal("messages/list", it=found, turn=turn))


def _show(found: MessagesPage | Question, render: Renderer) -> ChatMessage:
    if isinstance(found, Question):
        return render.message("messages/choice", it=found.found, filters=found.filters)
    return render.message("messages/list", it=found)
