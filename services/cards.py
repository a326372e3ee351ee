"""What a channel must show: a card is one message that is kept true.

`want` says that a card is to be shown, or shown anew. The deliverer then renders `facts`: what is true at
that moment, not what was true when it was wanted. Facts carry employers, carriers, counts, kinds and times,
and never what a carrier message says or whom it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar


@dataclass(frozen=True)
class LastSyncFacts:
    """An integration that did not sync when it should have.

    `level`: late or lost. `expected_at` is when the missing sync was late, `lost_at` when it is lost.
    `habit` reads "every working day around 06:00". `last_sync_at` is None when it never synced.
    Once closed, `closed_because` is synced, pending or disabled, and `lasted` says how long it was open.
    """

    template: ClassVar[str] = "last_sync_card"
    alert_id: int
    version: int
    level: str
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    plan_type: str
    status: str
    last_sync_at: datetime | None
    expected_at: datetime | None
    lost_at: datetime | None
    habit: str
    opened_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    closed_at: datetime | None = None
    closed_because: str | None = None
    lasted: timedelta | None = None


@dataclass(frozen=True)
class FailuresFacts:
    """The open Failures of one employer with one carrier that are ours to act on.

    `counts` holds (kind, how many), the largest first; `came_back` counts those resolved before.
    `oldest_at` is when the oldest was received. Once closed, `cleared` says how many have gone.
    """

    template: ClassVar[str] = "failures_card"
    alert_id: int
    version: int
    level: str
    employer_id: int
    carrier_id: int
    employer: str
    carrier: str
    plan_names: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    total: int
    came_back: int
    oldest_at: datetime | None
    opened_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    closed_at: datetime | None = None
    closed_because: str | None = None
    lasted: timedelta | None = None
    cleared: int = 0


@dataclass(frozen=True)
class ChangeFacts:
    """What a person asked the exchange to do, in their own direct message.

    `kind`: activate, deactivate or group_number. `state`: queued, done or refused.
    `reason` is the exchange's sentence when refused; while queued, why it still waits (None at first).
    `status` is the integration's status now; `next_try_at` is None once the exchange has answered.
    """

    template: ClassVar[str] = "change_card"
    change_id: int
    version: int
    kind: str
    state: str
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    plan_type: str
    status: str
    group_number: str | None
    requested_by: str
    requested_at: datetime
    next_try_at: datetime | None = None
    settled_at: datetime | None = None
    reason: str | None = None


Facts = LastSyncFacts | FailuresFacts | ChangeFacts
