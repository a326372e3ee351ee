"""Failures of one employer with one carrier that wait for us: one alert for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, case, func, select, text, tuple_, update
from sqlalchemy.orm import Session

from services.alerts import timeline
from services.alerts.lifecycle import BLIND, AlertCard, Audience, Pair, close_alert, lifted, show, told
from services.alerts.timeline import What
from services.integrations import attention
from services.integrations.attention import ours_to_act_on, waiting_for_sync
from services.ports import Severity, Status
from services.store.alerts import Alert, Closing, Kind, Level
from services.store.base import UTCDateTime, insert_into
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration
from services.times import DEFAULT_ZONE, morning_after

_NONE_CAME: Mapping[Pair, int] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class FailuresCard(AlertCard):
    """The open Failures of one employer with one carrier that are ours to act on.

    `counts` holds (kind, how many), the largest first; `came_back` counts those resolved before.
    `waiting` counts those that are resolved and may still be sent again, until the sync of `next_at`.
    `oldest_at` is when the oldest open one was received. Once closed, `closed_because` is cleared, pending or
    disabled, and `cleared` says how many have gone.
    """

    template: ClassVar[str] = "alerts/failures"
    employer_id: int
    carrier_id: int
    employer: str
    carrier: str
    plan_names: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    total: int
    came_back: int
    oldest_at: datetime | None
    cleared: int = 0
    waiting: int = 0
    next_at: datetime | None = None


def follow(
    session: Session,
    now: datetime,
    pairs: Collection[Pair],
    *,
    moved: Collection[int] = (),
    came: Mapping[Pair, int] = _NONE_CAME,
    back: Mapping[Pair, int] = _NONE_CAME,
) -> None:
    """Open, show anew or close the Failures alerts of the employers and carriers whose Failures changed.

    `moved` are the ids of the integrations whose status changed: an alert that closes because one of them
    left Active says so, for its Failures are as open as before. `came` counts the new Failures: whoever
    acknowledged the alert did not know of them, nor of those of an integration that became Active. `back`
    counts those among them that came back after a resolution.
    """
    if not pairs:
        return
    # Two replicas that count the same pair at once would each miss what the other has not committed yet.
    employers = sorted({employer_id for employer_id, _ in pairs})
    session.execute(
        select(Employer.id)
        .where(Employer.id.in_(employers))
        .order_by(Employer.id)
        .with_for_update(key_share=True)
    )
    failing = _having(session, pairs, attention.ours_to_act_on())
    if failing:
        more = Counter(came) + _brought(session, moved)
        _lift(session, now, more)
        _tell(session, now, What.MORE, more - Counter(back))
        _tell(session, now, What.BACK, back)
        _open_or_add(session, now, sorted(failing))
    # What is resolved may still be sent again: the alert stays until the last of it has cleared.
    waiting = _having(session, set(pairs) - failing, attention.waiting_for_sync())
    _show_anew(session, now, waiting)
    calm = [pair for pair in pairs if pair not in failing | waiting]
    left = _left_active(session, moved) if calm else {}
    for because in (Closing.CLEARED, Closing.PENDING, Closing.DISABLED):
        gone = [pair_cause(pair) for pair in calm if left.get(pair, Closing.CLEARED) == because]
        _close_failures(session, now, gone, because)


def read_card(
    session: Session, alert: Alert, now: datetime, audience: Audience | None = None
) -> FailuresCard:
    gathered = select(
        CarrierMessage.kind,
        Integration.plan_name,
        func.count(),
        func.count().filter(CarrierMessage.returns > 0),
        func.min(CarrierMessage.received_at, type_=UTCDateTime()),
    ).join(CarrierMessage.integration)
    gathered = gathered.where(*_of_pair(alert), ours_to_act_on())
    rows = session.execute(gathered.group_by(CarrierMessage.kind, Integration.plan_name)).all()
    kinds: Counter[str] = Counter()
    for kind, _, number, _, _ in rows:
        kinds[kind] += number
    employer = session.get_one(Employer, alert.employer_id)
    carrier = session.get_one(Carrier, alert.carrier_id)
    cleared, oldest_cleared = _cleared(alert)
    waiting, next_at, plans = _waiting(session, alert, now)
    return FailuresCard(
        **told(session, alert, audience.mention if audience else None, since=oldest_cleared),
        employer_id=employer.id,
        carrier_id=carrier.id,
        employer=employer.name,
        carrier=carrier.name,
        plan_names=tuple(sorted({plan for _, plan, *_ in rows} | plans)),
        counts=tuple(sorted(kinds.items(), key=lambda each: (-each[1], each[0]))),
        total=kinds.total(),
        came_back=sum(back for *_, back, _ in rows),
        oldest_at=min((oldest for *_, oldest in rows), default=None),
        cleared=cleared,
        waiting=waiting,
        next_at=next_at,
    )


def _close_failures(session: Session, now: datetime, causes: Collection[str], because: Closing) -> None:
    """What has cleared is counted now: one of these Failures may be sent again, and clear a second time."""
    over = Alert.kind == Kind.FAILURES, Alert.cause.in_(causes), Alert.closed_at.is_(None)
    for alert in session.scalars(select(Alert).where(*over)) if causes else ():
        alert.detail = _what_cleared(session, alert)
    session.flush()
    close_alert(session, now, Kind.FAILURES, causes, because)


def _having(session: Session, pairs: Collection[Pair], messages: ColumnElement[bool]) -> set[Pair]:
    """Those that have such messages."""
    if not pairs:
        return set()
    columns = (Integration.employer_id, Integration.carrier_id)
    query = select(*columns).join(CarrierMessage, CarrierMessage.integration_id == Integration.id)
    query = query.where(messages, tuple_(*columns).in_(list(pairs))).distinct()
    return {(employer_id, carrier_id) for employer_id, carrier_id in session.execute(query)}


def _show_anew(session: Session, now: datetime, pairs: Collection[Pair]) -> None:
    """Edit the cards of the alerts that are open about these."""
    if not pairs:
        return
    causes = [pair_cause(pair) for pair in pairs]
    still = update(Alert).where(
        Alert.kind == Kind.FAILURES, Alert.cause.in_(causes), Alert.closed_at.is_(None)
    )
    still = still.values(version=Alert.version + 1).returning(Alert.id)
    show(session, session.scalars(still, execution_options=BLIND), now)


def _brought(session: Session, moved: Collection[int]) -> Counter[Pair]:
    """How many Failures came with the integrations that became Active."""
    if not moved:
        return Counter()
    columns = (Integration.employer_id, Integration.carrier_id)
    query = select(*columns, func.count()).join(CarrierMessage.integration).group_by(*columns)
    rows = session.execute(query.where(Integration.id.in_(moved), attention.ours_to_act_on()))
    return Counter({(employer_id, carrier_id): number for employer_id, carrier_id, number in rows})


def _lift(session: Session, now: datetime, came: Mapping[Pair, int]) -> None:
    """Take acknowledgements back where Failures came that they cannot have meant."""
    if not came:
        return
    numbers = {pair_cause(pair): number for pair, number in came.items()}
    meant = update(Alert).where(
        Alert.kind == Kind.FAILURES, Alert.cause.in_(numbers), Alert.closed_at.is_(None)
    )
    back = lifted(case(numbers, value=Alert.cause), morning_after(now, DEFAULT_ZONE))
    session.execute(meant.values(back), execution_options=BLIND)


def _tell(session: Session, now: datetime, what: What, came: Mapping[Pair, int]) -> None:
    if not came:
        return
    numbers = {pair_cause(pair): number for pair, number in came.items()}
    query = select(Alert.id, Alert.cause).where(
        Alert.kind == Kind.FAILURES, Alert.cause.in_(numbers), Alert.closed_at.is_(None)
    )
    details = {alert_id: {"n": numbers[cause]} for alert_id, cause in session.execute(query)}
    timeline.tell(session, now, what, details)


def _left_active(session: Session, moved: Collection[int]) -> dict[Pair, str]:
    """What became of the integrations that have open Failures and are no longer Active."""
    query = select(Integration.employer_id, Integration.carrier_id, Integration.status)
    query = query.join(CarrierMessage, CarrierMessage.integration_id == Integration.id)
    query = query.where(Integration.id.in_(moved), Integration.status != Status.ACTIVE, attention.unsettled())
    rows = session.execute(query.distinct().order_by(Integration.status.desc()))
    return {(employer_id, carrier_id): status for employer_id, carrier_id, status in rows}


def _open_or_add(session: Session, now: datetime, pairs: Iterable[Pair]) -> None:
    rows = [
        {
            "kind": Kind.FAILURES,
            "cause": pair_cause((employer_id, carrier_id)),
            "level": Level.FAILURE,
            "employer_id": employer_id,
            "carrier_id": carrier_id,
            "opened_at": now,
            "wake_at": morning_after(now, DEFAULT_ZONE),
        }
        for employer_id, carrier_id in pairs
    ]
    insert = insert_into(session, Alert).on_conflict_do_update(
        index_elements=["kind", "cause"],
        index_where=text("closed_at IS NULL"),
        set_={"version": Alert.version + 1},
    )
    show(session, session.scalars(insert.returning(Alert.id), rows), now)


def pair_cause(pair: Pair) -> str:
    return f"employer:{pair[0]}/carrier:{pair[1]}"


def _of_pair(alert: Alert) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Integration.employer_id == alert.employer_id, Integration.carrier_id == alert.carrier_id


def _waiting(session: Session, alert: Alert, now: datetime) -> tuple[int, datetime | None, set[str]]:
    """How many wait for the carrier's next sync, when the first of those syncs is expected, and the plans."""
    coming = func.min(Integration.next_at, type_=UTCDateTime()).filter(Integration.next_at > now)
    query = select(Integration.plan_name, func.count(), coming).select_from(CarrierMessage)
    query = query.join(CarrierMessage.integration).where(*_of_pair(alert), waiting_for_sync())
    rows = session.execute(query.group_by(Integration.plan_name)).all()
    next_at = min(filter(None, (at for *_, at in rows)), default=None)
    return sum(number for _, number, _ in rows), next_at, {plan for plan, *_ in rows}


def _what_cleared(session: Session, alert: Alert) -> dict[str, Any]:
    """How many Failures went since it opened, and when the oldest of them was received.

    Its own opening is no bound for that: it opens later, if Lastsync was away meanwhile.
    """
    oldest = func.min(CarrierMessage.received_at, type_=UTCDateTime())
    query = select(func.count(), oldest).select_from(CarrierMessage).join(CarrierMessage.integration)
    query = query.where(
        *_of_pair(alert),
        CarrierMessage.severity == Severity.FAILURE,
        CarrierMessage.cleared_at >= alert.opened_at,
    )
    number, received_at = session.execute(query).one()
    return {"cleared": number, "oldest_at": received_at.isoformat() if received_at else None}


def _cleared(alert: Alert) -> tuple[int, datetime | None]:
    """As it was noted when the alert was closed."""
    noted = (alert.detail or {}) if alert.closed_at else {}
    oldest = noted.get("oldest_at")
    return noted.get("cleared", 0), datetime.fromisoformat(oldest) if oldest else None
