"""What Slack can call, and what templates can say. Each story declares its part; they are joined once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from slack_bolt import App

Listener = Callable[..., Any]
Filter = Callable[..., object]


@dataclass(frozen=True)
class Surface:
    """Exact names alone: Bolt asks its listeners one after the other, so the frequent ones come first.

    `filters` and `names` are for the templates; the enums among the names hold the story's ids.
    """

    commands: Mapping[str, Listener] = field(default_factory=dict)
    actions: Mapping[StrEnum, Listener] = field(default_factory=dict)
    options: Mapping[StrEnum, Listener] = field(default_factory=dict)
    views: Mapping[StrEnum, Listener] = field(default_factory=dict)
    events: Mapping[str, Listener] = field(default_factory=dict)
    filters: Mapping[str, Filter] = field(default_factory=dict)
    names: Mapping[str, object] = field(default_factory=dict)

    def register(self, app: App) -> None:
        for command, listener in self.commands.items():
            app.command(command)(listener)
        for action, listener in self.actions.items():
            app.action(action.value)(listener)
        for action, listener in self.options.items():
            app.options(action.value)(listener)
        for view, listener in self.views.items():
            app.view(view.value)(listener)
        for event, listener in self.events.items():
            app.event(event)(listener)


def ids(*enums: type[StrEnum]) -> dict[str, object]:
    """The ids of a story by the names under which its templates know them."""
    return {each.__name__: each for each in enums}


def join(parts: Iterable[Surface]) -> Surface:
    """One surface of all parts. Raise ValueError where two of them claim the same name."""
    joined: dict[str, dict[Any, Any]] = {each.name: {} for each in fields(Surface)}
    for part in parts:
        for kind, so_far in joined.items():
            told = getattr(part, kind)
            if twice := so_far.keys() & told.keys():
                message = f"{kind} that two stories declare: {sorted(map(str, twice))}"
                raise ValueError(message)
            so_far.update(told)
    return Surface(**joined)
