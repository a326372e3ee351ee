"""What is done with the employees who were chosen: **Confirm Sync**, and *Assign Level*."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from handlers.employees.filters import ONE, Listed, listed_of
from handlers.employees.listing import refresh_below
from handlers.kit import forms, modals
from handlers.kit.ids import number, unpack
from handlers.kit.mrkdwn import say
from handlers.kit.rendering import Renderer
from services.desk import Desk
from services.employees import batches, selections
from services.employees.batches import Started
from services.words import count

Body = dict[str, Any]
_PROGRESS = "A direct message shows how far it is, and at the end who Failed and why."
_LATER = "It goes along with their first sync."


def choose(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer) -> None:
    """Say how many are about to be sent, before anybody is."""
    ack(response_action="push", view=_asked("employees/confirm_sync", view, user_id, desk, render))


def ask_level(ack: Ack, body: Body, user_id: str, desk: Desk, render: Renderer, client: WebClient) -> None:
    modals.open_or_push(client, body, _asked("employees/assign_level", body["view"], user_id, desk, render))
    ack()


def start(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer, client: WebClient) -> None:
    """The form's own id is the batch's key: sent twice, it is one batch."""
    kept = unpack(view.get("private_metadata"))
    started = desk.do(user_id, batches.start, number(kept, "selection"), key=view["id"])
    refresh_below(view, _list(kept, user_id, desk), user_id, desk, render, client)
    sentence = say("⏳ {} on the way to the Benefits platform.", count(started.queued, "employee"))
    saved = render.modal("kit/saved", title="On the way", sentence=sentence, more=_PROGRESS)
    ack(response_action="update", view=saved)


def assign_level(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer, client: WebClient) -> None:
    kept = unpack(view.get("private_metadata"))
    chosen = forms.choice(view, "level") or ""
    level = chosen.removeprefix(ONE) if chosen.startswith(ONE) else None
    selection = number(kept, "selection")
    started = desk.do(user_id, batches.assign_level, selection, level, key=view["id"])
    refresh_below(view, _list(kept, user_id, desk), user_id, desk, render, client)
    saved = render.modal(
        "kit/saved", title="Level assigned", sentence=_assigned(started, level), more=_then(started)
    )
    ack(response_action="update", view=saved)


def _asked(form: str, view: Body, user_id: str, desk: Desk, render: Renderer) -> Body:
    listed = listed_of(view)
    chosen = desk.do(user_id, selections.choose, listed.filters, listed.ticked, everyone=listed.everyone)
    return render.modal(form, it=chosen, listed=listed)


def _list(kept: Body, user_id: str, desk: Desk) -> Listed:
    """The list below the form. Its search is in the store, with the selection."""
    filters = desk.ask(user_id, selections.filters, number(kept, "selection"))
    return Listed(filters, number(kept, "page"), number(kept, "turn"))


def _assigned(started: Started, level: str | None) -> str:
    have = "has" if started.assigned == 1 else "have"
    what = say("the Benefits Level *{}*", level) if level else "no Benefits Level of their own"
    return say("✅ {} {} {} now.", count(started.assigned, "employee"), have, what)


def _then(started: Started) -> str:
    if not started.queued:
        return _LATER
    return f"{count(started.queued, 'employee')} synced before: sent with it now. {_PROGRESS}"
