"""What tests of the handlers share: a page of the workspace for one of the cast, and what is read on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.sandbox.cast import CastMember
from bot.sandbox.workspace.driver import Person

As = Callable[[CastMember], Person]
Json = dict[str, Any]


def answer_to(page: Person, command: str) -> Json:
    [message] = page.command(command, channel="general")
    return message


def said(shown: Json) -> str:
    return json.dumps([shown.get("text"), shown["blocks"]], ensure_ascii=False)


def top(page: Person) -> Json:
    return page.modals()[-1]


def buttons(shown: Json) -> list[str]:
    """The labels of the last row of buttons."""
    rows = [block["elements"] for block in shown["blocks"] if block["type"] == "actions"]
    return [element["text"]["text"] for element in rows[-1] if element["type"] == "button"]
