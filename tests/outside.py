"""A Slack and a carrier exchange that keep what they are told, and fail when a test asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from threading import Lock
from typing import Any

from services.errors import Rejected
from services.ports import (
    ChatMessage,
    IntegrationItem,
    MessageItem,
    Outcome,
    Page,
    Severity,
    Status,
    SyncItem,
)
from tests.rows import NOW


class Killed(BaseException):
    """The process ends here: nothing after it runs."""


@dataclass
class Posted:
    ts: str
    key: str
    text: str
    edits: int = 0
    thread: str | None = None
    broadcast: bool = False


@dataclass
class FakeChat:
    """`before` and `after` are told operation and channel. Each may raise: nothing, or all, is done then."""

    before: Callable[[str, str], None] = lambda _operation, _channel: None
    after: Callable[[str, str], None] = lambda _operation, _channel: None
    channels: dict[str, list[Posted]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _lock: Lock = field(default_factory=Lock)

    def post(
        self,
        channel: str,
        message: ChatMessage,
        key: str,
        *,
        thread: str | None = None,
        broadcast: bool = False,
    ) -> str:
        self._note("post", channel)
        with self._lock:
            ts = f"1700000000.{next(self._numbers):06}"
            posted = Posted(ts, key, message.text, thread=thread, broadcast=broadcast)
            self.channels.setdefault(channel, []).append(posted)
        self.after("post", channel)
        return posted.ts

    def edit(self, channel: str, ts: str, message: ChatMessage) -> None:
        self._note("edit", channel)
        with self._lock:
            found = [each for each in self.channels.get(channel, []) if each.ts == ts]
            if not found:
                raise Rejected("There is no such message.", "message_not_found")
            found[0].text = message.text
            found[0].edits += 1
        self.after("edit", channel)

    def delete(self, channel: str, ts: str) -> None:
        self._note("delete", channel)
        with self._lock:
            self.channels[channel] = [each for each in self.channels[channel] if each.ts != ts]

    def find(self, channel: str, key: str, *, thread: str | None = None) -> str | None:
        self._note("find", channel)
        with self._lock:
            marked = [each for each in self.channels.get(channel, []) if each.key == key]
            found = [each.ts for each in marked if each.thread == thread or (each.broadcast and not thread)]
        return found[0] if found else None

    def texts(self, channel: str) -> list[str]:
        return [each.text for each in self.channels.get(channel, [])]

    def _note(self, operation: str, channel: str) -> None:
        with self._lock:
            self.calls.append((operation, channel))
        self.before(operation, channel)


@dataclass
class FakeExchange:
    """Streams are lists of pages; an exception in one is raised when its turn comes.

    `between` is called before each page, `answer` before a change has its effect, `afterwards` after it.
    """

    integration_pages: list[Page[IntegrationItem] | Exception] = field(default_factory=list)
    sync_pages: list[Page[SyncItem] | Exception] = field(default_factory=list)
    message_pages: list[Page[MessageItem] | Exception] = field(default_factory=list)
    between: Callable[[], object] = lambda: None
    asked: list[tuple[str, datetime | None]] = field(default_factory=list)
    items: dict[str, IntegrationItem] = field(default_factory=dict)
    sent: dict[str, MessageItem] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    effects: list[str] = field(default_factory=list)
    answer: Callable[[str], None] = lambda _what: None
    afterwards: Callable[[str], None] = lambda _what: None

    def integrations(self, since: datetime | None) -> Iterator[Page[IntegrationItem]]:
        return self._stream("integrations", since, self.integration_pages)

    def syncs(self, since: datetime | None) -> Iterator[Page[SyncItem]]:
        return self._stream("syncs", since, self.sync_pages)

    def messages(self, since: datetime | None) -> Iterator[Page[MessageItem]]:
        return self._stream("messages", since, self.message_pages)

    def activate(self, ref: str, group_number: str, key: str) -> IntegrationItem:
        changed = {"status": Status.PENDING, "group_number": group_number}
        return self._write(f"activate {ref} {group_number}", ref, key, **changed)

    def deactivate(self, ref: str, key: str) -> IntegrationItem:
        return self._write(f"deactivate {ref}", ref, key, status=Status.DISABLED, disabled_by="person")

    def change_group_number(self, ref: str, group_number: str, key: str) -> IntegrationItem:
        return self._write(f"group number {ref} {group_number}", ref, key, group_number=group_number)

    def resolve(self, ref: str, outcome: Outcome, note: str | None, key: str) -> MessageItem:
        """A message of `sent`, resolved a minute after it last changed."""
        self.answer(f"resolve {ref}")
        self.keys[key] = self.keys.get(key, 0) + 1
        if self.keys[key] == 1:
            if self.sent[ref].state == "resolved":
                raise Rejected("The exchange did not take it: This message is resolved already.", "409")
            self.effects.append(f"resolve {ref} {outcome.value} {note}")
            at = self.sent[ref].updated_at + timedelta(minutes=1)
            changed = {"state": "resolved", "outcome": outcome, "resolved_at": at, "updated_at": at}
            self.sent[ref] = replace(self.sent[ref], **changed)
        self.afterwards(f"resolve {ref}")
        return self.sent[ref]

    def _stream(self, name: str, since: datetime | None, pages: list[Any]) -> Iterator[Page[Any]]:
        self.asked.append((name, since))
        for page in pages:
            self.between()
            if isinstance(page, Exception):
                raise page
            yield page

    def _write(self, what: str, ref: str, key: str, **changed: Any) -> IntegrationItem:
        self.answer(what)
        self.keys[key] = self.keys.get(key, 0) + 1
        if self.keys[key] == 1:
            self.effects.append(what)
            old = self.items[ref]
            self.items[ref] = replace(old, updated_at=old.updated_at + timedelta(minutes=1), **changed)
        self.afterwards(what)
        return self.items[ref]


def integration_item(ref: str = "int_a", **changed: Any) -> IntegrationItem:
    item = IntegrationItem(
        ref=ref,
        employer_ref="emp_harbor",
        employer_name="Harbor Bakery",
        carrier_ref="car_guardian",
        carrier_name="Guardian",
        carrier_time_zone="America/New_York",
        plan_name="Dental PPO",
        plan_type="dental",
        renewal_date=None,
        status=Status.ACTIVE,
        group_number="G-1001",
        configured_at=NOW - timedelta(days=200),
        active_at=NOW - timedelta(days=150),
        disabled_at=None,
        disabled_by=None,
        last_sync_at=None,
        updated_at=NOW - timedelta(days=10),
    )
    return replace(item, **changed)


def message_item(ref: str = "msg_a", integration_ref: str = "int_a", **changed: Any) -> MessageItem:
    item = MessageItem(
        ref=ref,
        integration_ref=integration_ref,
        severity=Severity.FAILURE,
        kind="ssn_discrepancy",
        employee_ref="ee_1",
        field="ssn",
        platform_value=None,
        carrier_value=None,
        text="The numbers differ.",
        assignee="platform",
        received_at=NOW - timedelta(hours=3),
        state="open",
        outcome=None,
        resolved_at=None,
        updated_at=NOW - timedelta(hours=3),
    )
    return replace(item, **changed)


def working_days(until: datetime, days: int = 60) -> list[datetime]:
    """A sync at the hour of `until` on every working day of the `days` before it, and at it."""
    times = [until - timedelta(days=each) for each in range(days)]
    return [each for each in reversed(times) if each.weekday() < 5]
