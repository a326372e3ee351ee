"""A pretend Slack that waits longer than the real one, for tests that are not about its three seconds.

Slack's own bound is the wall clock's: on a busy machine it says something about the machine.
"""

from __future__ import annotations

from bot.sandbox.workspace import Workspace

SECONDS = 60.0


def unhurried(workspace: Workspace) -> Workspace:
    workspace.delivery.ack_seconds = SECONDS
    workspace.triggers.seconds = SECONDS
    return workspace
