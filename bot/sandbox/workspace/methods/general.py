"""auth.test, apps.connections.open, api.test, team.info, bots.info and blocks.validate."""

from __future__ import annotations

from bot.sandbox.workspace.errors import Json, SlackError
from bot.sandbox.workspace.methods.calls import Caller, Method
from handlers.kit.blockkit import Problem, problems


def _api_test(_caller: Caller, arguments: Json) -> Json:
    if "error" in arguments:
        raise SlackError(str(arguments["error"]), args=arguments)
    return {"args": arguments}


def _auth_test(caller: Caller, _arguments: Json) -> Json:
    workspace = caller.workspace
    return {
        "url": f"http://{caller.host}/",
        "team": workspace.team["name"],
        "user": workspace.bot_name.lower(),
        "team_id": workspace.team["id"],
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "app_id": workspace.app_id,
        "is_enterprise_install": False,
    }


def _open_connection(caller: Caller, _arguments: Json) -> Json:
    workspace = caller.workspace
    return {
        "url": f"ws://{caller.host}/link/?ticket={workspace.socket_tickets.issue()}&app_id={workspace.app_id}"
    }


def _team(caller: Caller, _arguments: Json) -> Json:
    return {"team": {**caller.workspace.team, "email_domain": "", "icon": {}}}


def _bot(caller: Caller, arguments: Json) -> Json:
    workspace = caller.workspace
    if arguments.get("bot", workspace.bot_id) != workspace.bot_id:
        raise SlackError("bot_not_found")
    ids = {"id": workspace.bot_id, "app_id": workspace.app_id, "user_id": workspace.bot_user_id}
    return {"bot": {**ids, "deleted": False, "name": workspace.bot_name, "updated": 0, "icons": {}}}


def _found(arguments: Json) -> tuple[str, list[Problem]]:
    given = [name for name in ("blocks", "view", "message") if name in arguments]
    if len(given) != 1:
        raise SlackError("invalid_arguments")
    payload = arguments[given[0]]
    if given[0] == "view":
        kind = payload.get("type") if isinstance(payload, dict) else None
        return "invalid_view", problems("home" if kind == "home" else "modal", payload)
    blocks = payload if given[0] == "blocks" else payload.get("blocks")
    return f"invalid_{given[0]}", problems("message", {"text": "-", "blocks": blocks})


def _validate(_caller: Caller, arguments: Json) -> Json:
    error, found = _found(arguments)
    if found:
        raise SlackError(error, errors=[problem.as_dict() for problem in found])
    return {}


METHODS = {
    "api.test": Method(_api_test, tier=4, token="none"),  # noqa: S106 - the kind of token
    "auth.test": Method(_auth_test),
    "apps.connections.open": Method(_open_connection, token="app"),  # noqa: S106
    "team.info": Method(_team, ("team:read",), tier=3, differs="no icon"),
    "bots.info": Method(_bot, ("users:read",), tier=3),
    "blocks.validate": Method(_validate, token="none", differs="no token is asked for"),  # noqa: S106
}
