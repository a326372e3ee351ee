"""News from the exchange, page by page, into the store: set-based, in any order, as often as it comes.

Each function takes one page in the caller's transaction. What says nothing new changes nothing and has no
card edited. What cannot be placed is set aside and counted, and never stops the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from services import streams
from services.alerts import carrier, late, lifecycle, status
from services.cadence import expectation
from services.intake.pages import Row, differs, fit, integration_ids, latest, placeable, upsert
from services.integrations import expected
from services.messages import clearing
from services.messages.clearing import Sent
from services.ports import IntegrationItem, MessageItem, Page, SetAside, Severity, SyncItem
from services.store.base import insert_into
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration, Sync, rank_of
from services.streams import INTEGRATIONS, MESSAGES, SYNCS, UNKNOWN_INTEGRATION

Named = TypeVar("Named", Employer, Carrier)


def take_integrations(session: Session, now: datetime, page: Page[IntegrationItem]) -> None:
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
    lifecycle.follow_failures(session, now, set(_pairs(session, moved).values()), moved=moved)


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


def take_messages(session: Session, now: datetime, page: Page[MessageItem]) -> None:
    streams.set_aside(session, now, MESSAGES, page.set_aside)
    ids = integration_ids(session, [item.integration_ref for item in page.items])
    unknown = [item for item in page.items if item.integration_ref not in ids]
    aside = [SetAside(item.integration_ref, UNKNOWN_INTEGRATION) for item in unknown]
    streams.set_aside(session, now, MESSAGES, aside)
    items = [item for item in page.items if item.integration_ref in ids]
    items = placeable(session, now, MESSAGES, items, lambda item: (item.ref,))
    items = latest(items, lambda item: (item.integration_ref, item.ref))
    _lock_integrations(session, ids.values())
    told, again = clearing.sort(session, [(ids[item.integration_ref], item) for item in items])
    _keep_messages(session, now, told)
    _keep_messages(session, now, clearing.recognise(session, again))


def _lock_integrations(session: Session, ids: Collection[int]) -> None:
    """Two replicas that read the same page would both miss what the other has recognised."""
    query = select(Integration.id).where(Integration.id.in_(ids)).order_by(Integration.id)
    session.execute(query.with_for_update(key_share=True))


def _keep_messages(session: Session, now: datetime, sent: Sequence[Sent]) -> None:
    if not sent:
        return
    known = _known_messages(session, [each for each, _ in sent], [item.ref for _, item in sent])
    before = {key: _on_card(vars(message)) for key, message in known.items()}
    rows = [
        _message_row(item, integration_id, known.get((integration_id, item.ref)))
        for integration_id, item in sent
        if _is_newer(item, known.get((integration_id, item.ref)))
    ]
    news = {(row["integration_id"], row["ref"]): row for row in rows}
    news = {key: row for key, row in news.items() if differs(known.get(key), row)}
    if not news:
        return
    upsert(session, CarrierMessage, ["integration_id", "ref"], list(news.values()))
    clearing.note_reached(session, now, {each for each, _ in news})
    told = CarrierMessage.integration_id.in_({each for each, _ in news})
    clearing.show_escalations(session, now, told & CarrierMessage.ref.in_({ref for _, ref in news}))
    touched = {key for key, row in news.items() if _on_card(row) != before.get(key)}
    pairs = _pairs(session, {each for each, _ in touched})
    came = [key for key in touched if _came(before.get(key), news[key])]
    back = Counter(pairs[key[0]] for key in came if news[key]["cycles"])
    numbers = Counter(pairs[key[0]] for key in came)
    lifecycle.follow_failures(session, now, set(pairs.values()), came=numbers, back=back)


def _is_newer(item: MessageItem, known: CarrierMessage | None) -> bool:
    return known is None or item.updated_at >= known.updated_at


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


def _known_messages(
    session: Session, ids: Collection[int], refs: Collection[str]
) -> dict[tuple[int, str], CarrierMessage]:
    query = select(CarrierMessage).where(CarrierMessage.integration_id.in_(ids), CarrierMessage.ref.in_(refs))
    query = query.order_by(CarrierMessage.id).with_for_update()
    found = session.scalars(query, execution_options={"populate_existing": True})
    return {(each.integration_id, each.ref): each for each in found}


def _message_row(item: MessageItem, integration_id: int, known: CarrierMessage | None) -> Row:
    row = {
        "ref": item.ref,
        "integration_id": integration_id,
        "severity": item.severity,
        "rank": rank_of(item.severity),
        "kind": item.kind,
        "employee_ref": item.employee_ref,
        "field": item.field,
        "platform_value": item.platform_value,
        "carrier_value": item.carrier_value,
        "text": item.text,
        "assignee": item.assignee,
        "received_at": item.received_at,
        "updated_at": item.updated_at,
        **(_resolved(item, known) if item.state == "resolved" else _open(item, known)),
        "cycles": _cycles(item, known),
    }
    same = known is not None and known.resolved_at == row["resolved_at"]
    return fit(CarrierMessage, row | {"reached_at": known.reached_at if known and same else None})


def _resolved(item: MessageItem, known: CarrierMessage | None) -> Row:
    """Without an outcome nobody chose a side: it was closed from outside, and is gone."""
    at = item.resolved_at or item.updated_at
    same = known is not None and (known.state, known.resolved_at) == ("resolved", at)
    cleared_at = known.cleared_at if known and same else None
    return {
        "state": "resolved",
        "outcome": item.outcome,
        "resolved_at": at,
        "cleared_at": cleared_at or (at if item.outcome is None else None),
    }


def _open(item: MessageItem, known: CarrierMessage | None) -> Row:
    """Open, maybe again: what it was resolved to, and when, is kept, and a resolution on its way goes on."""
    return {
        "state": "queued" if known and known.state == "queued" else "open",
        "outcome": item.outcome or (known.outcome if known else None),
        "resolved_at": item.resolved_at or (known.resolved_at if known else None),
        "cleared_at": None,
    }


def _cycles(item: MessageItem, known: CarrierMessage | None) -> int:
    """How often it came back after a resolution, also after one that was over between two readings."""
    if item.state != "open":
        return known.cycles if known else 0
    if known is None:
        return int(item.resolved_at is not None)
    again = item.resolved_at is not None and item.resolved_at != known.resolved_at
    return known.cycles + (known.state == "resolved" or again)


def _on_card(message: Row) -> tuple[object, ...] | None:
    """What a Failures card shows of the message; None when it is not on one."""
    if (message["severity"], message["assignee"]) != _OURS or message["cleared_at"]:
        return None
    if message["state"] != "open":
        return ("waiting",)
    return message["kind"], message["cycles"] > 0, message["received_at"]


def _came(before: tuple[object, ...] | None, row: Row) -> bool:
    """Whether it waits for us now, and did not before."""
    return row["state"] == "open" and before in {None, ("waiting",)}


_OURS = (Severity.FAILURE, "platform")


def _pairs(session: Session, ids: Collection[int]) -> dict[int, lifecycle.Pair]:
    if not ids:
        return {}
    columns = (Integration.id, Integration.employer_id, Integration.carrier_id)
    rows = session.execute(select(*columns).where(Integration.id.in_(ids)))
    return {each: (employer_id, carrier_id) for each, employer_id, carrier_id in rows}
