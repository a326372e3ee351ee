"""Work that any replica may take, and the rules of taking it: claim, act outside, settle.

    1. claim   in a transaction: rows that are due and that no lease holds
    2. begin   in a transaction, right before the call: is the lease still ours, and long enough?
    3. act     outside of any transaction
    4. settle  in a transaction: only if the lease is still ours

A replica that dies between 2 and 4 leaves a lease that runs out; then the work is claimed again.

What an error means for work that waits is decided here, once: `meaning`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from math import isnan, nan
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, or_, select, true, update
from sqlalchemy.orm import Session

from services.errors import Doubtful, Misconfigured, Rejected, Unavailable
from services.store.base import Claimable

Work = TypeVar("Work", bound=Claimable)

LEASE = timedelta(minutes=2)
GROUP = 5
LONGEST_CALL = timedelta(minutes=1)  # what must be left of a lease before a call
TRIES = 5  # of what fails by itself, not because the other side is away
MOST_WAIT_S = 300.0  # between two tries of ours
LEAST_PAUSE_S = 1.0
MOST_PAUSE_S = 900.0  # on another's word alone: one wrong header may name years


class Again(StrEnum):
    AT_ONCE = "at once"
    LATER = "later"
    NEVER = "never"


class Fault(StrEnum):
    """Whose it is to mend. `REQUEST`: it is about what was asked, and about nothing else."""

    REQUEST = "request"
    CHANNEL = "channel"  # it takes no posts: somebody removed the bot, or archived it
    SETTINGS = "settings"  # Lastsync's own: a token, what it may do, an address
    OTHER = "other side"
    LASTSYNC = "lastsync"  # a mistake of ours


class Cause(NamedTuple):
    again: Again
    fault: Fault


@dataclass(frozen=True)
class Meaning:
    """What an error means for work that waits. `sentence` is what a person reads; None where ours is wrong.

    `retry_after` is in seconds, where the other side named a time.
    """

    again: Again
    fault: Fault
    sentence: str | None = None
    retry_after: float | None = None

    def pause(self, tries: int) -> timedelta:
        return wait(0, LEAST_PAUSE_S) if self.again is Again.AT_ONCE else wait(tries, self.retry_after)


# The other systems' own codes, where a refusal is not about what was asked.
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
_CHANNEL = frozenset(
    {
        "cannot_dm_bot", "channel_not_found", "is_archived", "messages_tab_disabled", "no_permission",
        "not_in_channel", "restricted_action", "restricted_action_read_only_channel", "user_disabled",
        "user_not_found",
    }
)  # fmt: skip
_SETTINGS = frozenset(
    {
        "access_denied", "account_inactive", "ekm_access_denied", "invalid_auth", "missing_scope",
        "not_authed", "org_login_required", "team_access_not_granted", "token_expired", "token_revoked",
    }
)  # fmt: skip
_BENEFITS = frozenset({"unreadable", "no_id", "ambiguous", "filter_ignored", "no_filter", "no_patch"})
_HR = frozenset({"no_text", "columns"})  # about the whole of HR's file: the next one may be better
CAUSES = {
    **dict.fromkeys(GONE, Cause(Again.AT_ONCE, Fault.OTHER)),
    **dict.fromkeys(_CHANNEL, Cause(Again.LATER, Fault.CHANNEL)),
    **dict.fromkeys(_SETTINGS, Cause(Again.LATER, Fault.SETTINGS)),
    **dict.fromkeys(_BENEFITS, Cause(Again.NEVER, Fault.OTHER)),
    **dict.fromkeys(_HR, Cause(Again.LATER, Fault.OTHER)),
    "forbidden": Cause(Again.NEVER, Fault.SETTINGS),  # for one account: the others go through
}


def meaning(error: Exception) -> Meaning:
    """Decide whether to ask again and who must mend it, for every kind of work."""
    if isinstance(error, Rejected):
        refused = Cause(Again.NEVER, Fault.REQUEST)
        return Meaning(*CAUSES.get(error.code, refused), error.sentence)
    if isinstance(error, Unavailable):
        fault = Fault.SETTINGS if isinstance(error, Misconfigured) else Fault.OTHER
        return Meaning(Again.LATER, fault, error.sentence, error.retry_after)
    if isinstance(error, Doubtful):
        return Meaning(Again.LATER, Fault.OTHER, error.sentence)
    return Meaning(Again.LATER, Fault.LASTSYNC)


def claim(
    session: Session,
    model: type[Work],
    now: datetime,
    *,
    by: str,
    limit: int = GROUP,
    ready: ColumnElement[bool] | None = None,
) -> list[int]:
    """Take up to `limit` due rows, the longest due first. `by` is the holder's own, unique name.

    SQLite ignores FOR UPDATE and needs none: a writing transaction there excludes every other.
    """
    free = or_(model.lease_until.is_(None), model.lease_until <= now)
    query = select(model.id).where(model.due_at <= now, free, true() if ready is None else ready)
    query = query.order_by(model.due_at, model.id).limit(limit).with_for_update(skip_locked=True, of=model)
    ids = list(session.scalars(query))
    if ids:
        taken: dict[str, Any] = {"lease_by": by, "lease_until": now + LEASE}
        taken["attempts"] = model.attempts + 1
        session.execute(update(model).where(model.id.in_(ids)).values(taken))
    return ids


def held(session: Session, model: type[Work], row_id: int, by: str) -> Work | None:
    """The row, locked, if `by` still holds its lease."""
    row = session.get(model, row_id, with_for_update=True, populate_existing=True)
    return row if row is not None and row.lease_by == by else None


def begin(session: Session, model: type[Work], row_id: int, now: datetime, by: str) -> Work | None:
    """The row, locked, if `by` still holds its lease and what is left of it is as long as a call may take."""
    row = held(session, model, row_id, by)
    if row is None or row.lease_until is None or row.lease_until < now + LONGEST_CALL:
        return None
    return row


def release(work: Claimable, due_at: datetime | None) -> None:
    work.lease_by, work.lease_until, work.due_at = None, None, due_at


def wait(attempts: int, retry_after: float | None = None) -> timedelta:
    """How long to back off: what the other side asked for, within bounds; else doubling with jitter."""
    if retry_after is not None and not isnan(retry_after):
        return timedelta(seconds=min(max(LEAST_PAUSE_S, retry_after), MOST_PAUSE_S))
    longest = min(MOST_WAIT_S, 2.0 ** min(attempts, 10))
    return timedelta(seconds=max(LEAST_PAUSE_S, longest * random.uniform(0.5, 1)))  # noqa: S311  jitter


def asked_pause(header: str | None, now: datetime) -> float | None:
    """The seconds that a Retry-After names, as a number or as a date; None where it names no time.

    Within the bounds of `wait`: whatever is said, nobody is asked again sooner, or left alone for longer.
    """
    try:
        seconds = float(header or "nan")
    except ValueError:
        seconds = _until(header or "", now)
    return None if isnan(seconds) else wait(0, seconds).total_seconds()


def _until(date: str, now: datetime) -> float:
    try:
        return (parsedate_to_datetime(date) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):  # no date, or one without a zone
        return nan
