"""What was told to a carrier by hand while its integration sends nothing: logged here, and audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import Session

from services import privacy
from services.access import Actor, Right, require
from services.errors import Invalid, MovedOn, NotFound
from services.integrations.listing import NOT_THERE
from services.integrations.search import seen
from services.people import audit
from services.ports import Status
from services.store.base import insert_into, read
from services.store.changes import Communication
from services.store.exchange import Integration
from services.store.people import Seen

KINDS = {
    "new_enrollments": "New enrolments",
    "terminations": "Terminations",
    "dependents": "Dependents added or removed",
    "coverage_levels": "Coverage level changes",
    "demographics": "Address or demographics",
    "life_events": "Life events",
}
NOTE_LENGTH = 500
_DATE = "Leave dates out: one could be a date of birth. The day it was sent goes above."
_AHEAD = timedelta(hours=14)  # the calendar that is furthest ahead of UTC
_BEHIND = timedelta(hours=12)
_LONGEST_AGO = timedelta(days=365)  # where nobody knows since when it has been configured
_ACTIVE = (
    "This integration is Active: changes reach the carrier by themselves, so there is nothing to log. "
    "Run the command again to see it as it is."
)


@dataclass(frozen=True)
class Logged:
    """One manual communication. `sent` holds the kinds in words."""

    sent: tuple[str, ...]
    sent_on: date
    note: str | None
    logged_by: str


def log(
    session: Session,
    actor: Actor,
    now: datetime,
    integration_id: int,
    *,
    kinds: Sequence[str],
    sent_on: str | None,
    note: str,
    key: str,
) -> Logged:
    """Record what was sent and when (`YYYY-MM-DD`). The same `key` twice has the effect of once."""
    integration = _loggable(session, actor, integration_id)
    day = _check(kinds, sent_on, note, integration.configured_at, now)
    logged = Communication(
        integration_id=integration.id,
        kinds=[kind for kind in KINDS if kind in kinds],
        note=note or None,
        sent_on=day,
        logged_by=actor.user_id,
        logged_at=now,
    )
    if _first_time(session, f"communication:{key}", now):
        session.add(logged)
        audit.record(
            session,
            actor,
            "communication.logged",
            now=now,
            integration=integration,
            kinds=logged.kinds,
            sent_on=day.isoformat(),
        )
    return _logged(logged.kinds, logged.sent_on, logged.note, logged.logged_by)


def latest(session: Session, integration_id: int, limit: int = 3) -> tuple[Logged, ...]:
    """The newest first. The caller has asked for the right to see them."""
    return tuple(_logged(*row) for row in read(session, _LATEST, integration_id=integration_id, limit=limit))


_LATEST = (
    select(Communication.kinds, Communication.sent_on, Communication.note, Communication.logged_by)
    .where(Communication.integration_id == bindparam("integration_id"))
    .order_by(Communication.sent_on.desc(), Communication.id.desc())
    .limit(bindparam("limit", type_=Integer()))
)


def _loggable(session: Session, actor: Actor, integration_id: int) -> Integration:
    require(actor, Right.CONFIGURE)
    query = select(Integration).where(Integration.id == integration_id, seen(actor))
    integration = session.scalar(query)
    if integration is None:
        raise NotFound(NOT_THERE)
    if integration.status == Status.ACTIVE:
        raise MovedOn(_ACTIVE)
    return integration


def _check(
    kinds: Sequence[str], sent_on: str | None, note: str, configured_at: datetime | None, now: datetime
) -> date:
    """Return the day, or raise with every field that needs another value."""
    wrong = {}
    if not kinds or not set(kinds) <= set(KINDS):
        wrong["kinds"] = "Tick what was sent."
    day = _day(sent_on)
    if refusal := _refuse_day(day, configured_at, now):
        wrong["sent_on"] = refusal
    if refusal := refuse_note(note):
        wrong["note"] = refusal
    if day is None or wrong:
        raise Invalid(wrong)
    return day


def _refuse_day(day: date | None, configured_at: datetime | None, now: datetime) -> str | None:
    if day is None:
        return "Choose the day it was sent."
    if day > (now + _AHEAD).date():
        return "That day has not come yet. Choose the day it was sent."
    if configured_at and day < (configured_at - _BEHIND).date():
        return "The integration was not configured yet on that day. Choose the day it was sent."
    if not configured_at and day < (now - _LONGEST_AGO).date():
        return "That is more than a year ago. Choose the day it was sent."
    return None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def refuse_note(note: str) -> str | None:
    return privacy.refusal(note, NOTE_LENGTH, date=_DATE)


def _first_time(session: Session, key: str, now: datetime) -> bool:
    """A form that Slack delivers twice is saved once, whichever replica takes it."""
    insert = insert_into(session, Seen).values(key=key, at=now)
    return session.scalar(insert.on_conflict_do_nothing().returning(Seen.key)) is not None


def _logged(kinds: Sequence[str], sent_on: date, note: str | None, logged_by: str) -> Logged:
    return Logged(tuple(KINDS.get(kind, kind) for kind in kinds), sent_on, note, logged_by)
