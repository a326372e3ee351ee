"""How far each stream of the exchange has been read, what could not be read, and since when it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.ports import SetAside
from services.store.base import insert_into
from services.store.exchange import Employer, Reading, SetAsideItem

INTEGRATIONS, SYNCS, MESSAGES = "integrations", "syncs", "messages"
HR, BENEFITS = "hr", "benefits"
OWN = "lastsync"  # what fails within Lastsync itself
STREAMS = (INTEGRATIONS, SYNCS, MESSAGES)
NAMELESS = "?"  # stands for the id of what has none
UNKNOWN_INTEGRATION = "its integration is not known"
_LONGEST = 255


def since(session: Session, stream: str) -> datetime | None:
    """Where the next reading of the stream starts; None for its very beginning."""
    session.execute(insert_into(session, Reading).values(stream=stream).on_conflict_do_nothing())
    return session.get_one(Reading, stream).since


def read_at(session: Session, stream: str) -> datetime | None:
    reading = session.get(Reading, stream)
    return reading.read_at if reading else None


def is_failing(session: Session, stream: str) -> bool:
    reading = session.get(Reading, stream)
    return reading is not None and reading.failing_since is not None


def advance(
    session: Session, stream: str, *, started_at: datetime, was: datetime | None, to: datetime | None
) -> None:
    """A reading that began at `started_at`, from `was`, is complete.

    The cursor moves only if it still stands at `was`: meanwhile a new integration may have set it back. It
    never moves backward, nor ahead of the clock, whatever the exchange says.
    """
    ends = [each for each in (was, min(to, started_at) if to else None) if each]
    stands = Reading.since == was if was else Reading.since.is_(None)
    moved = update(Reading).where(Reading.stream == stream, stands)
    session.execute(moved.values(since=max(ends, default=None)))
    done = {"read_at": started_at, "failing_since": None, "failure": None}
    session.execute(update(Reading).where(Reading.stream == stream).values(done))


def fail(session: Session, stream: str, now: datetime, sentence: str) -> None:
    session.execute(insert_into(session, Reading).values(stream=stream).on_conflict_do_nothing())
    reading = session.get_one(Reading, stream, with_for_update=True)
    reading.failing_since = reading.failing_since or now
    reading.failure = sentence


def recover(session: Session, stream: str) -> None:
    session.execute(update(Reading).where(Reading.stream == stream).values(failing_since=None, failure=None))


def set_aside(session: Session, now: datetime, stream: str, items: Iterable[SetAside]) -> None:
    """Count what could not be read, one row for each item and reason."""
    counted = Counter(
        (clean(each.ref or NAMELESS)[:_LONGEST], clean(each.reason)[:_LONGEST]) for each in items
    )
    rows = [
        {"stream": stream, "ref": ref, "reason": reason, "times": times, "last_at": now}
        for (ref, reason), times in sorted(counted.items())
    ]
    if rows:
        insert = insert_into(session, SetAsideItem)
        again = {"times": SetAsideItem.times + insert.excluded.times, "last_at": insert.excluded.last_at}
        key = ["stream", "ref", "reason"]
        session.execute(insert.on_conflict_do_update(index_elements=key, set_=again), rows)


def is_read_now(session: Session, stream: str, refs: Collection[str]) -> None:
    """Forget why these could not be read before: what is set aside tells what is wrong now."""
    if refs:
        meant = SetAsideItem.stream == stream, SetAsideItem.ref.in_(refs)
        session.execute(delete(SetAsideItem).where(*meant), execution_options={"synchronize_session": False})


def forget_before(session: Session, stream: str, started_at: datetime) -> None:
    """All of it was read from `started_at` on: what was not set aside again is not wrong any more."""
    meant = SetAsideItem.stream == stream, SetAsideItem.last_at < started_at
    session.execute(delete(SetAsideItem).where(*meant), execution_options={"synchronize_session": False})


def knows_employers(session: Session) -> bool:
    """Whether the exchange has named its employers: until then, nobody of theirs can be placed."""
    reading = session.get(Reading, INTEGRATIONS)
    if reading is not None and reading.read_at is not None:
        return True
    return reading is None and session.scalar(select(Employer.id).limit(1)) is not None


def read_again(session: Session, refs: Collection[str]) -> None:
    """Integrations are known now: what was set aside for want of them is read from the beginning again."""
    waiting = (SetAsideItem.reason == UNKNOWN_INTEGRATION, SetAsideItem.ref.in_(refs))
    streams = set(session.scalars(select(SetAsideItem.stream).where(*waiting)))
    if streams:
        session.execute(update(Reading).where(Reading.stream.in_(streams)).values(since=None))
        session.execute(delete(SetAsideItem).where(*waiting))


def clean(text: str) -> str:
    """Without what a store cannot keep: PostgreSQL takes no NUL, and half a surrogate pair is no text."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
