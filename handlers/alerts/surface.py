"""What the buttons of an alert card answer to."""

from __future__ import annotations

from handlers.alerts import buttons
from handlers.alerts.ids import AlertAction, AlertForm
from handlers.alerts.phrases import FILTERS
from handlers.kit.surface import Surface, ids

SURFACE = Surface(
    actions={
        AlertAction.OPEN: buttons.open_alert,
        AlertAction.ACKNOWLEDGE: buttons.acknowledge,
        AlertAction.SNOOZE: buttons.snooze,
        AlertAction.MORE: buttons.more,
    },
    views={
        AlertForm.NOTE: buttons.acknowledge_with_note,
    },
    filters=FILTERS,
    names=ids(AlertAction, AlertForm),
)
