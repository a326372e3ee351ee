"""Slack in, Slack out. The whole surface stands in one table; a test holds manifest.yml equal to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import App

from handlers.alerts import buttons
from handlers.channels import events, subscriptions
from handlers.employees import listing, sync
from handlers.home import home
from handlers.kit import errors, middleware, search
from handlers.kit.ids import Action, View
from handlers.kit.rendering import Renderer
from handlers.messages import bulk, resolutions
from handlers.messages import listing as messages
from handlers.people import audit_log, roles
from handlers.status import cadence, commands, forms
from services.desk import Desk

Listener = Callable[..., Any]


@dataclass(frozen=True)
class Surface:
    """Exact names alone: Bolt asks its listeners one after the other, so the frequent ones come first."""

    commands: dict[str, Listener] = field(default_factory=dict)
    actions: dict[Action, Listener] = field(default_factory=dict)
    options: dict[Action, Listener] = field(default_factory=dict)
    views: dict[View, Listener] = field(default_factory=dict)
    events: dict[str, Listener] = field(default_factory=dict)


SURFACE = Surface(
    commands={
        "/carrier-status": commands.carrier_status,
        "/carrier-messages": messages.carrier_messages,
        "/carrier-alerts": subscriptions.carrier_alerts,
        "/sync-employees": listing.sync_employees,
    },
    actions={
        Action.STATUS_INTEGRATION: commands.show_integration,
        Action.STATUS_CHOOSE: commands.choose,
        Action.STATUS_ALL: commands.show_all,
        Action.STATUS_NEXT: commands.page_all,
        Action.STATUS_PREVIOUS: commands.page_all,
        Action.STATUS_FILTER_EMPLOYER: commands.filter_all,
        Action.STATUS_FILTER_CARRIER: commands.filter_all,
        Action.STATUS_FILTER_SHOW: commands.filter_all,
        Action.STATUS_FILTER_CLEAR: commands.filter_all,
        Action.STATUS_HISTORY: commands.show_history,
        Action.STATUS_TURN_ON: forms.ask,
        Action.STATUS_TURN_OFF: forms.ask,
        Action.STATUS_GROUP_NUMBER: forms.ask,
        Action.STATUS_LOG: forms.ask,
        Action.MESSAGES_OPEN: messages.open_list,
        Action.MESSAGES_CHOOSE: messages.choose,
        Action.MESSAGES_NEXT: messages.turn_page,
        Action.MESSAGES_PREVIOUS: messages.turn_page,
        Action.MESSAGES_FILTER_SEVERITY: messages.filter_list,
        Action.MESSAGES_FILTER_KIND: messages.filter_list,
        Action.MESSAGES_FILTER_EMPLOYER: messages.filter_list,
        Action.MESSAGES_FILTER_CARRIER: messages.filter_list,
        Action.MESSAGES_FILTER_SHOW: messages.filter_list,
        Action.MESSAGES_CLEAR: messages.filter_list,
        Action.MESSAGE_OPEN: resolutions.open_message,
        Action.MESSAGE_NEXT: resolutions.next_failure,
        Action.MESSAGE_ESCALATE: resolutions.ask_escalation,
        Action.MESSAGES_TICK: bulk.ask_which,
        Action.MESSAGES_TICK_NEXT: bulk.turn_page,
        Action.MESSAGES_TICK_PREVIOUS: bulk.turn_page,
        Action.EMPLOYEES_OPEN: listing.open_list,
        Action.EMPLOYEES_NOT_SYNCING: listing.filter_list,
        Action.EMPLOYEES_IN_PROGRESS: listing.filter_list,
        Action.EMPLOYEES_SUCCESSFUL: listing.filter_list,
        Action.EMPLOYEES_FAILED: listing.filter_list,
        Action.EMPLOYEES_STUCK: listing.filter_list,
        Action.EMPLOYEES_SEARCH: listing.filter_list,
        Action.EMPLOYEES_FIND: listing.filter_list,
        Action.EMPLOYEES_FILTER_LEVEL: listing.filter_list,
        Action.EMPLOYEES_FILTER_EMPLOYER: listing.filter_list,
        Action.EMPLOYEES_CLEAR: listing.filter_list,
        Action.EMPLOYEES_PREVIOUS: listing.turn_page,
        Action.EMPLOYEES_NEXT: listing.turn_page,
        Action.EMPLOYEES_LEVEL: sync.ask_level,
        Action.EMPLOYEE_OPEN: listing.open_employee,
        Action.EMPLOYEE_PREVIOUS: listing.turn_history,
        Action.EMPLOYEE_NEXT: listing.turn_history,
        Action.EMPLOYEE_AGAIN: listing.try_again,
        Action.RHYTHM_OPEN: cadence.open_rhythm,
        Action.RHYTHM_KIND: cadence.choose_kind,
        Action.RHYTHM_CARRIER: cadence.open_rhythm,
        Action.RHYTHM_CLEAR: cadence.clear_rhythm,
        Action.WINDOW_PLAN: cadence.ask_window,
        Action.WINDOW_END: cadence.end_window,
        Action.ALERT_OPEN: buttons.open_alert,
        Action.ALERT_ACKNOWLEDGE: buttons.acknowledge,
        Action.ALERT_SNOOZE: buttons.snooze,
        Action.ALERT_MORE: buttons.more,
        Action.SUBSCRIPTIONS_OPEN: subscriptions.open_list,
        Action.SUBSCRIPTIONS_PREVIOUS: subscriptions.open_list,
        Action.SUBSCRIPTIONS_NEXT: subscriptions.open_list,
        Action.SUBSCRIPTION_ADD: subscriptions.ask_subscription,
        Action.SUBSCRIPTION_EDIT: subscriptions.ask_subscription,
        Action.SUBSCRIPTION_REMOVE: subscriptions.remove,
        Action.SUBSCRIPTION_WHOM: subscriptions.choose_whom,
        Action.SAMPLE_ARRIVED: subscriptions.ask_arrived,
        Action.HOME_UNMUTE: home.unmute,
        Action.HOME_REFRESH: home.refresh,
        Action.HOME_OPEN: home.open_item,
        Action.PEOPLE_OPEN: roles.show_people,
        Action.PEOPLE_EDIT: roles.ask_person,
        Action.PEOPLE_REMOVE: roles.remove_person,
        Action.AUDIT_OPEN: audit_log.open_log,
        Action.AUDIT_PAGE: audit_log.turn_page,
    },
    options={
        Action.FIND_EMPLOYER: search.employers,
        Action.FIND_CARRIER: search.carriers,
        Action.FIND_ZONE: search.time_zones,
        Action.RHYTHM_CARRIER: search.carriers,
        Action.STATUS_FILTER_EMPLOYER: search.employers,
        Action.STATUS_FILTER_CARRIER: search.carriers,
        Action.MESSAGES_FILTER_EMPLOYER: search.employers,
        Action.EMPLOYEES_FILTER_EMPLOYER: search.employers,
        Action.MESSAGES_FILTER_CARRIER: search.carriers,
    },
    views={
        View.TURN_ON: forms.change,
        View.TURN_OFF: forms.change,
        View.GROUP_NUMBER: forms.change,
        View.LOG: forms.log_communication,
        View.RHYTHM: cadence.set_rhythm,
        View.WINDOW: cadence.plan_window,
        View.RESOLVE: resolutions.resolve,
        View.TICK: bulk.choose,
        View.BULK: bulk.resolve_many,
        View.ESCALATE: resolutions.escalate,
        View.EMPLOYEES: sync.choose,
        View.FIND_EMPLOYEES: listing.find,
        View.CONFIRM_SYNC: sync.start,
        View.ASSIGN_LEVEL: sync.assign_level,
        View.ALERT_NOTE: buttons.acknowledge_with_note,
        View.SUBSCRIPTION: subscriptions.save,
        View.PERSON: roles.assign_person,
        View.AUDIT: audit_log.filter_log,
    },
    events={
        "app_home_opened": home.opened,
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
)


def register(app: App, desk: Desk, render: Renderer, operators: str | None = None) -> None:
    """Join every listener of the surface to the app. `operators`: the channel of those who run Lastsync."""
    middleware.register(app, desk, render, operators)
    for name, listener in SURFACE.commands.items():
        app.command(name)(listener)
    for action, listener in SURFACE.actions.items():
        app.action(action.value)(listener)
    for action, listener in SURFACE.options.items():
        app.options(action.value)(listener)
    for view, listener in SURFACE.views.items():
        app.view(view.value)(listener)
    for event, listener in SURFACE.events.items():
        app.event(event)(listener)
    errors.register(app, render)
