"""What happens when a person presses, chooses, searches, submits or closes something."""

from __future__ import annotations

from bot.sandbox.workspace import payloads
from bot.sandbox.workspace.blocks import find_element, interactive, is_empty, merged_values
from bot.sandbox.workspace.conversations import Channel
from bot.sandbox.workspace.errors import Json, SlackError, refused
from bot.sandbox.workspace.state import Workspace
from handlers.kit.blockkit import option_problems

TROUBLE = "We had some trouble connecting. Try again?"
_REQUIRED = "Please complete this required field."
_NAMED_BY_ELEMENT = ("value", "text", "style")


class Source:
    """Where an element sits: in a message, or in a view."""

    def __init__(self, workspace: Workspace, user: str, given: Json) -> None:
        self.view: Json | None = None
        self.channel: Channel | None = None
        if "view_id" in given:
            self.view = workspace.views.find(given["view_id"])
            self._holder: Json = self.view
            if workspace.views.owner(given["view_id"]) != user:
                raise SlackError("not_found")
        else:
            self.channel = workspace.conversations.get(given["channel"])
            key = given.get("ephemeral_id") or given["ts"]
            self._holder = workspace.conversations.find(self.channel, key)
            if user not in self.channel.members or self._holder.get("to") not in {None, user}:
                raise SlackError("message_not_found")

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self._holder.get("blocks", [])
        return blocks

    def place(self) -> Json:
        if self.channel is not None:
            return payloads.from_message(self.channel, self._holder)
        return payloads.from_view(self._holder)

    def response_url(self, workspace: Workspace, user: str) -> Json:
        if self.channel is None:
            return {}
        held = self._holder
        path = workspace.response_urls.issue(
            user,
            self.channel.id,
            ts=None if held.get("is_ephemeral") else held["ts"],
            ephemeral_id=held.get("ephemeral_id"),
            thread_ts=held.get("thread_ts"),
        )
        return {"response_url": workspace.base_url + path}


async def act(workspace: Workspace, user: str, body: Json) -> Json:
    source = Source(workspace, user, body["source"])
    values = _held_values(workspace, source, body.get("values") or {})
    action = _action(source, body)
    place = source.place()
    payload = payloads.block_actions(workspace, user, place, action, values)
    payload |= source.response_url(workspace, user)
    outcome = await workspace.delivery.send("interactive", f"block_actions {action['action_id']}", payload)
    if not outcome.acked:
        channel = source.channel.id if source.channel else None
        workspace.notice(user, TROUBLE, channel)
        return {"ok": False, "error": outcome.error, "text": TROUBLE}
    return {"ok": True}


def _held_values(workspace: Workspace, source: Source, values: Json) -> Json:
    if source.view is None:
        return merged_values(source.blocks, values)
    workspace.views.hold(source.view, values)
    held: Json = source.view["state"]["values"]
    return held


def _action(source: Source, body: Json) -> Json:
    """The action as Slack sends it.

    A page that has not yet seen an edit may send an action that the message no longer has: the bot gets it
    all the same, with what the page knew.
    """
    ids = {"action_id": body["action_id"], "block_id": body["block_id"]}
    element = find_element(source.blocks, body["block_id"], body["action_id"])
    given: Json = body.get("action") or {}
    if element is None:
        return {"type": "button", **given, **ids}
    own = {name: element[name] for name in _NAMED_BY_ELEMENT if name in element}
    return {**given, **own, **ids, "type": element["type"]}


async def suggest(workspace: Workspace, user: str, body: Json) -> Json:
    source = Source(workspace, user, body["source"])
    asked = {name: body[name] for name in ("action_id", "block_id", "value")}
    payload = payloads.block_suggestion(workspace, user, source.place(), asked)
    outcome = await workspace.delivery.send("interactive", f"block_suggestion {body['action_id']}", payload)
    if not outcome.acked:
        return {"ok": False, "error": outcome.error, "text": "No results could be loaded. Try again?"}
    parts = ("options", "option_groups")
    answer: Json = {name: outcome.answer[name] for name in parts if name in outcome.answer}
    found = option_problems(answer)
    if found:
        raise refused("invalid_arguments", found)
    return {"ok": True, **(answer or {"options": []})}


async def submit(workspace: Workspace, user: str, body: Json) -> Json:
    source = Source(workspace, user, {"view_id": body["view_id"]})
    view = source.view or {}
    _held_values(workspace, source, body.get("values") or {})
    errors = _unfilled(view)
    if errors:
        return {"ok": False, "error": "unfilled", "errors": errors}
    name = f"view_submission {view['callback_id']}"
    payload = payloads.view_submission(workspace, user, view)
    outcome = await workspace.delivery.send("interactive", name, payload)
    if not outcome.acked:
        workspace.notice(user, TROUBLE)
        return {"ok": False, "error": outcome.error, "text": TROUBLE, "errors": {}}
    return _follow(workspace, user, view, outcome.answer)


def _unfilled(view: Json) -> Json:
    """What Slack's own client objects to before it sends anything."""
    blocks = {block.get("block_id"): block for block in view["blocks"]}
    errors = {}
    for block, element in interactive(view["blocks"]):
        value = view["state"]["values"].get(block["block_id"], {}).get(element["action_id"])
        if block["type"] != "input" or value is None:
            continue
        if is_empty(value):
            if not blocks[block["block_id"]].get("optional"):
                errors[block["block_id"]] = _REQUIRED
        elif problem := _unfit(element, value):
            errors[block["block_id"]] = problem
    return errors


def _unfit(element: Json, value: Json) -> str:
    text = value.get("value")
    if not isinstance(text, str):
        return ""
    if len(text) < element.get("min_length", 0):
        return f"Enter at least {element['min_length']} characters."
    if len(text) > element.get("max_length", len(text)):
        return f"Enter at most {element['max_length']} characters."
    return _unfit_kind(element, text)


def _unfit_kind(element: Json, text: str) -> str:
    if element["type"] == "email_text_input" and ("@" not in text or text != text.strip()):
        return "Please enter a valid email address."
    if element["type"] == "url_text_input" and "://" not in text:
        return "Please enter a valid URL."
    if element["type"] == "number_input":
        return _unfit_number(element, text)
    return ""


def _unfit_number(element: Json, text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        return "Please enter a number."
    if number != int(number) and not element.get("is_decimal_allowed"):
        return "Please enter a whole number."
    if number < float(element.get("min_value", number)) or number > float(element.get("max_value", number)):
        return "Please enter a number in the allowed range."
    return ""


def _follow(workspace: Workspace, user: str, view: Json, answer: Json) -> Json:
    """Do what the answer to a submission asks for."""
    action = answer.get("response_action")
    try:
        if action == "errors":
            return _errors(workspace, user, view, answer.get("errors") or {})
        if action == "update":
            workspace.views.update(view, answer["view"])
        elif action == "push":
            workspace.views.push(user, answer["view"])
        elif action == "clear":
            workspace.views.clear(user)
        else:
            workspace.views.remove(user, view["id"])
    except (SlackError, KeyError) as error:
        workspace.notice(user, TROUBLE)
        workspace.trace.add("ack", "view_submission", answer, ok=False, detail=f"refused: {error}")
        return {"ok": False, "error": str(error), "text": TROUBLE, "errors": {}}
    return {"ok": True}


def _errors(workspace: Workspace, user: str, view: Json, errors: Json) -> Json:
    """Slack shows errors under input blocks only; others make the whole answer fail."""
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not errors or not set(errors) <= inputs:
        workspace.notice(user, TROUBLE)
        unknown = sorted(set(errors) - inputs)
        workspace.trace.add(
            "ack", "view_submission", errors, ok=False, detail=f"errors for no input: {unknown}"
        )
        return {"ok": False, "error": "invalid_errors", "text": TROUBLE, "errors": {}}
    return {"ok": False, "error": "errors", "errors": errors}


async def close(workspace: Workspace, user: str, body: Json) -> Json:
    views = workspace.views
    view = Source(workspace, user, {"view_id": body["view_id"]}).view or {}
    cleared = bool(body.get("all")) or view["clear_on_close"]
    gone = views.stack(user) if cleared else [view]
    if cleared:
        views.clear(user)
    else:
        views.remove(user, view["id"])
    for one in gone:
        if one["notify_on_close"]:
            payload = payloads.view_closed(workspace, user, one, is_cleared=cleared)
            await workspace.delivery.send("interactive", f"view_closed {one['callback_id']}", payload)
    return {"ok": True}
