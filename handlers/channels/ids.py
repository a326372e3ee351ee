"""The ids that Slack sends back to this story."""

from __future__ import annotations

from enum import StrEnum


class SubscriptionsAction(StrEnum):
    """The list of subscriptions."""

    OPEN = "subscriptions.open"
    PREVIOUS = "subscriptions.previous"
    NEXT = "subscriptions.next"


class SubscriptionAction(StrEnum):
    """One subscription."""

    ADD = "subscription.add"
    EDIT = "subscription.edit"
    REMOVE = "subscription.remove"
    WHOM = "subscription.whom"


class SampleAction(StrEnum):
    """The sample that `/carrier-alerts test` sends."""

    ARRIVED = "sample.arrived"


class SubscriptionForm(StrEnum):
    """Callback ids of the modals that are submitted."""

    SUBSCRIPTION = "subscription"
