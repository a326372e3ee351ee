"""A page of syncs, and what is expected of their integrations from then on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from services import streams
from services.alerts import carrier, late
from services.cadence import expectation
from services.intake.pages import integration_ids
from services.integrations import expected
from services.messages import clearing
from services.ports import Page, SetAside, SyncItem
from services.store.base import insert_into
from services.store.exchange import Integration, Sync
from services.streams import SYNCS, UNKNOWN_INTEGRATION


def take_syncs(session: Session, now: datetime, page: Page[SyncItem]) -> None:
    streams.set_aside(session, now, SYNCS, page.set_aside)
    ids = integration_ids(session, [item.integration_ref for item in page.items])
    rows, aside = set(), []
    for item in page.items:
        if item.integration_ref not in ids:
            aside.append(SetAside(item.integration_ref, UNKNOWN_INTEGRATION))
        elif item.synced_at > now + expectation.SKEW:
            aside.append(SetAside(item.integration_ref, "synced_at is in the future"))
        else:
            rows.add((ids[item.integration_ref], item.synced_at))
    streams.set_aside(session, now, SYNCS, aside)
    if not rows:
        return
    insert = insert_into(session, Sync).on_conflict_do_nothing().returning(Sync.integration_id)
    # In one order everywhere: two replicas that read the same page wait for each other, not in a circle.
    values = [{"integration_id": each, "synced_at": at} for each, at in sorted(rows)]
    expect_again(session, now, set(session.scalars(insert, values)))


def expect_again(session: Session, now: datetime, ids: Collection[int]) -> None:
    """Compute anew when these integrations' next syncs are expected, and have their alerts follow."""
    if not ids:
        return
    query = select(Integration).where(Integration.id.in_(ids)).options(joinedload(Integration.carrier))
    query = query.order_by(Integration.id).with_for_update(of=Integration)
    found = session.scalars(query, execution_options={"populate_existing": True}).all()
    newest = expected.newest_syncs(session, ids)
    # Before their cadence is learned, which may lock some of them in another order.
    carrier.lock(session, {each.carrier_id for each in found})
    for each in found:
        each.last_sync_at = max(filter(None, (each.last_sync_at, newest.get(each.id))), default=None)
    expected.compute(session, now, found, newest)
    session.flush()
    clearing.note_reached(session, now, ids)
    late.follow_integrations(session, now, ids)
