"""One item of the Exchange API, from its JSON to the port's record: checked, cut to length and masked.

An item that cannot be read raises `Unreadable`, whose reason names the field and never its value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)

from services.ports import IntegrationItem, Item, MessageItem, Outcome, Severity, Status, SyncItem
from services.privacy import DOTS, is_name, is_written_as_ssn, looks_like_ssn, mask_text, mask_value

SKEW = timedelta(minutes=10)  # how far another clock may run ahead of ours
_FIRST_YEAR = 2000
_NAME_LENGTH, _TEXT_LENGTH = 200, 1000
_READ_LENGTH = 8000  # of a text, before masking makes it shorter
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_WORD = re.compile(r"[a-z][a-z_]{0,63}")
_REF = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


class Unreadable(Exception):
    pass


def _written(value: object) -> object:
    """Times and dates are text in the contract; a number that happens to parse is a lie."""
    if value is not None and not isinstance(value, str):
        raise ValueError("is not text")
    return value


def _believable(value: datetime, info: ValidationInfo) -> datetime:
    now: datetime = (info.context or {})["now"]
    if value.year < _FIRST_YEAR:
        raise ValueError("is too long ago")
    if value > now + SKEW:
        raise ValueError("lies in the future")
    return value.astimezone(UTC)


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone") from None
    return value


def _storable(value: str) -> str:
    return _CONTROLS.sub("", value)


def _no_ssn(value: str) -> str:
    """Nine plain digits are an id like any other; with an SSN's signs between them they are a person's."""
    if is_written_as_ssn(value):
        raise ValueError("looks like a Social Security number")
    return value


def _label(value: str) -> str:
    """A name of an employer, a carrier or a plan: shown as it is, unless someone put an SSN there."""
    if not value.strip():
        raise ValueError("is empty")
    value = value[:_READ_LENGTH]
    return (mask_text(value) if looks_like_ssn(value) else value).strip()[:_NAME_LENGTH]


def _word(value: str) -> str:
    return value if _WORD.fullmatch(value) else "other"


When = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_believable)]
Day = Annotated[date, BeforeValidator(_written)]
Ref = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,128}$"), AfterValidator(_no_ssn)]
Text = Annotated[str, AfterValidator(_storable)]
Label = Annotated[Text, AfterValidator(_label)]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
Word = Annotated[str, AfterValidator(_word)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Employer(_Wire):
    id: Ref
    name: Label


class _Carrier(_Wire):
    id: Ref
    name: Label
    time_zone: Zone


class _Plan(_Wire):
    name: Label
    type: Label
    renewal_date: Day | None = None


class _Integration(_Wire):
    id: Ref
    employer: _Employer
    carrier: _Carrier
    plan: _Plan
    status: Status
    group_number: Text | None = None
    configured_at: When | None = None
    active_at: When | None = None
    disabled_at: When | None = None
    disabled_by: Text | None = None
    last_sync_at: When | None = None
    updated_at: When


class _Sync(_Wire):
    id: Ref
    integration_id: Ref
    synced_at: When
    updated_at: When


class _Message(_Wire):
    id: Ref
    integration_id: Ref
    severity: Severity
    kind: Word
    employee_ref: Text | None = None
    employee_name: Text | None = None
    field: Word | None = None
    platform_value: Text | None = None
    carrier_value: Text | None = None
    text: Text
    assignee: Literal["platform", "middleware"]
    received_at: When
    state: Literal["open", "resolved"]
    outcome: Outcome | None = None
    resolved_at: When | None = None
    updated_at: When


@dataclass(frozen=True)
class Seen(Generic[Item]):
    """A readable item with its id in the exchange and when it changed there."""

    ref: str
    updated_at: datetime
    item: Item


Reader = Callable[[object, datetime], Seen[Item]]


def integration(raw: object, now: datetime) -> Seen[IntegrationItem]:
    wire = _checked(_Integration, raw, now)
    item = IntegrationItem(
        ref=wire.id,
        employer_ref=wire.employer.id,
        employer_name=wire.employer.name,
        carrier_ref=wire.carrier.id,
        carrier_name=wire.carrier.name,
        carrier_time_zone=wire.carrier.time_zone,
        plan_name=wire.plan.name,
        plan_type=wire.plan.type[:64],
        renewal_date=wire.plan.renewal_date,
        status=wire.status,
        group_number=_group_number(wire.group_number),
        configured_at=wire.configured_at,
        active_at=wire.active_at,
        disabled_at=wire.disabled_at,
        disabled_by="inactivity" if wire.disabled_by == "inactivity" else wire.disabled_by and "person",
        last_sync_at=wire.last_sync_at,
        updated_at=wire.updated_at,
    )
    return Seen(wire.id, wire.updated_at, item)


def sync(raw: object, now: datetime) -> Seen[SyncItem]:
    wire = _checked(_Sync, raw, now)
    return Seen(wire.id, wire.updated_at, SyncItem(wire.integration_id, wire.synced_at))


def message(raw: object, now: datetime) -> Seen[MessageItem]:
    wire = _checked(_Message, raw, now)
    item = MessageItem(
        ref=wire.id,
        integration_ref=wire.integration_id,
        severity=wire.severity,
        kind=wire.kind,
        employee_ref=_employee_ref(wire.employee_ref),
        field=wire.field,
        platform_value=mask_value(wire.field, wire.platform_value),
        carrier_value=mask_value(wire.field, wire.carrier_value),
        text=_masked(wire),
        assignee=wire.assignee,
        received_at=wire.received_at,
        state=wire.state,
        outcome=wire.outcome,
        resolved_at=wire.resolved_at,
        updated_at=wire.updated_at,
    )
    return Seen(wire.id, wire.updated_at, item)


def ref_of(raw: object) -> str | None:
    """The id of an item that could not be read, when at least that is one."""
    ref = raw.get("id") if isinstance(raw, Mapping) else None
    if not isinstance(ref, str) or looks_like_ssn(ref):
        return None
    return ref if _REF.fullmatch(ref) else None


Wire = TypeVar("Wire", bound=_Wire)


def _checked(kind: type[Wire], raw: object, now: datetime) -> Wire:
    try:
        return kind.model_validate(raw, context={"now": now})
    except ValidationError as error:
        raise Unreadable(_reason(error)) from None


def _reason(error: ValidationError) -> str:
    """The first complaint, as in "synced_at: lies in the future". pydantic's own may hold the input."""
    first: Any = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(part for part in first["loc"] if isinstance(part, str)) or "item"
    if first["type"] == "missing":
        return f"{field}: is missing"
    if first["type"] == "value_error":
        return f"{field}: {first['ctx']['error']}"
    return f"{field}: is not what the contract says"


def _group_number(number: str | None) -> str | None:
    return DOTS if number and is_written_as_ssn(number) else number and number[:64]


def _employee_ref(ref: str | None) -> str | None:
    """The platform's own number for a person. One that uses the SSN or the e-mail for it gives us none."""
    return None if ref is None or looks_like_ssn(ref) or "@" in ref else ref[:128]


def _masked(wire: _Message) -> str:
    """The text without private values, and without the names that the message itself says are in it."""
    named = (wire.platform_value, wire.carrier_value) if is_name(wire.field) else ()
    text = mask_text(wire.text[:_READ_LENGTH], filter(None, (wire.employee_name, *named)))
    return text if len(text) <= _TEXT_LENGTH else text[: _TEXT_LENGTH - 1] + "…"
