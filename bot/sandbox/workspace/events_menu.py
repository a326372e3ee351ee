"""The stir panel: what may go wrong with Slack, beside what the sandbox world offers."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot.sandbox.workspace import news
from bot.sandbox.workspace.conversations import Channel
from bot.sandbox.workspace.errors import Json
from bot.sandbox.workspace.state import Workspace


class Stir(Protocol):
    """The sandbox world, as far as the panel reaches it. `cause` raises ValueError with a sentence."""

    def menu(self) -> list[dict[str, object]]: ...

    def cause(self, event: str, params: dict[str, str]) -> str: ...

    def subscribe(self, listener: Callable[[str], None]) -> None: ...


@dataclass(frozen=True)
class SlackEvent:
    """One button of the panel. `do` gets the parameters as text and returns one sentence."""

    name: str
    label: str
    do: Callable[[Workspace, dict[str, str]], str | Awaitable[str]]
    numbers: dict[str, tuple[str, float]] = field(default_factory=dict)
    picks_channel: bool = False
    picks_person: bool = False

    def wire(self, workspace: Workspace) -> Json:
        params: list[Json] = [
            {"name": name, "label": label, "type": "number", "default": f"{default:g}"}
            for name, (label, default) in self.numbers.items()
        ]
        if self.picks_channel:
            named = [channel for channel in workspace.conversations.all() if channel.user is None]
            params.append(_select("channel", "Channel", {one.id: f"#{one.name}" for one in named}))
        if self.picks_person:
            people = {person.user_id: person.real_name for person in workspace.people.values()}
            params.append(_select("person", "Who does it", people))
        return {"name": self.name, "label": self.label, "params": params}

    async def cause(self, workspace: Workspace, given: dict[str, str]) -> str:
        defaults = {name: f"{default:g}" for name, (_, default) in self.numbers.items()}
        params = {**defaults, **{name: value for name, value in given.items() if value}}
        for name in self.numbers:
            _number(params, name)
        if self.picks_channel and "channel" not in params:
            raise ValueError("Choose a channel.")
        sentence = self.do(workspace, params)
        return await sentence if inspect.isawaitable(sentence) else sentence


def _select(name: str, label: str, labels: dict[str, str]) -> Json:
    options = [{"value": value, "label": each} for value, each in labels.items()]
    default = next(iter(labels), "")
    return {"name": name, "label": label, "type": "select", "options": options, "default": default}


_LONGEST = 3600.0


def _number(params: dict[str, str], name: str) -> float:
    try:
        number = float(params[name])
    except ValueError:
        raise ValueError(f"“{name}” must be a number.") from None
    if not 0 <= number <= _LONGEST:
        raise ValueError(f"“{name}” must be between 0 and {_LONGEST:g}.")
    return number


def _spell(name: str, sentence: str) -> Callable[[Workspace, dict[str, str]], str]:
    def do(workspace: Workspace, params: dict[str, str]) -> str:
        seconds = _number(params, "seconds")
        delay = _number(params, "delay") if "delay" in params else 0.0
        workspace.faults.begin(name, seconds, delay)
        return sentence.format(seconds=f"{seconds:g}", delay=f"{delay:g}")

    return do


def _lose_answers(workspace: Workspace, params: dict[str, str]) -> str:
    workspace.faults.lost_answers = int(_number(params, "count"))
    return f"Slack keeps the next {workspace.faults.lost_answers} posts and loses the answers."


def _drop_sockets(workspace: Workspace, _params: dict[str, str]) -> str:
    count = workspace.sockets.count
    workspace.sockets.drop()
    return f"{count} Socket Mode connections were cut."


async def _refresh_sockets(workspace: Workspace, _params: dict[str, str]) -> str:
    await workspace.sockets.ask_to_reconnect()
    return "Slack asked the bot to reconnect."


async def _warn_sockets(workspace: Workspace, _params: dict[str, str]) -> str:
    await workspace.sockets.ask_to_reconnect("warning")
    return "Slack warned the bot that its connection ends soon."


def _hurry(workspace: Workspace, params: dict[str, str]) -> str:
    speed = max(1.0, _number(params, "speed"))
    workspace.delivery.speed = speed
    return f"Slack delivers again {speed:g} times as fast as it does."


def _silence(workspace: Workspace, _params: dict[str, str]) -> str:
    workspace.faults.sockets_silent = True
    return "The sockets stay open and say nothing more."


def _alter(
    sentence: str,
    report: Callable[[Workspace, Channel, str], None],
    *,
    archived: bool | None = None,
    member: bool | None = None,
) -> Callable[[Workspace, dict[str, str]], str]:
    """Change a channel, and report it to the bot as Slack does: nothing that was so before."""

    def do(workspace: Workspace, params: dict[str, str]) -> str:
        channel = workspace.conversations.get(params["channel"])
        by = params.get("person") or next(iter(workspace.people))
        if by not in workspace.people:
            raise ValueError("Choose a person.")
        was = (channel.is_archived, channel.bot_is_member)
        workspace.conversations.alter(channel, archived=archived, bot_is_member=member)
        if was != (channel.is_archived, channel.bot_is_member):
            report(workspace, channel, by)
        return sentence.format(name=channel.name)

    return do


def _revoke(workspace: Workspace, _params: dict[str, str]) -> str:
    workspace.faults.token_revoked = True
    return "The bot's tokens were revoked."


def _mend(workspace: Workspace, _params: dict[str, str]) -> str:
    workspace.faults.end_all()
    return "Slack works as usual again."


_SECONDS = {"seconds": ("Seconds", 30.0)}
SHOWS = {
    "Slack answers badly": "Cards that wait and are there once, whatever Slack did",
    "Slack's connection": "Coming back, and events that are delivered again",
    "Slack's channels": "What becomes of cards whose channel is gone",
}
GROUPS: dict[str, tuple[SlackEvent, ...]] = {
    "Slack answers badly": (
        SlackEvent(
            "slack_rate_limited",
            "Answer 429 to everything",
            _spell("rate_limited", "Slack answers 429 for {seconds} s."),
            _SECONDS,
        ),
        SlackEvent(
            "slack_errors", "Answer 500", _spell("errors", "Slack answers 500 for {seconds} s."), _SECONDS
        ),
        SlackEvent(
            "slack_slow",
            "Answer slowly",
            _spell("slow", "Slack takes {delay} s to answer, for {seconds} s."),
            {**_SECONDS, "delay": ("Seconds an answer takes", 5.0)},
        ),
        SlackEvent(
            "slack_lose_answers",
            "Lose the answer to a post",
            _lose_answers,
            {"count": ("How many posts", 1.0)},
        ),
    ),
    "Slack's connection": (
        SlackEvent("slack_drop_sockets", "Cut the connection", _drop_sockets),
        SlackEvent("slack_refresh_sockets", "Ask to reconnect", _refresh_sockets),
        SlackEvent("slack_warn_sockets", "Warn of a reconnect", _warn_sockets),
        SlackEvent("slack_silence_sockets", "Stay open, say nothing", _silence),
        SlackEvent(
            "slack_redeliver_faster",
            "Redeliver events faster",
            _hurry,
            {"speed": ("How many times as fast", 60.0)},
        ),
        SlackEvent("slack_revoke_token", "Revoke the tokens", _revoke),
        SlackEvent("slack_mend", "Everything as usual", _mend),
    ),
    "Slack's channels": (
        SlackEvent(
            "slack_archive_channel",
            "Archive",
            _alter("#{name} was archived.", news.archived, archived=True),
            picks_channel=True,
        ),
        SlackEvent(
            "slack_unarchive_channel",
            "Unarchive",
            _alter("#{name} is open again.", news.opened_again, archived=False),
            picks_channel=True,
        ),
        SlackEvent(
            "slack_remove_bot",
            "Remove the bot",
            _alter("The bot was removed from #{name}.", news.bot_removed, member=False),
            picks_channel=True,
        ),
        SlackEvent(
            "slack_invite_bot",
            "Invite the bot",
            _alter("The bot was invited to #{name}.", news.bot_invited, member=True),
            picks_channel=True,
            picks_person=True,
        ),
    ),
}
_EVENTS = {event.name: event for events in GROUPS.values() for event in events}


def menu(workspace: Workspace, stir: Stir | None) -> list[Json]:
    own = [
        {"title": title, "shows": SHOWS[title], "events": [event.wire(workspace) for event in events]}
        for title, events in GROUPS.items()
    ]
    return [*(stir.menu() if stir else []), *own]


async def cause(workspace: Workspace, stir: Stir | None, name: str, params: dict[str, str]) -> str:
    """Return one sentence, or raise ValueError with one."""
    event = _EVENTS.get(name)
    if event is not None:
        sentence = await event.cause(workspace, params)
        workspace.live.tell({"type": "world", "text": sentence})
        return sentence
    if stir is None:
        raise ValueError(f"There is no event “{name}”.")
    sentence = stir.cause(name, params)
    workspace.tell_time()
    return sentence
