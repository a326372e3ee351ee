"""An integration that is Pending for longer than most: a reminder, then a call to the Account Manager."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from services.alerts.lifecycle import AlertCard, Audience, opened, raise_level, told
from services.alerts.timeline import What
from services.integrations.pending import OVERDUE, REMIND, look_at
from services.store.alerts import Alert, Kind, Level
from services.store.base import insert_into
from services.store.exchange import Integration


@dataclass(frozen=True, kw_only=True)
class PendingCard(AlertCard):
    """Pending for longer than most: since `configured_at`, `days` ago. `status` is the one it has now."""

    template: ClassVar[str] = "alerts/pending"
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    plan_type: str
    status: str
    group_number: str | None
    configured_at: datetime | None
    days: int


def find(session: Session, now: datetime, as_of: datetime, found: Sequence[Integration]) -> None:
    due = [each for each in found if each.configured_at and each.configured_at + REMIND <= as_of]
    if due:
        insert = insert_into(session, Alert).on_conflict_do_nothing()
        session.execute(insert, [_row(each, now, as_of) for each in due])
    overdue = [each.id for each in due if _level(each, as_of) is Level.OVERDUE]
    raise_level(session, now, Kind.PENDING, overdue, (Level.WAITING, Level.OVERDUE), What.OVERDUE)
    for each in found:
        each.watch_at = look_at(each, as_of)


def read_card(session: Session, alert: Alert, now: datetime, audience: Audience) -> PendingCard:
    integration = session.get_one(Integration, alert.integration_id)
    since, until = integration.configured_at, alert.closed_at or now
    return PendingCard(
        **told(session, alert, audience.mention, since),
        integration_id=integration.id,
        employer=integration.employer.name,
        carrier=integration.carrier.name,
        plan_name=integration.plan_name,
        plan_type=integration.plan_type,
        status=integration.status,
        group_number=integration.group_number,
        configured_at=since,
        days=(until - since).days if since else 0,
    )


def _row(integration: Integration, now: datetime, as_of: datetime) -> dict[str, object]:
    return {**opened(Kind.PENDING, integration, now), "level": _level(integration, as_of)}


def _level(integration: Integration, as_of: datetime) -> Level:
    since = integration.configured_at
    return Level.OVERDUE if since and since + OVERDUE <= as_of else Level.WAITING
