"""What people do about an alert from its card: take it in hand, put it off, or mute an integration.

A press tells which version of the card was seen: on a card that has moved on it changes nothing and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from services.access import Actor, Right, Role, require, visible
from services.alerts import timeline
from services.alerts.lifecycle import show
from services.alerts.timeline import What
from services.errors import Invalid, MovedOn, NotAllowed, NotFound
from services.integrations import expected as expectations
from services.integrations.search import seen
from services.people import audit, zones
from services.ports import Status
from services.privacy import looks_like_ssn
from services.store.alerts import Alert, Kind, Mute
from services.store.base import insert_into
from services.store.exchange import Employer, Integration
from services.times import MIDNIGHT, NINE, morning_after, next_at

LONGEST_NOTE = 500
REMIND_AFTER = 2  # working days
HOUR = timedelta(hours=1)
RIGHT = {
    Kind.LAST_SYNC: Right.SEE_STATUS,
    Kind.CARRIER: Right.SEE_STATUS,
    Kind.FAILURES: Right.SEE_MESSAGES,
    Kind.STATUS: Right.SEE_STATUS,
    Kind.PENDING: Right.SEE_PENDING,
    Kind.EMPLOYEES: Right.SEE_EMPLOYEES,
    Kind.UNREACHABLE: Right.ASSIGN_ROLES,
}
_OF_ALL = "This alert concerns other employers too. Your broker or the agency takes it in hand."
_MOVED_ON = "This alert has changed since. Look at its card again, then decide."


class Snooze(StrEnum):
    HOUR = "hour"
    TOMORROW = "tomorrow"
    NEXT_SYNC = "next_sync"


@dataclass(frozen=True)
class AlertView:
    """An alert after somebody acted on it. `version` is the one its buttons must carry now.

    `batch_id`: of an employees alert, the batch that it is about.
    """

    id: int
    kind: Kind
    version: int
    employer_id: int | None
    carrier_id: int | None
    integration_id: int | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    snoozed_until: datetime | None
    batch_id: int | None


@dataclass(frozen=True)
class Muted:
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    by: str
    at: datetime


def subject(session: Session, actor: Actor, now: datetime, alert_id: int) -> AlertView:
    """What the alert is about, for those who may see it."""
    del now
    return _view(_visible_alert(session, actor, alert_id))


def acknowledge(
    session: Session, actor: Actor, now: datetime, alert_id: int, version: int, note: str = ""
) -> AlertView:
    """Note on the card that somebody takes care. A second press by the same person changes nothing."""
    said = _checked(note)
    alert = _open_alert(session, actor, alert_id)
    if alert.acknowledged_by == actor.user_id and alert.note == said:
        return _view(alert)
    if version < alert.version:
        raise MovedOn(_MOVED_ON)
    alert.acknowledged_at, alert.acknowledged_by, alert.note, alert.added = now, actor.user_id, said, 0
    alert.snoozed_until = alert.snoozed_by = None
    alert.wake_at = morning_after(now, zones.zone_of(session, actor.user_id), REMIND_AFTER)
    return _done(session, actor, now, alert, "alert.acknowledged", What.ACKNOWLEDGED, {"note": said})


def snooze(
    session: Session, actor: Actor, now: datetime, alert_id: int, version: int, choice: Snooze
) -> AlertView:
    """Be quiet about it for a while. At the end it speaks up again, if its cause is still there.

    The same choice again, by the same person, changes nothing; another one on an old card is refused.
    """
    alert = _open_alert(session, actor, alert_id)
    if version < alert.version and _has_chosen(session, alert, actor, choice):
        return _view(alert)
    if version < alert.version:
        raise MovedOn(_MOVED_ON)
    until = _until(session, actor, now, alert, choice)
    alert.snoozed_until, alert.snoozed_by, alert.wake_at = until, actor.user_id, until
    told: dict[str, str | None] = {"until": until.isoformat(), "choice": choice.value}
    return _done(session, actor, now, alert, "alert.snoozed", What.SNOOZED, told)


def _has_chosen(session: Session, alert: Alert, actor: Actor, choice: Snooze) -> bool:
    if alert.snoozed_until is None or alert.snoozed_by != actor.user_id:
        return False
    chosen = [
        each.detail["choice"] for each in timeline.steps(session, [alert.id]) if each.what == What.SNOOZED
    ]
    return chosen[-1:] == [choice]


def mute(session: Session, actor: Actor, now: datetime, alert_id: int, version: int) -> AlertView:
    """Post nothing more about this integration's Last Sync, until somebody wants it back."""
    require(actor, Right.CONFIGURE)
    alert = _open_alert(session, actor, alert_id)
    if alert.kind != Kind.LAST_SYNC or alert.integration_id is None:
        raise MovedOn("Only the Last Sync alerts of one integration can be muted.")
    known = session.get(Mute, alert.integration_id)
    if known is not None and known.by == actor.user_id:
        return _view(alert)
    if version < alert.version:
        raise MovedOn(_MOVED_ON)
    row = {"integration_id": alert.integration_id, "by": actor.user_id, "at": now}
    session.execute(insert_into(session, Mute).values(row).on_conflict_do_nothing())
    return _done(session, actor, now, alert, "integration.muted", What.MUTED, {})


def unmute(session: Session, actor: Actor, now: datetime, integration_id: int) -> None:
    """Have its alerts posted again, the open one too."""
    require(actor, Right.CONFIGURE)
    found = session.scalar(select(Integration).where(Integration.id == integration_id, seen(actor)))
    muted = session.get(Mute, integration_id) if found else None
    if found is None or muted is None:
        raise MovedOn("This integration is not muted any more.")
    session.delete(muted)
    audit.record(session, actor, "integration.unmuted", now=now, integration=found)
    open_one = select(Alert).where(
        Alert.integration_id == integration_id, Alert.kind == Kind.LAST_SYNC, Alert.closed_at.is_(None)
    )
    for alert in session.scalars(open_one.with_for_update()):
        alert.routed_at = None
        alert.version += 1
        session.flush()
        show(session, [alert.id], now)


def muted(session: Session, actor: Actor) -> list[Muted]:
    """The integrations that are muted among those that `actor` may configure."""
    if not actor.may(Right.CONFIGURE):
        return []
    query = select(Integration, Mute).join(Mute, Mute.integration_id == Integration.id).where(seen(actor))
    return [
        Muted(each.id, each.employer.name, each.carrier.name, each.plan_name, mute.by, mute.at)
        for each, mute in session.execute(query.order_by(Mute.at))
    ]


def _checked(note: str) -> str | None:
    said = note.strip()
    if len(said) > LONGEST_NOTE:
        raise Invalid({"note": f"Keep the note within {LONGEST_NOTE} characters."})
    if looks_like_ssn(said):
        raise Invalid({"note": "This looks like a Social Security number. Leave it out of the note."})
    return said or None


def _until(session: Session, actor: Actor, now: datetime, alert: Alert, choice: Snooze) -> datetime:
    if choice is Snooze.HOUR:
        return now + HOUR
    if choice is Snooze.TOMORROW:
        zone = zones.zone_of(session, actor.user_id)
        return next_at(next_at(now, MIDNIGHT, zone), NINE, zone)
    expected = _next_sync(session, alert, now)
    if expected is None:
        raise MovedOn("When the next sync is expected is not known. Choose an hour, or tomorrow.")
    return expected


def _next_sync(session: Session, alert: Alert, now: datetime) -> datetime | None:
    """The first that is expected of the integrations that the alert is about."""
    about = (
        Integration.id == alert.integration_id
        if alert.integration_id
        else ((Integration.employer_id == alert.employer_id) if alert.employer_id else true())
        & (Integration.carrier_id == alert.carrier_id)
    )
    query = select(Integration).where(about, Integration.status == Status.ACTIVE)
    query = query.where(Integration.due_at.is_not(None)).order_by(Integration.next_at).limit(50)
    expected = (expectations.load(session, each, now) for each in session.scalars(query))
    ahead = (each.next_at for each in expected if each and each.next_at and each.next_at > now)
    return min(ahead, default=None)


def _open_alert(session: Session, actor: Actor, alert_id: int) -> Alert:
    """An alert that `actor` may act on. What concerns several employers is not for one of them to decide."""
    alert = _visible_alert(session, actor, alert_id)
    if alert.employer_id is None and actor.role is Role.EMPLOYER:
        raise NotAllowed(_OF_ALL, actor.admins)
    if alert.closed_at is not None:
        raise MovedOn("This alert is closed already. Its card says why.")
    return alert


def _done(
    session: Session,
    actor: Actor,
    now: datetime,
    alert: Alert,
    event: str,
    what: What,
    detail: dict[str, str | None],
) -> AlertView:
    alert.version += 1
    integration = session.get(Integration, alert.integration_id) if alert.integration_id else None
    audit.record(
        session,
        actor,
        event,
        now=now,
        integration=integration,
        employer_id=alert.employer_id,
        carrier_id=alert.carrier_id,
        kind=alert.kind,
        level=alert.level,
    )
    session.flush()
    timeline.tell(session, now, what, {alert.id: detail}, by=actor.user_id)
    show(session, [alert.id], now)
    return _view(alert)


def _visible_alert(session: Session, actor: Actor, alert_id: int) -> Alert:
    """What is about a carrier is for those who see one of its integrations, the rest for who sees all."""
    require(actor, Right.SEE_STATUS)
    query = select(Alert).outerjoin(Employer, Alert.employer_id == Employer.id)
    theirs = select(Integration.id).where(Integration.carrier_id == Alert.carrier_id, seen(actor)).exists()
    whole = Alert.employer_id.is_(None) & (true() if actor.employers is None else theirs)
    mine = whole | (Alert.employer_id.is_not(None) & visible(actor, Employer.id))
    alert = session.scalar(query.where(Alert.id == alert_id, mine).with_for_update(of=Alert))
    if alert is None or not actor.may(RIGHT[Kind(alert.kind)]):
        raise NotFound("There is no such alert among those you may see.")
    return alert


def _view(alert: Alert) -> AlertView:
    return AlertView(
        alert.id,
        Kind(alert.kind),
        alert.version,
        alert.employer_id,
        alert.carrier_id,
        alert.integration_id,
        alert.acknowledged_by,
        alert.acknowledged_at,
        alert.snoozed_until,
        (alert.detail or {}).get("batch"),
    )
