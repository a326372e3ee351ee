"""`/carrier-status`: the answer, the buttons on it, and the *Show all* modal."""

from __future__ import annotations

from html import unescape
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from handlers.kit import modals
from handlers.kit.ids import STALE, number, optional_number, unpack
from handlers.kit.rendering import Renderer
from handlers.status.ids import StatusAction
from services.desk import Desk
from services.errors import MovedOn
from services.integrations import history
from services.integrations.attention import Show
from services.integrations.listing import Filters
from services.integrations.search import Nothing, Several
from services.ports import ChatMessage
from services.status import answer
from services.status.answer import Answer, IntegrationView, Listing, PageView

Body = dict[str, Any]


def carrier_status(ack: Ack, command: Body, user_id: str, desk: Desk, render: Renderer) -> None:
    """Answer on the acknowledgement itself, to the caller alone."""
    text = unescape(command.get("text") or "").strip()
    if text.casefold() == "help":
        shown = render.message("status/help")
    else:
        shown = _show(desk.ask(user_id, answer.answer, text), render)
    ack(text=shown.text, blocks=shown.blocks, response_type="ephemeral")


def show_integration(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
    respond: Respond,
) -> None:
    """Beside the list when that is a message, on top of it when it is a modal."""
    found = desk.ask(user_id, answer.integration, number(unpack(payload.get("value")), "integration"))
    if body.get("response_url"):
        _say(respond, _show(found, render))
    else:
        modals.open_or_push(client, body, render.modal("status/integration", it=found))
    ack()


def choose(ack: Ack, payload: Body, user_id: str, desk: Desk, render: Renderer, respond: Respond) -> None:
    """The question "which one?" makes room for the answer."""
    chosen = unpack(payload.get("value"))
    employer_id, carrier_id = optional_number(chosen, "employer"), optional_number(chosen, "carrier")
    if employer_id is None and carrier_id is None:
        raise MovedOn(STALE)
    found = desk.ask(user_id, answer.narrowed, employer_id, carrier_id)
    _say(respond, _show(found, render), replace=True)
    ack()


def show_history(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
    respond: Respond,
) -> None:
    """With its chart where a chart can be: a modal takes none."""
    found = desk.ask(user_id, history.view, number(unpack(payload.get("value")), "integration"))
    if body.get("response_url"):
        _say(respond, render.message("status/history", it=found))
    else:
        modals.open_or_push(client, body, render.modal("status/history", it=found))
    ack()


def show_all(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    chosen = unpack(payload.get("value"))
    filters = Filters(optional_number(chosen, "employer"), optional_number(chosen, "carrier"))
    found = desk.ask(user_id, answer.page, filters, 1)
    modals.open_or_push(client, body, render.modal("status/all", it=found, turn=0))
    ack()


def filter_all(
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
    turn = kept.get("turn", 0)
    if payload["action_id"] == StatusAction.FILTER_CLEAR:
        # Slack keeps what was chosen in a block of the same id: a new id empties the selects.
        kept, turn = {}, turn + 1
    else:
        kept[_FILTERS[payload["action_id"]]] = (payload.get("selected_option") or {}).get("value")
    found = desk.ask(user_id, answer.page, _filters(kept), 1)
    _update_all(client, body, found, turn, render)
    ack()


def page_all(
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
    found = desk.ask(user_id, answer.page, _filters(kept), page)
    _update_all(client, body, found, kept.get("turn", 0), render)
    ack()


_FILTERS: dict[str, str] = {
    StatusAction.FILTER_EMPLOYER: "employer",
    StatusAction.FILTER_CARRIER: "carrier",
    StatusAction.FILTER_SHOW: "show",
}


def _filters(kept: Body) -> Filters:
    employer, carrier = kept.get("employer"), kept.get("carrier")
    show = kept.get("show")
    return Filters(
        int(employer) if employer else None,
        int(carrier) if carrier else None,
        Show(show) if show in set(Show) else Show.ALL,
    )


def _update_all(client: WebClient, body: Body, found: PageView, turn: int, render: Renderer) -> None:
    client.views_update(view_id=body["view"]["id"], view=render.modal("status/all", it=found, turn=turn))


def _show(found: Answer, render: Renderer) -> ChatMessage:
    if isinstance(found, IntegrationView):
        return render.message("status/integration", it=found)
    if isinstance(found, Listing):
        return render.message("status/list", it=found)
    if isinstance(found, Several | Nothing):
        return render.message("status/choice", it=found)
    return render.message("status/summary", it=found)


def _say(respond: Respond, shown: ChatMessage, *, replace: bool = False) -> None:
    respond(text=shown.text, blocks=shown.blocks, replace_original=replace, response_type="ephemeral")
