"""What the services need from the outside, as Protocols, and the plain records that cross that border.

Texts in these records are already masked: connectors are the only code that sees the raw ones.
All datetimes are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar

from services.errors import Outside
from services.privacy import Sensitive


class Status(StrEnum):
    """The three integration statuses of the Configure tab."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


class Severity(StrEnum):
    FAILURE = "failure"
    WARNING = "warning"
    INFO = "info"


class Outcome(StrEnum):
    """Which side a resolution declares right."""

    PLATFORM = "platform"
    CARRIER = "carrier"


SIDES = {Outcome.PLATFORM: "our record is right", Outcome.CARRIER: "the carrier is right"}


@dataclass(frozen=True)
class IntegrationItem:
    """One employer's plan with one carrier, as the exchange reports it. `ref` is the exchange's own id."""

    ref: str
    employer_ref: str
    employer_name: str
    carrier_ref: str
    carrier_name: str
    carrier_time_zone: str
    plan_name: str
    plan_type: str
    renewal_date: date | None
    status: Status
    group_number: str | None
    configured_at: datetime | None
    active_at: datetime | None
    disabled_at: datetime | None
    disabled_by: str | None  # "inactivity", or "person"
    last_sync_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True)
class SyncItem:
    integration_ref: str
    synced_at: datetime


@dataclass(frozen=True)
class MessageItem:
    """One carrier message. The two values are masked by field kind; None where nothing may be shown."""

    ref: str
    integration_ref: str
    severity: Severity
    kind: str
    employee_ref: str | None
    field: str | None
    platform_value: str | None
    carrier_value: str | None
    text: str
    assignee: str  # "platform" (ours to act on) or "middleware" (visible only)
    received_at: datetime
    state: str  # "open" or "resolved"
    outcome: Outcome | None
    resolved_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True)
class SetAside:
    """An item that could not be read. `ref` is its id there, where it had one; `reason` names the field."""

    ref: str | None
    reason: str


Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a stream. `updated_to` is where the next reading may start, if the page says so."""

    items: list[Item]
    set_aside: list[SetAside] = field(default_factory=list)
    updated_to: datetime | None = None


class Exchange(Protocol):
    """The carrier exchange. Each call may raise `Rejected` or `Unavailable`.

    The readers yield page after page, oldest change first; with `since` only what changed at or after it.
    The writers take an idempotency key: the same key twice has the effect of once.
    """

    def integrations(self, since: datetime | None) -> Iterator[Page[IntegrationItem]]: ...

    def syncs(self, since: datetime | None) -> Iterator[Page[SyncItem]]: ...

    def messages(self, since: datetime | None) -> Iterator[Page[MessageItem]]: ...

    def activate(self, ref: str, group_number: str, key: str) -> IntegrationItem: ...

    def deactivate(self, ref: str, key: str) -> IntegrationItem: ...

    def change_group_number(self, ref: str, group_number: str, key: str) -> IntegrationItem: ...

    def resolve(self, ref: str, outcome: Outcome, note: str | None, key: str) -> MessageItem:
        """Say which side of a message is right; return the message as it is then."""
        ...


class Heartbeat(Protocol):
    """Whoever raises the alarm when nothing is heard any more. `beat` may raise `Unavailable`."""

    def beat(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class ChatMessage:
    """A rendered Slack message: `text` for notifications and screen readers, `blocks` for the eye."""

    text: str
    blocks: list[dict[str, object]]


class Chat(Protocol):
    """Slack, as far as the services post to it.

    `channel` is a channel's id, or a person's for a direct message. `key` marks the post, so that one of
    unknown outcome can be looked up. Each call may raise `Rejected` (with Slack's code), `Unavailable`
    (with its Retry-After) or, for `post`, `Doubtful`.
    """

    def post(
        self,
        channel: str,
        message: ChatMessage,
        key: str,
        *,
        thread: str | None = None,
        broadcast: bool = False,
    ) -> str:
        """Return the message's `ts`. A `broadcast` reply in a `thread` is shown in the channel too."""
        ...

    def edit(self, channel: str, ts: str, message: ChatMessage) -> None: ...

    def delete(self, channel: str, ts: str) -> None: ...

    def find(self, channel: str, key: str, *, thread: str | None = None) -> str | None:
        """Return the `ts` of the message that carries `key`: in the thread, or in the recent history."""
        ...


class Directory(Protocol):
    """Slack, as far as it knows people. The call may raise `Rejected` or `Unavailable`."""

    def time_zone(self, user_id: str) -> str | None:
        """The zone's name, such as `America/Chicago`."""
        ...


class EmployeeKey(NamedTuple):
    """The employer's ref, as the exchange has it, and the employee's own number in HR."""

    employer_ref: str
    ref: str


class Address(NamedTuple):
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


@dataclass(frozen=True)
class EmployeeRecord:
    """An employee as HR has it at this moment. Texts are trimmed; what is empty there is None here.

    `fingerprint` changes with anything of it, `email_key` with the address alone, whatever its case. Both are
    keyed, so that nobody can go from them to what they stand for.
    """

    key: EmployeeKey
    name: str
    fingerprint: str
    forenames: str | None = None
    surname: str | None = None
    title: str | None = None
    gender: str | None = None
    pay_basis: str | None = None
    pay_frequency: str | None = None
    change_reason: str | None = None
    level: str | None = None
    leave_date: date | None = None
    job_title: str | None = None
    email: Sensitive[str] | None = None
    email_key: str | None = None
    date_of_birth: Sensitive[date] | None = None
    annual_pay: Sensitive[str] | None = None
    phone: Sensitive[str] | None = None
    address: Sensitive[Address] | None = None


class HrSource(Protocol):
    """The HR system. Each call may raise `Rejected` or `Unavailable`. Several threads may call at once."""

    def mark(self) -> str | None:
        """What changes when anything in HR does, cheaply had; None where only reading tells."""
        ...

    def records(self) -> Iterator[Page[EmployeeRecord]]:
        """Every employee there is."""
        ...

    def find(self, keys: Collection[EmployeeKey]) -> Mapping[EmployeeKey, EmployeeRecord]:
        """A few of them, as they are now. Who is not there any more is not in the answer."""
        ...


@dataclass(frozen=True)
class Account:
    """An account at the Benefits platform. `key`: for whom we created it, if we did."""

    id: str
    key: EmployeeKey | None = None


@dataclass(frozen=True)
class Profile:
    """What an account is to become. Without an `account_id` it is created. `active`: False closes it.

    `level` is the Benefits Level that counts, which may be another than the record's.
    """

    record: EmployeeRecord
    package: str | None
    active: bool = True
    account_id: str | None = None
    level: str | None = None


@dataclass(frozen=True)
class Closing:
    """An account that is to be closed, whatever else HR says of its employee, or says nothing any more."""

    account_id: str


class Benefits(Protocol):
    """The Benefits platform, for one thread: its connections are its own.

    Both calls answer for each one asked, in the same order, an error in place of what could not be had:
    `Rejected` (with a code, `uniqueness` for an e-mail that another account has), `Unavailable` (with its
    Retry-After) or, for an account that may have been created, `Doubtful`.
    """

    @property
    def most(self) -> int:
        """How many `put` sends in one request: 1 where the platform takes one at a time."""
        ...

    def find(self, emails: Sequence[Sensitive[str]]) -> list[Account | Outside | None]: ...

    def put(self, profiles: Sequence[Profile | Closing]) -> list[Account | Outside]: ...

    def close(self) -> None: ...
