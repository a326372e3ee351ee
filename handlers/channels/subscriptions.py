"""`/carrier-alerts`: what channels hear, in a list with a form, and the sample that shows that it arrives."""

from __future__ import annotations

from datetime import time
from html import unescape
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from handlers.channels.phrases import half_hours
from handlers.kit import forms, modals, zones
from handlers.kit.ids import number, optional_number, unpack
from handlers.kit.mrkdwn import HERE, Mrkdwn, say
from handlers.kit.rendering import Renderer
from services.channels import subscriptions
from services.channels.subscriptions import SubscriptionView, Wish
from services.desk import Desk
from services.status import cadence_settings
from services.store.alerts import Kind

Body = dict[str, Any]
FALLBACK = next(iter(zones.USUAL))
_NOBODY, _PERSON, _GROUP = "nobody", "person", "group"


def carrier_alerts(
    ack: Ack, command: Body, user_id: str, desk: Desk, render: Renderer, client: WebClient
) -> None:
    """The list, or what `help` and `test` ask for."""
    text = unescape(command.get("text") or "").strip().casefold()
    channel = command["channel_id"]
    if text == "test":
        sample = desk.do(user_id, subscriptions.test, channel, key=command["trigger_id"])
        shown = render.message("channels/sample_sent", it=sample)
        ack(text=shown.text, blocks=shown.blocks, response_type="ephemeral")
    elif text:
        shown = render.message("channels/help", asked=None if text == "help" else text)
        ack(text=shown.text, blocks=shown.blocks, response_type="ephemeral")
    else:
        view = _list(user_id, desk, render, _room(channel))
        client.views_open(trigger_id=command["trigger_id"], view=view)
        ack()


def ask_arrived(
    ack: Ack, payload: Body, user_id: str, desk: Desk, render: Renderer, respond: Respond
) -> None:
    """Whether the sample is in the channel: the answer makes room for the next one."""
    found = desk.ask(user_id, subscriptions.arrived, number(unpack(payload.get("value")), "sample"))
    shown = render.message("channels/sample_sent", it=found)
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
    """From the Home tab, or another page of the list."""
    pressed = unpack(payload.get("value"))
    page = optional_number(pressed, "page") or 1
    modals.open_or_replace(client, body, _list(user_id, desk, render, pressed.get("channel"), page))
    ack()


def ask_subscription(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    """The form: empty for another subscription, filled in for one that is there."""
    pressed = unpack(payload.get("value"))
    modals.open_or_replace(client, body, _form(pressed, user_id, desk, render))
    ack()


def choose_whom(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    """A person and a user group are chosen in a field of their own: what was filled in besides stays."""
    kept = unpack(body["view"].get("private_metadata"))
    view = _form(kept, user_id, desk, render, payload["selected_option"]["value"])
    client.views_update(view_id=body["view"]["id"], view=view)
    ack()


def save(ack: Ack, view: Body, user_id: str, desk: Desk, render: Renderer) -> None:
    kept = unpack(view.get("private_metadata"))
    subscription_id = optional_number(kept, "subscription")
    channel = None
    if subscription_id is not None:
        channel = desk.ask(user_id, subscriptions.detail, subscription_id).channel_id
    # The list and each form take one another's place in one view: its hash tells them apart.
    key = f"{view['id']}.{view['hash']}"
    wish = _typed(view, channel)
    saved = desk.do(user_id, subscriptions.save, wish, subscription_id=subscription_id, key=key)
    said = say("✅ <#{}> hears it from now on.", saved.channel_id)
    ack(response_action="update", view=_list(user_id, desk, render, saved.channel_id, said=said))


def remove(
    ack: Ack,
    body: Body,
    payload: Body,
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    pressed = unpack(payload.get("value"))
    desk.do(user_id, subscriptions.remove, number(pressed, "subscription"))
    said = say("✅ Removed.")
    modals.open_or_replace(client, body, _list(user_id, desk, render, pressed.get("channel"), said=said))
    ack()


def _list(
    user_id: str,
    desk: Desk,
    render: Renderer,
    channel: str | None,
    page: int = 1,
    *,
    said: Mrkdwn | None = None,
) -> Body:
    found = desk.ask(user_id, subscriptions.listing, page)
    may_plan = desk.ask(user_id, cadence_settings.may_plan)
    return render.modal("channels/subscriptions", it=found, here=channel, said=said, may_plan=may_plan)


def _form(pressed: Body, user_id: str, desk: Desk, render: Renderer, whom: str | None = None) -> Body:
    subscription_id = optional_number(pressed, "subscription")
    it = None
    if subscription_id is not None:
        it = desk.ask(user_id, subscriptions.detail, subscription_id)
    return render.modal(
        "channels/subscription",
        it=it,
        channel=pressed.get("channel"),
        whom=whom or _whom(it),
        zone=it.time_zone if it else FALLBACK,
        hours=half_hours(),
    )


def _whom(it: SubscriptionView | None) -> str:
    if it is None or it.mention is None:
        return _NOBODY
    if it.mention == HERE:
        return HERE
    return _GROUP if it.mention.startswith("S") else _PERSON


def _room(channel: str) -> str | None:
    """A channel that can be subscribed: a direct message is none."""
    return None if channel.startswith("D") else channel


def _typed(view: Body, channel: str | None) -> Wish:
    """`channel` is that of a subscription that is there already: it stays."""
    return Wish(
        channel_id=channel or forms.conversation(view, "channel") or "",
        kinds=tuple(Kind(each) for each in forms.choices(view, "kinds")),
        employer_ids=tuple(int(each) for each in forms.choices(view, "employers")),
        carrier_ids=tuple(int(each) for each in forms.choices(view, "carriers")),
        mention=_mentioned(view),
        time_zone=forms.choice(view, "time_zone") or FALLBACK,
        quiet_from=_half_hour(view, "quiet_from"),
        quiet_until=_half_hour(view, "quiet_until"),
        digest_at=_half_hour(view, "digest_at"),
    )


def _mentioned(view: Body) -> str | None:
    whom = forms.choice(view, "whom")
    if whom == HERE:
        return HERE
    return {_PERSON: forms.user(view, "mention"), _GROUP: forms.text(view, "mention")}.get(whom or "")


def _half_hour(view: Body, field: str) -> time | None:
    chosen = forms.choice(view, field)
    return time.fromisoformat(chosen) if chosen and chosen != "none" else None
