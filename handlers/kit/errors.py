"""The one error handler: every error becomes a sentence for the person, in the place they are looking at."""

from __future__ import annotations

import json
import logging
import secrets
from typing import Any

from slack_bolt import App, BoltResponse, Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from handlers.kit import modals
from handlers.kit.mrkdwn import Mrkdwn, escape, mention
from handlers.kit.rendering import Renderer
from services.errors import Invalid, LastsyncError, Unentitled
from services.store import trouble

log = logging.getLogger(__name__)

_TOO_LATE = frozenset({"expired_trigger_id", "trigger_expired", "invalid_trigger_id", "exchanged_trigger_id"})
_SLACKS_OWN = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable"})
_SERVER_ERROR = 500


def register(app: App, render: Renderer) -> None:
    @app.error
    def handle(
        error: Exception, body: dict[str, Any], respond: Respond, client: WebClient
    ) -> BoltResponse | None:
        if isinstance(error, Invalid) and body.get("type") == "view_submission":
            return _answer({"response_action": "errors", "errors": error.fields})
        return _tell(_sentence(error), body, respond, client, render)


def _sentence(error: Exception) -> Mrkdwn:
    if isinstance(error, Unentitled) and error.ask:
        names = " or ".join(mention(user_id) for user_id in sorted(error.ask))
        return Mrkdwn(f"{escape(error.sentence)} Ask {names}.")
    if isinstance(error, LastsyncError):
        return escape(error.sentence)
    if _code(error) in _TOO_LATE:
        return escape("That took longer than Slack waits before it opens a form. Press the button again.")
    if _is_slacks_own(error):
        return escape("Slack did not take the answer just now. Try again in a minute.")
    if found := trouble.trouble_of(error):
        log.error("The store %s", found)
        return escape(trouble.sentence(found))
    reference = secrets.token_hex(4)
    log.error("unexpected error %s", reference, exc_info=error)
    return Mrkdwn(f"That did not work, and the mistake is ours. Try again, or report it as {reference}.")


def _code(error: Exception) -> str:
    """Slack's own code, where it refused a call."""
    return str(error.response.get("error", "")) if isinstance(error, SlackApiError) else ""


def _is_slacks_own(error: Exception) -> bool:
    """Slack is out of order, busy or out of reach: nothing that we did."""
    if not isinstance(error, SlackApiError):
        return isinstance(error, OSError)
    status = getattr(error.response, "status_code", 0)
    return status >= _SERVER_ERROR or _code(error) in _SLACKS_OWN


def _tell(
    sentence: str, body: dict[str, Any], respond: Respond, client: WebClient, render: Renderer
) -> BoltResponse | None:
    kind = body.get("type")
    if "command" in body:
        return _answer({"response_type": "ephemeral", "text": sentence})
    if kind == "view_submission":
        return _answer({"response_action": "update", "view": render.modal("kit/notice", sentence=sentence)})
    if kind == "block_suggestion":
        return _answer({"options": []})
    if kind == "block_actions":
        _tell_presser(sentence, body, respond, client, render)
    return _answer({})


def _tell_presser(
    sentence: str, body: dict[str, Any], respond: Respond, client: WebClient, render: Renderer
) -> None:
    """Say it beside the message, or on top of the modal. An error must not cause another one here."""
    try:
        if body.get("response_url"):
            respond(text=sentence, replace_original=False, response_type="ephemeral")
        else:
            modals.open_or_push(client, body, render.modal("kit/notice", sentence=sentence))
    except (SlackApiError, OSError) as unsaid:
        log.warning("a person could not be told of an error: %s", _code(unsaid) or type(unsaid).__name__)


def _answer(body: dict[str, Any]) -> BoltResponse:
    return BoltResponse(status=200, body=json.dumps(body) if body else "")
