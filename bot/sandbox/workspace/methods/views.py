"""views.*: modals and App Homes."""

from __future__ import annotations

from bot.sandbox.workspace.errors import Json, SlackError
from bot.sandbox.workspace.methods.calls import Caller, Method, need


def _view(arguments: Json) -> Json:
    need(arguments, "view")
    view = arguments["view"]
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments")
    return view


def _open(caller: Caller, arguments: Json) -> Json:
    need(arguments, "trigger_id")
    view = _view(arguments)
    user = caller.workspace.triggers.exchange(str(arguments["trigger_id"]))
    return {"view": caller.workspace.views.open(user, view)}


def _push(caller: Caller, arguments: Json) -> Json:
    need(arguments, "trigger_id")
    view = _view(arguments)
    user = caller.workspace.triggers.exchange(str(arguments["trigger_id"]))
    return {"view": caller.workspace.views.push(user, view)}


def _update(caller: Caller, arguments: Json) -> Json:
    given = _view(arguments)
    views = caller.workspace.views
    view = views.find(arguments.get("view_id"), arguments.get("external_id"))
    return {"view": views.update(view, given, arguments.get("hash"))}


def _publish(caller: Caller, arguments: Json) -> Json:
    need(arguments, "user_id")
    user = str(arguments["user_id"])
    if user not in caller.workspace.people:
        raise SlackError("user_not_found")
    return {"view": caller.workspace.views.publish(user, _view(arguments), arguments.get("hash"))}


METHODS = {
    "views.open": Method(_open, tier=4, differs="no `interactivity_pointer`"),
    "views.push": Method(_push, tier=4, differs="no `interactivity_pointer`"),
    "views.update": Method(_update, tier=4),
    "views.publish": Method(_publish, tier=4),
}
