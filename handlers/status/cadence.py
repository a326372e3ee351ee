"""When a carrier or an integration should sync, as people set it; and maintenance windows of carriers."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from handlers.kit import forms, modals
from handlers.kit.ids import STALE, number, optional_number, unpack
from handlers.kit.mrkdwn import Mrkdwn, at, say
from handlers.kit.rendering import Renderer
from services.desk import Desk
from services.errors import Invalid, MovedOn
from services.status import cadence_settings
from services.status.cadence_settings import LAST_WORKING_DAY, CadenceKind, CadenceView, Choice, WindowView

Body = dict[str, Any]

_LONGEST_DAY = 31
_DAYS = {"Last working day": LAST_WORKING_DAY} | {str(day): day for day in range(1, _LONGEST_DAY + 1)}


def open_cadence(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    """From an integration, or from the list of what channels hear, where a carrier is chosen."""
    place = _place(unpack(payload.get("value") or _chosen_carrier(payload)))
    modals.open_or_push(client, body, _form(desk.ask(user_id, cadence_settings.view, **place), render))
    ack()


def choose_kind(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    """Each kind asks for its own: what was filled in besides stays."""
    place = _place(unpack(body["view"].get("private_metadata")))
    kind = CadenceKind(payload["selected_option"]["value"])
    view = _form(desk.ask(user_id, cadence_settings.view, **place), render, kind)
    client.views_update(view_id=body["view"]["id"], view=view)
    ack()


def set_cadence(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer) -> None:
    place = _place(unpack(view.get("private_metadata")))
    found = desk.do(user_id, cadence_settings.choose, _typed(view), **place)
    sentence = say("✅ {} should sync {}.", found.carrier, found.choice_habit or "")
    ack(response_action="update", view=_saved(render, sentence, "What is late is worked out anew."))


def clear_cadence(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    found = desk.do(user_id, cadence_settings.clear, **_place(unpack(payload.get("value"))))
    client.views_update(view_id=body["view"]["id"], view=_form(found, render))
    ack()


def ask_window(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    carrier_id = number(unpack(payload.get("value")), "carrier")
    found = desk.ask(user_id, cadence_settings.view, carrier_id=carrier_id)
    modals.open_or_push(client, body, render.modal("status/window", it=found))
    ack()


def plan_window(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer) -> None:
    carrier_id = number(unpack(view.get("private_metadata")), "carrier")
    begins_at, ends_at = forms.moment(view, "begins_at"), forms.moment(view, "ends_at")
    if begins_at is None or ends_at is None:
        raise Invalid({"ends_at": "Choose when it begins and when it ends."})
    note = forms.text(view, "note")
    planned: WindowView = desk.do(
        user_id, cadence_settings.plan, carrier_id, begins_at, ends_at, note, key=view["id"]
    )
    sentence = say("✅ Maintenance from {} to {}.", at(planned.begins_at), at(planned.ends_at))
    ack(response_action="update", view=_saved(render, sentence, "No sync is expected in that time."))


def end_window(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    pressed = unpack(payload.get("value"))
    desk.do(user_id, cadence_settings.end, number(pressed, "window"))
    found = desk.ask(user_id, cadence_settings.view, **_place(pressed))
    client.views_update(view_id=body["view"]["id"], view=_form(found, render))
    ack()


def _form(found: CadenceView, render: Renderer, kind: CadenceKind | None = None) -> Body:
    chosen = kind or (found.choice.kind if found.choice else CadenceKind.WORKING_DAYS)
    return render.modal("status/cadence", it=found, kind=chosen, days=_DAYS)


def _saved(render: Renderer, sentence: Mrkdwn, more: str) -> Body:
    return render.modal("kit/saved", title="Saved", sentence=sentence, more=more)


def _chosen_carrier(payload: Body) -> str | None:
    """A select gives the row's id alone."""
    chosen = (payload.get("selected_option") or {}).get("value", "")
    return f'{{"carrier":{chosen}}}' if chosen.isdigit() else None


def _place(values: Body) -> dict[str, int]:
    """A carrier, or one integration."""
    integration_id, carrier_id = optional_number(values, "integration"), optional_number(values, "carrier")
    if integration_id is not None:
        return {"integration_id": integration_id}
    if carrier_id is not None:
        return {"carrier_id": carrier_id}
    raise MovedOn(STALE)


def _typed(view: Body) -> Choice:
    kind, usual = forms.choice(view, "kind"), forms.hour(view, "at")
    if kind is None or usual is None:
        raise Invalid({"at": "Choose the time of day at which it usually syncs."})
    return Choice(
        kind=CadenceKind(kind),
        at=usual,
        weekdays=tuple(sorted(int(each) for each in forms.all_chosen(view, "weekdays"))),
        weeks=int(forms.choice(view, "weeks") or 2),
        day=int(forms.choice(view, "day") or 1),
    )
