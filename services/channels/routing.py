"""Which channels hear of an alert, and when: subscriptions, the rights of those who made them, quiet hours.

The alerts channel hears everything until an agency user subscribes it. What concerns no employer's people but
the bot itself goes to the operators' channel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, cast, literal, select, update
from sqlalchemy.orm import Session

from services.access import Actor, Right, load_actor
from services.cards import cards, delivery
from services.store.alerts import Alert, Card, Channel, Closing, Kind, Level, Mute, Subscription
from services.store.exchange import Integration
from services.times import quiet_until

SWEEP = 500
GATHER = timedelta(seconds=20)  # what a carrier sends together belongs on one card
HEARD_WITH = {Kind.CARRIER: Kind.LAST_SYNC}
RANK = {Kind.UNREACHABLE: 0, Kind.CARRIER: 2, Kind.FAILURES: 4, Kind.EMPLOYEES: 4, Kind.PENDING: 7}
_LATE, _LOST, _NEWS = 3, 1, 6


@dataclass(frozen=True)
class Channels:
    """The channels that are named in the settings, and who rules: needed to know the owners' rights."""

    alerts: str | None = None
    operators: str | None = None
    admins: frozenset[str] = frozenset()

    @property
    def for_operators(self) -> str | None:
        return self.operators or self.alerts


NOWHERE = Channels()


@dataclass(frozen=True)
class Match:
    """What one subscription lets a channel hear. Employers or carriers that are None are all of them."""

    channel_id: str
    kinds: frozenset[str]
    employers: frozenset[int] | None
    carriers: frozenset[int] | None
    subscription: Subscription | None = None

    def hears(self, alert: Alert, employers_of: Mapping[int, frozenset[int]]) -> bool:
        kind = Kind(alert.kind)
        if HEARD_WITH.get(kind, kind) not in self.kinds:
            return False
        if self.carriers is not None and alert.carrier_id and alert.carrier_id not in self.carriers:
            return False
        if self.employers is None:
            return True
        if alert.employer_id is None:
            concerned = failing_at(alert) | employers_of.get(alert.carrier_id or 0, frozenset())
            return bool(self.employers & concerned)
        return alert.employer_id in self.employers


def failing_at(alert: Alert) -> frozenset[int]:
    """The employers some of whose employees did not sync; of an alert about employees."""
    return frozenset(map(int, (alert.detail or {}).get("employers", ())))


def route(session: Session, now: datetime, channels: Channels) -> int:
    """Choose the channels of the open alerts that have none yet; return how many alerts there were."""
    new = select(Alert).where(Alert.routed_at.is_(None), Alert.closed_at.is_(None)).order_by(Alert.id)
    found = session.scalars(new.limit(SWEEP).with_for_update(skip_locked=True)).all()
    if not found:
        return 0
    matches = matches_of(session, channels)
    if not matches and channels.for_operators is None:
        return 0  # they wait for a channel
    silenced = _muted(session, found)
    employers_of = _employers_of(session, [each.carrier_id for each in found if each.employer_id is None])
    for alert in found:
        muted = alert.kind == Kind.LAST_SYNC and alert.integration_id in silenced
        matched = [] if muted else _matching(alert, matches, employers_of, channels)
        recipients = _open_at(now, matched)
        for channel_id, open_at in recipients.items():
            _want(session, now, alert, channel_id, open_at)
        alert.routed_at, alert.recipients = now, len(recipients)
        if alert.kind == Kind.STATUS:
            alert.closed_at, alert.closed_because = now, Closing.TOLD
    session.flush()
    return len(found)


def matches_of(session: Session, channels: Channels, channel_id: str | None = None) -> list[Match]:
    """What all channels hear, or one of them, bounded by what the owners may see at this moment."""
    query = select(Subscription).order_by(Subscription.id)
    if channel_id is not None:
        query = query.where(Subscription.channel_id == channel_id)
    made = list(session.scalars(query))
    owners = {each.owner: load_actor(session, each.owner, channels.admins) for each in made}
    matches = [_ear(each, owners[each.owner]) for each in made if owners[each.owner].may(Right.SUBSCRIBE)]
    default = channels.alerts if channel_id in {None, channels.alerts} else None
    # Who sees some employers alone may add to what it hears, and not take from it what others must hear.
    ruling = [each for each in made if _sees_all(owners[each.owner])]
    if default and all(each.channel_id != default for each in ruling):
        matches.append(Match(default, frozenset(Kind) - {Kind.UNREACHABLE}, None, None))
    return matches


def route_anew(session: Session, channel_id: str, matched: Subscription | None = None) -> None:
    """Choose channels again for what is open and does not stand in this one: all, or what is `matched`."""
    subject = literal("alert:") + cast(Alert.id, String)
    stands = select(Card.id).where(Card.channel_id == channel_id, Card.subject == subject).exists()
    missing = select(Alert.id).where(Alert.closed_at.is_(None), Alert.kind != Kind.UNREACHABLE, ~stands)
    if matched is not None:
        kinds = {*matched.kinds, *(kind for kind, known in HEARD_WITH.items() if known in matched.kinds)}
        missing = missing.where(Alert.kind.in_(kinds))
        for column, chosen in (
            (Alert.employer_id, [each.employer_id for each in matched.employers]),
            (Alert.carrier_id, [each.carrier_id for each in matched.carriers]),
        ):
            missing = missing.where(column.is_(None) | column.in_(chosen)) if chosen else missing
    ids = session.scalars(missing.order_by(Alert.id).with_for_update()).all()
    again = update(Alert).where(Alert.id.in_(ids)).values(routed_at=None)
    session.execute(again, execution_options={"synchronize_session": False})


def open_at(session: Session, now: datetime, channels: Channels, alert: Alert) -> dict[str, datetime]:
    """The channels that hear of the alert, as things are now, and from when on each may be spoken to."""
    carriers = [alert.carrier_id] if alert.employer_id is None else []
    matched = _matching(alert, matches_of(session, channels), _employers_of(session, carriers), channels)
    return _open_at(now, matched)


def bounds(matches: Iterable[Match]) -> frozenset[int] | None:
    """The employers that these let their channel hear of; None for every one."""
    employers: set[int] = set()
    for match in matches:
        if match.employers is None:
            return None
        employers |= match.employers
    return frozenset(employers)


def broken(session: Session, actor: Actor, now: datetime, channel_id: str, code: str) -> None:
    """Slack says that a channel takes no posts any more. No right is asked for: nobody asked for anything."""
    del actor
    channel = session.get(Channel, channel_id, with_for_update=True)
    if channel is None:
        if (
            session.scalar(select(Subscription.id).where(Subscription.channel_id == channel_id).limit(1))
            is None
        ):
            return
        channel = Channel(id=channel_id)
        session.add(channel)
    delivery.break_channel(session, channel, now, code)


def mended(session: Session, actor: Actor, now: datetime, channel_id: str) -> None:
    """It takes them again. What waits for it is posted at once."""
    del actor
    delivery.mend(session, channel_id, now)


def tell_of_broken(session: Session, now: datetime, channels: Channels) -> int:
    """Have an agency user told, once, of each channel that takes no posts; return how many there were."""
    query = select(Channel).where(Channel.broken_at.is_not(None), Channel.told_at.is_(None))
    found = session.scalars(query.with_for_update(skip_locked=True)).all()
    for channel in found:
        place = channels.for_operators
        if place is None or place == channel.id:
            place = min(channels.admins, default=None)
        if place is not None and channel.id != place:
            cards.want(session, cards.of_route(channel.id, now), place, now)
        channel.told_at = now
    session.flush()
    return len(found)


def _sees_all(owner: Actor) -> bool:
    return owner.employers is None and owner.may(Right.SUBSCRIBE)


def _ear(made: Subscription, owner: Actor) -> Match:
    chosen = frozenset(each.employer_id for each in made.employers)
    carriers = frozenset(each.carrier_id for each in made.carriers)
    employers = chosen or owner.employers
    if chosen and owner.employers is not None:
        employers = chosen & owner.employers
    return Match(made.channel_id, frozenset(made.kinds), employers, carriers or None, made)


def _matching(
    alert: Alert, matches: Sequence[Match], employers_of: Mapping[int, frozenset[int]], channels: Channels
) -> list[Match]:
    if alert.kind == Kind.UNREACHABLE:
        place = channels.for_operators
        return [Match(place, frozenset(), None, None)] if place else []
    return [match for match in matches if match.hears(alert, employers_of)]


def _open_at(now: datetime, matched: Iterable[Match]) -> dict[str, datetime]:
    """Where several subscriptions of a channel hear the same, the first that is not quiet lets it through."""
    recipients: dict[str, datetime] = {}
    for match in matched:
        held = quiet_end(match.subscription, now) if match.subscription else None
        recipients[match.channel_id] = min(held or now, recipients.get(match.channel_id, held or now))
    return recipients


def _want(session: Session, now: datetime, alert: Alert, channel_id: str, open_at: datetime) -> None:
    begins = alert.opened_at + GATHER if alert.kind == Kind.FAILURES else now
    due_at = max(begins, open_at)
    cards.want_all(session, [cards.of_alert(alert.id)], channel_id, now, due_at=due_at, rank=_rank(alert))


def _rank(alert: Alert) -> int:
    if alert.kind == Kind.LAST_SYNC:
        return _LOST if alert.level == Level.LOST else _LATE
    return RANK.get(Kind(alert.kind), _NEWS)


def _muted(session: Session, found: Iterable[Alert]) -> set[int]:
    ids = [each.integration_id for each in found if each.kind == Kind.LAST_SYNC and each.integration_id]
    muted = select(Mute.integration_id).where(Mute.integration_id.in_(ids))
    return set(session.scalars(muted)) if ids else set()


def _employers_of(session: Session, carrier_ids: Iterable[int | None]) -> dict[int, frozenset[int]]:
    """Whose integrations each of these carriers has."""
    wanted = [each for each in carrier_ids if each is not None]
    if not wanted:
        return {}
    query = select(Integration.carrier_id, Integration.employer_id).distinct()
    rows = session.execute(query.where(Integration.carrier_id.in_(wanted), Integration.due_at.is_not(None)))
    found: defaultdict[int, set[int]] = defaultdict(set)
    for carrier_id, employer_id in rows:
        found[carrier_id].add(employer_id)
    return {carrier_id: frozenset(employers) for carrier_id, employers in found.items()}


def matching(session: Session, channels: Channels, alert: Alert, channel_id: str) -> list[Match]:
    """What lets this channel hear of the alert, as things are now."""
    matches = matches_of(session, channels, channel_id)
    carriers = [alert.carrier_id] if alert.employer_id is None else []
    employers_of = _employers_of(session, carriers)
    return [match for match in matches if match.hears(alert, employers_of)]


def quiet_end(subscription: Subscription, now: datetime) -> datetime | None:
    """When the quiet hours of a subscription end; None while there are none."""
    begins, ends = subscription.quiet_from, subscription.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    return quiet_until(now, begins, ends, subscription.time_zone)
