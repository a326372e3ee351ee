"""A small Slack on this machine: the one that the demo shows and every test trusts."""

from __future__ import annotations

from bot.sandbox.workspace.app import build_app
from bot.sandbox.workspace.events_menu import Stir
from bot.sandbox.workspace.state import DEFAULT_SCOPES, Command, Workspace

__all__ = ["DEFAULT_SCOPES", "Command", "Stir", "Workspace", "build_app"]
