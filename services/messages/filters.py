"""Which carrier messages are meant: a person's filters, in conditions that indexes answer.

Of everything, messages come off their own indexes in order. Of some employers or one carrier, their
integrations are gathered first: what that costs follows what the person has in view, and not what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute

from services.access import Actor, visible
from services.integrations.attention import ACTIVE, constant, current
from services.integrations.search import seen
from services.ports import Severity, Status
from services.store.exchange import CarrierMessage, Integration, rank_of

MOST_COUNTED = 2_500

_Columns = TypeVarTuple("_Columns")


class Show(StrEnum):
    """The filter over states. Current are all but those that are gone."""

    CURRENT = "current"
    OPEN = "open"
    CAME_BACK = "came_back"
    WAITING = "waiting"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Filters:
    """Ids and plain words. Of one integration all is shown; else what is at Active ones."""

    employer_id: int | None = None
    carrier_id: int | None = None
    integration_id: int | None = None
    severity: Severity | None = None
    kind: str | None = None
    show: Show = Show.CURRENT


EVERYTHING = Filters()


def conditions(actor: Actor, filters: Filters) -> tuple[ColumnElement[bool], ...]:
    """What a message must meet."""
    return place(actor, filters), *of_kind(actor, filters), *_severity(filters), SHOWN[filters.show]


def resolvable(actor: Actor, filters: Filters) -> tuple[ColumnElement[bool], ...]:
    """Those of the filters that wait for a person to choose a side."""
    return place(actor, filters, active=True), *of_kind(actor, filters), *_severity(filters), _OURS


def place(actor: Actor, filters: Filters, *, active: bool = False) -> ColumnElement[bool]:
    """At which integrations. Of a single one all is shown, also when it is not Active."""
    here = select(Integration.id).where(*narrow(filters))
    if _is_wide(actor, filters):
        # Asked of each message, so that messages come off their own indexes, in order.
        same = Integration.id == CarrierMessage.integration_id
        return here.where(same, ACTIVE).correlate(CarrierMessage).exists()
    if active or filters.integration_id is None:
        # Most are Active: they are not to be found by that.
        is_active = func.coalesce(Integration.status, "") == Status.ACTIVE
        here = here.where(visible(actor, Integration.employer_id), is_active)
    else:
        here = here.where(seen(actor))
    return CarrierMessage.integration_id.in_(here.correlate(None))


def _is_wide(actor: Actor, filters: Filters) -> bool:
    asked = filters.integration_id, filters.employer_id, filters.carrier_id
    return actor.employers is None and asked == (None, None, None)


def narrow(filters: Filters) -> Iterator[ColumnElement[bool]]:
    for column, wanted in (
        (Integration.id, filters.integration_id),
        (Integration.employer_id, filters.employer_id),
        (Integration.carrier_id, filters.carrier_id),
    ):
        if wanted is not None:
            yield column == wanted


def of_kind(actor: Actor, filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.kind is None:
        return
    # Only among everything is it found by its kind: those at a few places, waiting or back are fewer.
    many = _is_wide(actor, filters) and filters.show not in {Show.CAME_BACK, Show.WAITING}
    yield (CarrierMessage.kind if many else func.coalesce(CarrierMessage.kind, "")) == filters.kind


def _severity(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.severity is not None:
        yield CarrierMessage.rank == rank_of(filters.severity)


_OPEN = and_(CarrierMessage.state == constant("open"), current())
_OURS = and_(
    _OPEN, CarrierMessage.assignee == constant("platform"), CarrierMessage.rank < rank_of(Severity.INFO)
)
SHOWN = {
    Show.CURRENT: current(),
    Show.OPEN: _OPEN,
    Show.CAME_BACK: and_(_OPEN, CarrierMessage.returns > literal_column("0")),
    Show.WAITING: and_(CarrierMessage.state != constant("open"), current()),
    Show.RESOLVED: CarrierMessage.state == constant("resolved"),
}
OLDEST_FIRST = (CarrierMessage.rank, CarrierMessage.received_at, CarrierMessage.id)


def order(show: Show) -> tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]:
    if show is Show.RESOLVED:
        return CarrierMessage.resolved_at.desc(), CarrierMessage.id.desc()
    return OLDEST_FIRST


def some(query: Select[*_Columns], actor: Actor, filters: Filters) -> Select[*_Columns]:
    """As many as are counted. Of everything in order, and so off the index that is made for it."""
    ordered = query.order_by(*order(filters.show)) if _is_wide(actor, filters) else query
    return ordered.limit(MOST_COUNTED)
