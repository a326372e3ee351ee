"""What a diagnosis can come to, and the button that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    PENDING = "pending"
    PENDING_OVERDUE = "pending_overdue"
    DISABLED = "disabled"
    NEVER_TURNED_ON = "never_turned_on"
    TURNING_ON = "turning_on"
    TURNING_OFF = "turning_off"
    WAIT = "wait"
    MISSED_ONE = "missed_one"
    FIRST_SYNC = "first_sync"
    NO_GROUP_NUMBER = "no_group_number"
    WAIT_AFTER_RESOLUTION = "wait_after_resolution"
    RESOLVE_AGAIN = "resolve_again"
    FAILURES_BLOCK = "failures_block"
    LATE = "late"
    LOST = "lost"
    NEVER_SYNCED = "never_synced"
    OPERATIONS = "operations"


class NextStep(StrEnum):
    """The button to offer."""

    TURN_ON = "turn_on"
    EDIT_GROUP_NUMBER = "edit_group_number"
    MESSAGES = "messages"
    LOG_COMMUNICATION = "log_communication"
    SYNC_HISTORY = "sync_history"
    NONE = "none"


@dataclass(frozen=True)
class Diagnosis:
    verdict: Verdict
    sentence: str
    evidence: tuple[str, ...]
    ruled_out: tuple[str, ...]
    advice: str
    next_step: NextStep
