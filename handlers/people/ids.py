"""The ids that Slack sends back to this story."""

from __future__ import annotations

from enum import StrEnum


class PeopleAction(StrEnum):
    """People and their roles."""

    OPEN = "people.open"
    EDIT = "people.edit"
    REMOVE = "people.remove"


class AuditAction(StrEnum):
    """The audit log."""

    OPEN = "audit.open"
    PAGE = "audit.page"


class PeopleForm(StrEnum):
    """Callback ids of the modals that are submitted."""

    PERSON = "person"
    AUDIT = "audit"
