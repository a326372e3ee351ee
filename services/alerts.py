"""What people should know until it is over: an integration that is late, Failures that wait for us.

One open alert per cause: the unique index decides, whoever comes second changes nothing or adds to the first.
Every change of an alert raises its version and has its cards shown anew in the same transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, or_, select, text, tuple_, update
from sqlalchemy.orm import Session

from services import attention, audit, cards
from services.access import Actor, Right, require, visible
from services.base import insert_into
from services.errors import MovedOn, NotFound
from services.models import Alert, CarrierMessage, Employer, Integration
from services.ports import Status

SWEEP = 500
Pair = tuple[int, int]
"""(employer id, carrier id)"""
_NONE_CAME: Mapping[Pair, int] = MappingProxyType({})


class Kind(StrEnum):
    LAST_SYNC = "last_sync"
    FAILURES = "failures"


class Level(StrEnum):
    LATE = "late"
    LOST = "lost"
    FAILURE = "failure"


RIGHT = {Kind.LAST_SYNC: Right.SEE_STATUS, Kind.FAILURES: Right.SEE_MESSAGES}


@dataclass(frozen=True)
class AlertView:
    """An alert after somebody acted on it. `version` is the one its buttons must carry now."""

    id: int
    kind: Kind
    version: int
    employer_id: int | None
    carrier_id: int
    integration_id: int | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None


def find_late(session: Session, now: datetime, as_of: datetime) -> int:
    """Open or raise the Last Sync alerts of up to `SWEEP` integrations; return how many were looked at.

    `as_of` is when the syncs were last read completely. Of later nothing can be said: while the exchange does
    not answer, or is being caught up with, no carrier is called late.
    """
    watched = select(Integration).where(Integration.watch_at <= as_of).order_by(Integration.watch_at)
    watched = watched.limit(SWEEP).with_for_update(skip_locked=True)
    found = session.scalars(watched).all()
    if not found:
        return 0
    insert = insert_into(session, Alert).on_conflict_do_nothing()
    session.execute(insert, [_last_sync_row(each, now, as_of) for each in found])
    lost = [each.id for each in found if _level(each, as_of) is Level.LOST]
    raised = update(Alert).where(
        Alert.integration_id.in_(lost), Alert.closed_at.is_(None), Alert.level == Level.LATE
    )
    raised = raised.values(level=Level.LOST, version=Alert.version + 1, **_lifted(literal(1)))
    _show(session, session.scalars(raised.returning(Alert.id), execution_options=_BLIND), now)
    for each in found:
        each.watch_at = each.lost_at if each.lost_at and each.lost_at > as_of else None
    session.flush()
    return len(found)


def follow_integrations(session: Session, now: datetime, ids: Collection[int]) -> None:
    """Close the Last Sync alerts of those that synced, or left Active; show the others as they are now."""
    open_ones = select(Alert, Integration).join(Integration, Alert.integration_id == Integration.id)
    open_ones = open_ones.where(
        Alert.integration_id.in_(ids), Alert.kind == Kind.LAST_SYNC, Alert.closed_at.is_(None)
    )
    rows = session.execute(open_ones.order_by(Alert.id).with_for_update(of=Alert)).all()
    for alert, integration in rows:
        alert.version += 1
        if integration.due_at is not None and integration.due_at <= now:
            alert.expected_at = integration.due_at
        else:
            active = integration.status == Status.ACTIVE
            alert.closed_at, alert.closed_because = now, "synced" if active else integration.status
    session.flush()
    _show(session, [alert.id for alert, _ in rows], now)


def follow_failures(
    session: Session,
    now: datetime,
    pairs: Collection[Pair],
    *,
    moved: Collection[int] = (),
    came: Mapping[Pair, int] = _NONE_CAME,
) -> None:
    """Open, show anew or close the Failures alerts of the employers and carriers whose Failures changed.

    `moved` are the ids of the integrations whose status changed: an alert that closes because one of them
    left Active says so, for its Failures are as open as before. `came` counts the new Failures: whoever
    acknowledged the alert did not know of them, nor of those of an integration that became Active.
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
        _lift(session, Counter(came) + _brought(session, moved))
        _open_or_add(session, now, sorted(failing))
    # What is resolved may still be sent again: the alert stays until the last of it has cleared.
    waiting = _having(session, set(pairs) - failing, attention.waiting_for_sync())
    _show_anew(session, now, waiting)
    calm = [pair for pair in pairs if pair not in failing | waiting]
    left = _left_active(session, moved) if calm else {}
    for because in ("cleared", Status.PENDING, Status.DISABLED):
        _close(session, now, [pair for pair in calm if left.get(pair, "cleared") == because], because)


def route(session: Session, now: datetime, channel_id: str) -> int:
    """Choose the channel of the open alerts that have none yet: every alert goes to the alerts channel."""
    new = select(Alert.id).where(Alert.routed_at.is_(None), Alert.closed_at.is_(None)).order_by(Alert.id)
    ids = session.scalars(new.limit(SWEEP).with_for_update(skip_locked=True)).all()
    if ids:
        cards.want_all(session, [cards.of_alert(each) for each in ids], channel_id, now)
        session.execute(update(Alert).where(Alert.id.in_(ids)).values(routed_at=now))
    return len(ids)


def acknowledge(session: Session, who: Actor, now: datetime, alert_id: int, version: int) -> AlertView:
    """Note on the card that somebody takes care. A second press by the same person changes nothing."""
    alert = _visible_alert(session, who, alert_id)
    if alert.closed_at is not None:
        raise MovedOn("This alert is closed already. Its card says why.")
    if alert.acknowledged_by == who.user_id:
        return _view(alert)
    if version < alert.version:
        raise MovedOn("This alert has changed since. Look at its card again, then decide.")
    alert.acknowledged_at, alert.acknowledged_by, alert.added = now, who.user_id, 0
    alert.version += 1
    integration = session.get(Integration, alert.integration_id) if alert.integration_id else None
    audit.record(
        session,
        who,
        "alert.acknowledged",
        now=now,
        integration=integration,
        employer_id=alert.employer_id,
        kind=alert.kind,
        level=alert.level,
    )
    session.flush()
    _show(session, [alert.id], now)
    return _view(alert)


_BLIND = {"synchronize_session": False}


def _last_sync_row(integration: Integration, now: datetime, as_of: datetime) -> dict[str, object]:
    return {
        "kind": Kind.LAST_SYNC,
        "cause": f"integration:{integration.id}",
        "level": _level(integration, as_of),
        "employer_id": integration.employer_id,
        "carrier_id": integration.carrier_id,
        "integration_id": integration.id,
        "opened_at": now,
        "expected_at": integration.due_at,
    }


def _level(integration: Integration, as_of: datetime) -> Level:
    lost = integration.lost_at is not None and integration.lost_at <= as_of
    return Level.LOST if lost else Level.LATE


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
    causes = [_pair_cause(pair) for pair in pairs]
    still = update(Alert).where(
        Alert.kind == Kind.FAILURES, Alert.cause.in_(causes), Alert.closed_at.is_(None)
    )
    still = still.values(version=Alert.version + 1).returning(Alert.id)
    _show(session, session.scalars(still, execution_options=_BLIND), now)


def _brought(session: Session, moved: Collection[int]) -> Counter[Pair]:
    """How many Failures came with the integrations that became Active."""
    if not moved:
        return Counter()
    columns = (Integration.employer_id, Integration.carrier_id)
    query = select(*columns, func.count()).join(CarrierMessage.integration).group_by(*columns)
    rows = session.execute(query.where(Integration.id.in_(moved), attention.ours_to_act_on()))
    return Counter({(employer_id, carrier_id): number for employer_id, carrier_id, number in rows})


def _lift(session: Session, came: Mapping[Pair, int]) -> None:
    """Take acknowledgements back where Failures came that they cannot have meant."""
    if not came:
        return
    numbers = {_pair_cause(pair): number for pair, number in came.items()}
    meant = update(Alert).where(
        Alert.kind == Kind.FAILURES, Alert.cause.in_(numbers), Alert.closed_at.is_(None)
    )
    lifted = _lifted(case(numbers, value=Alert.cause))
    session.execute(meant.values(lifted), execution_options=_BLIND)


def _lifted(more: ColumnElement[int]) -> dict[str, Any]:
    once = or_(Alert.acknowledged_by.is_not(None), Alert.added > 0)
    added = case((once, Alert.added + more), else_=Alert.added)
    return {"acknowledged_by": None, "acknowledged_at": None, "added": added}


def _left_active(session: Session, moved: Collection[int]) -> dict[Pair, str]:
    """What became of the integrations that have open Failures and are no longer Active."""
    query = select(Integration.employer_id, Integration.carrier_id, Integration.status)
    query = query.join(CarrierMessage, CarrierMessage.integration_id == Integration.id)
    query = query.where(Integration.id.in_(moved), Integration.status != Status.ACTIVE, attention.unsettled())
    rows = session.execute(query.distinct().order_by(Integration.status.desc()))
    return {(employer_id, carrier_id): status for employer_id, carrier_id, status in rows}


def _close(session: Session, now: datetime, pairs: Collection[Pair], because: str) -> None:
    if not pairs:
        return
    closed = update(Alert).where(
        Alert.kind == Kind.FAILURES,
        Alert.cause.in_([_pair_cause(pair) for pair in pairs]),
        Alert.closed_at.is_(None),
    )
    closed = closed.values(closed_at=now, closed_because=because, version=Alert.version + 1)
    _show(session, session.scalars(closed.returning(Alert.id), execution_options=_BLIND), now)


def _open_or_add(session: Session, now: datetime, pairs: Iterable[Pair]) -> None:
    rows = [
        {
            "kind": Kind.FAILURES,
            "cause": _pair_cause((employer_id, carrier_id)),
            "level": Level.FAILURE,
            "employer_id": employer_id,
            "carrier_id": carrier_id,
            "opened_at": now,
        }
        for employer_id, carrier_id in pairs
    ]
    insert = insert_into(session, Alert).on_conflict_do_update(
        index_elements=["kind", "cause"],
        index_where=text("closed_at IS NULL"),
        set_={"version": Alert.version + 1},
    )
    _show(session, session.scalars(insert.returning(Alert.id), rows), now)


def _pair_cause(pair: Pair) -> str:
    return f"employer:{pair[0]}/carrier:{pair[1]}"


def _show(session: Session, alert_ids: Iterable[int], now: datetime) -> None:
    cards.bump(session, [cards.of_alert(each) for each in alert_ids], now)


def _visible_alert(session: Session, who: Actor, alert_id: int) -> Alert:
    require(who, Right.SEE_STATUS)
    query = select(Alert).join(Employer, Alert.employer_id == Employer.id)
    query = query.where(Alert.id == alert_id, visible(who, Employer.id)).with_for_update(of=Alert)
    alert = session.scalar(query)
    if alert is None or not who.may(RIGHT[Kind(alert.kind)]):
        raise NotFound("There is no such alert among those you may see.")
    return alert


def _view(alert: Alert) -> AlertView:
    return AlertView(
        alert.id,
        Kind(alert.kind),
        alert.version,
        alert.employer_id,
        alert.carrier_id,
        alert.integration_id,
        alert.acknowledged_by,
        alert.acknowledged_at,
    )
