"""Templates in, Slack messages and views out. A value can never become structure.

In a `.json.j2` template every `{{ value }}` is one JSON literal, quotes included, so templates write
`"text": {{ title }}`. A `null` in a list is dropped, so a loop may end each block with a comma and the list
with `null`. Slack's mrkdwn is built with `say`, which escapes what it inserts:
`{{ "*{}* with {}"|say(employer, carrier) }}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined
from markupsafe import Markup

from handlers.kit import blockkit
from handlers.kit.ids import pack
from handlers.kit.mrkdwn import escape
from handlers.kit.phrases import FILTERS
from services.ports import ChatMessage


class Unshowable(Exception):
    """A template made something that Slack would refuse. The text names template and place, no value."""


class Facts(Protocol):
    """What a card shows. `template` is story and name: `alerts/late` is templates/alerts/message/late."""

    template: ClassVar[str]


@dataclass(frozen=True)
class Renderer:
    """`filters` and `names` are what templates know besides: the stories' words, ids and sentences."""

    folder: Path
    filters: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    names: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_json", self._environment(_literal))
        object.__setattr__(self, "_text", self._environment(_plain))

    def message(self, name: str, **values: Any) -> ChatMessage:  # noqa: ANN401  a template takes anything
        story, _, part = name.partition("/")
        folder = f"{story}/message/{part}"
        text = self._render("_text", f"{folder}/text.txt.j2", values).strip()
        blocks = _tidy(json.loads(self._render("_json", f"{folder}/blocks.json.j2", values)))
        _check("message", name, {"text": text, "blocks": blocks})
        return ChatMessage(text, blocks)

    def card(self, facts: Facts) -> ChatMessage:
        """Show what is true of a card's subject now."""
        return self.message(facts.template, card=facts)

    def modal(self, name: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401
        story, _, part = name.partition("/")
        return self._view("modal", f"{story}/modal/{part}.json.j2", values)

    def home(self, **values: Any) -> dict[str, Any]:  # noqa: ANN401
        return self._view("home", "home/home.json.j2", values)

    def _environment(self, finalize: Callable[[object], object]) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self.folder),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.filters.update({**FILTERS, **self.filters})
        environment.globals.update(pack=pack, **self.names)
        return environment

    def _view(self, kind: blockkit.Kind, path: str, values: Mapping[str, Any]) -> dict[str, Any]:
        view: dict[str, Any] = _tidy(json.loads(self._render("_json", path, values)))
        _check(kind, path, view)
        return view

    def _render(self, environment: str, path: str, values: Mapping[str, Any]) -> str:
        chosen: Environment = getattr(self, environment)
        return chosen.get_template(path).render(values)


_JSON = json.JSONEncoder(ensure_ascii=False)  # `json.dumps` makes a new one for each value


def _literal(value: object) -> object:
    if isinstance(value, Markup | Undefined):
        return value
    return Markup(_JSON.encode(value))  # noqa: S704  JSON, not HTML


def _plain(value: object) -> object:
    return value if isinstance(value, Markup | Undefined) else Markup(escape(value))  # noqa: S704  mrkdwn


def _tidy(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_tidy(each) for each in value if each is not None]
    if isinstance(value, dict):
        return {key: _tidy(each) for key, each in value.items()}
    return value


def _check(kind: blockkit.Kind, name: str, payload: dict[str, Any]) -> None:
    found = blockkit.problems(kind, payload)
    if found:
        first = found[0]
        raise Unshowable(f"{name} at {first.pointer}: {first.constraint or first.code} ({len(found)} in all)")
