"""Proves, again and again, that what people should know is shown to them: every due alert has one true card.

Each question counts the exceptions to one claim, over an index that holds little else, so that a sound store
is proved in no time. A claim is given some minutes: what is under way is no exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, String, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from services.cards.delivery import PACE
from services.store.alerts import Alert, Card, Channel
from services.store.base import Claimable, UTCDateTime
from services.store.exchange import Integration, Reading

GRACE = timedelta(minutes=3)
SET_ASIDE_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Proof:
    """`counts` has each question's name and its number of exceptions; `gaps` says in words what is not so."""

    counts: Mapping[str, int]
    gaps: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.gaps


def prove(session: Session, now: datetime) -> Proof:
    """Ask every question."""
    counts = {name: question(session, now) for name, question in _QUESTIONS.items()}
    gaps = (_say(name, count) for name, count in counts.items() if count)
    return Proof(counts, tuple(gaps))


def _unseen(session: Session, now: datetime) -> int:
    """Integrations that should have synced by now, and that nobody has looked at since."""
    read_at = session.scalar(select(Reading.read_at).where(Reading.stream == "syncs"))
    if read_at is None:
        return 0
    seen_to = min(read_at, now) - GRACE
    return _count(session, select(func.count()).where(Integration.watch_at <= seen_to))


def _untold(session: Session, now: datetime) -> int:
    """Integrations that were looked at and found late, without an open alert of theirs or their carrier's.

    A muted one has its alert all the same: it is posted nowhere.
    """
    of_carrier = (Alert.kind == "carrier") & (Alert.carrier_id == Integration.carrier_id)
    its_own = (Alert.kind == "last_sync") & (Alert.integration_id == Integration.id)
    theirs = or_(its_own, of_carrier)
    told = select(Alert.id).where(Alert.closed_at.is_(None), theirs)
    looked_at = or_(Integration.watch_at.is_(None), Integration.watch_at > now)
    late = Integration.status == "active", Integration.due_at <= now - GRACE, looked_at
    return _count(session, select(func.count()).select_from(Integration).where(*late, ~told.exists()))


def _unrouted(session: Session, now: datetime) -> int:
    """Open alerts for which no channel was chosen. Where none ever is, nobody wants to hear of them."""
    if session.scalar(select(Alert.id).where(Alert.routed_at.is_not(None)).limit(1)) is None:
        return 0
    new = Alert.routed_at.is_(None), Alert.closed_at.is_(None), Alert.opened_at <= now - GRACE
    return _count(session, select(func.count()).select_from(Alert).where(*new))


def _cardless(session: Session, now: datetime) -> int:
    """Open alerts that lack the card of a channel that is to hear of them."""
    del now
    subject = literal("alert:") + cast(Alert.id, String)
    cards = select(func.count()).where(Card.subject == subject).scalar_subquery()
    lacking = Alert.closed_at.is_(None), Alert.recipients > cards
    return _count(session, select(func.count()).select_from(Alert).where(*lacking))


def _twice(session: Session, now: datetime) -> int:
    """Causes with more than one open alert."""
    del now
    several = select(Alert.kind).where(Alert.closed_at.is_(None)).group_by(Alert.kind, Alert.cause)
    return _count(session, select(func.count()).select_from(several.having(func.count() > 1).subquery()))


def _stale(session: Session, now: datetime) -> int:
    """Cards that show too little for longer than their channel's queue explains."""
    waiting = (
        select(Card.channel_id, func.min(_waits_since(), type_=UTCDateTime()), func.count())
        .where(Card.due_at <= now, Card.shown < Card.wanted, ~_excused(now))
        .group_by(Card.channel_id)
    )
    rows = session.execute(waiting).all()
    return sum(count for _, since, count in rows if now - since > GRACE + 2 * count * PACE)


def _waits_since() -> ColumnElement[datetime]:
    """Since it was wanted; for a card that was held back and not tried yet, since it may be posted."""
    held_back = (Card.attempts == 0) & (Card.due_at > Card.wanted_at)
    return case((held_back, Card.due_at), else_=Card.wanted_at)


def _excused(now: datetime) -> ColumnElement[bool]:
    """Slack asked to wait, or takes no posts there: `Channel` says so, and so does Home."""
    closed = or_(Channel.held_until > now, Channel.broken_at.is_not(None))
    return select(Channel.id).where(Channel.id == Card.channel_id, closed).exists()


def _set_aside(session: Session, now: datetime) -> int:
    """Cards that could not be shown, each by a fault of its own."""
    aside = Card.due_at.is_(None), Card.failure.is_not(None), Card.wanted_at > now - SET_ASIDE_FOR
    return _count(session, select(func.count()).select_from(Card).where(*aside))


def _forgotten(session: Session, now: datetime) -> int:
    """Work whose holder is gone, and that nobody has taken over."""
    return sum(
        _count(
            session,
            select(func.count()).select_from(work).where(work.due_at <= now, work.lease_until <= now - GRACE),
        )
        for work in Claimable.__subclasses__()
    )


def _count(session: Session, query: object) -> int:
    return session.scalar(query) or 0  # type: ignore[call-overload]


_QUESTIONS: Mapping[str, Callable[[Session, datetime], int]] = MappingProxyType(
    {
        "unseen": _unseen,
        "untold": _untold,
        "unrouted": _unrouted,
        "cardless": _cardless,
        "twice": _twice,
        "stale": _stale,
        "set_aside": _set_aside,
        "forgotten": _forgotten,
    }
)
_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "unseen": ("1 integration was due and not looked at", "{} integrations were due and not looked at"),
        "untold": ("1 late integration has no alert", "{} late integrations have no alert"),
        "unrouted": ("1 alert has no channel yet", "{} alerts have no channel yet"),
        "cardless": ("1 alert has no card", "{} alerts have no card"),
        "twice": ("1 cause has two alerts", "{} causes have two alerts"),
        "stale": ("1 card shows too little for too long", "{} cards show too little for too long"),
        "set_aside": ("1 card could not be shown", "{} cards could not be shown"),
        "forgotten": ("1 piece of work was left undone", "{} pieces of work were left undone"),
    }
)


def _say(name: str, count: int) -> str:
    one, many = _WORDS[name]
    return f"{one if count == 1 else many.format(count)}."
