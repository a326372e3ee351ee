"""What people should know until it is over: an integration that is late, Failures that wait for us, and more.

One open alert per cause: the unique index decides, whoever comes second changes nothing or adds to the first.
Every change of an alert raises its version and has its cards shown anew in the same transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Update, case, func, literal, or_, select, text, tuple_, update
from sqlalchemy.orm import Session

from services.alerts import alert_facts, timeline
from services.alerts.timeline import What
from services.cards import cards
from services.integrations import attention
from services.ports import Status
from services.store.alerts import Alert, Kind, Level
from services.store.base import UTCDateTime, insert_into
from services.store.exchange import CarrierMessage, Employer, Integration
from services.times import DEFAULT_ZONE, morning_after

Pair = tuple[int, int]
"""(employer id, carrier id)"""
_NONE_CAME: Mapping[Pair, int] = MappingProxyType({})


@dataclass(frozen=True)
class Cause:
    """What an alert is about. `cause` is its name in the store, `detail` what its card needs besides."""

    kind: Kind
    cause: str
    level: str
    employer_id: int | None = None
    carrier_id: int | None = None
    integration_id: int | None = None
    detail: dict[str, Any] | None = None


def raise_alert(session: Session, now: datetime, cause: Cause) -> int:
    """Open an alert, or have the cards of the open one tell what is so now; return its id."""
    row = {**vars(cause), "opened_at": now}
    insert = insert_into(session, Alert).values(row)
    insert = insert.on_conflict_do_update(
        index_elements=["kind", "cause"],
        index_where=text("closed_at IS NULL"),
        set_={"level": cause.level, "detail": insert.excluded.detail, "version": Alert.version + 1},
    )
    alert_id = session.scalars(insert.returning(Alert.id), execution_options=BLIND).one()
    show(session, [alert_id], now)
    return alert_id


def close_alert(session: Session, now: datetime, kind: Kind, causes: Collection[str], because: str) -> int:
    """Close the open alerts about these; return how many there were."""
    if not causes:
        return 0
    query = update(Alert).where(Alert.kind == kind, Alert.cause.in_(causes), Alert.closed_at.is_(None))
    return len(close(session, now, query, because))


def close(session: Session, now: datetime, chosen: Update, because: str) -> list[int]:
    """Close the alerts that an UPDATE is narrowed to, tell their stories' end, and show it on their cards."""
    query = chosen.values(closed_at=now, closed_because=because, wake_at=None, version=Alert.version + 1)
    ids = list(session.scalars(query.returning(Alert.id), execution_options=BLIND))
    timeline.tell(session, now, What.CLOSED, {each: {"because": because} for each in ids})
    show(session, ids, now)
    return ids


def follow_failures(
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
    for because in ("cleared", Status.PENDING, Status.DISABLED):
        gone = [pair_cause(pair) for pair in calm if left.get(pair, "cleared") == because]
        _close_failures(session, now, gone, because)


def _close_failures(session: Session, now: datetime, causes: Collection[str], because: str) -> None:
    """What has cleared is counted now: one of these Failures may be sent again, and clear a second time."""
    over = Alert.kind == Kind.FAILURES, Alert.cause.in_(causes), Alert.closed_at.is_(None)
    for alert in session.scalars(select(Alert).where(*over)) if causes else ():
        alert.detail = alert_facts.what_cleared(session, alert)
    session.flush()
    close_alert(session, now, Kind.FAILURES, causes, because)


BLIND = {"synchronize_session": False}


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


def lifted(more: ColumnElement[int], wake_at: datetime | None = None) -> dict[str, Any]:
    """Columns of an alert whose acknowledgement is taken back: a snooze goes on, a reminder does not."""
    once = or_(Alert.acknowledged_by.is_not(None), Alert.added > 0)
    added = case((once, Alert.added + more), else_=Alert.added)
    reminder = Alert.acknowledged_by.is_not(None) & Alert.snoozed_until.is_(None)
    waking = case((reminder, literal(wake_at, UTCDateTime())), else_=Alert.wake_at)
    return {
        "acknowledged_by": None,
        "acknowledged_at": None,
        "note": None,
        "added": added,
        "wake_at": waking,
    }


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


def show(session: Session, alert_ids: Iterable[int], now: datetime) -> None:
    cards.bump(session, [cards.of_alert(each) for each in alert_ids], now)
