"""What Slack hands out for a while: trigger ids, response URLs and Socket Mode tickets."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.sandbox.workspace.errors import SlackError
from handlers.kit import limits

Clock = Callable[[], datetime]

_KEPT = timedelta(minutes=10)  # beyond their time, so that a late use is told what is wrong with it


@dataclass
class _Trigger:
    user: str
    until: datetime
    used: bool = False


class Triggers:
    """Each is good for three seconds and for one view."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds = limits.TRIGGER_SECONDS
        self._known: dict[str, _Trigger] = {}

    def issue(self, user: str) -> str:
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        now = self._clock()
        _forget(self._known, now)
        self._known[trigger_id] = _Trigger(user, now + timedelta(seconds=self.seconds))
        return trigger_id

    def exchange(self, trigger_id: str) -> str:
        """Return the user who caused it."""
        trigger = self._known.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._clock() > trigger.until:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger.user


@dataclass
class ResponseUrl:
    """`ts` or `ephemeral_id` name the message that the interaction came from, if it came from one."""

    user: str
    channel: str
    until: datetime
    ts: str | None = None
    ephemeral_id: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class ResponseUrls:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, ResponseUrl] = {}

    def issue(
        self,
        user: str,
        channel: str,
        *,
        ts: str | None = None,
        ephemeral_id: str | None = None,
        thread_ts: str | None = None,
    ) -> str:
        """Return the path that the URL ends in."""
        key = secrets.token_urlsafe(18)
        now = self._clock()
        _forget(self._known, now)
        until = now + timedelta(seconds=limits.RESPONSE_URL_SECONDS)
        self._known[key] = ResponseUrl(user, channel, until, ts, ephemeral_id, thread_ts)
        return f"/respond/{key}"

    def use(self, key: str) -> ResponseUrl:
        target = self._known.get(key)
        if target is None:
            raise SlackError("no_such_url")
        if self._clock() > target.until:
            raise SlackError("expired_url")
        if target.uses >= limits.RESPONSE_URL_USES:
            raise SlackError("used_url")
        target.uses += 1
        return target


Lasting = TypeVar("Lasting", _Trigger, ResponseUrl)


def _forget(known: dict[str, Lasting], now: datetime) -> None:
    """Drop what ran out long ago. They are kept in the order of their issue, so the oldest come first."""
    while known and next(iter(known.values())).until + _KEPT < now:
        del known[next(iter(known))]


class SocketTickets:
    """Each opens one websocket."""

    def __init__(self) -> None:
        self._open: set[str] = set()

    def issue(self) -> str:
        ticket = secrets.token_urlsafe(18)
        self._open.add(ticket)
        return ticket

    def redeem(self, ticket: str) -> bool:
        if ticket in self._open:
            self._open.remove(ticket)
            return True
        return False
