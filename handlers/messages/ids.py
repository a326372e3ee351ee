"""The ids that Slack sends back to this story."""

from __future__ import annotations

from enum import StrEnum


class MessagesAction(StrEnum):
    """The list of carrier messages."""

    OPEN = "messages.open"
    CHOOSE = "messages.choose"
    FILTER_SEVERITY = "messages.filter.severity"
    FILTER_KIND = "messages.filter.kind"
    FILTER_EMPLOYER = "messages.filter.employer"
    FILTER_CARRIER = "messages.filter.carrier"
    FILTER_SHOW = "messages.filter.show"
    CLEAR = "messages.filter.clear"
    PREVIOUS = "messages.previous"
    NEXT = "messages.next"
    TICK = "messages.tick"
    TICK_PREVIOUS = "messages.tick.previous"
    TICK_NEXT = "messages.tick.next"


class MessageAction(StrEnum):
    """One carrier message."""

    OPEN = "message.open"
    NEXT = "message.next"
    ESCALATE = "message.escalate"


class MessagesForm(StrEnum):
    """Callback ids of the modals that are submitted."""

    RESOLVE = "resolve"
    TICK = "tick"
    BULK = "bulk"
    ESCALATE = "escalate"
