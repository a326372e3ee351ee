"""What `/carrier-messages` and all behind it answers to."""

from __future__ import annotations

from handlers.kit import search
from handlers.kit.surface import Surface, ids
from handlers.messages import bulk, listing, resolutions
from handlers.messages.filters import kept
from handlers.messages.ids import MessageAction, MessagesAction, MessagesForm
from handlers.messages.phrases import FILTERS

SURFACE = Surface(
    commands={
        "/carrier-messages": listing.carrier_messages,
    },
    actions={
        MessagesAction.OPEN: listing.open_list,
        MessagesAction.CHOOSE: listing.choose,
        MessagesAction.NEXT: listing.turn_page,
        MessagesAction.PREVIOUS: listing.turn_page,
        MessagesAction.FILTER_SEVERITY: listing.filter_list,
        MessagesAction.FILTER_KIND: listing.filter_list,
        MessagesAction.FILTER_EMPLOYER: listing.filter_list,
        MessagesAction.FILTER_CARRIER: listing.filter_list,
        MessagesAction.FILTER_SHOW: listing.filter_list,
        MessagesAction.CLEAR: listing.filter_list,
        MessageAction.OPEN: resolutions.open_message,
        MessageAction.NEXT: resolutions.next_failure,
        MessageAction.ESCALATE: resolutions.ask_escalation,
        MessagesAction.TICK: bulk.ask_which,
        MessagesAction.TICK_NEXT: bulk.turn_page,
        MessagesAction.TICK_PREVIOUS: bulk.turn_page,
    },
    options={
        MessagesAction.FILTER_EMPLOYER: search.employers,
        MessagesAction.FILTER_CARRIER: search.carriers,
    },
    views={
        MessagesForm.RESOLVE: resolutions.resolve,
        MessagesForm.TICK: bulk.choose,
        MessagesForm.BULK: bulk.resolve_many,
        MessagesForm.ESCALATE: resolutions.escalate,
    },
    filters={**FILTERS, "kept": kept},
    names=ids(MessageAction, MessagesAction, MessagesForm),
)
