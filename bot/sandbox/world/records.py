"""What the world keeps, and how the Exchange API shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from bot.sandbox.cast import CastEmployer
from bot.sandbox.world.carriers import CastCarrier
from bot.sandbox.world.kinds import Kind
from bot.sandbox.world.people import Employee
from services.ports import Status


def stamp(when: datetime | None) -> str | None:
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z") if when else None


@dataclass
class Integration:
    """`silent`: its carrier does not follow its habit. `activates_at`: when Pending ends by itself."""

    ref: str
    employer: CastEmployer
    carrier: CastCarrier
    plan_name: str
    plan_type: str
    renewal_date: date
    status: Status
    updated_at: datetime
    group_number: str | None = None
    configured_at: datetime | None = None
    active_at: datetime | None = None
    disabled_at: datetime | None = None
    disabled_by: str | None = None
    last_sync_at: datetime | None = None
    silent: bool = False
    activates_at: datetime | None = None

    def wire(self) -> dict[str, Any]:
        carrier = self.carrier
        return {
            "id": self.ref,
            "employer": {"id": self.employer.ref, "name": self.employer.name},
            "carrier": {"id": carrier.ref, "name": carrier.name, "time_zone": carrier.time_zone},
            "plan": {
                "name": self.plan_name,
                "type": self.plan_type,
                "renewal_date": self.renewal_date.isoformat(),
            },
            "status": self.status.value,
            "group_number": self.group_number,
            "configured_at": stamp(self.configured_at),
            "active_at": stamp(self.active_at),
            "disabled_at": stamp(self.disabled_at),
            "disabled_by": self.disabled_by,
            "last_sync_at": stamp(self.last_sync_at),
            "updated_at": stamp(self.updated_at),
        }


@dataclass(frozen=True)
class Sync:
    ref: str
    integration_ref: str
    synced_at: datetime
    updated_at: datetime

    def wire(self) -> dict[str, Any]:
        return {
            "id": self.ref,
            "integration_id": self.integration_ref,
            "synced_at": stamp(self.synced_at),
            "updated_at": stamp(self.updated_at),
        }


@dataclass
class Message:
    """Values and text are raw here, as a carrier sends them: masking is the reader's work.

    `travels`: resolved, and the carrier's next sync will judge it. `returns`: how often it was sent again.
    `replaced`: it was, under another id.
    """

    ref: str
    integration: Integration
    kind: Kind
    employee: Employee
    platform_value: str | None
    carrier_value: str | None
    text: str
    assignee: str
    received_at: datetime
    updated_at: datetime
    state: str = "open"
    outcome: str | None = None
    resolved_at: datetime | None = None
    travels: bool = False
    returns: int = 0
    replaced: bool = False

    def wire(self) -> dict[str, Any]:
        return {
            "id": self.ref,
            "integration_id": self.integration.ref,
            "severity": self.kind.severity.value,
            "kind": self.kind.name,
            "employee_ref": self.employee.ref,
            "employee_name": self.employee.name,
            "field": self.kind.field,
            "platform_value": self.platform_value,
            "carrier_value": self.carrier_value,
            "text": self.text,
            "assignee": self.assignee,
            "received_at": stamp(self.received_at),
            "state": self.state,
            "outcome": self.outcome,
            "resolved_at": stamp(self.resolved_at),
            "updated_at": stamp(self.updated_at),
        }
