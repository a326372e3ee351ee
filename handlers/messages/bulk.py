"""Several messages of one kind in one go: tick them, or take all; then one choice for them."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from handlers.kit import forms, modals
from handlers.kit.ids import number, optional_number, unpack
from handlers.kit.mrkdwn import say
from handlers.kit.rendering import Renderer
from handlers.messages.filters import filters_of
from handlers.messages.resolutions import refresh_list
from services.desk import Desk
from services.errors import Invalid
from services.messages import bulk, listing
from services.words import count

Body = dict[str, Any]
_MOST_TICKED = 200  # ids that surely fit into a view's metadata
_THEN = "A direct message counts them as the exchange takes them, and names those that it refuses."


def ask_which(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    pressed = unpack(payload.get("value"))
    modals.open_or_push(client, body, _which(pressed, [], user_id, desk, render))
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
    """What is ticked stays ticked on the pages that are turned away from."""
    view, pressed = body["view"], unpack(payload.get("value"))
    shown = _which(unpack(view["private_metadata"]) | pressed, _ticked(view), user_id, desk, render)
    client.views_update(view_id=view["id"], view=shown)
    ack()


def choose(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer) -> None:
    """The form, which counts what it will resolve."""
    kept, ticked = unpack(view.get("private_metadata")), _ticked(view)
    filters = filters_of(kept)
    if forms.choice(view, "which") == "all":
        found = desk.ask(user_id, bulk.choose, filters=filters)
    elif ticked:
        found = desk.ask(user_id, bulk.choose, ids=ticked)
    else:
        raise Invalid({"ticked": "Tick the messages to resolve, or choose all of this kind."})
    shown = render.modal("messages/bulk", it=found, filters=filters, page=number(kept, "list"))
    ack(response_action="update", view=shown)


def resolve_many(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer, client: WebClient) -> None:
    kept = unpack(view.get("private_metadata"))
    filters, ids = filters_of(kept), kept.get("ids") or []
    queued = desk.do(
        user_id,
        bulk.resolve_many,
        kind=filters.kind or "",
        ids=ids,
        filters=None if ids else filters,
        most=number(kept, "count"),
        outcome=forms.choice(view, "outcome") or "",
        note=forms.text(view, "note"),
        extras=forms.answers(view, other_than={"outcome", "note"}),
        key=view["id"],
    )
    refresh_list(view, kept, user_id, desk, render, client)
    sentence = say("⏳ {} on the way to the exchange.", count(queued.count, "resolution"))
    ack(
        response_action="update",
        view=render.modal("kit/saved", title="On the way", sentence=sentence, more=_THEN),
    )


def _which(kept: Body, ticked: list[int], user_id: str, desk: Desk, render: Renderer) -> Body:
    """`page` is that of the ticks; `list` that of the list below."""
    filters = filters_of(kept)
    found = desk.ask(user_id, listing.page, filters, number(kept, "page"))
    below = optional_number(kept, "list") or number(kept, "page")
    return render.modal("messages/tick", it=found, ticked=ticked, below=below)


def _ticked(view: Body) -> list[int]:
    """Those ticked on this page, and on others before."""
    kept = unpack(view.get("private_metadata")).get("ticked") or []
    here = {int(value) for value in forms.offered(view, "ticked")}
    chosen = [int(value) for value in forms.choices(view, "ticked")]
    return [*(each for each in kept if each not in here), *chosen][:_MOST_TICKED]
