"""Slack's refusals, by Slack's own codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.kit.blockkit import Problem

Json = dict[str, Any]


class SlackError(Exception):
    """Becomes `{"ok": false, "error": code, …extra}`."""

    def __init__(self, code: str, **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    def answer(self) -> Json:
        return {"ok": False, "error": self.code, **self.extra}


class RateLimited(SlackError):
    """HTTP 429. `retry_after` is in whole seconds, as in the Retry-After header."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


def refused(code: str, problems: Sequence[Problem]) -> SlackError:
    """The error for blocks or a view that Slack does not take, worded as Slack words it."""
    lines = [f"[ERROR] {problem}" for problem in problems]
    shown = [str(problem) for problem in problems]
    return SlackError(code, errors=shown, response_metadata={"messages": lines})


def missing(*names: str) -> SlackError:
    lines = [f"[ERROR] missing required field: {name}" for name in names]
    return SlackError("invalid_arguments", response_metadata={"messages": lines})
