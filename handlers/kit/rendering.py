"""Templates in, Slack messages and views out. A value can never become structure.

In a `.json.j2` template every `{{ value }}` is one JSON literal, quotes included, so templates write
`"text": {{ title }}`. A `null` in a list is dropped, so a loop may end each block with a comma and the list
with `null`. Slack's mrkdwn is built with `say`, which escapes what it inserts:
`{{ "*{}* with {}"|say(employer, carrier) }}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined
from markupsafe import Markup

from handlers.alerts import phrases as alert_phrases
from handlers.channels import phrases as subscription_phrases
from handlers.employees import filters
from handlers.employees import phrases as employee_phrases
from handlers.kit import blockkit, ids, phrases, zones
from handlers.kit.mrkdwn import at, called, clip, escape, mention, say
from handlers.messages import phrases as message_phrases
from handlers.messages.filters import kept
from services import words
from services.employees.batches import NO_SWITCH_OFF
from services.ports import ChatMessage

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


class Unshowable(Exception):
    """A template made something that Slack would refuse. The text names template and place, no value."""


class Facts(Protocol):
    """What a card shows; `template` names the folder under templates/message."""

    template: ClassVar[str]


@dataclass(frozen=True)
class Renderer:
    folder: Path = TEMPLATES

    def __post_init__(self) -> None:
        object.__setattr__(self, "_json", _environment(self.folder, _literal))
        object.__setattr__(self, "_text", _environment(self.folder, _plain))

    def message(self, name: str, **values: Any) -> ChatMessage:  # noqa: ANN401  a template takes anything
        text = self._render("_text", f"message/{name}/text.txt.j2", values).strip()
        blocks = _tidy(json.loads(self._render("_json", f"message/{name}/blocks.json.j2", values)))
        _check("message", name, {"text": text, "blocks": blocks})
        return ChatMessage(text, blocks)

    def card(self, facts: Facts) -> ChatMessage:
        """Show what is true of a card's subject now."""
        return self.message(facts.template, card=facts)

    def modal(self, name: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401
        return self._view("modal", f"modal/{name}.json.j2", values)

    def home(self, **values: Any) -> dict[str, Any]:  # noqa: ANN401
        return self._view("home", "home.json.j2", values)

    def _view(self, kind: blockkit.Kind, path: str, values: Mapping[str, Any]) -> dict[str, Any]:
        view: dict[str, Any] = _tidy(json.loads(self._render("_json", path, values)))
        _check(kind, path, view)
        return view

    def _render(self, environment: str, path: str, values: Mapping[str, Any]) -> str:
        chosen: Environment = getattr(self, environment)
        return chosen.get_template(path).render(values)


_FILTERS: dict[str, Callable[..., object]] = {
    "say": say,
    "mention": mention,
    "at": at,
    "clip": clip,
    "ago": words.ago,
    "span": words.span,
    "counted": words.count,
    "kind": words.kind,
    "listed": words.listed,
    "bullets": phrases.bullets,
    "calendar": phrases.calendar,
    "capital": phrases.capital,
    "communication": phrases.communication,
    "facts": phrases.facts,
    "freshness": phrases.freshness,
    "identity": phrases.identity,
    "joined": phrases.joined,
    "line": phrases.line,
    "awaits": message_phrases.awaits,
    "counted_to": message_phrases.counted_to,
    "found": message_phrases.found,
    "heading": message_phrases.heading,
    "kept": kept,
    "message": message_phrases.message,
    "next_sync": message_phrases.next_sync,
    "outcome": message_phrases.outcome,
    "pasts": message_phrases.pasts,
    "severity": message_phrases.severity,
    "verb": message_phrases.verb,
    "whom": message_phrases.whom,
    "need": phrases.need,
    "run": phrases.run,
    "state": phrases.state,
    "times": words.times,
    "timing": phrases.timing,
    "zone_label": zones.label,
    "called": called,
    "clock": subscription_phrases.clock,
    "hears": subscription_phrases.hears,
    "manner": subscription_phrases.manner,
    "scope": subscription_phrases.scope,
    "told": alert_phrases.told,
    "digested": alert_phrases.digested,
    "attempt": employee_phrases.attempt,
    "bar": employee_phrases.bar,
    "employee": employee_phrases.employee,
    "employee_about": employee_phrases.about,
    "employees_kept": filters.kept,
    "leaving": employee_phrases.leaving,
    "pace": employee_phrases.pace,
    "standing": employee_phrases.standing,
    "tab": employee_phrases.tab,
    "ticked": employee_phrases.ticked,
    "why": employee_phrases.why,
}


def _environment(folder: Path, finalize: Any) -> Environment:  # noqa: ANN401
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(_FILTERS)
    environment.globals.update(pack=ids.pack, Action=ids.Action, View=ids.View, CHANGES=phrases.CHANGES)
    environment.globals.update(NO_SWITCH_OFF=NO_SWITCH_OFF, READ_ONLY=employee_phrases.READ_ONLY)
    return environment


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
