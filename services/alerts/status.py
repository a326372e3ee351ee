"""News of an integration whose status changed: who changed it, and what that means. Told once, and over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.alerts.lifecycle import AlertCard, Audience, Cause, raise_alert, told
from services.ports import Status
from services.store.alerts import Alert, Kind
from services.store.changes import Change
from services.store.exchange import Integration

INACTIVITY = "inactivity"


_ASKED_AS = {Status.PENDING: "activate", Status.DISABLED: "deactivate"}


@dataclass(frozen=True, kw_only=True)
class StatusCard(AlertCard):
    """An integration's status changed. `by`: a person's id, `inactivity`, `carrier` or `exchange`."""

    template: ClassVar[str] = "alerts/status"
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    plan_type: str
    was: str
    status: str
    by: str
    group_number: str | None


def tell(session: Session, now: datetime, was: Mapping[int, str]) -> None:
    """Open an alert for each integration whose status was another one; `was` is by id.

    What was told is over at once: the same news, read again, is looked for among those that are closed, too.
    """
    query = select(Integration).where(Integration.id.in_(was)).order_by(Integration.id)
    found = session.scalars(query, execution_options={"populate_existing": True})
    news = [_news(session, each, was[each.id]) for each in found]
    causes = Alert.kind == Kind.STATUS, Alert.cause.in_([each.cause for each in news])
    told = set(session.scalars(select(Alert.cause).where(*causes))) if news else set()
    for each in news:
        if each.cause not in told:
            raise_alert(session, now, each)


def _news(session: Session, integration: Integration, was: str) -> Cause:
    return Cause(
        Kind.STATUS,
        f"integration:{integration.id}/{integration.updated_at:%Y%m%dT%H%M%S.%f}",
        integration.status,
        integration.employer_id,
        integration.carrier_id,
        integration.id,
        {"was": was, "by": _who(session, integration)},
    )


def _who(session: Session, integration: Integration) -> str:
    """The person who asked for it here, or what the exchange says of it."""
    status = Status(integration.status)
    if status is Status.ACTIVE:
        return "carrier"
    if status is Status.DISABLED and integration.disabled_by == INACTIVITY:
        return INACTIVITY
    asked = select(Change.requested_by).where(
        Change.integration_id == integration.id,
        Change.kind == _ASKED_AS[status],
        Change.state.in_(("queued", "done")),
    )
    # A change answered long ago is not this one: since then the status was another.
    since = integration.disabled_at if status is Status.DISABLED else integration.configured_at
    if since is not None:
        asked = asked.where((Change.settled_at.is_(None)) | (Change.settled_at >= since))
    return session.scalar(asked.order_by(Change.id.desc()).limit(1)) or "exchange"


def read_card(session: Session, alert: Alert, now: datetime, audience: Audience) -> StatusCard:
    del now
    integration, detail = session.get_one(Integration, alert.integration_id), alert.detail or {}
    return StatusCard(
        **told(session, alert, audience.mention),
        integration_id=integration.id,
        employer=integration.employer.name,
        carrier=integration.carrier.name,
        plan_name=integration.plan_name,
        plan_type=integration.plan_type,
        was=detail["was"],
        status=alert.level,
        by=detail["by"],
        group_number=integration.group_number,
    )
