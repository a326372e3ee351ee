"""A plugin of pytest's that keeps what tests/templates render, and renders all of it a second time, hostile.

    HOSTILE=all.json python -m pytest -p tests.templates.recording tests/templates

The file then holds [template, kind of surface, what was rendered] once for each that is different.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from handlers.kit.blockkit import Kind
from handlers.kit.rendering import Renderer
from services.ports import ChatMessage

MARK = "harmed"
HOSTILE = (
    f'<img src=x onerror=window.{MARK}=1> "><script>window.{MARK}=2</script> <!channel> <@U0FOREIGN1> '
    f"<#C0FOREIGN1|x> <https://example.com/|safe> <javascript:window.{MARK}=3|go> *b* _i_ ~s~ `c` :bell: "
    "\u202egnp.exe\u2066 &lt;!here&gt; {{ 7*7 }} {} %s\n> quoted\n"
)
# They hold words of our own, within Slack's limits, or sentences that were made elsewhere and escaped there.
OURS = {"label", "title", "kind", "kinds", "chart", "sentence", "more"}
_WORDS = re.compile(r"[A-Z][a-z]|\s")
_rendered: set[str] = set()


def hostile(value: Any) -> Any:
    """The same, with hostile text before each text that reads as somebody's words: no id, no key, no zone."""
    if type(value) is str:  # an enum's member is a str too, and so is what is known to be mrkdwn
        return HOSTILE + value if _WORDS.search(value) and "/" not in value else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = {each.name: getattr(value, each.name) for each in dataclasses.fields(value) if each.init}
        return dataclasses.replace(value, **hostile(given))
    if isinstance(value, Mapping):
        return {name: each if name in OURS else hostile(each) for name, each in value.items()}
    if type(value) in {list, tuple}:
        return type(value)(hostile(each) for each in value)
    return value


def keep(template: str, kind: str, shown: dict[str, Any]) -> None:
    _rendered.add(json.dumps([template, kind, shown], ensure_ascii=False))


def pytest_configure() -> None:
    message, view = Renderer.message, Renderer._view

    def message_twice(self: Renderer, name: str, **values: Any) -> ChatMessage:
        again = message(self, name, **hostile(values))
        keep(name.replace("/", "/message/"), "message", {"text": again.text, "blocks": again.blocks})
        return message(self, name, **values)

    def view_twice(self: Renderer, kind: Kind, path: str, values: Mapping[str, Any]) -> dict[str, Any]:
        keep(path.removesuffix(".json.j2"), kind, view(self, kind, path, hostile(values)))
        return view(self, kind, path, values)

    Renderer.message, Renderer._view = message_twice, view_twice  # type: ignore[method-assign]


def pytest_unconfigure() -> None:
    Path(os.environ["HOSTILE"]).write_text(f"[{','.join(sorted(_rendered))}]")
