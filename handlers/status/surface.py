"""What `/carrier-status` and all behind it answers to."""

from __future__ import annotations

from handlers.kit import search
from handlers.kit.surface import Surface, ids
from handlers.status import cadence, commands, forms
from handlers.status.ids import CadenceAction, StatusAction, StatusForm, WindowAction
from handlers.status.phrases import CHANGES, FILTERS

SURFACE = Surface(
    commands={
        "/carrier-status": commands.carrier_status,
    },
    actions={
        StatusAction.INTEGRATION: commands.show_integration,
        StatusAction.CHOOSE: commands.choose,
        StatusAction.ALL: commands.show_all,
        StatusAction.NEXT: commands.page_all,
        StatusAction.PREVIOUS: commands.page_all,
        StatusAction.FILTER_EMPLOYER: commands.filter_all,
        StatusAction.FILTER_CARRIER: commands.filter_all,
        StatusAction.FILTER_SHOW: commands.filter_all,
        StatusAction.FILTER_CLEAR: commands.filter_all,
        StatusAction.HISTORY: commands.show_history,
        StatusAction.TURN_ON: forms.ask,
        StatusAction.TURN_OFF: forms.ask,
        StatusAction.GROUP_NUMBER: forms.ask,
        StatusAction.LOG: forms.ask,
        CadenceAction.OPEN: cadence.open_cadence,
        CadenceAction.KIND: cadence.choose_kind,
        CadenceAction.CARRIER: cadence.open_cadence,
        CadenceAction.CLEAR: cadence.clear_cadence,
        WindowAction.PLAN: cadence.ask_window,
        WindowAction.END: cadence.end_window,
    },
    options={
        CadenceAction.CARRIER: search.carriers,
        StatusAction.FILTER_EMPLOYER: search.employers,
        StatusAction.FILTER_CARRIER: search.carriers,
    },
    views={
        StatusForm.TURN_ON: forms.change,
        StatusForm.TURN_OFF: forms.change,
        StatusForm.GROUP_NUMBER: forms.change,
        StatusForm.LOG: forms.log_communication,
        StatusForm.CADENCE: cadence.set_cadence,
        StatusForm.WINDOW: cadence.plan_window,
    },
    filters=FILTERS,
    names={**ids(CadenceAction, StatusAction, StatusForm, WindowAction), "CHANGES": CHANGES},
)
