"""Several messages of one kind, resolved in one go: one choice, confirmed with their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from services.access import Actor, Right, require
from services.alerts import failures
from services.cards import cards
from services.errors import MovedOn
from services.messages import kinds, lines, resolutions
from services.messages.filters import EVERYTHING, OLDEST_FIRST, Filters, resolvable
from services.messages.kinds import Need
from services.messages.resolutions import NO_EXTRAS, Decision
from services.ports import Outcome
from services.store.base import insert_into
from services.store.exchange import CarrierMessage
from services.store.messages import Bulk, Resolution

MOST_AT_ONCE = 2_000
_NONE_LEFT = "None of these can be resolved any more: they were resolved meanwhile. Look at the list again."


@dataclass(frozen=True)
class BulkChoice:
    """What is about to be resolved. `ids` are the ticked ones, empty where all of the filters are meant.

    `left_out` counts what was ticked and is of another kind, or resolved meanwhile.
    """

    kind: str
    count: int
    ids: tuple[int, ...]
    everything: bool
    left_out: int
    needs: tuple[Need, ...]
    hint: str | None
    employers: int
    carriers: int


@dataclass(frozen=True)
class BulkView:
    id: int
    kind: str
    count: int
    outcome: Outcome


def choose(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    ids: Sequence[int] = (),
    filters: Filters | None = None,
) -> BulkChoice:
    """Count what would be resolved: the ticked ones of one kind, or all of the kind that is filtered by."""
    del now
    require(actor, Right.RESOLVE)
    found = _found(session, actor, _kind(session, actor, ids, filters), ids, filters)
    if not found:
        raise MovedOn(_NONE_LEFT)
    remedy = kinds.remedy(found[0].kind)
    return BulkChoice(
        kind=found[0].kind,
        count=len(found),
        ids=tuple(message.id for message in found) if ids else (),
        everything=not ids,
        left_out=max(0, len(set(ids)) - len(found)) if ids else 0,
        needs=remedy.needs,
        hint=remedy.hint or None,
        employers=len({message.integration.employer_id for message in found}),
        carriers=len({message.integration.carrier_id for message in found}),
    )


def resolve_many(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    kind: str,
    ids: Sequence[int] = (),
    filters: Filters | None = None,
    most: int = MOST_AT_ONCE,
    outcome: str,
    note: str = "",
    extras: Mapping[str, str] = NO_EXTRAS,
    key: str,
) -> BulkView:
    """Queue them in one transaction; the card of the whole tells how they fare. `key` is the form's own.

    `most` is the number that was confirmed: what has arrived since comes last, and waits.
    """
    require(actor, Right.RESOLVE)
    before = session.scalar(select(Bulk).filter_by(form_key=key, requested_by=actor.user_id))
    if before is not None:
        return _view(before)
    decided = resolutions.decide(kind, outcome, note, extras)
    found = _locked(session, actor, _found(session, actor, kind, ids, filters)[: max(most, 0)])
    if not found:
        raise MovedOn(_NONE_LEFT)
    bulk = _bulk(session, actor, now, found, outcome=decided.outcome, key=key)
    _queue(session, actor, now, found, decided, bulk_id=bulk.id)
    cards.want(session, cards.of_bulk(bulk.id), actor.user_id, now)
    return _view(bulk)


def _kind(session: Session, actor: Actor, ids: Sequence[int], filters: Filters | None) -> str:
    """The kind that is meant: of what was ticked, that of the first one which can still be resolved."""
    if not ids:
        return (filters.kind if filters else None) or ""
    query = select(CarrierMessage.kind)
    query = query.where(*resolvable(actor, EVERYTHING), CarrierMessage.id.in_(ids)).order_by(*OLDEST_FIRST)
    return session.scalar(query.limit(1)) or ""


def _found(
    session: Session, actor: Actor, kind: str, ids: Sequence[int], filters: Filters | None
) -> Sequence[CarrierMessage]:
    """Those that can be resolved now, the most urgent first."""
    query = lines.rows().where(*_conditions(actor, kind, ids, filters))
    return session.scalars(query.order_by(*OLDEST_FIRST).limit(MOST_AT_ONCE)).all()


def _locked(session: Session, actor: Actor, found: Sequence[CarrierMessage]) -> Sequence[CarrierMessage]:
    """In one order everywhere, and looked at again then: somebody may have been faster."""
    ids = [message.id for message in found]
    query = lines.rows().where(*resolvable(actor, EVERYTHING), CarrierMessage.id.in_(ids))
    query = query.order_by(CarrierMessage.id).with_for_update(of=CarrierMessage)
    return session.scalars(query, execution_options={"populate_existing": True}).all()


def _conditions(
    actor: Actor, kind: str, ids: Sequence[int], filters: Filters | None
) -> Iterator[ColumnElement[bool]]:
    yield from resolvable(actor, replace((not ids and filters) or EVERYTHING, kind=kind))
    if ids:
        yield CarrierMessage.id.in_(ids)


def _bulk(
    session: Session, actor: Actor, now: datetime, found: Sequence[CarrierMessage], *, outcome: str, key: str
) -> Bulk:
    row = {
        "kind": found[0].kind,
        "outcome": outcome,
        "total": len(found),
        "form_key": key,
        "requested_by": actor.user_id,
        "requested_at": now,
    }
    made = insert_into(session, Bulk).values(row).on_conflict_do_nothing().returning(Bulk)
    bulk = session.scalar(made)
    if bulk is None:
        raise MovedOn("These were resolved a moment ago, by the same form.")
    return bulk


def _queue(
    session: Session,
    actor: Actor,
    now: datetime,
    found: Sequence[CarrierMessage],
    decided: Decision,
    *,
    bulk_id: int,
) -> None:
    rows = [
        {"message_id": each.id, "bulk_id": bulk_id, **resolutions.columns(actor, now, each, decided)}
        for each in found
    ]
    session.execute(insert(Resolution), rows)
    ids = [message.id for message in found]
    for message in found:
        resolutions.note_decision(session, actor, now, message, decided)
    session.execute(update(CarrierMessage).where(CarrierMessage.id.in_(ids)).values(state="queued"))
    pairs = {(message.integration.employer_id, message.integration.carrier_id) for message in found}
    failures.follow(session, now, pairs)


def _view(bulk: Bulk) -> BulkView:
    return BulkView(bulk.id, bulk.kind, bulk.total, Outcome(bulk.outcome))
