"""What the items of a page go through on their way to rows, whatever they are about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import streams
from services.alerts import lifecycle
from services.ports import IntegrationItem, MessageItem, SetAside
from services.store.base import Base, insert_into
from services.store.exchange import CarrierMessage, Integration

LONGEST_REF = 255

Stamped = TypeVar("Stamped", IntegrationItem, MessageItem)
Row = dict[str, Any]


def latest(items: Iterable[Stamped], key: Callable[[Stamped], Hashable]) -> list[Stamped]:
    """One item for each key, the one that changed last: a page may name the same thing twice."""
    kept: dict[Hashable, Stamped] = {}
    for item in sorted(items, key=lambda each: each.updated_at):
        kept[key(item)] = item
    return list(kept.values())


def placeable(
    session: Session,
    now: datetime,
    stream: str,
    items: Iterable[Stamped],
    refs: Callable[[Stamped], Iterable[str]],
) -> list[Stamped]:
    """Those whose ids a row can keep as they are. Others are set aside: a cut id would name another thing."""
    kept, aside = [], []
    for item in items:
        if all(is_ref(ref) for ref in refs(item)):
            kept.append(item)
        else:
            aside.append(SetAside(item.ref, "an id in it is too long, empty or unreadable"))
    streams.set_aside(session, now, stream, aside)
    return kept


def is_ref(ref: str) -> bool:
    return 0 < len(ref) <= LONGEST_REF and streams.clean(ref) == ref


def integration_ids(session: Session, refs: Iterable[str]) -> dict[str, int]:
    wanted = sorted({ref for ref in refs if is_ref(ref)})
    rows = session.execute(select(Integration.ref, Integration.id).where(Integration.ref.in_(wanted)))
    return dict(rows.all())


def differs(known: Base | None, row: Row) -> bool:
    return known is None or any(getattr(known, name) != value for name, value in row.items())


def fit(model: type[Base], row: Row) -> Row:
    """Texts as the store can keep them: cut to their columns, without signs that it refuses."""
    columns = model.__table__.c
    return {
        name: streams.clean(value)[: getattr(columns[name].type, "length", None)]
        if isinstance(value, str)
        else value
        for name, value in row.items()
    }


def upsert(
    session: Session, model: type[Integration | CarrierMessage], key: list[str], rows: list[Row]
) -> None:
    """Insert or overwrite; an older item never overwrites a newer one."""
    if not rows:
        return
    insert = insert_into(session, model)
    values = {name: insert.excluded[name] for name in rows[0] if name not in key}
    newer = insert.excluded.updated_at >= model.updated_at
    insert = insert.on_conflict_do_update(index_elements=key, set_=values, where=newer)
    session.execute(insert, sorted(rows, key=lambda row: [row[name] for name in key]))


def pairs_of(session: Session, ids: Collection[int]) -> dict[int, lifecycle.Pair]:
    if not ids:
        return {}
    columns = (Integration.id, Integration.employer_id, Integration.carrier_id)
    rows = session.execute(select(*columns).where(Integration.id.in_(ids)))
    return {each: (employer_id, carrier_id) for each, employer_id, carrier_id in rows}
