"""`/sync-employees`: the list with its four states, which other places open too, and each one's history."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from html import unescape
from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from handlers.employees.filters import LONGEST_SEARCH, Listed, filters_of, listed_of, narrowed, turned
from handlers.kit import modals
from handlers.kit.ids import number, optional_number, unpack
from handlers.kit.rendering import Renderer
from services.desk import Desk
from services.employees import batches, history, listing
from services.employees.listing import Filters, State

Body = dict[str, Any]
_WHERE_ELSE = (State.FAILED, State.IN_PROGRESS, State.SUCCESSFUL)


def sync_employees(
    ack: Ack, command: Body, user_id: str, desk: Desk, render: Renderer, client: WebClient
) -> None:
    """The list opens as a modal: what it holds of people is for the eyes of the caller alone."""
    text = unescape(command.get("text") or "").strip()
    if text.casefold() == "help":
        shown = render.message("employees/help")
        ack(text=shown.text, blocks=shown.blocks, response_type="ephemeral")
        return
    filters = _where_there_are_any(Filters(search=text[:LONGEST_SEARCH]), user_id, desk)
    client.views_open(
        trigger_id=command["trigger_id"], view=shown_list(Listed(filters), user_id, desk, render)
    )
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
    """From the App Home or a card: the list of what the button names."""
    listed = Listed(filters_of(unpack(payload.get("value"))))
    modals.open_or_push(client, body, shown_list(listed, user_id, desk, render))
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
    chosen = (payload.get("selected_option") or {}).get("value")
    listed = narrowed(listed_of(body["view"]), payload["action_id"], chosen)
    client.views_update(view_id=body["view"]["id"], view=shown_list(listed, user_id, desk, render))
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
    listed = turned(listed_of(body["view"]), number(unpack(payload.get("value")), "page"))
    client.views_update(view_id=body["view"]["id"], view=shown_list(listed, user_id, desk, render))
    ack()


def find(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer) -> None:
    """What the modal sends where there is nobody to sync: the search."""
    listed = turned(listed_of(view), 1)
    ack(response_action="update", view=shown_list(listed, user_id, desk, render))


def open_employee(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    modals.open_or_push(client, body, _history(unpack(payload.get("value")), user_id, desk, render))
    ack()


def turn_history(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    shown = _history(unpack(payload.get("value")), user_id, desk, render)
    client.views_update(view_id=body["view"]["id"], view=shown)
    ack()


def try_again(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    """HR's record is checked anew; what is still wrong is said on top, and nothing is sent."""
    pressed = unpack(payload.get("value"))
    desk.do(user_id, batches.try_again, number(pressed, "employee"), number(pressed, "attempt"))
    shown = _history(pressed, user_id, desk, render)
    client.views_update(view_id=body["view"]["id"], view=shown)
    ack()


def refresh_below(
    view: Body, listed: Listed, user_id: str, desk: Desk, render: Renderer, client: WebClient
) -> None:
    """The list under a form that was sent, with nobody ticked."""
    below = view.get("previous_view_id")
    if not below:
        return
    shown = shown_list(replace(turned(listed, listed.page), ticked=(), everyone=False), user_id, desk, render)
    with suppress(SlackApiError):  # it is closed by now, or Slack is busy: the list is a little older then
        client.views_update(view_id=below, view=shown)


def shown_list(listed: Listed, user_id: str, desk: Desk, render: Renderer) -> Body:
    found = desk.ask(user_id, listing.page, listed.filters, listed.page)
    return render.modal("employees/list", it=found, listed=listed, now=desk.clock())


def of_batch(batch_id: int | None, user_id: str, desk: Desk, render: Renderer) -> Body:
    """What an alert is about: the Failed of a batch; where there are none, those In progress."""
    failed = Filters(state=State.FAILED, batch_id=batch_id)
    filters = _where_there_are_any(failed, user_id, desk)
    return shown_list(Listed(filters), user_id, desk, render)


def _where_there_are_any(filters: Filters, user_id: str, desk: Desk) -> Filters:
    """The state asked for; where nobody is, the first with someone in it, the Failed before others."""
    counts = desk.ask(user_id, listing.page, filters).counts
    if counts.of(filters.state):
        return filters
    states = [state for state in _WHERE_ELSE if counts.of(state)]
    return replace(filters, state=states[0]) if states else filters


def _history(pressed: Body, user_id: str, desk: Desk, render: Renderer) -> Body:
    page = optional_number(pressed, "page") or 1
    found = desk.ask(user_id, history.view, number(pressed, "employee"), page)
    return render.modal("employees/employee", it=found, now=desk.clock())
