"""A group of employees on its way: read from HR, checked, looked up, linked or created; what came of each.

An account is looked up by e-mail before it is created, also after a crash, a lost answer or a refusal for
`uniqueness`, so that none is created twice. Once linked it is only ever written to by its id.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services import outbox
from services.employees.attempts import Done, Failed, Order, Result, Tried, Waits
from services.employees.readiness import has_left
from services.employees.validation import (
    ACCOUNT_GONE,
    UNREADABLE,
    Problem,
    Rules,
    check,
    check_level,
    sentence,
)
from services.errors import LastsyncError, Outside, Rejected
from services.outbox import Again, Fault, Meaning
from services.ports import Account, Benefits, Closing, EmployeeKey, EmployeeRecord, HrSource, Profile

UNIQUENESS = "uniqueness"
MOST_UNANSWERED = 3  # in a row: the rest of the group waits for a better time
_UNCLEAR = "What the Benefits platform answered could not be understood."
TAKEN = Problem("email", "email_taken")
_LEFT, _GONE = Problem("leave_date", "left"), Problem("", "gone")
_SHARED = Problem("email", "email_shared")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Means:
    """What a group is sent with.

    `linked` asks the store which of some accounts are linked, and to which employees (ids). `stopping` says
    that no call may begin any more.
    """

    hr: HrSource
    benefits: Benefits
    rules: Rules
    clock: Callable[[], datetime]
    linked: Callable[[Collection[str]], Mapping[str, int]]
    stopping: Callable[[], bool] = lambda: False


def send(means: Means, orders: Sequence[Order]) -> list[Result]:
    """What came of each, in no particular order. Nothing is raised: who could not be sent waits."""
    group = _Group(means)
    try:
        records = means.hr.find([order.key for order in orders])
    except LastsyncError as error:
        waits = outbox.meaning(error)
        return [replace(group.waits(order, waits), on="hr") for order in orders]
    except Exception as error:
        log.exception("A group of %s could not be read from HR", len(orders))
        return [group.unclear(order, outbox.meaning(error)) for order in orders]
    return group.send(orders, records)


@dataclass(frozen=True)
class _Ready:
    """One that HR's check lets pass. `ours`: the account was found, and we had created it."""

    order: Order
    profile: Profile | Closing
    tried: Tried
    ours: bool = False

    @property
    def closes(self) -> str | None:
        """The account that is to be closed, where more is said with it that may be refused."""
        more = isinstance(self.profile, Profile) and not self.profile.active
        return self.profile.account_id if more else None

    @property
    def outcome(self) -> str:
        if isinstance(self.profile, Closing) or not self.profile.active:
            return "closed"
        if self.order.account_id is not None:
            return "updated"
        return "created" if self.ours or self.profile.account_id is None else "linked"


class _Group:
    def __init__(self, means: Means) -> None:
        self._means = means
        self._results: dict[int, Result] = {}
        self._found: set[str] = set()
        self._unanswered = 0

    def send(self, orders: Iterable[Order], records: Mapping[EmployeeKey, EmployeeRecord]) -> list[Result]:
        ready = list(self._checked(orders, records))
        size = max(1, self._means.benefits.most)
        for start in range(0, len(ready), size):
            self._send_part(ready[start : start + size])
        return list(self._results.values())

    def _checked(
        self, orders: Iterable[Order], records: Mapping[EmployeeKey, EmployeeRecord]
    ) -> Iterator[_Ready]:
        today = self._means.clock().date()
        for order in orders:
            record = records.get(order.key)
            if record is None:
                yield from self._without_record(order)
                continue
            active = not has_left(record.leave_date, today)
            tried = Tried(record.fingerprint, order.level, active)
            wrong = [*check(record, self._means.rules), *check_level(order.level, self._means.rules)]
            if not (wrong or order.shared):
                package = self._means.rules.package(order.level)
                yield _Ready(order, Profile(record, package, active, order.account_id, order.level), tried)
            elif not active and order.account_id is not None:
                # Nobody stays on cover because of what is wrong with their record.
                yield _Ready(order, Closing(order.account_id), tried)
            else:
                self._refuse(order, "hr", wrong or [_SHARED], tried)

    def _without_record(self, order: Order) -> Iterator[_Ready]:
        """Many HR systems export a leaver no more: the leave date that was read before still counts."""
        if not order.known.active and order.account_id is not None:
            yield _Ready(order, Closing(order.account_id), order.known)
        elif order.unreadable:
            self._refuse(order, "hr", [UNREADABLE], order.known)
        else:
            # Another fingerprint than any: when HR has the record again, it is sent.
            self._refuse(order, "hr", [_GONE], replace(order.known, fingerprint=""))

    def _send_part(self, part: list[_Ready]) -> None:
        try:
            found = list(self._looked_up(part)) if self._may_go(part) else []
            if found and self._may_go(found):
                self._put(found)
        except Exception as error:
            log.exception("Sending %s to the Benefits platform failed", len(part))
            means = outbox.meaning(error)
            for each in part:
                self._results.setdefault(each.order.attempt_id, self.unclear(each.order, means))
        for each in part:
            left = Waits(each.order, self._means.clock())
            self._results.setdefault(each.order.attempt_id, left)

    def _may_go(self, part: list[_Ready]) -> bool:
        """Whether the leases last, for as long as a call may take, and it makes sense to call."""
        until = self._means.clock() + outbox.LONGEST_CALL
        held = all(until <= each.order.lease_until for each in part)
        return held and self._unanswered < MOST_UNANSWERED and not self._means.stopping()

    def _looked_up(self, part: list[_Ready]) -> Iterator[_Ready]:
        """Those that may be written, with the accounts that exist already."""
        yield from (each for each in part if each.profile.account_id is not None)
        new = [(each, each.profile) for each in part if each.profile.account_id is None]
        emails = [profile.record.email for _, profile in new]
        answers = self._means.benefits.find([email for email in emails if email]) if new else []
        linked = self._linked(answers)
        for (each, profile), answer in zip(new, answers, strict=True):
            if isinstance(answer, Outside):
                self._refused(each, answer)
            elif answer is not None:
                yield from self._link(each, answer, linked)
            elif profile.active:
                yield each
            else:
                self._refuse(each.order, "hr", [_LEFT], each.tried)

    def _linked(self, answers: Iterable[Account | Outside | None]) -> Mapping[str, int]:
        ids = [each.id for each in answers if isinstance(each, Account)]
        return self._means.linked(ids) if ids else {}

    def _link(self, ready: _Ready, account: Account, linked: Mapping[str, int]) -> Iterator[_Ready]:
        """The employee with the account that was found, unless it is somebody else's."""
        order = ready.order
        others = account.key not in {None, order.key} or account.id in self._found
        if others or linked.get(account.id, order.employee_id) != order.employee_id:
            self._refuse(order, "benefits", [TAKEN], ready.tried)
            return
        self._found.add(account.id)
        profile = replace(ready.profile, account_id=account.id)
        yield replace(ready, profile=profile, ours=account.key is not None)

    def _put(self, part: list[_Ready], *, again: bool = False) -> None:
        answers = self._means.benefits.put([each.profile for each in part])
        for each, answer in zip(part, answers, strict=True):
            if isinstance(answer, Account):
                self._unanswered = 0
                done = Done(each.order, each.outcome, answer.id, each.tried)
                self._results[each.order.attempt_id] = done
            elif _is_taken(answer) and each.profile.account_id is None and not again:
                self._look_again(each)
            elif isinstance(answer, Rejected) and (account_id := each.closes) is not None:
                self._put([replace(each, profile=Closing(account_id))])
            else:
                self._refused(each, answer)

    def _look_again(self, ready: _Ready) -> None:
        """It was not there, and now it is: created meanwhile, or hidden from the look-up."""
        found = list(self._looked_up([ready]))
        if found and found[0].profile.account_id is not None:
            self._put(found, again=True)
        elif found:
            self._refuse(ready.order, "benefits", [TAKEN], ready.tried)

    def _refused(self, ready: _Ready, error: Outside) -> None:
        means = outbox.meaning(error)
        if _is_taken(error):
            self._unanswered = 0
            self._refuse(ready.order, "benefits", [TAKEN], ready.tried)
        elif means.again is Again.NEVER:
            self._unanswered = 0
            kind = _kind(error, means.fault, ready.order)
            failed = Failed(ready.order, "benefits", None, kind, error.sentence, ready.tried)
            self._results[ready.order.attempt_id] = failed
        else:
            self._results[ready.order.attempt_id] = self.waits(ready.order, means)

    def _refuse(self, order: Order, origin: str, wrong: list[Problem], tried: Tried) -> None:
        first, reason = wrong[0], " ".join(sentence(str(each)) for each in wrong)
        self._results[order.attempt_id] = Failed(
            order, origin, first.field or None, first.kind, reason, tried
        )

    def waits(self, order: Order, means: Meaning) -> Waits:
        # Who asks for time is asked nothing more until then.
        self._unanswered = MOST_UNANSWERED if means.retry_after is not None else self._unanswered + 1
        return Waits(order, self._means.clock() + means.pause(order.tries), means.sentence)

    def unclear(self, order: Order, means: Meaning) -> Result:
        if order.tries >= outbox.TRIES:
            return Failed(order, "benefits", None, "unclear", _UNCLEAR, order.known)
        return Waits(order, self._means.clock() + means.pause(order.tries), _UNCLEAR)


def _kind(error: Outside, fault: Fault, order: Order) -> str:
    if isinstance(error, Rejected) and error.code == "not_found" and order.account_id is not None:
        return ACCOUNT_GONE
    return "refused" if fault is Fault.REQUEST else "platform_trouble"


def _is_taken(error: Outside | Account) -> bool:
    return isinstance(error, Rejected) and error.code == UNIQUENESS
