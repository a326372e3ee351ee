"""Slack in, Slack out. The whole surface stands in one table; a test holds manifest.yml equal to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import App

from handlers import (
    alerts,
    audit_log,
    bulk,
    channels,
    configuring,
    employees,
    errors,
    home,
    messages,
    middleware,
    people,
    resolutions,
    rhythms,
    search,
    statuses,
    subscriptions,
    syncing,
)
from handlers.ids import Action, View
from handlers.rendering import Renderer
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
        "/carrier-status": statuses.carrier_status,
        "/carrier-messages": messages.carrier_messages,
        "/carrier-alerts": subscriptions.carrier_alerts,
        "/sync-employees": employees.sync_employees,
    },
    actions={
        Action.STATUS_INTEGRATION: statuses.show_integration,
        Action.STATUS_CHOOSE: statuses.choose,
        Action.STATUS_ALL: statuses.show_all,
        Action.STATUS_NEXT: statuses.page_all,
        Action.STATUS_PREVIOUS: statuses.page_all,
        Action.STATUS_FILTER_EMPLOYER: statuses.filter_all,
        Action.STATUS_FILTER_CARRIER: statuses.filter_all,
        Action.STATUS_FILTER_SHOW: statuses.filter_all,
        Action.STATUS_FILTER_CLEAR: statuses.filter_all,
        Action.STATUS_HISTORY: statuses.show_history,
        Action.STATUS_TURN_ON: configuring.ask,
        Action.STATUS_TURN_OFF: configuring.ask,
        Action.STATUS_GROUP_NUMBER: configuring.ask,
        Action.STATUS_LOG: configuring.ask,
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
        Action.EMPLOYEES_OPEN: employees.open_list,
        Action.EMPLOYEES_NOT_SYNCING: employees.filter_list,
        Action.EMPLOYEES_IN_PROGRESS: employees.filter_list,
        Action.EMPLOYEES_SUCCESSFUL: employees.filter_list,
        Action.EMPLOYEES_FAILED: employees.filter_list,
        Action.EMPLOYEES_STUCK: employees.filter_list,
        Action.EMPLOYEES_SEARCH: employees.filter_list,
        Action.EMPLOYEES_FIND: employees.filter_list,
        Action.EMPLOYEES_FILTER_LEVEL: employees.filter_list,
        Action.EMPLOYEES_FILTER_EMPLOYER: employees.filter_list,
        Action.EMPLOYEES_CLEAR: employees.filter_list,
        Action.EMPLOYEES_PREVIOUS: employees.turn_page,
        Action.EMPLOYEES_NEXT: employees.turn_page,
        Action.EMPLOYEES_LEVEL: syncing.ask_level,
        Action.EMPLOYEE_OPEN: employees.open_employee,
        Action.EMPLOYEE_PREVIOUS: employees.turn_history,
        Action.EMPLOYEE_NEXT: employees.turn_history,
        Action.EMPLOYEE_AGAIN: employees.try_again,
        Action.RHYTHM_OPEN: rhythms.open_rhythm,
        Action.RHYTHM_KIND: rhythms.choose_kind,
        Action.RHYTHM_CARRIER: rhythms.open_rhythm,
        Action.RHYTHM_CLEAR: rhythms.clear_rhythm,
        Action.WINDOW_PLAN: rhythms.ask_window,
        Action.WINDOW_END: rhythms.end_window,
        Action.ALERT_OPEN: alerts.open_alert,
        Action.ALERT_ACKNOWLEDGE: alerts.acknowledge,
        Action.ALERT_SNOOZE: alerts.snooze,
        Action.ALERT_MORE: alerts.more,
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
        Action.PEOPLE_OPEN: people.show_people,
        Action.PEOPLE_EDIT: people.ask_person,
        Action.PEOPLE_REMOVE: people.remove_person,
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
        View.TURN_ON: configuring.change,
        View.TURN_OFF: configuring.change,
        View.GROUP_NUMBER: configuring.change,
        View.LOG: configuring.log_communication,
        View.RHYTHM: rhythms.set_rhythm,
        View.WINDOW: rhythms.plan_window,
        View.RESOLVE: resolutions.resolve,
        View.TICK: bulk.choose,
        View.BULK: bulk.resolve_many,
        View.ESCALATE: resolutions.escalate,
        View.EMPLOYEES: syncing.choose,
        View.FIND_EMPLOYEES: employees.find,
        View.CONFIRM_SYNC: syncing.start,
        View.ASSIGN_LEVEL: syncing.assign_level,
        View.ALERT_NOTE: alerts.acknowledge_with_note,
        View.SUBSCRIPTION: subscriptions.save,
        View.PERSON: people.assign_person,
        View.AUDIT: audit_log.filter_log,
    },
    events={
        "app_home_opened": home.opened,
        "member_joined_channel": channels.joined,
        "channel_left": channels.lost,
        "channel_archive": channels.lost,
        "channel_deleted": channels.lost,
        "channel_unarchive": channels.opened_again,
        "group_left": channels.lost,
        "group_archive": channels.lost,
        "group_deleted": channels.lost,
        "group_unarchive": channels.opened_again,
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
