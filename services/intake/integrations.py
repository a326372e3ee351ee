"""A page of integrations, with their employers and carriers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import streams
from services.alerts import failures, status
from services.cadence import expectation
from services.intake.pages import (
    Row,
    differs,
    fit,
    integration_ids,
    is_ref,
    latest,
    pairs_of,
    placeable,
    upsert,
)
from services.intake.syncs import expect_again
from services.ports import IntegrationItem, Page
from services.store.base import insert_into
from services.store.exchange import Carrier, Employer, Integration
from services.streams import INTEGRATIONS

Named = TypeVar("Named", Employer, Carrier)


def take_integrations(session: Session, now: datetime, page: Page[IntegrationItem]) -> None:
    streams.is_read_now(session, INTEGRATIONS, [item.ref for item in page.items if is_ref(item.ref)])
    streams.set_aside(session, now, INTEGRATIONS, page.set_aside)
    items = latest(page.items, lambda item: item.ref)
    items = placeable(session, now, INTEGRATIONS, items, _refs_of_integration)
    if not items:
        return
    employers = _named(session, Employer, {each.employer_ref: {"name": each.employer_name} for each in items})
    carriers = _named(session, Carrier, {each.carrier_ref: _carrier(each) for each in items})
    known = _locked_integrations(session, [item.ref for item in items])
    rows = [
        _integration_row(
            item, now, employers[item.employer_ref], carriers[item.carrier_ref], known.get(item.ref)
        )
        for item in items
        if item.ref not in known or item.updated_at >= known[item.ref].updated_at
    ]
    news = [row for row in rows if differs(known.get(row["ref"]), row)]
    was = {ref: each.status for ref, each in known.items()}
    refs = {row["ref"] for row in news if was.get(row["ref"], row["status"]) != row["status"]}
    upsert(session, Integration, ["ref"], news)
    streams.read_again(session, [row["ref"] for row in news if row["ref"] not in known])
    ids = integration_ids(session, [row["ref"] for row in news])
    expect_again(session, now, ids.values())
    moved = [ids[ref] for ref in sorted(refs)]
    status.tell(session, now, {ids[ref]: was[ref] for ref in refs})
    failures.follow(session, now, set(pairs_of(session, moved).values()), moved=moved)


def _refs_of_integration(item: IntegrationItem) -> tuple[str, ...]:
    return item.ref, item.employer_ref, item.carrier_ref


def _named(session: Session, model: type[Named], wanted: dict[str, Row]) -> dict[str, int]:
    """Keep the employers or carriers of these refs under their present names; return their ids."""
    query = select(model).where(model.ref.in_(sorted(wanted)))
    known = {each.ref: each for each in session.scalars(query)}
    rows = [fit(model, {"ref": ref, **values}) for ref, values in sorted(wanted.items())]
    news = [row for row in rows if differs(known.get(row["ref"]), row)]
    if not news:
        return {ref: each.id for ref, each in known.items()}
    insert = insert_into(session, model)
    names = {name: insert.excluded[name] for name in news[0] if name != "ref"}
    session.execute(insert.on_conflict_do_update(index_elements=["ref"], set_=names), news)
    pairs = session.execute(select(model.ref, model.id).where(model.ref.in_(sorted(wanted))))
    return dict(pairs.all())


def _locked_integrations(session: Session, refs: Collection[str]) -> dict[str, Integration]:
    query = select(Integration).where(Integration.ref.in_(refs)).order_by(Integration.id).with_for_update()
    return {each.ref: each for each in session.scalars(query, execution_options={"populate_existing": True})}


def _integration_row(
    item: IntegrationItem, now: datetime, employer_id: int, carrier_id: int, known: Integration | None
) -> Row:
    row = {
        "ref": item.ref,
        "employer_id": employer_id,
        "carrier_id": carrier_id,
        "plan_name": item.plan_name,
        "plan_type": item.plan_type,
        "renewal_date": item.renewal_date,
        "status": item.status,
        "group_number": item.group_number,
        "configured_at": item.configured_at,
        "active_at": item.active_at,
        "disabled_at": item.disabled_at,
        "disabled_by": item.disabled_by,
        "last_sync_at": _last_sync(item, known, now),
        "updated_at": item.updated_at,
    }
    return fit(Integration, row)


def _last_sync(item: IntegrationItem, known: Integration | None, now: datetime) -> datetime | None:
    """The later of what is known and what is said; a sync in the future cannot have been."""
    said = item.last_sync_at if item.last_sync_at and item.last_sync_at <= now + expectation.SKEW else None
    return max(filter(None, (said, known.last_sync_at if known else None)), default=None)


def _carrier(item: IntegrationItem) -> Row:
    return {"name": item.carrier_name, "time_zone": item.carrier_time_zone}
