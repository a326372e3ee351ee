"""When most of a carrier's Active integrations are late, it is the carrier: one alert, not one for each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ColumnElement, func, literal, select, true, update
from sqlalchemy.orm import Session

from services import streams
from services.alerts import timeline
from services.alerts.lifecycle import (
    BLIND,
    AlertCard,
    Audience,
    Cause,
    close,
    close_alert,
    lifted,
    raise_alert,
    told,
)
from services.alerts.timeline import What
from services.cadence import expectation
from services.channels import routing
from services.integrations import expected as expectations
from services.ports import Status
from services.store.alerts import Alert, Closing, Kind, Level
from services.store.base import UTCDateTime
from services.store.exchange import Carrier, Employer, Integration

LEAST = 3  # late integrations; fewer are told of one by one


NAMES = 5  # employers that a carrier's card names


@dataclass(frozen=True, kw_only=True)
class CarrierCard(AlertCard):
    """Most of a carrier's integrations are late: `late` of `of`, at `employers`, of whom `names` are some.

    All of them bounded by what the channel hears. `habit` is that of one of them; `last_sync_at` the newest.
    """

    template: ClassVar[str] = "alerts/carrier"
    carrier_id: int
    carrier: str
    late: int
    of: int
    employers: int
    names: tuple[str, ...]
    expected_at: datetime | None
    habit: str
    last_sync_at: datetime | None


@dataclass(frozen=True)
class _Lateness:
    """Of a carrier's Active integrations: how many are late and lost, and whether that is most of them."""

    late: int
    lost: int
    since: datetime | None
    most: bool


def lock(session: Session, carrier_ids: Collection[int]) -> None:
    """Two replicas that count the same carrier at once would each miss what the other has not committed yet.

    Everywhere before the first alert is locked, or two of them could wait in a circle.
    """
    carriers = select(Carrier.id).where(Carrier.id.in_(carrier_ids)).order_by(Carrier.id)
    session.execute(carriers.with_for_update(key_share=True))


def follow(session: Session, now: datetime, as_of: datetime, carrier_ids: Collection[int]) -> set[int]:
    """Open, show anew or close the alerts of these locked carriers; return the carriers that have one now.

    Channels are chosen anew: those of employers that are late only now have not heard of it.
    """
    late = {each for each in sorted(carrier_ids) if _follow_one(session, now, as_of, each, Closing.NOT_LATE)}
    again = update(Alert).where(Alert.kind == Kind.CARRIER, Alert.carrier_id.in_(late))
    session.execute(again.where(Alert.closed_at.is_(None)).values(routed_at=None), execution_options=BLIND)
    return late


def follow_open(session: Session, now: datetime, integration_ids: Collection[int]) -> None:
    """The same for the carriers of these integrations that have an alert: maybe it is over."""
    carriers = select(Integration.carrier_id).where(Integration.id.in_(integration_ids))
    query = select(Carrier.id, Alert.expected_at).join(Alert, Alert.carrier_id == Carrier.id)
    query = query.where(Carrier.id.in_(carriers), Alert.kind == Kind.CARRIER, Alert.closed_at.is_(None))
    found = session.execute(query.order_by(Carrier.id)).all()
    if found:
        read_at = streams.read_at(session, streams.SYNCS)
        as_of = min(now, read_at) if read_at else now
        for carrier_id, since in found:
            because = (
                Closing.SYNCED if _came(session, carrier_id, since, integration_ids) else Closing.NOT_LATE
            )
            _follow_one(session, now, as_of, carrier_id, because)


def _came(session: Session, carrier_id: int, since: datetime | None, ids: Collection[int]) -> bool:
    """Whether one of these synced after the first of the carrier's missing syncs was due."""
    if since is None:
        return False
    came = select(Integration.id).where(Integration.id.in_(ids), Integration.carrier_id == carrier_id)
    came = came.where(Integration.status == Status.ACTIVE, Integration.last_sync_at > since)
    return session.scalar(came.limit(1)) is not None


def _follow_one(session: Session, now: datetime, as_of: datetime, carrier_id: int, because: Closing) -> bool:
    found = _lateness(session, carrier_id, as_of)
    if found.most:
        _open(session, now, carrier_id, found)
        return True
    if close_alert(session, now, Kind.CARRIER, [_cause(carrier_id)], because):
        _unfold(session, carrier_id, as_of)
    return False


def _open(session: Session, now: datetime, carrier_id: int, found: _Lateness) -> None:
    cause = _cause(carrier_id)
    it = Alert.kind == Kind.CARRIER, Alert.cause == cause, Alert.closed_at.is_(None)
    was = session.scalar(select(Alert.level).where(*it))
    # Once it is lost it stays so until it is over, whoever else is late by now.
    level = Level.LOST if was == Level.LOST or 2 * found.lost >= found.late else Level.LATE
    if was == Level.LATE and level is Level.LOST:
        _raise_to_lost(session, now, cause)
    alert_id = raise_alert(session, now, Cause(Kind.CARRIER, cause, level, carrier_id=carrier_id))
    first = func.coalesce(Alert.expected_at, literal(found.since, UTCDateTime()))
    since = update(Alert).where(Alert.id == alert_id).values(expected_at=first)
    session.execute(since, execution_options=BLIND)
    single = update(Alert).where(
        Alert.kind == Kind.LAST_SYNC, Alert.carrier_id == carrier_id, Alert.closed_at.is_(None)
    )
    close(session, now, single, Closing.FOLDED)


def _raise_to_lost(session: Session, now: datetime, cause: str) -> None:
    """Whoever acknowledged that it is late did not know that it is lost."""
    it = update(Alert).where(Alert.kind == Kind.CARRIER, Alert.cause == cause, Alert.closed_at.is_(None))
    ids = session.scalars(it.values(lifted(literal(1))).returning(Alert.id), execution_options=BLIND)
    timeline.tell(session, now, What.LOST, {each: {} for each in ids})


def _unfold(session: Session, carrier_id: int, as_of: datetime) -> None:
    """Those that are late all the same are looked at again, and get alerts of their own."""
    late = Integration.carrier_id == carrier_id, Integration.due_at <= as_of
    session.execute(update(Integration).where(*late).values(watch_at=as_of))


def _lateness(session: Session, carrier_id: int, as_of: datetime) -> _Lateness:
    """Counts no more of those that are not late than it takes: a carrier may have a hundred thousand."""
    here = Integration.carrier_id == carrier_id
    counts = select(
        func.count(),
        func.count().filter(Integration.lost_at <= as_of),
        func.min(Integration.due_at, type_=UTCDateTime()),
    )
    late, lost, since = session.execute(counts.where(here, Integration.due_at <= as_of)).one()
    if late < LEAST:
        return _Lateness(late, lost, since, most=False)
    others = _up_to(session, late + 1, here, Integration.due_at > as_of)
    if others <= late:
        nothing_expected = Integration.status == Status.ACTIVE, Integration.due_at.is_(None)
        others += _up_to(session, late + 1 - others, here, *nothing_expected)
    return _Lateness(late, lost, since, most=others <= late)


def _up_to(session: Session, most: int, *where: ColumnElement[bool]) -> int:
    some = select(Integration.id).where(*where).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _cause(carrier_id: int) -> str:
    return f"carrier:{carrier_id}"


def read_card(session: Session, alert: Alert, now: datetime, audience: Audience) -> CarrierCard | None:
    """None where nobody that the channel hears of is late, and it was told of nobody."""
    employers = routing.bounds(routing.matching(session, audience.channels, alert, audience.channel_id))
    carrier = session.get_one(Carrier, alert.carrier_id)
    here = (
        Integration.carrier_id == carrier.id,
        Integration.status == Status.ACTIVE,
        true() if employers is None else Integration.employer_id.in_(sorted(employers)),
    )
    late = Integration.due_at <= now
    counts = select(
        func.count(),
        func.count().filter(late),
        func.count(Integration.employer_id.distinct()).filter(late),
        func.max(Integration.last_sync_at, type_=UTCDateTime()),
    )
    number, late_ones, employed, last = session.execute(counts.where(*here)).one()
    if not late_ones and not audience.stands:
        return None
    names = select(Employer.name).join(Integration, Integration.employer_id == Employer.id)
    named = session.scalars(names.where(*here, late).distinct().order_by(Employer.name).limit(NAMES))
    one = session.scalar(select(Integration).where(*here).order_by(Integration.due_at).limit(1))
    expected = expectations.load(session, one, now) if one else None
    return CarrierCard(
        **told(session, alert, audience.mention),
        carrier_id=carrier.id,
        carrier=carrier.name,
        late=late_ones,
        of=number,
        employers=employed,
        names=tuple(named),
        expected_at=alert.expected_at,
        habit=expected.habit if expected else expectation.UNKNOWN,
        last_sync_at=last,
    )
