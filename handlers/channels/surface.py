"""What `/carrier-alerts`, its forms, and news of channels answer to."""

from __future__ import annotations

from handlers.channels import events, subscriptions
from handlers.channels.ids import SampleAction, SubscriptionAction, SubscriptionForm, SubscriptionsAction
from handlers.channels.phrases import FILTERS
from handlers.kit.surface import Surface, ids

SURFACE = Surface(
    commands={
        "/carrier-alerts": subscriptions.carrier_alerts,
    },
    actions={
        SubscriptionsAction.OPEN: subscriptions.open_list,
        SubscriptionsAction.PREVIOUS: subscriptions.open_list,
        SubscriptionsAction.NEXT: subscriptions.open_list,
        SubscriptionAction.ADD: subscriptions.ask_subscription,
        SubscriptionAction.EDIT: subscriptions.ask_subscription,
        SubscriptionAction.REMOVE: subscriptions.remove,
        SubscriptionAction.WHOM: subscriptions.choose_whom,
        SampleAction.ARRIVED: subscriptions.ask_arrived,
    },
    views={
        SubscriptionForm.SUBSCRIPTION: subscriptions.save,
    },
    events={
        "member_joined_channel": events.joined,
        "channel_left": events.lost,
        "channel_archive": events.lost,
        "channel_deleted": events.lost,
        "channel_unarchive": events.opened_again,
        "group_left": events.lost,
        "group_archive": events.lost,
        "group_deleted": events.lost,
        "group_unarchive": events.opened_again,
    },
    filters=FILTERS,
    names=ids(SampleAction, SubscriptionAction, SubscriptionForm, SubscriptionsAction),
)
