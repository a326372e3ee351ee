"""The audit log: written in the transaction of the change it tells of, and never changed afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from services.access import Actor
from services.store.exchange import Integration
from services.store.people import AuditEvent


def record(
    session: Session,
    actor: Actor,
    event: str,
    *,
    now: datetime,
    integration: Integration | None = None,
    employer_id: int | None = None,
    carrier_id: int | None = None,
    employee_ref: str | None = None,
    **detail: str | int | list[str] | None,
) -> None:
    """Add one row. `detail` says exactly what was chosen, and holds no private value."""
    session.add(
        AuditEvent(
            at=now,
            event=event,
            user_id=actor.user_id,
            role=actor.role,
            employer_id=integration.employer_id if integration else employer_id,
            carrier_id=integration.carrier_id if integration else carrier_id,
            integration_id=integration.id if integration else None,
            employee_ref=employee_ref,
            detail=detail,
        )
    )
