"""users.*: who is who."""

from __future__ import annotations

from bot.sandbox.workspace.errors import Json, SlackError
from bot.sandbox.workspace.methods.calls import Caller, Method, need, page


def _info(caller: Caller, arguments: Json) -> Json:
    need(arguments, "user")
    for user in caller.workspace.api_users():
        if user["id"] == arguments["user"]:
            return {"user": user}
    raise SlackError("user_not_found")


def _list(caller: Caller, arguments: Json) -> Json:
    return page(caller.workspace.api_users(), arguments, "members", default=200)


def _by_email(caller: Caller, arguments: Json) -> Json:
    need(arguments, "email")
    wanted = str(arguments["email"]).casefold()
    for user in caller.workspace.api_users():
        if user["profile"].get("email", "").casefold() == wanted:
            return {"user": user}
    raise SlackError("users_not_found")


METHODS = {
    "users.info": Method(_info, ("users:read",), tier=4),
    "users.list": Method(_list, ("users:read",), tier=2),
    "users.lookupByEmail": Method(_by_email, ("users:read.email",), tier=3),
}
