"""The ids that Slack sends back to this story."""

from __future__ import annotations

from enum import StrEnum


class StatusAction(StrEnum):
    """/carrier-status and the modals behind it."""

    ALL = "status.all"
    FILTER_EMPLOYER = "status.filter.employer"
    FILTER_CARRIER = "status.filter.carrier"
    FILTER_SHOW = "status.filter.show"
    FILTER_CLEAR = "status.filter.clear"
    PREVIOUS = "status.previous"
    NEXT = "status.next"
    CHOOSE = "status.choose"
    INTEGRATION = "status.integration"
    TURN_ON = "status.turn_on"
    TURN_OFF = "status.turn_off"
    GROUP_NUMBER = "status.group_number"
    HISTORY = "status.history"
    LOG = "status.log"


class CadenceAction(StrEnum):
    """A carrier's or an integration's cadence, set by hand."""

    OPEN = "rhythm.open"
    KIND = "rhythm.kind"
    CARRIER = "rhythm.carrier"
    CLEAR = "rhythm.clear"


class WindowAction(StrEnum):
    """Maintenance windows."""

    PLAN = "window.plan"
    END = "window.end"


class StatusForm(StrEnum):
    """Callback ids of the modals that are submitted."""

    TURN_ON = "turn_on"
    TURN_OFF = "turn_off"
    GROUP_NUMBER = "group_number"
    LOG = "log_communication"
    CADENCE = "rhythm"
    WINDOW = "window"
