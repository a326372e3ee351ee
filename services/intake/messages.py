"""A page of carrier messages: new ones, changed ones, and those that came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import streams
from services.alerts import failures
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
from services.messages import clearing
from services.messages.clearing import Sent
from services.ports import MessageItem, Page, SetAside, Severity
from services.store.exchange import CarrierMessage, Integration, rank_of
from services.streams import MESSAGES, UNKNOWN_INTEGRATION

_OURS = (Severity.FAILURE, "platform")


def take_messages(session: Session, now: datetime, page: Page[MessageItem]) -> None:
    streams.is_read_now(session, MESSAGES, [item.ref for item in page.items if is_ref(item.ref)])
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
    pairs = pairs_of(session, {each for each, _ in touched})
    came = [key for key in touched if _came(before.get(key), news[key])]
    back = Counter(pairs[key[0]] for key in came if news[key]["returns"])
    numbers = Counter(pairs[key[0]] for key in came)
    failures.follow(session, now, set(pairs.values()), came=numbers, back=back)


def _is_newer(item: MessageItem, known: CarrierMessage | None) -> bool:
    return known is None or item.updated_at >= known.updated_at


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
        "returns": _returns(item, known),
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


def _returns(item: MessageItem, known: CarrierMessage | None) -> int:
    """How often it came back after a resolution, also after one that was over between two readings."""
    if item.state != "open":
        return known.returns if known else 0
    if known is None:
        return int(item.resolved_at is not None)
    again = item.resolved_at is not None and item.resolved_at != known.resolved_at
    return known.returns + (known.state == "resolved" or again)


def _on_card(message: Row) -> tuple[object, ...] | None:
    """What a Failures card shows of the message; None when it is not on one."""
    if (message["severity"], message["assignee"]) != _OURS or message["cleared_at"]:
        return None
    if message["state"] != "open":
        return ("waiting",)
    return message["kind"], message["returns"] > 0, message["received_at"]


def _came(before: tuple[object, ...] | None, row: Row) -> bool:
    """Whether it waits for us now, and did not before."""
    return row["state"] == "open" and before in {None, ("waiting",)}
