"""Putting a modal in front of the person, from wherever the button was pressed."""

from __future__ import annotations

from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError


def open_or_push(client: WebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
    """Open a modal, on top of the one in which the button was pressed if it was in one.

    Slack takes three on top of each other: then it stands in place of the third.
    """
    if not _in_modal(body):
        client.views_open(trigger_id=body["trigger_id"], view=view)
        return
    try:
        client.views_push(trigger_id=body["trigger_id"], view=view)
    except SlackApiError as error:
        if error.response.get("error") != "push_limit_reached":
            raise
        client.views_update(view_id=body["view"]["id"], view=view)


def open_or_replace(client: WebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
    """Open a modal, in place of the one in which the button was pressed if it was in one."""
    if _in_modal(body):
        client.views_update(view_id=body["view"]["id"], view=view)
    else:
        client.views_open(trigger_id=body["trigger_id"], view=view)


def _in_modal(body: dict[str, Any]) -> bool:
    return bool(body.get("view", {}).get("type") == "modal")
