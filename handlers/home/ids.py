"""The ids that Slack sends back to this story."""

from __future__ import annotations

from enum import StrEnum


class HomeAction(StrEnum):
    """The App Home."""

    UNMUTE = "home.unmute"
    REFRESH = "home.refresh"
    OPEN = "home.open"
