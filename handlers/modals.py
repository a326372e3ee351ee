"""Putting a modal in front of the person, from wherever the button was pressed."""

from __future__ import annotations

from typing import Any

from slack_sdk import WebClient


def open_or_push(client: WebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
    """Open a modal, on top of the one in which the button was pressed if it was in one."""
    show = client.views_push if _in_modal(body) else client.views_open
    show(trigger_id=body["trigger_id"], view=view)


def open_or_replace(client: WebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
    """Open a modal, in place of the one in which the button was pressed if it was in one."""
    if _in_modal(body):
        client.views_update(view_id=body["view"]["id"], view=view)
    else:
        client.views_open(trigger_id=body["trigger_id"], view=view)


def _in_modal(body: dict[str, Any]) -> bool:
    return bool(body.get("view", {}).get("type") == "modal")
