"""What every Web API method gets and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.workspace.errors import Json, SlackError, missing
from bot.sandbox.workspace.state import Workspace

_MOST = 999
A_MINUTE = (0, 1, 20, 50, 100)  # by tier: https://docs.slack.dev/apis/web-api/rate-limits


@dataclass(frozen=True)
class Caller:
    """`host` is how the bot reached us, and so how it must reach the websocket."""

    workspace: Workspace
    host: str


@dataclass(frozen=True)
class Method:
    """`token` is bot, app or none. `call` returns the answer without its `ok`, or raises SlackError.

    `scopes` are needed whatever is asked; with `by_kind` a channel asks for `channels:…`, and a direct
    message for `im:…`. `tier` is Slack's, and says how often it may be called; 0 is as often as one likes.
    `differs` is where it is not like Slack's own, for docs/workspace.md.
    """

    call: Callable[[Caller, Json], Json]
    scopes: tuple[str, ...] = ()
    token: str = "bot"  # noqa: S105 - the kind of token
    by_kind: str = ""
    tier: int = 0
    differs: str = ""

    @property
    def a_minute(self) -> int:
        """How many calls a minute Slack promises to take; 0 when there is no such number."""
        return A_MINUTE[self.tier]

    @property
    def accepted(self) -> tuple[str, ...]:
        """Every scope that it may ask for."""
        kinds = (f"channels:{self.by_kind}", f"im:{self.by_kind}") if self.by_kind else ()
        return (*self.scopes, *kinds)


def need(arguments: Json, *names: str) -> None:
    lacking = [name for name in names if arguments.get(name) in (None, "")]
    if lacking:
        raise missing(*lacking)


def truth(arguments: Json, name: str, *, otherwise: bool = False) -> bool:
    """Forms carry booleans as words."""
    value = arguments.get(name, otherwise)
    return value.lower() in {"1", "true"} if isinstance(value, str) else bool(value)


def page(items: list[Json], arguments: Json, key: str, default: int = 100) -> Json:
    """One page of a list, with Slack's cursor for the next."""
    try:
        limit = min(int(arguments.get("limit") or default), _MOST)
        start = int(str(arguments.get("cursor") or "at:0").removeprefix("at:"))
    except ValueError:
        raise SlackError("invalid_cursor") from None
    end = start + max(limit, 1)
    following = f"at:{end}" if end < len(items) else ""
    return {key: items[start:end], "response_metadata": {"next_cursor": following}}
