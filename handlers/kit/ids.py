"""Every id that Slack sends back to us, and the codec for the small values that travel with them.

Values hold row ids and versions alone: whoever presses is looked up, and asked for rights, at that moment.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from services.errors import MovedOn

_LARGEST = 2**31 - 1  # of the store's integers
STALE = "That button is from an older version of Lastsync. Run the command again."


class Action(StrEnum):
    """Action ids. Those of one story share its first word."""

    STATUS_ALL = "status.all"
    STATUS_FILTER_EMPLOYER = "status.filter.employer"
    STATUS_FILTER_CARRIER = "status.filter.carrier"
    STATUS_FILTER_SHOW = "status.filter.show"
    STATUS_FILTER_CLEAR = "status.filter.clear"
    STATUS_PREVIOUS = "status.previous"
    STATUS_NEXT = "status.next"
    STATUS_CHOOSE = "status.choose"
    STATUS_INTEGRATION = "status.integration"
    STATUS_TURN_ON = "status.turn_on"
    STATUS_TURN_OFF = "status.turn_off"
    STATUS_GROUP_NUMBER = "status.group_number"
    STATUS_HISTORY = "status.history"
    STATUS_LOG = "status.log"
    MESSAGES_OPEN = "messages.open"
    MESSAGES_CHOOSE = "messages.choose"
    MESSAGES_FILTER_SEVERITY = "messages.filter.severity"
    MESSAGES_FILTER_KIND = "messages.filter.kind"
    MESSAGES_FILTER_EMPLOYER = "messages.filter.employer"
    MESSAGES_FILTER_CARRIER = "messages.filter.carrier"
    MESSAGES_FILTER_SHOW = "messages.filter.show"
    MESSAGES_CLEAR = "messages.filter.clear"
    MESSAGES_PREVIOUS = "messages.previous"
    MESSAGES_NEXT = "messages.next"
    MESSAGES_TICK = "messages.tick"
    MESSAGES_TICK_PREVIOUS = "messages.tick.previous"
    MESSAGES_TICK_NEXT = "messages.tick.next"
    MESSAGE_OPEN = "message.open"
    MESSAGE_NEXT = "message.next"
    MESSAGE_ESCALATE = "message.escalate"
    EMPLOYEES_OPEN = "employees.open"
    EMPLOYEES_NOT_SYNCING = "employees.not_syncing"
    EMPLOYEES_IN_PROGRESS = "employees.in_progress"
    EMPLOYEES_SUCCESSFUL = "employees.successful"
    EMPLOYEES_FAILED = "employees.failed"
    EMPLOYEES_STUCK = "employees.stuck"
    EMPLOYEES_SEARCH = "employees.search"
    EMPLOYEES_FIND = "employees.find"
    EMPLOYEES_FILTER_LEVEL = "employees.filter.level"
    EMPLOYEES_FILTER_EMPLOYER = "employees.filter.employer"
    EMPLOYEES_CLEAR = "employees.filter.clear"
    EMPLOYEES_PREVIOUS = "employees.previous"
    EMPLOYEES_NEXT = "employees.next"
    EMPLOYEES_LEVEL = "employees.level"
    EMPLOYEE_OPEN = "employee.open"
    EMPLOYEE_PREVIOUS = "employee.previous"
    EMPLOYEE_NEXT = "employee.next"
    EMPLOYEE_AGAIN = "employee.again"
    FIND_EMPLOYER = "find.employer"
    FIND_CARRIER = "find.carrier"
    FIND_ZONE = "find.zone"
    RHYTHM_OPEN = "rhythm.open"
    RHYTHM_KIND = "rhythm.kind"
    RHYTHM_CARRIER = "rhythm.carrier"
    RHYTHM_CLEAR = "rhythm.clear"
    WINDOW_PLAN = "window.plan"
    WINDOW_END = "window.end"
    ALERT_OPEN = "alert.open"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    ALERT_SNOOZE = "alert.snooze"
    ALERT_MORE = "alert.more"
    SUBSCRIPTIONS_OPEN = "subscriptions.open"
    SUBSCRIPTIONS_PREVIOUS = "subscriptions.previous"
    SUBSCRIPTIONS_NEXT = "subscriptions.next"
    SUBSCRIPTION_ADD = "subscription.add"
    SUBSCRIPTION_EDIT = "subscription.edit"
    SUBSCRIPTION_REMOVE = "subscription.remove"
    SUBSCRIPTION_WHOM = "subscription.whom"
    SAMPLE_ARRIVED = "sample.arrived"
    HOME_UNMUTE = "home.unmute"
    HOME_REFRESH = "home.refresh"
    HOME_OPEN = "home.open"
    PEOPLE_OPEN = "people.open"
    PEOPLE_EDIT = "people.edit"
    PEOPLE_REMOVE = "people.remove"
    AUDIT_OPEN = "audit.open"
    AUDIT_PAGE = "audit.page"


class View(StrEnum):
    """Callback ids of modals that are submitted."""

    TURN_ON = "turn_on"
    TURN_OFF = "turn_off"
    GROUP_NUMBER = "group_number"
    LOG = "log_communication"
    RESOLVE = "resolve"
    TICK = "tick"
    BULK = "bulk"
    ESCALATE = "escalate"
    EMPLOYEES = "employees"
    FIND_EMPLOYEES = "find_employees"
    CONFIRM_SYNC = "confirm_sync"
    ASSIGN_LEVEL = "assign_level"
    ALERT_NOTE = "alert_note"
    SUBSCRIPTION = "subscription"
    PERSON = "person"
    RHYTHM = "rhythm"
    WINDOW = "window"
    AUDIT = "audit"


def pack(**values: str | int | list[int] | None) -> str:
    """Write a button's value or a view's private_metadata."""
    return json.dumps(values, separators=(",", ":"))


def number(values: dict[str, Any], name: str) -> int:
    """A row id, version or page out of what was unpacked; stale when there is none that can be one."""
    value = values.get(name)
    if type(value) is not int or abs(value) > _LARGEST:
        raise MovedOn(STALE)
    return value


def optional_number(values: dict[str, Any], name: str) -> int | None:
    return None if values.get(name) is None else number(values, name)


def unpack(text: str | None) -> dict[str, Any]:
    """Read it back. Anything that is not ours is a stale button, and says so."""
    try:
        values = json.loads(text or "")
    except ValueError:
        raise MovedOn(STALE) from None
    if not isinstance(values, dict):
        raise MovedOn(STALE)
    return values
