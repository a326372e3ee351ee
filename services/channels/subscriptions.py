"""What a channel hears, chosen by people: one may subscribe a channel only to what one may see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TypeVar
from zoneinfo import available_timezones

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from services.access import Actor, Right, require, visible
from services.cards import cards
from services.channels import routing
from services.channels.digest import schedule
from services.errors import Invalid, NotFound
from services.integrations.listing import Place
from services.integrations.search import seen
from services.people import audit
from services.store.alerts import (
    Card,
    Channel,
    Kind,
    Sample,
    Subscription,
    SubscriptionCarrier,
    SubscriptionEmployer,
)
from services.store.base import insert_into
from services.store.exchange import Carrier, Employer, Integration
from services.times import DEFAULT_ZONE

PAGE = 8
KINDS = (Kind.LAST_SYNC, Kind.FAILURES, Kind.STATUS, Kind.PENDING, Kind.EMPLOYEES)
HERE = "here"
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,31}")
_MENTION = re.compile(r"here|[UWS][A-Z0-9]{2,31}")
Part = TypeVar("Part", SubscriptionEmployer, SubscriptionCarrier)
_GONE = "This subscription is not there any more, or not yours to change."


@dataclass(frozen=True)
class Wish:
    """What a form asks for. No employers: all that its owner may see. `mention`: here, `U…`, `S…` or None."""

    channel_id: str
    kinds: tuple[Kind, ...]
    employer_ids: tuple[int, ...] = ()
    carrier_ids: tuple[int, ...] = ()
    mention: str | None = None
    time_zone: str = DEFAULT_ZONE
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest_at: time | None = None


@dataclass(frozen=True)
class Named:
    id: int
    name: str


@dataclass(frozen=True)
class SubscriptionView:
    """`broken_code`: Slack's word for why the channel takes no posts now."""

    id: int
    channel_id: str
    kinds: tuple[Kind, ...]
    employers: tuple[Named, ...]
    carriers: tuple[Named, ...]
    mention: str | None
    time_zone: str
    quiet_from: time | None
    quiet_until: time | None
    digest_at: time | None
    owner: str
    broken_code: str | None
    may_edit: bool


@dataclass(frozen=True)
class SubscriptionsPage:
    lines: tuple[SubscriptionView, ...]
    place: Place


@dataclass(frozen=True)
class SampleView:
    """`state`: waiting, arrived or failed; `code` is Slack's word for why, once it failed."""

    id: int
    channel_id: str
    state: str
    code: str | None = None


def listing(session: Session, actor: Actor, now: datetime, page: int = 1) -> SubscriptionsPage:
    """One's own subscriptions; for an agency user, everybody's."""
    del now
    require(actor, Right.SUBSCRIBE)
    total = session.scalar(select(func.count()).select_from(Subscription).where(_theirs(actor))) or 0
    place = Place.at(page, total, PAGE)
    query = select(Subscription).where(_theirs(actor)).order_by(Subscription.channel_id, Subscription.id)
    found = session.scalars(query.limit(PAGE).offset(place.offset)).all()
    return SubscriptionsPage(tuple(_view(session, actor, each) for each in found), place)


def detail(session: Session, actor: Actor, now: datetime, subscription_id: int) -> SubscriptionView:
    del now
    require(actor, Right.SUBSCRIBE)
    return _view(session, actor, _one(session, actor, subscription_id))


def save(
    session: Session,
    actor: Actor,
    now: datetime,
    wish: Wish,
    subscription_id: int | None = None,
    *,
    key: str,
) -> SubscriptionView:
    """Make or change a subscription. `key` is the form's own: the same form twice makes one."""
    require(actor, Right.SUBSCRIBE)
    before = session.scalar(_by_form(key))
    if before is not None:
        return _view(session, actor, before)
    _check(session, actor, wish)
    made = _to_fill(session, actor, wish, subscription_id, key)
    if made is None:
        return _view(session, actor, session.scalars(_by_form(key)).one())
    made.form_key = key
    _fill(made, wish)
    made.next_digest_at = schedule(made, now)
    session.flush()
    routing.route_anew(session, made.channel_id, made)
    event = "subscription.changed" if subscription_id else "subscription.made"
    audit.record(session, actor, event, now=now, channel=made.channel_id, kinds=[*made.kinds])
    return _view(session, actor, made)


def remove(session: Session, actor: Actor, now: datetime, subscription_id: int) -> None:
    """Cards that stand in the channel are kept true all the same."""
    require(actor, Right.SUBSCRIBE)
    found = _one(session, actor, subscription_id)
    audit.record(session, actor, "subscription.removed", now=now, channel=found.channel_id)
    session.delete(found)
    routing.route_anew(session, found.channel_id)


def test(session: Session, actor: Actor, now: datetime, channel_id: str, *, key: str) -> SampleView:
    """Have a sample posted by the very path that alerts take."""
    require(actor, Right.SUBSCRIBE)
    if not _CHANNEL.fullmatch(channel_id):
        raise Invalid({"channel": "Alerts go to channels. Run this command in one."})
    row = {"channel_id": channel_id, "key": key, "by": actor.user_id, "at": now}
    insert = insert_into(session, Sample).values(row).on_conflict_do_nothing()
    made = session.scalar(insert.returning(Sample.id))
    if made is None:
        made = session.scalars(select(Sample.id).where(Sample.key == key)).one()
    else:
        audit.record(session, actor, "subscription.tested", now=now, channel=channel_id)
        cards.want(session, cards.of_sample(made), channel_id, now)
    return SampleView(made, channel_id, "waiting")


def arrived(session: Session, actor: Actor, now: datetime, sample_id: int) -> SampleView:
    """Whether the sample is in its channel by now."""
    del now
    require(actor, Right.SUBSCRIBE)
    sample = session.get(Sample, sample_id)
    if sample is None or (actor.employers is not None and sample.by != actor.user_id):
        raise NotFound("There is no such sample.")
    card = session.scalar(select(Card).where(Card.subject == cards.of_sample(sample.id)))
    channel = session.get(Channel, sample.channel_id)
    if card is not None and card.ts is not None:
        return SampleView(sample.id, sample.channel_id, "arrived")
    if channel is not None and channel.broken_code:
        return SampleView(sample.id, sample.channel_id, "failed", channel.broken_code)
    if card is None or (card.due_at is None and card.failure):
        return SampleView(sample.id, sample.channel_id, "failed", card.failure if card else None)
    return SampleView(sample.id, sample.channel_id, "waiting")


def offer(session: Session, actor: Actor, now: datetime, channel_id: str) -> None:
    """Who invited the bot to a channel is asked, in their own messages, what it should hear.

    One that has a subscription hears already: the bot is back.
    """
    known = select(Subscription.id).where(Subscription.channel_id == channel_id).limit(1)
    if actor.may(Right.SUBSCRIBE) and _CHANNEL.fullmatch(channel_id) and session.scalar(known) is None:
        cards.want(session, cards.of_offer(channel_id), actor.user_id, now)


def _by_form(key: str) -> Select[Subscription]:
    return select(Subscription).where(Subscription.form_key == key)


def _to_fill(
    session: Session, actor: Actor, wish: Wish, subscription_id: int | None, key: str
) -> Subscription | None:
    """None when another delivery of the same form, at the same moment, has filled it."""
    if subscription_id is not None:
        found = _one(session, actor, subscription_id)
        return None if found.form_key == key else found
    row = {
        "owner": actor.user_id,
        "form_key": key,
        "channel_id": wish.channel_id,
        "kinds": [],
        "time_zone": "",
    }
    insert = insert_into(session, Subscription).values(row).on_conflict_do_nothing()
    made = session.scalar(insert.returning(Subscription.id))
    return session.get_one(Subscription, made) if made is not None else None


def _theirs(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.employers is None else Subscription.owner == actor.user_id


def _one(session: Session, actor: Actor, subscription_id: int) -> Subscription:
    query = select(Subscription).where(Subscription.id == subscription_id, _theirs(actor))
    found = session.scalar(query.with_for_update())
    if found is None:
        raise NotFound(_GONE)
    return found


def _check(session: Session, actor: Actor, wish: Wish) -> None:
    wrong: dict[str, str] = {}
    if not _CHANNEL.fullmatch(wish.channel_id):
        wrong["channel"] = "Choose a channel."
    if not wish.kinds and wish.digest_at is None:
        wrong["kinds"] = "Choose what the channel hears, or a time for its digest."
    if wish.time_zone not in available_timezones():
        wrong["time_zone"] = "Choose a time zone."
    if wish.mention is not None and not _MENTION.fullmatch(wish.mention):
        wrong["mention"] = "Choose a person or a user group."
    if (wish.quiet_from is None) is not (wish.quiet_until is None):
        lacking = "quiet_until" if wish.quiet_until is None else "quiet_from"
        wrong[lacking] = "Quiet hours need a beginning and an end."
    elif wish.quiet_from is not None and wish.quiet_from == wish.quiet_until:
        wrong["quiet_until"] = "Quiet hours need an end of their own, or the channel would hear nothing."
    wrong |= _unseen(session, actor, wish)
    if wrong:
        raise Invalid(wrong)


def _unseen(session: Session, actor: Actor, wish: Wish) -> dict[str, str]:
    wrong = {}
    employers = select(func.count()).select_from(Employer)
    employers = employers.where(Employer.id.in_(wish.employer_ids), visible(actor, Employer.id))
    if session.scalar(employers) != len(set(wish.employer_ids)):
        wrong["employers"] = "Choose among the employers that you may see."
    carriers = select(func.count(Integration.carrier_id.distinct()))
    carriers = carriers.where(Integration.carrier_id.in_(wish.carrier_ids), seen(actor))
    if session.scalar(carriers) != len(set(wish.carrier_ids)):
        wrong["carriers"] = "Choose among the carriers that you may see."
    return wrong


def _fill(made: Subscription, wish: Wish) -> None:
    made.channel_id, made.kinds = wish.channel_id, [each.value for each in KINDS if each in wish.kinds]
    made.mention, made.time_zone = wish.mention, wish.time_zone
    made.quiet_from, made.quiet_until, made.digest_at = wish.quiet_from, wish.quiet_until, wish.digest_at
    made.employers = _kept(made.employers, "employer_id", wish.employer_ids, SubscriptionEmployer)
    made.carriers = _kept(made.carriers, "carrier_id", wish.carrier_ids, SubscriptionCarrier)


def _kept(parts: Iterable[Part], name: str, wanted: Iterable[int], model: type[Part]) -> list[Part]:
    """Those that are wanted still, and new ones for the others."""
    known = {getattr(part, name): part for part in parts}
    return [known.get(each) or model(**{name: each}) for each in sorted(set(wanted))]


def _view(session: Session, actor: Actor, made: Subscription) -> SubscriptionView:
    channel = session.get(Channel, made.channel_id)
    return SubscriptionView(
        made.id,
        made.channel_id,
        tuple(Kind(each) for each in made.kinds),
        _named(session, Employer, [each.employer_id for each in made.employers]),
        _named(session, Carrier, [each.carrier_id for each in made.carriers]),
        made.mention,
        made.time_zone,
        made.quiet_from,
        made.quiet_until,
        made.digest_at,
        made.owner,
        channel.broken_code if channel and channel.broken_at else None,
        may_edit=actor.employers is None or made.owner == actor.user_id,
    )


def _named(session: Session, model: type[Employer | Carrier], ids: Sequence[int]) -> tuple[Named, ...]:
    rows = session.execute(select(model.id, model.name).where(model.id.in_(ids)).order_by(model.name))
    return tuple(Named(each, name) for each, name in rows)
