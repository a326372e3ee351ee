"""What a person reads, presses and fills in, for journeys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.sandbox import cast
from bot.sandbox.workspace.blocks import interactive
from bot.sandbox.workspace.driver import Person, _source

Json = dict[str, Any]
EMPLOYERS = {employer.ref: employer.name for employer in cast.EMPLOYERS}
STATUS = "/carrier-status"
MESSAGES = "/carrier-messages"
EMPLOYEES = "/sync-employees"


def ask(page: Person, text: str = "") -> Json:
    """Run `/carrier-status` among others, and return its one answer."""
    [answer] = page.command(f"{STATUS} {text}".strip(), channel=room(page.user_id), patience=4)
    return answer


def messages(page: Person, text: str = "") -> Json:
    """Run `/carrier-messages`, and return its one answer; a card may come at the same time."""
    brought = page.command(f"{MESSAGES} {text}".strip(), channel=room(page.user_id), patience=4)
    [answer] = [each for each in brought if each.get("is_ephemeral")]
    return answer


def employees(page: Person, text: str = "") -> Json:
    """Run `/sync-employees`, and return the modal that it opens."""
    page.command(f"{EMPLOYEES} {text}".strip(), channel=room(page.user_id), patience=4)
    return top(page)


def room(user_id: str) -> str:
    """A channel that this person is in: an employer's people are not in the agency's."""
    channels = (cast.GENERAL, cast.HARBOR)
    return next(channel.channel_id for channel in channels if user_id in channel.members)


def said(shown: Json | None) -> str:
    """Everything that is written in a message or view, ids and values included."""
    shown = shown or {}
    return json.dumps([shown.get("title"), shown.get("text"), shown.get("blocks")], ensure_ascii=False)


def employers_in(shown: Json | None) -> set[str]:
    words = said(shown).replace("&amp;", "&")
    return {name for name in EMPLOYERS.values() if name in words}


def their(member: cast.CastMember) -> set[str]:
    return {EMPLOYERS[ref] for ref in member.employer_refs}


def buttons(shown: Json) -> list[Json]:
    return [element for _, element in interactive(shown["blocks"]) if element["type"] == "button"]


def labels(shown: Json) -> list[str]:
    return [button["text"]["text"] for button in buttons(shown)]


def top(page: Person) -> Json:
    return page.modals()[-1]


def press_old(page: Person, source: Json, action_id: str, value: str) -> Json:
    """Press a button that the message or view no longer has, as from a page that was left open."""
    gone = {"block_id": "gone", "action_id": action_id, "action": {"type": "button", "value": value}}
    return page._post("action", {"source": _source(source), "values": {}, **gone})


def pages_of_all(page: Person) -> Iterator[Json]:
    """*Show all*, page after page."""
    page.press(ask(page), "status.all")
    yield top(page)
    while "Next" in " ".join(labels(top(page))):
        page.press(top(page), "status.next")
        yield top(page)
    page.close_modal(top(page), everything=True)
