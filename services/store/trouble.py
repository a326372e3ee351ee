"""What is the matter with the store, in a person's words. No text of a driver leaves this module.

SQLite's names: sqlite.org/rescode.html; PostgreSQL's: its manual's appendix A.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class Trouble(StrEnum):
    """Said after "the store"."""

    FULL = "has no room left"
    READ_ONLY = "takes no changes"
    LOCKED = "is busy with other work"
    GONE = "cannot be reached"
    BROKEN = "cannot be read or written"
    DAMAGED = "is damaged"
    CROWDED = "has no connection left"
    RECOVERING = "is starting, stopping or recovering"
    OTHER_SCHEMA = "is of another release"


# By the beginning of the code, the longest first.
_SQLITE = {
    "SQLITE_FULL": Trouble.FULL,
    "SQLITE_READONLY": Trouble.READ_ONLY,
    "SQLITE_PERM": Trouble.READ_ONLY,
    "SQLITE_BUSY": Trouble.LOCKED,
    "SQLITE_LOCKED": Trouble.LOCKED,
    "SQLITE_CANTOPEN": Trouble.GONE,
    "SQLITE_IOERR": Trouble.BROKEN,
    "SQLITE_CORRUPT": Trouble.DAMAGED,
    "SQLITE_NOTADB": Trouble.DAMAGED,
}
_POSTGRESQL = {
    "42P01": Trouble.OTHER_SCHEMA,
    "42703": Trouble.OTHER_SCHEMA,
    "25006": Trouble.READ_ONLY,
    "53100": Trouble.FULL,
    "53300": Trouble.CROWDED,
    "55P03": Trouble.LOCKED,
    "57014": Trouble.LOCKED,
    "57P": Trouble.RECOVERING,
    "58": Trouble.BROKEN,
    "40": Trouble.LOCKED,
    "08": Trouble.GONE,
    "XX": Trouble.DAMAGED,
}
# A connection that was never made has no code, and SQLite none for a schema: their own words tell.
_WORDS = {
    "no such table": Trouble.OTHER_SCHEMA,
    "no such column": Trouble.OTHER_SCHEMA,
    "has no column named": Trouble.OTHER_SCHEMA,
    "too many clients": Trouble.CROWDED,
    "connection slots are reserved": Trouble.CROWDED,
    "remaining connection slots": Trouble.CROWDED,
    "starting up": Trouble.RECOVERING,
    "shutting down": Trouble.RECOVERING,
    "in recovery": Trouble.RECOVERING,
}
_NEXT = {
    Trouble.LOCKED: "Try again in a moment.",
    Trouble.CROWDED: "Try again in a minute.",
    Trouble.RECOVERING: "Try again in a minute.",
}
_MENDED = "Lastsync's health page says so to its operators; try again once they have mended it."


def trouble_of(error: BaseException) -> Trouble | None:
    """None where it is no trouble of the store's, but of what was asked of it."""
    if isinstance(error, PoolTimeout):
        return Trouble.CROWDED
    if not isinstance(error, DBAPIError) or error.orig is None:
        return None
    code = str(getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or "")
    for table in (_SQLITE, _POSTGRESQL):
        if found := next((table[begin] for begin in table if code.startswith(begin)), None):
            return found
    if code and code != "SQLITE_ERROR":
        return None
    said = str(error.orig)
    found = next((trouble for words, trouble in _WORDS.items() if words in said), None)
    is_lost = not code and (error.connection_invalidated or type(error.orig).__name__ == "OperationalError")
    return found or (Trouble.GONE if is_lost else None)


def sentence(trouble: Trouble) -> str:
    """What a person reads whose request met it."""
    return f"Nothing was done: Lastsync's store {trouble}. {_NEXT.get(trouble, _MENDED)}"
