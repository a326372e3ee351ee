"""One integration as a diagnosis sees it, and what follows from it at a given time without judging."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from services.cadence import expectation
from services.cadence.expectation import Expectation
from services.messages import life
from services.messages.life import SEVERAL_WEEKS, Step
from services.ports import Severity, Status


@dataclass(frozen=True)
class CaseMessage:
    """`cycles`: the carrier's syncs since `resolved_at`. `returns`: how often a resolution did not hold."""

    severity: Severity
    kind: str
    state: str
    received_at: datetime
    resolved_at: datetime | None
    assignee: str
    cycles: int = 0
    returns: int = 0

    @property
    def open(self) -> bool:
        return self.state == "open"

    @property
    def ours(self) -> bool:
        return life.is_ours(self.severity, self.assignee)


@dataclass(frozen=True)
class Case:
    """`expectation` and `syncs` matter on Active ones alone. `messages` are those not cleared yet.

    `change_queued` is the kind of a change that the exchange has not answered: activate, deactivate or
    group_number. `time_zone` is the carrier's: days are told as they are there. `synced_to`: up to when the
    syncs are known, or None for the present: of what came after that, nothing can be called late.
    """

    employer: str
    carrier: str
    plan: str
    status: Status
    group_number: str | None
    configured_at: datetime | None
    active_at: datetime | None
    disabled_at: datetime | None
    disabled_by: str | None
    last_sync_at: datetime | None
    expectation: Expectation | None
    syncs: tuple[datetime, ...]
    messages: tuple[CaseMessage, ...]
    change_queued: str | None
    time_zone: str
    synced_to: datetime | None = None


class Timing(StrEnum):
    ON_TIME = "on_time"
    MISSED = "missed"  # an expected run did not come, and that is still usual
    LATE = "late"
    LOST = "lost"
    FIRST_AWAITED = "first_awaited"
    NEVER = "never"

    @property
    def usual(self) -> bool:
        return self in {Timing.ON_TIME, Timing.MISSED}


@dataclass(frozen=True)
class Findings:
    case: Case
    now: datetime

    @cached_property
    def last_sync(self) -> datetime | None:
        """The last sync that can be true: a clock that jumped reports some from the future.

        Of an Active one it is the last of this life, so that it may be turned off and on again.
        """
        known = [*self.case.syncs, *filter(None, [self.case.last_sync_at])]
        last = max((when for when in known if when <= self.now + expectation.SKEW), default=None)
        active = self.case.status is Status.ACTIVE
        if last and active and expectation.before_active(last, self.case.active_at, self.now):
            return None
        return last

    @cached_property
    def timing(self) -> Timing:
        expected = self.case.expectation
        if self.last_sync is None:
            return Timing.NEVER if self.active_for >= SEVERAL_WEEKS else Timing.FIRST_AWAITED
        if expected is None:
            return Timing.ON_TIME
        known = min(self.case.synced_to or self.now, self.now)
        if expected.lost_at and known >= expected.lost_at:
            return Timing.LOST
        if expected.due_at and known >= expected.due_at:
            return Timing.LATE
        return Timing.MISSED if expected.missed else Timing.ON_TIME

    @property
    def active_for(self) -> timedelta:
        return max(self.now - (self.case.active_at or self.now), timedelta())

    @cached_property
    def came_back(self) -> list[CaseMessage]:
        """Resolved, open again, and seen by the carrier since; the earliest resolution first."""
        back = [each for each in self._open if each.resolved_at and self._seen(each)]
        return sorted(back, key=lambda each: each.resolved_at or self.now)

    def came_back_for(self, step: Step) -> list[CaseMessage]:
        return [each for each in self.came_back if self._step(each) is step]

    def _step(self, message: CaseMessage) -> Step:
        resolved_at, synced = message.resolved_at or self.now, max(message.cycles, 1)
        return life.step_back(resolved_at, returns=message.returns, synced=synced, now=self.now)

    @cached_property
    def in_transit(self) -> list[CaseMessage]:
        """Resolved, and no sync since: the correction has not reached the carrier; the latest first."""
        ours = [each for each in self.case.messages if each.ours and self._travels(each)]
        return sorted(ours, key=lambda each: each.resolved_at or self.now, reverse=True)

    @cached_property
    def blocking(self) -> list[CaseMessage]:
        """Failures that nobody resolved, the oldest first."""
        failures = [each for each in self._open if each.severity is Severity.FAILURE and not each.resolved_at]
        return sorted(failures, key=lambda each: each.received_at)

    @cached_property
    def warnings(self) -> list[CaseMessage]:
        return [each for each in self._open if each.severity is Severity.WARNING and not each.resolved_at]

    @cached_property
    def elsewhere(self) -> list[CaseMessage]:
        """Failures and Warnings that the middleware works on."""
        return [
            each
            for each in self.case.messages
            if each.open and not each.ours and each.severity is not Severity.INFO
        ]

    @cached_property
    def _open(self) -> list[CaseMessage]:
        return [each for each in self.case.messages if each.open and each.ours]

    def _travels(self, message: CaseMessage) -> bool:
        return message.state == "queued" or (message.resolved_at is not None and not self._seen(message))

    def _seen(self, message: CaseMessage) -> bool:
        """The carrier synced since the resolution."""
        since, last = message.resolved_at, self.last_sync
        return message.cycles > 0 or (since is not None and last is not None and last > since)
