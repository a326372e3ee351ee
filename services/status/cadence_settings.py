"""When a carrier or one integration should sync, set by a person; and maintenance windows of carriers.

A carrier's cadence and its windows concern every employer's integrations, maybe a hundred thousand. They are
computed anew by the freshness job, part by part: the person's own transaction only marks the carrier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services import privacy
from services.access import Actor, Right, require
from services.cadence import expectation, override
from services.cadence.override import LAST_WORKING_DAY, MOST_WEEKS, CadenceKind, Choice
from services.errors import Invalid, MovedOn, NotFound
from services.intake.syncs import expect_again
from services.integrations import expected
from services.integrations.listing import NOT_THERE
from services.integrations.search import seen
from services.people import audit
from services.store.base import insert_into
from services.store.exchange import CadenceOverride, Carrier, Integration, MaintenanceWindow

__all__ = ["LAST_WORKING_DAY", "MOST_WEEKS", "CadenceKind", "Choice"]

PART = 500
LONGEST_NOTE = 500
LONGEST_WINDOW = timedelta(days=60)


@dataclass(frozen=True)
class WindowView:
    id: int
    begins_at: datetime
    ends_at: datetime
    note: str
    planned_by: str
    running: bool


@dataclass(frozen=True)
class CadenceView:
    """A carrier's cadence, or that of one integration. `learned` is a sentence; `choice` is what was set.

    `carrier_habit`: what is set for an integration's carrier. `windows`: running and planned, soonest first.
    `may_plan`: whether this person may set the carrier's cadence and plan windows.
    """

    carrier_id: int
    carrier: str
    time_zone: str
    integration_id: int | None
    employer: str | None
    plan_name: str | None
    learned: str
    choice: Choice | None
    choice_habit: str | None
    carrier_habit: str | None
    set_by: str | None
    set_at: datetime | None
    windows: tuple[WindowView, ...]
    may_plan: bool


@dataclass(frozen=True)
class _Place:
    """What is being set: a carrier's cadence, or that of one of its integrations."""

    carrier: Carrier
    integration: Integration | None

    @property
    def ids(self) -> dict[str, int]:
        if self.integration:
            return {"integration_id": self.integration.id}
        return {"carrier_id": self.carrier.id}


def view(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    carrier_id: int | None = None,
    integration_id: int | None = None,
) -> CadenceView:
    return _view(session, actor, now, _place(session, actor, carrier_id, integration_id))


def may_plan(session: Session, actor: Actor, now: datetime) -> bool:
    """Whether this person may set carriers' cadences and plan their windows."""
    del session, now
    return actor.may(Right.SET_CADENCES)


def choose(
    session: Session,
    actor: Actor,
    now: datetime,
    choice: Choice,
    *,
    carrier_id: int | None = None,
    integration_id: int | None = None,
) -> CadenceView:
    """Set the rhythm. The same choice again changes nothing."""
    place = _place(session, actor, carrier_id, integration_id)
    override.check(choice)
    known = _set_here(session, place)
    if known is None or override.load(known.choice) != choice:
        row = {"choice": override.dump(choice), "set_by": actor.user_id, "set_at": now}
        insert = insert_into(session, CadenceOverride).values(**place.ids, **row)
        insert = insert.on_conflict_do_update(index_elements=list(place.ids), set_=row)
        session.execute(insert)
        _tell(session, actor, now, place, "rhythm.set", rhythm=choice.habit(place.carrier.time_zone))
    return _view(session, actor, now, place)


def clear(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    carrier_id: int | None = None,
    integration_id: int | None = None,
) -> CadenceView:
    """Go by the history again. Where nothing is set, nothing changes."""
    place = _place(session, actor, carrier_id, integration_id)
    known = _set_here(session, place)
    if known is not None:
        session.delete(known)
        session.flush()
        _tell(session, actor, now, place, "rhythm.cleared")
    return _view(session, actor, now, place)


def plan(
    session: Session,
    actor: Actor,
    now: datetime,
    carrier_id: int,
    begins_at: datetime,
    ends_at: datetime,
    note: str = "",
    key: str | None = None,
) -> WindowView:
    """Expect no sync of the carrier in this time. `key` is the form's own: sent twice it is one window."""
    place = _place(session, actor, carrier_id, None)
    known = session.scalar(select(MaintenanceWindow).where(MaintenanceWindow.key == key)) if key else None
    if known is None:
        _check_window(begins_at, ends_at, note.strip(), now)
        known = MaintenanceWindow(
            carrier_id=carrier_id,
            begins_at=begins_at,
            ends_at=ends_at,
            note=note.strip(),
            key=key,
            planned_by=actor.user_id,
            planned_at=now,
        )
        session.add(known)
        session.flush()
        _tell(session, actor, now, place, "maintenance.planned", **_span(known))
    return _window(known, now)


def end(session: Session, actor: Actor, now: datetime, window_id: int) -> WindowView:
    """End a running window now, or take a planned one back."""
    require(actor, Right.SET_CADENCES)
    window = session.get(MaintenanceWindow, window_id, with_for_update=True)
    if window is None:
        raise NotFound("There is no such maintenance window.")
    if window.ends_at <= now:
        raise MovedOn("This maintenance window is over already.")
    window.ends_at = max(window.begins_at, now)
    place = _place(session, actor, window.carrier_id, None)
    _tell(session, actor, now, place, "maintenance.ended", **_span(window))
    return _window(window, now)


def recompute(session: Session, now: datetime) -> bool:
    """Compute anew a part of the integrations whose carrier's cadence or windows changed."""
    waiting = select(Carrier).where(Carrier.recompute_after.is_not(None)).order_by(Carrier.id).limit(1)
    carrier = session.scalar(waiting.with_for_update(skip_locked=True))
    if carrier is None:
        return False
    part = select(Integration.id).where(
        Integration.carrier_id == carrier.id, Integration.id > carrier.recompute_after
    )
    ids = session.scalars(part.order_by(Integration.id).limit(PART)).all()
    expect_again(session, now, ids)
    carrier.recompute_after = ids[-1] if len(ids) == PART else None
    session.flush()
    return True


def _place(session: Session, actor: Actor, carrier_id: int | None, integration_id: int | None) -> _Place:
    if integration_id is not None:
        require(actor, Right.CONFIGURE)
        integration = session.scalar(select(Integration).where(Integration.id == integration_id, seen(actor)))
        if integration is None:
            raise NotFound(NOT_THERE)
        return _Place(integration.carrier, integration)
    require(actor, Right.SET_CADENCES)
    carrier = session.get(Carrier, carrier_id)
    if carrier is None:
        raise NotFound("There is no such carrier.")
    return _Place(carrier, None)


def _set_here(session: Session, place: _Place) -> CadenceOverride | None:
    return session.scalar(select(CadenceOverride).filter_by(**place.ids))


def _tell(
    session: Session,
    actor: Actor,
    now: datetime,
    place: _Place,
    event: str,
    **detail: Any,  # noqa: ANN401  whatever the log keeps
) -> None:
    """Write it into the audit log, and have what it concerns computed anew."""
    integration, carrier = place.integration, place.carrier
    carrier_id = None if integration else carrier.id
    audit.record(session, actor, event, now=now, integration=integration, carrier_id=carrier_id, **detail)
    if integration is None:
        carrier.recompute_after = 0
    session.flush()
    if integration:
        expect_again(session, now, [integration.id])


def _view(session: Session, actor: Actor, now: datetime, place: _Place) -> CadenceView:
    carrier, integration = place.carrier, place.integration
    known = _set_here(session, place)
    choice = override.load(known.choice) if known else None
    above = _set_here(session, _Place(carrier, None)) if integration else None
    return CadenceView(
        carrier_id=carrier.id,
        carrier=carrier.name,
        time_zone=carrier.time_zone,
        integration_id=integration.id if integration else None,
        employer=integration.employer.name if integration else None,
        plan_name=integration.plan_name if integration else None,
        learned=_learned(session, place, now),
        choice=choice,
        choice_habit=choice.habit(carrier.time_zone) if choice else None,
        carrier_habit=override.load(above.choice).habit(carrier.time_zone) if above else None,
        set_by=known.set_by if known else None,
        set_at=known.set_at if known else None,
        windows=_windows(session, carrier.id, now),
        may_plan=actor.may(Right.SET_CADENCES),
    )


def _learned(session: Session, place: _Place, now: datetime) -> str:
    carrier = place.carrier
    if place.integration:
        return expected.learned(session, place.integration, now).sentence(carrier.name)
    known = expectation.load(carrier.cadence) if carrier.cadence else None
    return expectation.sentence(carrier.name, known, carrier.time_zone)


def _windows(session: Session, carrier_id: int, now: datetime) -> tuple[WindowView, ...]:
    here: ColumnElement[bool] = MaintenanceWindow.carrier_id == carrier_id
    query = select(MaintenanceWindow).where(
        here, MaintenanceWindow.ends_at > now, MaintenanceWindow.begins_at < MaintenanceWindow.ends_at
    )
    return tuple(_window(each, now) for each in session.scalars(query.order_by(MaintenanceWindow.begins_at)))


def _window(window: MaintenanceWindow, now: datetime) -> WindowView:
    running = window.begins_at <= now < window.ends_at
    return WindowView(window.id, window.begins_at, window.ends_at, window.note, window.planned_by, running)


def _span(window: MaintenanceWindow) -> dict[str, str]:
    return {"begins_at": window.begins_at.isoformat(), "ends_at": window.ends_at.isoformat()}


def _check_window(begins_at: datetime, ends_at: datetime, note: str, now: datetime) -> None:
    wrong = {}
    if ends_at <= begins_at:
        wrong["ends_at"] = "The end must come after the beginning."
    elif ends_at <= now:
        wrong["ends_at"] = "This is over already. Choose an end that is still to come."
    elif ends_at - begins_at > LONGEST_WINDOW:
        wrong["ends_at"] = f"Choose {LONGEST_WINDOW.days} days at most."
    if len(note) > LONGEST_NOTE:
        wrong["note"] = f"Use {LONGEST_NOTE} characters at most."
    elif privacy.mask_text(note) != note:
        wrong["note"] = "Leave dates, long numbers and addresses out: they may be private."
    if wrong:
        raise Invalid(wrong)
