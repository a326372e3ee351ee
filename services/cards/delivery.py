"""Cards on their way to their channels: which are ready, what is sent, and how it went.

They are claimed and settled as `services.outbox` has it. A post that may have happened is looked up before it
is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Tuple, and_, func, not_, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from services import outbox
from services.cards import cards
from services.errors import Rejected, Unavailable
from services.outbox import Again, Fault, Meaning
from services.store.alerts import Card, Channel
from services.store.base import insert_into

PACE = timedelta(seconds=1)
_PARENT_GONE = "thread_not_found"
# A broken channel is tried again, because somebody may have invited the bot back: at these ages, then hourly.
PROBES = (timedelta(minutes=1), timedelta(minutes=6), timedelta(minutes=21))
HOURLY = timedelta(hours=1)


def claim_cards(session: Session, now: datetime, *, by: str) -> list[int]:
    return outbox.claim(session, Card, now, by=by, ready=_channel_takes_it(now))


@dataclass(frozen=True)
class Sending:
    """One card on its way. `ts` is None when it must be posted; `doubtful` when it may have been already.

    `thread` is the ts of the message that it replies to; with `broadcast` the channel shows the reply too.
    """

    card_id: int
    channel_id: str
    key: str
    ts: str | None
    doubtful: bool
    thread: str | None = None
    broadcast: bool = False


def begin(session: Session, card_id: int, now: datetime, *, by: str, version: int) -> Sending | None:
    """Make sure that the card is still ours to send, and note that it may be sent from here on.

    None when it is not: the lease ran out, or what is left of it is shorter than a call may take; or when
    more than `version` is wanted by now, so that what was rendered is old. Then it is due again at once.
    """
    card = outbox.begin(session, Card, card_id, now, by)
    if card is None:
        return None
    if card.wanted != version:
        card.attempts -= 1
        outbox.release(card, now)
        return None
    thread = session.scalar(select(Card.ts).where(Card.id == card.under)) if card.under else None
    sending = Sending(card.id, card.channel_id, card.key, card.ts, card.doubtful, thread, card.broadcast)
    if card.ts is None:
        card.doubtful = True
        _channel(session, card.channel_id).next_post_at = now + PACE
    return sending


def not_there(session: Session, card_id: int, now: datetime, *, by: str) -> None:
    """A doubtful post was looked up and never happened: the card is due anew, with what is true by then."""
    card = outbox.held(session, Card, card_id, by)
    if card is not None:
        card.doubtful = False
        outbox.release(card, now)


def keep(session: Session, card_id: int, ts: str) -> bool:
    """Note where a card's new message is, whoever holds the lease by now.

    False when the message is one too many: while we were held up, another replica posted the card, or found
    that there is nothing to tell any more. It is to be taken back.
    """
    card = session.get_one(Card, card_id, with_for_update=True, populate_existing=True)
    if card.ts is None and card.due_at is not None:
        card.ts, card.doubtful = ts, False
    return card.ts == ts


def show_again(session: Session, card_id: int, now: datetime) -> None:
    """An answer came after its lease was over: what it wrote may be older than what another has shown."""
    card = session.get_one(Card, card_id, with_for_update=True, populate_existing=True)
    card.wanted += 1
    if card.due_at is None:
        card.due_at = card.wanted_at = now


def waited(session: Session, card_id: int, now: datetime) -> timedelta | None:
    """For how long the channel did not show the card that it shows now for the first time."""
    card = session.get_one(Card, card_id)
    return None if card.shown else now - card.wanted_at


def settle_shown(session: Session, card_id: int, now: datetime, *, by: str, ts: str, version: int) -> bool:
    """The channel shows `version`. What was wanted in between, and a moment longer, makes one edit."""
    card = outbox.held(session, Card, card_id, by)
    if card is None:
        return False
    card.ts = ts
    if card.failure:
        cards.bump(session, [cards.of_aside(card.id)], now)
    _settle(card, now, version)
    mend(session, card.channel_id, now)
    return True


def withdraw(session: Session, card_id: int, now: datetime, *, by: str, version: int) -> None:
    """There is nothing to tell any more: nothing is posted or edited, nor are the replies to it."""
    card = outbox.held(session, Card, card_id, by)
    if card is None:
        return
    _settle(card, now, version)
    if card.ts is None and card.due_at is None:
        replies = update(Card).where(Card.under == card.id, Card.ts.is_(None))
        session.execute(replies.values(due_at=None, shown=Card.wanted))


def settle_failed(
    session: Session, card_id: int, now: datetime, *, by: str, sending: Sending | None, error: Exception
) -> bool:
    """Say when the card is tried again. True when it was set aside instead: it fails by itself."""
    card = outbox.held(session, Card, card_id, by)
    if card is None:
        return False
    if sending is not None and sending.ts is None:
        # A refusal says that nothing was posted now. An earlier try of unknown outcome stays unknown.
        card.doubtful = sending.doubtful or not isinstance(error, Rejected | Unavailable)
    card.failure = _why(error)
    means = outbox.meaning(error)
    due_at = now + means.pause(card.attempts)
    if means.again is Again.NEVER or means.fault is Fault.LASTSYNC:
        return _try_again_or_set_aside(card, due_at)
    if means.again is Again.AT_ONCE:
        _post_anew(session, card, now)
    elif means.fault in {Fault.CHANNEL, Fault.SETTINGS}:
        break_channel(session, _channel(session, card.channel_id), now, card.failure)
        due_at = now  # it is the channel that waits, with all of its cards
    else:
        _hold(session, card.channel_id, now, means)
    outbox.release(card, due_at)
    return False


def tell_operators(session: Session, card_id: int, channel_id: str, now: datetime) -> None:
    """A card was set aside. That its notice was, too, is for the log alone."""
    card = session.get_one(Card, card_id)
    if not card.subject.startswith("aside:"):
        cards.want(session, cards.of_aside(card_id), channel_id, now)


def mend(session: Session, channel_id: str, now: datetime) -> None:
    """The channel takes posts again, and the notice that it took none says so."""
    broken = select(Channel).where(Channel.id == channel_id, Channel.broken_at.is_not(None))
    channel = session.scalar(broken.with_for_update(), execution_options={"populate_existing": True})
    if channel is None:
        return
    if channel.told_at is not None:
        cards.bump(session, [cards.of_route(channel.id, channel.told_at)], now)
    channel.broken_at = channel.broken_code = channel.told_at = channel.held_until = None


def waiting(session: Session) -> tuple[datetime | None, int]:
    """Since when the oldest undelivered card waits, and how many do."""
    undelivered = select(func.min(Card.wanted_at), func.count()).where(
        Card.due_at.is_not(None), Card.shown < Card.wanted
    )
    oldest, count = session.execute(undelivered).one()
    return oldest, count


@dataclass(frozen=True)
class ClosedChannel:
    """A channel that nothing is posted to until `until`, and how many cards wait for it.

    `code` is Slack's own word for why, since `since`; both None where Slack only asked to wait.
    """

    id: str
    code: str | None
    since: datetime | None
    until: datetime | None
    waiting: int


def closed_channels(session: Session, now: datetime) -> list[ClosedChannel]:
    """Those for which cards wait, the most of them first."""
    waits = func.count()
    query = select(Channel, waits).join(Card, Card.channel_id == Channel.id)
    query = query.where(or_(Channel.broken_at.is_not(None), Channel.held_until > now))
    query = query.where(Card.due_at.is_not(None), Card.shown < Card.wanted)
    rows = session.execute(query.group_by(Channel.id).order_by(waits.desc(), Channel.id)).all()
    return [
        ClosedChannel(channel.id, channel.broken_code, channel.broken_at, channel.held_until, number)
        for channel, number in rows
    ]


def _channel_takes_it(now: datetime) -> ColumnElement[bool]:
    """Only the oldest new post of a channel is ready, at the channel's pace: so many replicas keep its order.

    Edits are not paced. While Slack asked to wait, or a channel is broken, nothing in it is ready. A reply is
    ready once what it replies to is posted.
    """
    closed = or_(
        Channel.held_until > now,
        and_(Card.ts.is_(None), Channel.next_post_at > now),
    )
    channel_waits = select(Channel.id).where(Channel.id == Card.channel_id, closed).exists()
    other = aliased(Card)
    ahead = select(other.id).where(
        other.channel_id == Card.channel_id,
        other.ts.is_(None),
        other.due_at <= now,
        _turn(other) < _turn(Card),
        _has_a_place(other),
    )
    first = and_(_has_a_place(Card), not_(ahead.exists()))
    return and_(not_(channel_waits), or_(Card.ts.is_not(None), first))


def _turn(card: type[Card]) -> Tuple:
    return tuple_(card.rank, card.wanted_at, card.id)


def _has_a_place(card: type[Card]) -> ColumnElement[bool]:
    parent = aliased(Card)
    posted = select(parent.id).where(parent.id == card.under, parent.ts.is_not(None))
    return or_(card.under.is_(None), posted.exists())


def _settle(card: Card, now: datetime, version: int) -> None:
    """`version` is dealt with. What is wanted beyond it waits a moment, to be gathered into one edit."""
    card.shown, card.doubtful, card.failure, card.attempts = version, False, None, 0
    behind = card.wanted > version
    if behind:
        card.wanted_at = now
    outbox.release(card, now + PACE if behind else None)


def _post_anew(session: Session, card: Card, now: datetime) -> None:
    """Somebody deleted the message, or the one that it replies to."""
    if card.failure != _PARENT_GONE:
        card.ts = None
    elif card.under:
        parent = session.get_one(Card, card.under, with_for_update=True)
        parent.ts, parent.due_at, parent.wanted_at = None, parent.due_at or now, now


def _channel(session: Session, channel_id: str) -> Channel:
    session.execute(insert_into(session, Channel).values(id=channel_id).on_conflict_do_nothing())
    return session.get_one(Channel, channel_id, with_for_update=True)


def break_channel(session: Session, channel: Channel, now: datetime, code: str) -> None:
    """It takes no posts, as Slack's code says. Nothing is tried there until its next probe."""
    if channel.told_at is not None:
        cards.bump(session, [cards.of_route(channel.id, channel.told_at)], now)
    channel.broken_at, channel.broken_code = channel.broken_at or now, code
    age = now - channel.broken_at
    probe = next((channel.broken_at + each for each in PROBES if each > age), now + HOURLY)
    channel.held_until = probe


def _hold(session: Session, channel_id: str, now: datetime, means: Meaning) -> None:
    if means.retry_after is not None:
        _channel(session, channel_id).held_until = now + means.pause(0)


def _try_again_or_set_aside(card: Card, due_at: datetime) -> bool:
    """A card is rendered anew for each try, so that one more may go well."""
    set_aside = card.attempts >= outbox.TRIES
    outbox.release(card, None if set_aside else due_at)
    if set_aside:
        card.attempts = 0  # when it is wanted again, it gets its tries again
    return set_aside


def _why(error: Exception) -> str:
    """The code or the kind of the failure: never its text, which may quote what was sent."""
    return (getattr(error, "code", "") or type(error).__name__)[:255]
