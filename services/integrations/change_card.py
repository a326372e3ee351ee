"""What the card of a change tells the person who asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from services.store.changes import Change


@dataclass(frozen=True)
class ChangeFacts:
    """What a person asked the exchange to do, in their own direct message.

    `kind`: activate, deactivate or group_number. `state`: queued, done or refused.
    `reason` is the exchange's sentence when refused; while queued, why it still waits (None at first).
    `status` is the integration's status now; `next_try_at` is None once the exchange has answered.
    """

    template: ClassVar[str] = "change_card"
    change_id: int
    version: int
    kind: str
    state: str
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    plan_type: str
    status: str
    group_number: str | None
    requested_by: str
    requested_at: datetime
    next_try_at: datetime | None = None
    settled_at: datetime | None = None
    reason: str | None = None


def of(session: Session, change_id: int, version: int) -> ChangeFacts | None:
    """What is true of the change; None when there is none any more."""
    change = session.get(Change, change_id)
    if change is None:
        return None
    integration = change.integration
    return ChangeFacts(
        change_id=change.id,
        version=version,
        kind=change.kind,
        state=change.state,
        integration_id=integration.id,
        employer=integration.employer.name,
        carrier=integration.carrier.name,
        plan_name=integration.plan_name,
        plan_type=integration.plan_type,
        status=integration.status,
        group_number=change.group_number,
        requested_by=change.requested_by,
        requested_at=change.requested_at,
        next_try_at=change.due_at,
        settled_at=change.settled_at,
        reason=change.reason,
    )
