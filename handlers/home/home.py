"""The App Home."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from handlers.alerts import buttons
from handlers.home.charts import freshness_chart
from handlers.kit import modals
from handlers.kit.ids import number, unpack
from handlers.kit.rendering import Renderer
from services import home
from services.alerts import actions
from services.desk import Desk


def opened(event: dict[str, Any], user_id: str, desk: Desk, render: Renderer, client: WebClient) -> None:
    if event.get("tab") == "home":
        publish(user_id, desk, render, client)


def refresh(ack: Ack, user_id: str, desk: Desk, render: Renderer, client: WebClient) -> None:
    publish(user_id, desk, render, client)
    ack()


def open_item(
    ack: Ack,
    body: dict[str, Any],
    payload: dict[str, Any],
    user_id: str,
    desk: Desk,
    render: Renderer,
    client: WebClient,
) -> None:
    view = buttons.view_of(unpack(payload.get("value")), user_id, desk, render)
    modals.open_or_push(client, body, view)
    ack()


def unmute(
    ack: Ack, payload: dict[str, Any], user_id: str, desk: Desk, render: Renderer, client: WebClient
) -> None:
    desk.do(user_id, actions.unmute, number(unpack(payload.get("value")), "integration"))
    publish(user_id, desk, render, client)
    ack()


def publish(user_id: str, desk: Desk, render: Renderer, client: WebClient) -> None:
    shown = desk.ask(user_id, home.overview)
    view = render.home(home=shown, user_id=user_id, chart=freshness_chart(shown.carriers))
    client.views_publish(user_id=user_id, view=view)
