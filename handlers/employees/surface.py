"""What `/sync-employees` and all behind it answers to."""

from __future__ import annotations

from handlers.employees import listing, sync
from handlers.employees.filters import kept
from handlers.employees.ids import EmployeeAction, EmployeesAction, EmployeesForm
from handlers.employees.phrases import FILTERS, READ_ONLY
from handlers.kit import search
from handlers.kit.surface import Surface, ids
from services.employees.batches import NO_SWITCH_OFF

SURFACE = Surface(
    commands={
        "/sync-employees": listing.sync_employees,
    },
    actions={
        EmployeesAction.OPEN: listing.open_list,
        EmployeesAction.NOT_SYNCING: listing.filter_list,
        EmployeesAction.IN_PROGRESS: listing.filter_list,
        EmployeesAction.SUCCESSFUL: listing.filter_list,
        EmployeesAction.FAILED: listing.filter_list,
        EmployeesAction.STUCK: listing.filter_list,
        EmployeesAction.SEARCH: listing.filter_list,
        EmployeesAction.FIND: listing.filter_list,
        EmployeesAction.FILTER_LEVEL: listing.filter_list,
        EmployeesAction.FILTER_EMPLOYER: listing.filter_list,
        EmployeesAction.CLEAR: listing.filter_list,
        EmployeesAction.PREVIOUS: listing.turn_page,
        EmployeesAction.NEXT: listing.turn_page,
        EmployeesAction.LEVEL: sync.ask_level,
        EmployeeAction.OPEN: listing.open_employee,
        EmployeeAction.PREVIOUS: listing.turn_history,
        EmployeeAction.NEXT: listing.turn_history,
        EmployeeAction.AGAIN: listing.try_again,
    },
    options={
        EmployeesAction.FILTER_EMPLOYER: search.employers,
    },
    views={
        EmployeesForm.LIST: sync.choose,
        EmployeesForm.FIND: listing.find,
        EmployeesForm.CONFIRM_SYNC: sync.start,
        EmployeesForm.ASSIGN_LEVEL: sync.assign_level,
    },
    filters={**FILTERS, "employees_kept": kept},
    names={
        **ids(EmployeeAction, EmployeesAction, EmployeesForm),
        "NO_SWITCH_OFF": NO_SWITCH_OFF,
        "READ_ONLY": READ_ONLY,
    },
)
