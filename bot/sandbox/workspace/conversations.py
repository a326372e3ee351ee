"""Channels, direct messages and what was said in them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.sandbox.cast import CastChannel, CastMember
from bot.sandbox.workspace.errors import Json, SlackError
from bot.sandbox.workspace.live import Live


@dataclass
class Channel:
    """`members` see it. `user` is the person whose direct messages with the bot these are."""

    id: str
    name: str
    members: frozenset[str]
    topic: str = ""
    user: str | None = None
    is_archived: bool = False
    bot_is_member: bool = True
    messages: list[Json] = field(default_factory=list)

    def wire(self) -> Json:
        shown = {"id": self.id, "name": self.name, "is_im": self.user is not None, "topic": self.topic}
        if self.user is not None:
            shown["user"] = self.user
        return {**shown, "is_archived": self.is_archived, "bot_is_member": self.bot_is_member}


def _is(message: Json, key: str) -> bool:
    return key in {message.get("ephemeral_id"), None if message.get("is_ephemeral") else message["ts"]}


def _readers(channel: Channel, message: Json) -> frozenset[str]:
    return frozenset({message["to"]}) if message.get("to") else channel.members


class Conversations:
    def __init__(
        self,
        people: Iterable[CastMember],
        channels: Iterable[CastChannel],
        live: Live,
        clock: Callable[[], datetime],
    ) -> None:
        self._live = live
        self._clock = clock
        self._last_microsecond = 0
        self._channels = {
            one.channel_id: Channel(one.channel_id, one.name, one.members, one.topic) for one in channels
        }
        for person in people:
            user = person.user_id
            direct = Channel(f"D{user[1:]}", "directmessage", frozenset({user}), user=user)
            self._channels[direct.id] = direct

    def all(self) -> list[Channel]:
        return list(self._channels.values())

    def visible_to(self, user: str) -> list[Channel]:
        return [channel for channel in self.all() if user in channel.members]

    def get(self, key: str) -> Channel:
        """By id, by name with or without #, or by a person's id for the direct messages."""
        channel = self._channels.get(key) or self._channels.get(f"D{key[1:]}" if key.startswith("U") else "")
        named = [one for one in self.all() if one.user is None and one.name == key.removeprefix("#")]
        found = channel or next(iter(named), None)
        if found is None:
            raise SlackError("channel_not_found")
        return found

    def next_ts(self) -> str:
        """Unique and increasing, whatever the clock does."""
        now = int(self._clock().timestamp() * 1_000_000)
        self._last_microsecond = max(now, self._last_microsecond + 1)
        seconds, rest = divmod(self._last_microsecond, 1_000_000)
        return f"{seconds}.{rest:06}"

    def add(self, channel: Channel, message: Json, to: str | None = None) -> Json:
        """Append a message, for one person's eyes when `to` is given."""
        stored = {"type": "message", "ts": self.next_ts(), **message}
        if to is not None:
            stored |= {"is_ephemeral": True, "ephemeral_id": f"E{secrets.token_hex(6).upper()}", "to": to}
        channel.messages.append(stored)
        self.show(channel, stored)
        self._count_reply(channel, stored)
        return stored

    def find(self, channel: Channel, key: str) -> Json:
        """By `ts`, or by `ephemeral_id`."""
        for message in reversed(channel.messages):
            if _is(message, key):
                return message
        raise SlackError("message_not_found")

    def change(self, channel: Channel, message: Json, changes: Json, editor: str | None = None) -> None:
        message.update({name: value for name, value in changes.items() if value is not None})
        if editor is not None:
            message["edited"] = {"user": editor, "ts": self.next_ts()}
        self.show(channel, message)

    def remove(self, channel: Channel, message: Json) -> None:
        channel.messages.remove(message)
        key = "ephemeral_id" if message.get("is_ephemeral") else "ts"
        event = {"type": "message_deleted", "channel": channel.id, key: message[key]}
        self._live.tell(event, _readers(channel, message))

    def show(self, channel: Channel, message: Json) -> None:
        event = {"type": "message", "channel": channel.id, "message": dict(message)}
        self._live.tell(event, _readers(channel, message))

    def alter(
        self, channel: Channel, *, archived: bool | None = None, bot_is_member: bool | None = None
    ) -> None:
        channel.is_archived = channel.is_archived if archived is None else archived
        channel.bot_is_member = channel.bot_is_member if bot_is_member is None else bot_is_member
        self._live.tell({"type": "channel", "channel": channel.wire()}, channel.members)

    def _count_reply(self, channel: Channel, reply: Json) -> None:
        parent_ts = reply.get("thread_ts")
        if parent_ts is None or parent_ts == reply["ts"] or reply.get("is_ephemeral"):
            return
        parent = self.find(channel, parent_ts)
        parent["thread_ts"] = parent_ts
        parent["reply_count"] = parent.get("reply_count", 0) + 1
        parent["latest_reply"] = reply["ts"]
        self.show(channel, parent)
