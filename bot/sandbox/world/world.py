"""The pretend carrier exchange's memory: integrations, syncs, messages, and the people they are about.

Time is passed in. One lock makes it safe to ask and to stir from any thread. Listeners are called with that
lock held, so they hand the sentence over and return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from threading import RLock
from typing import Any

from bot.sandbox.world import beginnings
from bot.sandbox.world.kinds import KINDS
from bot.sandbox.world.living import Life
from bot.sandbox.world.people import employees
from bot.sandbox.world.records import Integration, Message, Sync
from services.ports import Severity, Status
from services.privacy import mask_value

DEMO_ACTIVATION = timedelta(minutes=3)  # real carriers take up to 60 days
Record = Integration | Sync | Message
Key = tuple[datetime, str]  # where a page ended: the last item's updated_at and ref


class Refusal(Exception):
    """The exchange says no: an HTTP status, a short code, and a sentence for a person."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


class World:
    """The same seed gives the same world, set relative to `now`."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.seed = seed
        self.employees = employees(seed)
        self.integrations = beginnings.integrations(seed, now)
        self.syncs = beginnings.history(self.integrations.values(), seed, now)
        self.messages = beginnings.messages(self.integrations, self.syncs.values(), self.employees, seed, now)
        self._lock = RLock()
        self._ticked = now
        self._stamped = now
        self._life = Life(seed, now)
        self._listeners: list[Callable[[str], None]] = []

    def listen(self, listener: Callable[[str], None]) -> None:
        with self._lock:
            self._listeners.append(listener)

    def private_values(self) -> frozenset[str]:
        """Everything that must never be seen beyond a connector, as it may be written."""
        with self._lock:
            return frozenset(self._private())

    def _private(self) -> Iterator[str]:
        for employee in self.employees:
            yield from employee.private_values()
        for message in self.messages.values():
            for value in (message.platform_value, message.carrier_value):
                if value and mask_value(message.kind.field, value) != value:
                    yield value

    # Reading

    def page(
        self, stream: str, since: datetime | None, after: Key | None, limit: int
    ) -> tuple[list[dict[str, Any]], Key | None]:
        """Up to `limit` items that changed at or after `since`, behind `after`; and the key to go on from."""
        with self._lock:
            found = sorted(
                (
                    record
                    for record in self._stream(stream)
                    if (since is None or record.updated_at >= since)
                    and (after is None or _key(record) > after)
                ),
                key=_key,
            )
            last = _key(found[limit - 1]) if len(found) > limit else None
            return [record.wire() for record in found[:limit]], last

    def _stream(self, name: str) -> Iterable[Record]:
        if name == "integrations":
            return self.integrations.values()
        return self.syncs.values() if name == "syncs" else self.messages.values()

    def matching(
        self, status: Status, carrier_ref: str | None = None, employer_ref: str | None = None
    ) -> list[Integration]:
        with self._lock:
            return [
                each
                for each in self.integrations.values()
                if each.status is status
                and carrier_ref in {None, each.carrier.ref}
                and employer_ref in {None, each.employer.ref}
            ]

    def messages_of(self, places: list[Integration], state: str) -> list[Message]:
        """Those that the platform acts on, the oldest first."""
        with self._lock:
            refs = {place.ref for place in places}
            return sorted(
                (
                    message
                    for message in self.messages.values()
                    if message.integration.ref in refs
                    and message.state == state
                    and message.assignee == "platform"
                    and not message.replaced
                ),
                key=lambda message: (message.received_at, message.ref),
            )

    # What the API's callers may do

    def turn_on(self, ref: str, group_number: str, now: datetime) -> dict[str, Any]:
        with self._lock:
            place = self._integration(ref)
            if place.status is not Status.DISABLED:
                if place.group_number == group_number:
                    return place.wire()
                raise Refusal(
                    409, "already-on", "It is turned on with another group number. Change the number instead."
                )
            place.status, place.group_number = Status.PENDING, group_number
            place.configured_at, place.activates_at = now, now + DEMO_ACTIVATION
            place.active_at = place.disabled_at = place.disabled_by = None
            self._touch(place, now)
            self._say(f"{_pair(place)} was turned on and is Pending.")
            return place.wire()

    def turn_off(self, ref: str, now: datetime) -> dict[str, Any]:
        with self._lock:
            place = self._integration(ref)
            if place.status is Status.DISABLED:
                return place.wire()
            place.status, place.group_number, place.activates_at = Status.DISABLED, None, None
            place.disabled_at, place.disabled_by = now, "person"
            self._touch(place, now)
            self._say(f"{_pair(place)} was turned off.")
            return place.wire()

    def change_group_number(self, ref: str, group_number: str, now: datetime) -> dict[str, Any]:
        with self._lock:
            place = self._integration(ref)
            if place.status is Status.DISABLED:
                raise Refusal(409, "turned-off", "It is turned off. Turn it on with this group number.")
            place.group_number = group_number
            self._touch(place, now)
            self._say(f"The group number of {_pair(place)} was changed.")
            return place.wire()

    def resolve(self, ref: str, outcome: str, now: datetime) -> dict[str, Any]:
        with self._lock:
            message = self.messages.get(ref)
            if message is None:
                raise Refusal(404, "not-there", "There is no such message.")
            if message.assignee != "platform":
                raise Refusal(409, "not-yours", "The middleware is working on this message.")
            if message.state == "resolved":
                raise Refusal(409, "already-resolved", "This message is resolved already.")
            self._settle(message, outcome, now)
            message.travels = True
            self._say(f"A message of {_pair(message.integration)} was resolved.")
            return message.wire()

    # What happens on the carriers' side

    def tick(self, now: datetime) -> None:
        """Let happen what is due by `now`: activations, syncs by habit, and life's small events."""
        with self._lock:
            if now <= self._ticked:
                return
            since, self._ticked = self._ticked, now
            for place in self.integrations.values():
                if place.activates_at and place.activates_at <= now:
                    self.activate(place, now)
                self._follow_habit(place, since, now)
            self._life.go_on(self, now)

    def _follow_habit(self, place: Integration, since: datetime, now: datetime) -> None:
        if place.status is not Status.ACTIVE or place.silent:
            return
        for when in place.carrier.syncs(f"{self.seed}/{place.ref}", since, now):
            self._sync(place, when, now)

    def sync(self, place: Integration, now: datetime) -> None:
        """The carrier syncs at this moment, and is silent no more."""
        with self._lock:
            place.silent = False
            self._sync(place, now, now)

    def _sync(self, place: Integration, when: datetime, now: datetime) -> None:
        beginnings.note_sync(place, when, self._stamp(now), self.syncs)
        self._say(f"{place.carrier.name} synced for {place.employer.name}.")
        self._judge(place, when, now)

    def _judge(self, place: Integration, when: datetime, now: datetime) -> None:
        """The corrections have reached the carrier: what was resolved wrongly is sent again."""
        for message in list(self.messages.values()):
            arrived = message.travels and message.resolved_at and message.resolved_at < when
            if message.integration is not place or not arrived:
                continue
            message.travels = False
            if message.kind.right not in {None, message.outcome}:
                self._send_again(message, now)

    def silence(self, place: Integration, *, silent: bool) -> None:
        with self._lock:
            place.silent = silent
            self._say(f"{_pair(place)} {'has gone silent' if silent else 'speaks again'}.")

    def activate(self, place: Integration, now: datetime) -> None:
        with self._lock:
            place.status, place.active_at, place.activates_at = Status.ACTIVE, now, None
            self._touch(place, now)
            self._say(f"{_pair(place)} became Active.")

    def send(self, place: Integration, kind: str, now: datetime) -> Message:
        """The carrier sends a message about one of the employer's people."""
        with self._lock:
            number = len(self.messages) + 1
            rng = Random(f"{self.seed}/message/{number}")
            who = rng.choice([each for each in self.employees if each.employer_ref == place.employer.ref])
            message = beginnings.message_about(f"msg_{number:04}", place, KINDS[kind], who, rng)
            message.received_at = message.updated_at = self._stamp(now)
            self.messages[message.ref] = message
            self._say(f"{place.carrier.name} sent {place.employer.name} {_a(message)}.")
            return message

    def send_again(self, message: Message, now: datetime) -> None:
        """The carrier has synced, found the discrepancy still there, and says so once more."""
        with self._lock:
            message.travels = False
            self._sync(message.integration, now, now)
            self._send_again(message, now)

    def _send_again(self, message: Message, now: datetime) -> None:
        """Every other time under a new id, as some exchanges do."""
        message.returns += 1
        if message.returns % 2:
            message.state = "open"
            self._touch(message, now)
        else:
            self._replace(message, now)
        self._say(f"{message.integration.carrier.name} sent a resolved message again: {_a(message)}.")

    def _replace(self, message: Message, now: datetime) -> None:
        message.replaced, sent_at = True, self._stamp(now)
        fresh = replace(message, received_at=sent_at, updated_at=sent_at, replaced=False)
        fresh.ref, fresh.state = f"msg_{len(self.messages) + 1:04}", "open"
        fresh.outcome = fresh.resolved_at = None
        self.messages[fresh.ref] = fresh

    def clear(self, message: Message, now: datetime) -> None:
        """The carrier or the middleware closes a message by itself."""
        with self._lock:
            self._settle(message, None, now)
            self._say(f"{message.integration.carrier.name} closed {_a(message)} by itself.")

    def _settle(self, message: Message, outcome: str | None, now: datetime) -> None:
        message.state, message.outcome, message.resolved_at = "resolved", outcome, now
        self._touch(message, now)

    def _integration(self, ref: str) -> Integration:
        try:
            return self.integrations[ref]
        except KeyError:
            raise Refusal(404, "not-there", "There is no such integration.") from None

    def _stamp(self, now: datetime) -> datetime:
        """Later than every stamp before, so that a reader that starts from one misses nothing."""
        self._stamped = max(now, self._stamped + timedelta(microseconds=1))
        return self._stamped

    def _touch(self, record: Integration | Message, now: datetime) -> None:
        record.updated_at = self._stamp(now)

    def _say(self, sentence: str) -> None:
        for listener in self._listeners:
            listener(sentence)


def _key(record: Record) -> Key:
    return record.updated_at, record.ref


def _pair(place: Integration) -> str:
    return f"{place.employer.name}, {place.carrier.name} ({place.plan_type})"


def _a(message: Message) -> str:
    article = "an" if message.kind.severity is Severity.INFO else "a"
    return f"{article} {message.kind.severity.value.capitalize()}, {message.kind.label}"
