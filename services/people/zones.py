"""In which time zone people live, as Slack has it: read by a job, since no press carries it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.store.base import insert_into
from services.store.people import Person, PersonZone
from services.times import DEFAULT_ZONE

GOOD_FOR = timedelta(days=1)
MOST = 20  # asked of Slack in one go


def zone_of(session: Session, user_id: str) -> str:
    found = session.get(PersonZone, user_id)
    return found.time_zone if found else DEFAULT_ZONE


def to_read(session: Session, now: datetime, admins: Collection[str]) -> list[str]:
    """The people whose zone is not known, or was read long ago."""
    fresh = set(session.scalars(select(PersonZone.user_id).where(PersonZone.read_at > now - GOOD_FOR)))
    people = {*session.scalars(select(Person.user_id)), *admins}
    return sorted(people - fresh)[:MOST]


def keep(session: Session, now: datetime, user_id: str, time_zone: str | None) -> None:
    """What Slack said. What is no zone counts as read, so that it is not asked again at once."""
    zone = time_zone if time_zone in available_timezones() else zone_of(session, user_id)
    row = {"user_id": user_id, "time_zone": zone, "read_at": now}
    insert = insert_into(session, PersonZone).values(row)
    session.execute(insert.on_conflict_do_update(index_elements=["user_id"], set_=row))
