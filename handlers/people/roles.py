"""People and their roles: one modal that shows the list, or one person's form in its place."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack, BoltContext
from slack_sdk import WebClient

from handlers.kit import forms, modals
from handlers.kit.ids import unpack
from handlers.kit.rendering import Renderer
from services.access import Role
from services.desk import Desk
from services.people import roles


def show_people(
    ack: Ack,
    body: dict[str, Any],
    payload: dict[str, Any],
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    page = unpack(payload.get("value")).get("page", 0)
    modals.open_or_replace(client, body, _list(user_id, desk, render, page))
    ack()


def ask_person(
    ack: Ack,
    body: dict[str, Any],
    payload: dict[str, Any],
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    """The form: empty for someone new, filled in for someone who has a role."""
    chosen = unpack(payload.get("value")).get("person")
    person = desk.ask(user_id, roles.detail, chosen or "")
    view = render.modal("people/person", chosen=chosen, person=person, roles=tuple(Role))
    modals.open_or_replace(client, body, view)
    ack()


def assign_person(
    ack: Ack,
    view: dict[str, Any],
    user_id: str,
    desk: Desk,
    render: Renderer,
    context: BoltContext,
) -> None:
    chosen = unpack(view.get("private_metadata")).get("person") or forms.user(view, "person") or ""
    role = forms.choice(view, "role") or ""
    employer_ids = [int(each) for each in forms.choices(view, "employers")]
    bot = context.bot_user_id
    given = desk.do(user_id, roles.assign, chosen, role, employer_ids, bot_user_id=bot)
    ack(response_action="update", view=_list(user_id, desk, render, saved=given))


def remove_person(
    ack: Ack,
    body: dict[str, Any],
    payload: dict[str, Any],
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    chosen = unpack(payload.get("value")).get("person") or ""
    desk.do(user_id, roles.remove, chosen)
    modals.open_or_replace(client, body, _list(user_id, desk, render, removed=chosen))
    ack()


def _list(
    user_id: str,
    desk: Desk,
    render: Renderer,
    page: int = 0,
    *,
    saved: roles.PersonLine | None = None,
    removed: str | None = None,
) -> dict[str, Any]:
    found = desk.ask(user_id, roles.listing, page)
    return render.modal("people/people", found=found, saved=saved, removed=removed)
