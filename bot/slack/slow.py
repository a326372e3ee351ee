"""Which listener ran in this thread, for the log where one takes longer than Slack waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

WAITS_S = 3.0

_here = threading.local()

log = logging.getLogger(__name__)


def remember(body: dict[str, Any], next: Callable[[], None]) -> None:  # noqa: A002  Bolt's own name
    """A middleware: Bolt runs the listener afterwards, in the same thread."""
    _here.name = name_of(body)
    next()


def tell(seconds: float) -> None:
    """Say it if the request that this thread has answered took too long."""
    if seconds > WAITS_S:
        log.warning(
            "%s took %.1f s; Slack waits for %.0f", getattr(_here, "name", "a request"), seconds, WAITS_S
        )


def name_of(body: dict[str, Any]) -> str:
    """The command, the button's, form's or menu's own id, or the event. Nothing that a person wrote."""
    pressed: dict[str, Any] = next(iter(body.get("actions") or ()), {})
    view, event = body.get("view") or {}, body.get("event") or {}
    names = (
        body.get("command"),
        pressed.get("action_id"),
        body.get("action_id"),
        view.get("callback_id"),
        event.get("type"),
        body.get("type"),
    )
    return str(next(filter(None, names), "a request"))
