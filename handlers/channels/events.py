"""What Slack tells of channels: invited to, removed from, archived, deleted."""

from __future__ import annotations

from typing import Any

from slack_bolt import BoltContext

from services.channels import routing, subscriptions
from services.desk import Desk

Event = dict[str, Any]

# What happened, as the code with which Slack refuses posts from then on.
_CODES = {
    "channel_archive": "is_archived",
    "group_archive": "is_archived",
    "channel_left": "not_in_channel",
    "group_left": "not_in_channel",
    "channel_deleted": "channel_not_found",
    "group_deleted": "channel_not_found",
}


def joined(event: Event, context: BoltContext, desk: Desk) -> None:
    """Lastsync itself was invited: its cards can be posted there, and whoever invited it may want some."""
    if event.get("user") != context.bot_user_id:
        return
    inviter = event.get("inviter") or ""
    desk.do(inviter, routing.mended, event["channel"])
    if inviter:
        desk.do(inviter, subscriptions.offer, event["channel"])


def lost(event: Event, desk: Desk) -> None:
    """No card can be posted there any more."""
    desk.do(event.get("user") or "", routing.broken, event["channel"], _CODES[event["type"]])


def opened_again(event: Event, desk: Desk) -> None:
    desk.do(event.get("user") or "", routing.mended, event["channel"])
