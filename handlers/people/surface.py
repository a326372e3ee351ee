"""What People and the audit log answer to."""

from __future__ import annotations

from handlers.kit.surface import Surface, ids
from handlers.people import audit_log, roles
from handlers.people.ids import AuditAction, PeopleAction, PeopleForm

SURFACE = Surface(
    actions={
        PeopleAction.OPEN: roles.show_people,
        PeopleAction.EDIT: roles.ask_person,
        PeopleAction.REMOVE: roles.remove_person,
        AuditAction.OPEN: audit_log.open_log,
        AuditAction.PAGE: audit_log.turn_page,
    },
    views={
        PeopleForm.PERSON: roles.assign_person,
        PeopleForm.AUDIT: audit_log.filter_log,
    },
    names=ids(AuditAction, PeopleAction, PeopleForm),
)
