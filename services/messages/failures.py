"""The open Failures of one employer with one carrier: counts and kinds by integration, and no names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from services.access import Actor, Right, require
from services.errors import NotFound
from services.integrations.attention import ours_to_act_on
from services.integrations.search import Named, seen
from services.store.alerts import Alert
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration

SHOWN = 20
GONE = "That is not among what you work with, or it is over and gone."


@dataclass(frozen=True)
class FailingIntegration:
    """`counts` holds (kind, how many), the largest first. `oldest_at` is when the oldest was received."""

    id: int
    plan_name: str
    plan_type: str
    last_sync_at: datetime | None
    oldest_at: datetime
    counts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(number for _, number in self.counts)


@dataclass(frozen=True)
class FailuresView:
    """The integrations with the oldest Failures first; `more` counts those that are not listed."""

    employer: Named
    carrier: Named
    integrations: tuple[FailingIntegration, ...]
    more: int


@dataclass(frozen=True)
class Subject:
    """What an alert is about: an integration, or an employer with a carrier."""

    integration_id: int | None
    employer_id: int | None
    carrier_id: int | None


def subject(session: Session, who: Actor, now: datetime, alert_id: int) -> Subject:
    """What to open for an alert. Whether this person may see that is asked of what is opened, too."""
    del now
    require(who, Right.SEE_STATUS)
    alert = session.get(Alert, alert_id)
    if alert is None or (who.employers is not None and alert.employer_id not in who.employers):
        raise NotFound(GONE)
    return Subject(alert.integration_id, alert.employer_id, alert.carrier_id)


def of(session: Session, who: Actor, now: datetime, employer_id: int, carrier_id: int) -> FailuresView:
    del now
    require(who, Right.SEE_MESSAGES, employer_id)
    here = (Integration.employer_id == employer_id) & (Integration.carrier_id == carrier_id) & seen(who)
    names = select(Employer.id, Employer.name, Carrier.id, Carrier.name).select_from(Integration)
    found = session.execute(names.join(Integration.employer).join(Integration.carrier).where(here)).first()
    if found is None:
        raise NotFound(GONE)
    failing = _failing(session, here)
    employer, carrier = Named(found[0], found[1]), Named(found[2], found[3])
    return FailuresView(employer, carrier, failing[:SHOWN], max(0, len(failing) - SHOWN))


_Row = Row[int, str, str, datetime | None, str, int, datetime]


def _failing(session: Session, here: ColumnElement[bool]) -> tuple[FailingIntegration, ...]:
    it, number, oldest = Integration, func.count(), func.min(CarrierMessage.received_at)
    plan = (it.id, it.plan_name, it.plan_type, it.last_sync_at)
    query = select(*plan, CarrierMessage.kind, number, oldest).join(CarrierMessage.integration)
    query = query.where(ours_to_act_on(), here).group_by(*plan, CarrierMessage.kind)
    gathered: dict[int, list[_Row]] = {}
    for row in session.execute(query.order_by(number.desc(), CarrierMessage.kind)):
        gathered.setdefault(row[0], []).append(row)
    read = [_read(rows) for rows in gathered.values()]
    return tuple(sorted(read, key=lambda each: (each.oldest_at, each.id)))


def _read(rows: list[_Row]) -> FailingIntegration:
    integration_id, plan_name, plan_type, last_sync_at, *_ = rows[0]
    counts = tuple((kind, number) for *_, kind, number, _ in rows)
    oldest_at = min(row[-1] for row in rows)
    return FailingIntegration(integration_id, plan_name, plan_type, last_sync_at, oldest_at, counts)
