"""What a channel must show: a card is one message that is kept true.

`want` says that a card is to be shown, or shown anew. The deliverer then renders its facts
(`services.subjects`): what is true at that moment, not what was true when it was wanted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, case, update
from sqlalchemy.orm import Session

from services.store.alerts import Card
from services.store.base import insert_into

USUAL = 5
"""The rank of what is neither urgent nor can wait. The lower, the sooner a channel gets it."""


@dataclass(frozen=True)
class Reply:
    """`under` is the id of the card in whose thread it goes; `due_at` when, if not at once."""

    subject: str
    channel_id: str
    under: int
    due_at: datetime | None = None


def of_alert(alert_id: int) -> str:
    return f"alert:{alert_id}"


def of_event(event_id: int) -> str:
    return f"event:{event_id}"


def of_digest(digest_id: int) -> str:
    return f"digest:{digest_id}"


def of_sample(sample_id: int) -> str:
    return f"sample:{sample_id}"


def of_offer(channel_id: str) -> str:
    return f"offer:{channel_id}"


def of_route(channel_id: str, told_at: datetime) -> str:
    """The notice that a channel takes no posts: one for each time that somebody is told so."""
    return f"route:{channel_id}-{int(told_at.timestamp())}"


def of_change(change_id: int) -> str:
    return f"change:{change_id}"


def of_batch(batch_id: int) -> str:
    return f"batch:{batch_id}"


def of_resolution(resolution_id: int) -> str:
    return f"resolution:{resolution_id}"


def of_bulk(bulk_id: int) -> str:
    return f"bulk:{bulk_id}"


def of_escalation(escalation_id: int) -> str:
    return f"escalation:{escalation_id}"


def of_aside(card_id: int) -> str:
    """The notice that this card could not be shown."""
    return f"aside:{card_id}"


def want(
    session: Session, subject: str, channel_id: str, now: datetime, *, due_at: datetime | None = None
) -> None:
    """Have the channel show the subject, from `due_at` on; if it does already, show what is true of it."""
    want_all(session, [subject], channel_id, now, due_at=due_at)


def want_all(
    session: Session,
    subjects: Iterable[str],
    channel_id: str,
    now: datetime,
    *,
    due_at: datetime | None = None,
    rank: int = USUAL,
) -> None:
    rows = [_row(subject, channel_id, now, due_at or now) | {"rank": rank} for subject in sorted(subjects)]
    if rows:
        insert = insert_into(session, Card)
        wanted = {"wanted": Card.wanted + 1, **_due(now, due_at or now)}
        # What the channel shows is edited at once: its quiet hours are for new posts.
        wanted["due_at"] = case((Card.ts.is_not(None) & Card.due_at.is_(None), now), else_=wanted["due_at"])
        session.execute(
            insert.on_conflict_do_update(index_elements=["subject", "channel_id"], set_=wanted), rows
        )


def reply_all(session: Session, replies: Iterable[Reply], now: datetime, *, broadcast: bool) -> None:
    """Have each reply posted once, in the thread of its card."""
    rows = [
        _row(each.subject, each.channel_id, now, each.due_at or now)
        | {"under": each.under, "broadcast": broadcast}
        for each in replies
    ]
    if rows:
        session.execute(insert_into(session, Card).on_conflict_do_nothing(), rows)


def _row(subject: str, channel_id: str, now: datetime, due_at: datetime) -> dict[str, Any]:
    return {
        "key": uuid4().hex,
        "subject": subject,
        "channel_id": channel_id,
        "wanted": 1,
        "wanted_at": now,
        "due_at": due_at,
    }


def bump(session: Session, subjects: Iterable[str], now: datetime, *, due_at: datetime | None = None) -> None:
    """Have every channel that shows one of the subjects show what is true of it now, or from `due_at` on."""
    wanted = list(subjects)
    if wanted:
        values = {"wanted": Card.wanted + 1, **_due(now, due_at or now)}
        changed = update(Card).where(Card.subject.in_(wanted)).values(values)
        session.execute(changed, execution_options={"synchronize_session": False})


def _due(now: datetime, due_at: datetime) -> dict[str, ColumnElement[datetime]]:
    """A card that waits already keeps its place, and the pause it was given."""
    waiting = Card.due_at.is_not(None)
    return {
        "due_at": case((waiting, Card.due_at), else_=due_at),
        "wanted_at": case((waiting, Card.wanted_at), else_=now),
    }
