"""The Web API methods that this workspace has."""

from __future__ import annotations

from bot.sandbox.workspace.methods import chat, conversations, general, users, views
from bot.sandbox.workspace.methods.calls import Caller, Method

__all__ = ["METHODS", "Caller", "Method"]

METHODS: dict[str, Method] = {
    **general.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **users.METHODS,
    **views.METHODS,
}
