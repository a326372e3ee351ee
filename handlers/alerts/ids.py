"""The ids that Slack sends back to this story."""

from __future__ import annotations

from enum import StrEnum


class AlertAction(StrEnum):
    """The buttons of an alert card."""

    OPEN = "alert.open"
    ACKNOWLEDGE = "alert.acknowledge"
    SNOOZE = "alert.snooze"
    MORE = "alert.more"


class AlertForm(StrEnum):
    """Callback ids of the modals that are submitted."""

    NOTE = "alert_note"
