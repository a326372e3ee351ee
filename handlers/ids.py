"""Every id that Slack sends back to us, and the codec for the small values that travel with them.

Values hold row ids and versions alone: whoever presses is looked up, and asked for rights, at that moment.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from services.errors import MovedOn

STALE = "That button is from an older version of Lastsync. Run the command again."


class Action(StrEnum):
    """Action ids. Those of one story share its first word."""

    STATUS_ALL = "status.all"
    STATUS_FILTER = "status.filter"
    STATUS_PAGE = "status.page"
    STATUS_EMPLOYER = "status.employer"
    STATUS_INTEGRATION = "status.integration"
    STATUS_TURN_ON = "status.turn_on"
    STATUS_TURN_OFF = "status.turn_off"
    STATUS_GROUP_NUMBER = "status.group_number"
    STATUS_MESSAGES = "status.messages"
    STATUS_HISTORY = "status.history"
    STATUS_LOG = "status.log"
    FIND_EMPLOYER = "find.employer"
    FIND_CARRIER = "find.carrier"
    ALERT_OPEN = "alert.open"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    HOME_REFRESH = "home.refresh"
    HOME_OPEN = "home.open"
    PEOPLE_OPEN = "people.open"
    PEOPLE_EDIT = "people.edit"
    PEOPLE_REMOVE = "people.remove"


class View(StrEnum):
    """Callback ids of modals that are submitted."""

    TURN_ON = "turn_on"
    TURN_OFF = "turn_off"
    GROUP_NUMBER = "group_number"
    LOG = "log_communication"
    PERSON = "person"


def pack(**values: str | int | None) -> str:
    """Write a button's value or a view's private_metadata."""
    return json.dumps(values, separators=(",", ":"))


def unpack(text: str | None) -> dict[str, Any]:
    """Read it back. Anything that is not ours is a stale button, and says so."""
    try:
        values = json.loads(text or "")
    except ValueError:
        raise MovedOn(STALE) from None
    if not isinstance(values, dict):
        raise MovedOn(STALE)
    return values
