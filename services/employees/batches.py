"""What a person asks of the sync: send those chosen, give them a Level, try one again.

Each is a batch: its employees' attempts are queued in the same transaction, and a card in the person's own
direct messages tells how it goes. Nobody's sync can be switched off: there is no such use case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from services.access import Actor, Right, require
from services.cards import cards
from services.employees import attempts, listing, readiness, selections
from services.employees.listing import State, newest
from services.employees.selections import Weighed
from services.employees.validation import ACCOUNT_GONE, sentence
from services.errors import Invalid, MovedOn, Refused
from services.people import audit
from services.store.base import insert_into
from services.store.employees import Attempt, Batch, Employee, Level
from services.words import ago

NO_SWITCH_OFF = (
    "Nobody's sync can be switched off here. Whoever leaves gets a leave date in HR, and Lastsync closes the "
    "account at the Benefits platform the day after it."
)
_LEVEL = "employees.level_assigned"
_GROWN = "{now} employees match now, and you confirmed {then}. Look at the list again, then confirm."
_NOBODY_LEFT = "They are all being sent already. The progress message says how far it is."


@dataclass(frozen=True)
class Started:
    """`queued` are being sent; `in_progress` were already, and are left out. `assigned` have the Level now.

    Without a `batch_id` nobody had to be sent.
    """

    batch_id: int | None
    queued: int
    in_progress: int
    assigned: int = 0


def start(
    session: Session, actor: Actor, now: datetime, selection_id: int, key: str | None = None
) -> Started:
    """Send those who were chosen. `key` is the form's own: the same form sent twice is one batch."""
    require(actor, Right.SYNC)
    listing.hr_reading(session)
    batch = _open(session, actor, now, "sync", key)
    if batch is None:
        return _sent_before(session, key)
    meant, weighed = _confirmed(session, actor, now, selection_id)
    if weighed.count == 0:
        raise MovedOn(_NOBODY_LEFT)
    batch.total = attempts.queue(session, batch, meant, now)
    _set_off(session, actor, now, batch, "employees.sync_started")
    return Started(batch.id, batch.total, weighed.in_progress)


def assign_level(
    session: Session,
    actor: Actor,
    now: datetime,
    selection_id: int,
    level: str | None,
    key: str | None = None,
) -> Started:
    """Give those who were chosen a Level, or take it away; send it for those who sync already."""
    require(actor, Right.SYNC)
    listing.hr_reading(session)
    if level is not None and session.get(Level, level) is None:
        raise Invalid({"level": "Choose one of the Levels that have a package."})
    batch = _open(session, actor, now, "level", key, level)
    if batch is None:
        return _sent_before(session, key)
    meant, weighed = _confirmed(session, actor, now, selection_id)
    others = (Employee.level.is_distinct_from(level), Attempt.id.is_not(None))
    batch.total = attempts.queue(session, batch, [*meant, *others], now)
    # Before the queued attempts are the newest ones: until then the filters mean whom they meant.
    assigned = _assign(session, actor, now, meant, level)
    _set_off(session, actor, now, batch, "employees.sync_started")
    return Started(batch.id if batch.total else None, batch.total, weighed.in_progress, assigned)


def try_again(session: Session, actor: Actor, now: datetime, employee_id: int, attempt_id: int) -> Started:
    """Send one whose attempt, the one that the person saw, has failed; refuse while HR's record is wrong."""
    require(actor, Right.SYNC)
    listing.find(session, actor, now, employee_id)
    employee = session.get_one(Employee, employee_id, with_for_update={"key_share": True})
    latest = session.scalars(select(Attempt).where(Attempt.employee_id == employee_id, Attempt.newest)).one()
    if latest.state == State.IN_PROGRESS:
        return Started(latest.batch_id, 0, 1)
    if latest.id != attempt_id or latest.state != State.FAILED:
        raise MovedOn("This employee was tried again since. Open the history again to see how it went.")
    _check(session, employee, now)
    batch = _open(session, actor, now, "again", f"again:{attempt_id}")
    if batch is None:
        return Started(latest.batch_id, 0, 1)
    if latest.kind == ACCOUNT_GONE:
        # A person decides so, because a look-up by e-mail may come to another account than the one before.
        employee.account_id = None
    batch.total = attempts.queue(session, batch, [Employee.id == employee_id], now)
    _set_off(session, actor, now, batch, "employees.tried_again", employee.ref)
    return Started(batch.id, batch.total, 0)


def _open(
    session: Session, actor: Actor, now: datetime, because: str, key: str | None, level: str | None = None
) -> Batch | None:
    """A new batch; None when this very form made one before."""
    row = {
        "because": because,
        "level": level,
        "total": 0,
        "key": key,
        "asked_by": actor.user_id,
        "asked_at": now,
    }
    insert = insert_into(session, Batch).values(row).on_conflict_do_nothing().returning(Batch)
    return session.scalar(insert)


def _sent_before(session: Session, key: str | None) -> Started:
    batch = session.scalars(select(Batch).where(Batch.key == key)).one()
    return Started(batch.id if batch.total else None, batch.total, 0)


def _confirmed(
    session: Session, actor: Actor, now: datetime, selection_id: int
) -> tuple[list[ColumnElement[bool]], Weighed]:
    """Whom the selection means now, if they are no more than the person confirmed."""
    selection = selections.get(session, actor, selection_id)
    meant = selections.conditions(actor, now, selection)
    weighed = selections.weigh(session, now, meant)
    if weighed.count > selection.count:
        raise MovedOn(_GROWN.format(now=f"{weighed.count:,}", then=f"{selection.count:,}"))
    return meant, weighed


def _set_off(
    session: Session, actor: Actor, now: datetime, batch: Batch, event: str, employee_ref: str | None = None
) -> None:
    """The queued attempts are the newest ones from here on, and the person's card tells of them."""
    if batch.total == 0:
        batch.ended_at = now
        return
    attempts.make_newest(session, batch)
    for employer_id, number in attempts.by_employer(session, batch.id):
        audit.record(
            session,
            actor,
            event,
            now=now,
            employer_id=employer_id,
            employee_ref=employee_ref,
            employees=number,
        )
    cards.want(session, cards.of_batch(batch.id), actor.user_id, now)


def _assign(
    session: Session, actor: Actor, now: datetime, meant: Sequence[ColumnElement[bool]], level: str | None
) -> int:
    chosen = select(Employee.id).outerjoin(Attempt, newest()).where(*meant)
    count = select(Employee.employer_id, func.count()).where(Employee.id.in_(chosen))
    numbers = session.execute(count.group_by(Employee.employer_id)).all()
    for employer_id, number in numbers:
        audit.record(
            session, actor, _LEVEL, now=now, employer_id=employer_id, level=level or "none", employees=number
        )
    given = update(Employee).where(Employee.id.in_(chosen)).values(level=level)
    session.execute(given, execution_options={"synchronize_session": False})
    return sum(number for _, number in numbers)


def _check(session: Session, employee: Employee, now: datetime) -> None:
    wrong = readiness.problems(session, employee, now.date())
    if wrong:
        read_at = listing.hr_reading(session).read_at
        read = f", as HR was read {ago(read_at, now)}" if read_at else ""
        raise Refused(f"Not sent{read}: {' '.join(map(sentence, wrong))} Correct that first.")


# A card is delivered within a second of being wanted: so its edits are a second apart at the least.
EVERY = timedelta(seconds=2)
ANYWAY = timedelta(seconds=30)  # the time goes on, also where nothing advances


def tell(session: Session, now: datetime) -> list[int]:
    """Show anew the cards of the running batches that advanced; return the ids of those that ended."""
    number = func.count(Attempt.id)
    running = select(Batch, number.filter(Attempt.state == State.IN_PROGRESS), number)
    running = running.outerjoin(Attempt, Attempt.batch_id == Batch.id).where(Batch.ended_at.is_(None))
    ended = []
    for batch, left, total in session.execute(running.group_by(Batch.id).order_by(Batch.id)).all():
        pause = now - (batch.told_at or batch.asked_at)
        if left == 0:
            due = pause >= EVERY or batch.told_at is None
        else:
            due = pause >= (EVERY if total - left != batch.told else ANYWAY)
        if due and _first(session, batch, now, total - left, ended=left == 0):
            cards.bump(session, [cards.of_batch(batch.id)], now)
            ended += [batch.id] if left == 0 else []
    return ended


def _first(session: Session, batch: Batch, now: datetime, finished: int, *, ended: bool) -> bool:
    """Note it; False when another replica did so in this very moment."""
    same = Batch.told_at.is_(None) if batch.told_at is None else Batch.told_at == batch.told_at
    noted = update(Batch).where(Batch.id == batch.id, Batch.ended_at.is_(None), same)
    noted = noted.values(told=finished, told_at=now, ended_at=now if ended else None)
    return session.connection().execute(noted).rowcount == 1
