"""The Web API methods that this workspace has."""

from __future__ import annotations

from bot.sandbox.workspace.methods import chat, conversations, files, general, reactions, users, views
from bot.sandbox.workspace.methods.calls import Caller, Method

__all__ = ["METHODS", "Caller", "Method"]

METHODS: dict[str, Method] = {
    **general.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **reactions.METHODS,
    **users.METHODS,
    **views.METHODS,
}
