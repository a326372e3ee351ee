"""The store. Uniqueness that the rules rest on is here, in the schema, not in the code that writes."""

from __future__ import annotations

from services.models.alerts import (
    Alert,
    AlertEvent,
    Card,
    Channel,
    Digest,
    Mute,
    Sample,
    Subscription,
    SubscriptionCarrier,
    SubscriptionEmployer,
)
from services.models.changes import Change, Communication
from services.models.employees import Attempt, Batch, Employee, Level, Selection
from services.models.exchange import (
    CadenceOverride,
    Carrier,
    CarrierMessage,
    Employer,
    Integration,
    MaintenanceWindow,
    Reading,
    SetAsideItem,
    Sync,
)
from services.models.messages import Bulk, Escalation, MessageRef, Resolution
from services.models.people import AuditEvent, Person, PersonEmployer, PersonZone, Seen

__all__ = [
    "Alert",
    "AlertEvent",
    "Attempt",
    "AuditEvent",
    "Batch",
    "Bulk",
    "CadenceOverride",
    "Card",
    "Carrier",
    "CarrierMessage",
    "Change",
    "Channel",
    "Communication",
    "Digest",
    "Employee",
    "Employer",
    "Escalation",
    "Integration",
    "Level",
    "MaintenanceWindow",
    "MessageRef",
    "Mute",
    "Person",
    "PersonEmployer",
    "PersonZone",
    "Reading",
    "Resolution",
    "Sample",
    "Seen",
    "Selection",
    "SetAsideItem",
    "Subscription",
    "SubscriptionCarrier",
    "SubscriptionEmployer",
    "Sync",
]
