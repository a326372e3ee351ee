"""The ids that Slack sends back to this story."""

from __future__ import annotations

from enum import StrEnum


class EmployeesAction(StrEnum):
    """The list of employees."""

    OPEN = "employees.open"
    NOT_SYNCING = "employees.not_syncing"
    IN_PROGRESS = "employees.in_progress"
    SUCCESSFUL = "employees.successful"
    FAILED = "employees.failed"
    STUCK = "employees.stuck"
    SEARCH = "employees.search"
    FIND = "employees.find"
    FILTER_LEVEL = "employees.filter.level"
    FILTER_EMPLOYER = "employees.filter.employer"
    CLEAR = "employees.filter.clear"
    PREVIOUS = "employees.previous"
    NEXT = "employees.next"
    LEVEL = "employees.level"


class EmployeeAction(StrEnum):
    """One employee."""

    OPEN = "employee.open"
    PREVIOUS = "employee.previous"
    NEXT = "employee.next"
    AGAIN = "employee.again"


class EmployeesForm(StrEnum):
    """Callback ids of the modals that are submitted."""

    LIST = "employees"
    FIND = "find_employees"
    CONFIRM_SYNC = "confirm_sync"
    ASSIGN_LEVEL = "assign_level"
