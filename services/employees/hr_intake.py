"""What HR says about its employees: who there is, what changed since, and who has to be sent for it.

Only what differs is written. A record that is not in HR's file any more makes no leaver: the employee is
shown as gone, and nothing is sent. A leave date does: the account is closed on the day after it, also when
the record is gone by then. Whose row cannot be read is not gone: what was known stays, and it is sent anew
once the row can be read again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, false, or_, select, true, update
from sqlalchemy.orm import Session

from services import streams
from services.employees import attempts, readiness
from services.employees.listing import State, folded, newest
from services.employees.validation import LONGEST_LEVEL, UNREADABLE, Rules, check
from services.ports import EmployeeKey, EmployeeRecord, Page, SetAside
from services.store.base import insert_into
from services.store.employees import Attempt, Batch, Employee, Level
from services.store.exchange import Employer, Reading

UNKNOWN_EMPLOYER = "its employer is not known"
TWICE = "the employee stands twice in the file"
_UNREADABLE = [str(UNREADABLE)]
_PART = 500
_LONGEST = 255
_QUIET = {"synchronize_session": False}
_FOLLOWED = ("name", "sought", "hr_level", "leave_date", "email_key", "fingerprint", "lacks", "gone_at")


@dataclass(frozen=True)
class Taken:
    """`ids` of the employees who stand in the page, `aside` of those of whom a row was set aside.

    `unknown` counts those of employers not known yet.
    """

    ids: frozenset[int]
    aside: frozenset[int]
    unknown: int


def set_up(session: Session, rules: Rules) -> None:
    """From here on there is an HR source, and these are the Levels with a package."""
    session.execute(insert_into(session, Reading).values(stream=streams.HR).on_conflict_do_nothing())
    before = {each.name: each.package for each in session.scalars(select(Level))}
    if moved := [name for name, package in rules.levels.items() if before.get(name) != package]:
        # Whoever was refused for a Level without a package is sent, and whoever had another one.
        _send_anew(session, Employee.level.in_(moved))
    session.execute(delete(Level).where(Level.name.not_in(list(rules.levels))), execution_options=_QUIET)
    rows = [{"name": name, "package": package} for name, package in sorted(rules.levels.items())]
    if rows:
        insert = insert_into(session, Level)
        renewed = {"package": insert.excluded.package}
        session.execute(insert.on_conflict_do_update(index_elements=["name"], set_=renewed), rows)


def take_down(session: Session) -> None:
    """There is no HR source any more: nobody is shown states that nobody keeps."""
    session.execute(delete(Reading).where(Reading.stream == streams.HR), execution_options=_QUIET)


def take(session: Session, now: datetime, page: Page[EmployeeRecord], rules: Rules) -> Taken:
    """Write what is new or differs in one page of HR's records."""
    records, aside = _once(page.items)
    employers = _employers(session, {key.employer_ref for key in records})
    known = {key: record for key, record in records.items() if key.employer_ref in employers}
    unknown = [SetAside("/".join(key), UNKNOWN_EMPLOYER) for key in records if key not in known]
    streams.set_aside(session, now, streams.HR, [*page.set_aside, *aside, *unknown])
    rows = [_row(record, employers[key.employer_ref], rules, now) for key, record in sorted(known.items())]
    before = _before(session, rows)
    changed = [row for row in rows if _differs(row, before.get((row["employer_id"], row["ref"])))]
    _write(session, changed)
    pairs = [(row, was) for row in rows if (was := before.get((row["employer_id"], row["ref"])))]
    # Nothing is wrong with their records any more, if only because the rules are others; or they can be read
    # again. Whatever was sent or refused meanwhile, they are sent anew.
    mended = [was.id for row, was in pairs if was.lacks and (was.lacks == _UNREADABLE or not row["lacks"])]
    if mended:
        _send_anew(session, Employee.id.in_(mended))
    _free(session, {was.email_key for row, was in pairs if was.email_key not in {None, row["email_key"]}})
    ids = {each.id for each in before.values()} | _ids(session, changed)
    return Taken(frozenset(ids), frozenset(_of_refs(session, page.set_aside)), len(unknown))


def close(session: Session, now: datetime, seen: Collection[int], aside: Collection[int] = ()) -> int:
    """All was read: whoever was neither `seen` nor set `aside` is gone from HR. Return how many are."""
    present = session.scalars(select(Employee.id).where(Employee.gone_at.is_(None))).all()
    gone = [each for each in present if each not in seen and each not in aside]
    _update(session, gone, gone_at=now)
    for start in range(0, len(gone), _PART):
        theirs = select(Employee.email_key).where(Employee.id.in_(gone[start : start + _PART]))
        _free(session, set(session.scalars(theirs)))
    _update(session, [each for each in present if each in aside and each not in seen], lacks=_UNREADABLE)
    return len(gone)


def _free(session: Session, email_keys: Collection[str | None]) -> None:
    """Whoever shared an address with others who have it no more may be sent now."""
    if email_keys:
        _send_anew(session, Employee.email_key.in_(email_keys), Employee.account_id.is_(None))


def _send_anew(session: Session, *meant: ColumnElement[bool]) -> None:
    """Those of them who were tried before; the others wait for somebody to press Sync."""
    session.execute(update(Employee).where(*meant).values(tried=None), execution_options=_QUIET)


def _update(session: Session, ids: Sequence[int], **values: object) -> None:
    for start in range(0, len(ids), _PART):
        meant = Employee.id.in_(ids[start : start + _PART])
        session.execute(update(Employee).where(meant).values(values), execution_options=_QUIET)


def queue_changed(session: Session, now: datetime) -> int:
    """Queue those who were tried before and differ from that now: another record, Level, or a leave date.

    Of those gone from HR only leavers are queued, whose accounts are to be closed.
    """
    today = now.date()
    closing = readiness.is_closing(today) & Employee.tried_active.is_distinct_from(false())
    meant = [or_(closing, Employee.gone_at.is_(None) & _differs_from_tried(today))]
    waiting = select(Employee.id).join(Attempt, newest()).where(*meant, Attempt.state != State.IN_PROGRESS)
    if session.scalar(waiting.limit(1)) is None:
        return 0
    batch = Batch(because="hr", total=0, asked_at=now)
    session.add(batch)
    session.flush()
    batch.total = attempts.queue(session, batch, [*meant, Attempt.id.is_not(None)], now)
    attempts.make_newest(session, batch)
    if batch.total == 0:
        session.delete(batch)  # another replica was first
    return batch.total


def _differs_from_tried(today: date) -> ColumnElement[bool]:
    active = case((Employee.leave_date < today, false()), else_=true())
    return or_(
        Employee.tried.is_distinct_from(Employee.fingerprint),
        Employee.tried_level.is_distinct_from(Employee.level),
        Employee.tried_active.is_distinct_from(active),
    )


def _once(items: Sequence[EmployeeRecord]) -> tuple[dict[EmployeeKey, EmployeeRecord], list[SetAside]]:
    found: dict[EmployeeKey, EmployeeRecord] = {}
    again = [each for each in items if found.setdefault(each.key, each) is not each]
    return found, [SetAside("/".join(each.key), TWICE) for each in again]


def _employers(session: Session, refs: Collection[str]) -> dict[str, int]:
    query = select(Employer.ref, Employer.id).where(Employer.ref.in_(refs))
    return {row.ref: row.id for row in session.execute(query)}


def _row(record: EmployeeRecord, employer_id: int, rules: Rules, now: datetime) -> dict[str, Any]:
    name, ref = (streams.clean(each)[:_LONGEST] for each in (record.name, record.key.ref))
    level = streams.clean(record.level)[:LONGEST_LEVEL] if record.level else None
    return {
        "employer_id": employer_id,
        "ref": ref,
        "name": name,
        "sought": folded(f"{name} {ref}"),
        "level": level,
        "hr_level": level,
        "leave_date": record.leave_date,
        "email_key": record.email_key,
        "fingerprint": record.fingerprint,
        "lacks": [str(each) for each in check(record, rules)],
        "found_at": now,
        "gone_at": None,
    }


def _before(session: Session, rows: Sequence[dict[str, Any]]) -> dict[tuple[int, str], Employee]:
    query = select(Employee).where(
        Employee.employer_id.in_({row["employer_id"] for row in rows}),
        Employee.ref.in_([row["ref"] for row in rows]),
    )
    wanted = {(row["employer_id"], row["ref"]) for row in rows}
    found = {(each.employer_id, each.ref): each for each in session.scalars(query)}
    return {key: each for key, each in found.items() if key in wanted}


def _differs(row: dict[str, Any], before: Employee | None) -> bool:
    return before is None or any(getattr(before, name) != row[name] for name in _FOLLOWED)


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    """A Level that changed in HR counts from then on; one that was assigned here counts until it does."""
    if not rows:
        return
    insert = insert_into(session, Employee)
    new = insert.excluded
    renewed: dict[str, ColumnElement[Any]] = {name: new[name] for name in _FOLLOWED}
    changed = Employee.hr_level.is_distinct_from(new.hr_level)
    renewed["level"] = case((changed, new.level), else_=Employee.level)
    key = ["employer_id", "ref"]
    session.execute(insert.on_conflict_do_update(index_elements=key, set_=renewed), rows)


def _ids(session: Session, rows: Sequence[dict[str, Any]]) -> set[int]:
    if not rows:
        return set()
    query = select(Employee.id, Employee.employer_id, Employee.ref).where(
        Employee.employer_id.in_({row["employer_id"] for row in rows}),
        Employee.ref.in_([row["ref"] for row in rows]),
    )
    wanted = {(row["employer_id"], row["ref"]) for row in rows}
    return {id_ for id_, employer_id, ref in session.execute(query) if (employer_id, ref) in wanted}


def _of_refs(session: Session, aside: Sequence[SetAside]) -> set[int]:
    """Whose rows were set aside, as far as they say so and are known."""
    keys = {tuple(each.ref.split("/")) for each in aside if each.ref}
    query = select(Employee.id, Employer.ref, Employee.ref).join(
        Employer, Employee.employer_id == Employer.id
    )
    query = query.where(Employee.ref.in_([key[-1] for key in keys]))
    return {id_ for id_, *key in session.execute(query) if tuple(key) in keys} if keys else set()


def parts(page: Page[EmployeeRecord]) -> Iterator[Page[EmployeeRecord]]:
    """The page in parts that make short transactions."""
    for start in range(0, max(1, len(page.items)), _PART):
        yield Page(page.items[start : start + _PART], page.set_aside if start == 0 else [])
