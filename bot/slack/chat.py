"""Slack's Web API: the Bolt app, and the Chat that the services post through."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPException
from socket import gaierror
from typing import Any
from urllib.error import URLError

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import RetryHandler
from slack_sdk.web import SlackResponse

from bot.slack import bounds, slow
from services.errors import Doubtful, LastsyncError, Rejected, Unavailable
from services.outbox import asked_pause
from services.ports import ChatMessage

# A card's lease has to outlive one call.
CALL_SECONDS = 10
# A listener's call has to fit into the three seconds that its trigger lives.
LISTENER_SECONDS = 3
EVENT_TYPE = "lastsync_card"
_HISTORY_PAGES = 5
_HISTORY_PAGE = 200

# Slack did not take the request: the same one may pass later.
_LATER = {
    "ratelimited",
    "rate_limited",
    "message_limit_exceeded",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
}
_UNKNOWN = {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
# Slack's own words for these: some of it may have happened.
_PERHAPS = {"internal_error", "fatal_error"}


def web_client(token: str | None, api_url: str, *, seconds: int, retries: bool = False) -> WebClient:
    """Make a client, each of whose calls takes `seconds` at most, and as long again to connect.

    Without `retries`: the SDK repeats a POST whose reply was lost, and reports ok.
    """
    bounds.install()
    handlers: list[RetryHandler] | None = None if retries else []
    return WebClient(
        token, api_url, timeout=seconds, retry_handlers=handlers, logger=logging.getLogger("slack_sdk")
    )


def bolt_app(identity: Identity, api_url: str, signing_secret: str | None) -> App:
    """Make the app without a call to Slack. In Socket Mode there is no signature to verify.

    Bolt otherwise looks for the ack every 10 ms; with `process_before_response` a listener runs in the thread
    that the request came in, and its answer is the acknowledgement.
    """
    app = App(
        name="lastsync",
        client=web_client(None, api_url, seconds=LISTENER_SECONDS, retries=True),
        authorize=lambda: identity(),  # noqa: PLW0108  Bolt reads the names of its arguments, `self` too
        signing_secret=signing_secret or "",
        request_verification_enabled=signing_secret is not None,
        process_before_response=True,
        logger=logging.getLogger("slack_bolt"),
    )
    app.middleware(slow.remember)
    return app


class Identity:
    """Who the bot is, asked once: Bolt's authorization, without a call to Slack for each request."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._known: AuthorizeResult | None = None
        self.granted: frozenset[str] = frozenset()

    def __call__(self) -> AuthorizeResult:
        if self._known is None:
            answer = self._client.auth_test()
            self.granted = granted(answer)
            self._known = AuthorizeResult.from_auth_test_response(
                bot_token=self._client.token, auth_test_response=answer
            )
        return self._known

    def verify(self) -> None:
        """Raise Rejected (a wrong token) or Unavailable."""
        with telling():
            self()


def granted(answer: SlackResponse) -> frozenset[str]:
    """The scopes that the token has, as Slack names them beside each answer."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return frozenset(each.strip() for each in headers.get("x-oauth-scopes", "").split(","))


class SlackChat:
    """`services.ports.Chat` over the Web API. The client must not retry by itself.

    `refused` is Slack's code when it took our token for the last call no more.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._room = cache(self._open)
        self.refused = ""

    def post(
        self,
        channel: str,
        message: ChatMessage,
        key: str,
        *,
        thread: str | None = None,
        broadcast: bool = False,
    ) -> str:
        mark = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
        with self._telling(posting=True):
            answer = self._client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks,
                metadata=mark,
                thread_ts=thread,
                reply_broadcast=broadcast or None,
                unfurl_links=False,
                unfurl_media=False,
            )
        if not isinstance(ts := answer.get("ts"), str):
            raise Doubtful("Slack did not say where it posted the message.")
        return ts

    def edit(self, channel: str, ts: str, message: ChatMessage) -> None:
        with self._telling():
            self._client.chat_update(
                channel=self._room(channel), ts=ts, text=message.text, blocks=message.blocks
            )

    def delete(self, channel: str, ts: str) -> None:
        with self._telling():
            self._client.chat_delete(channel=self._room(channel), ts=ts)

    def find(self, channel: str, key: str, *, thread: str | None = None) -> str | None:
        with self._telling():
            for page in self._pages(self._room(channel), thread):
                for message in page["messages"]:
                    if _key(message) == key:
                        return str(message["ts"])
        return None

    def time_zone(self, user_id: str) -> str | None:
        """As `services.ports.Directory` has it."""
        with self._telling():
            found = self._client.users_info(user=user_id)["user"].get("tz")
        return str(found) if found else None

    @contextmanager
    def _telling(self, *, posting: bool = False) -> Iterator[None]:
        try:
            with telling(posting=posting):
                yield
            self.refused = ""
        except Rejected as error:
            self.refused = error.code if error.code in _UNKNOWN else ""
            raise

    def _pages(self, channel: str, thread: str | None) -> Iterator[SlackResponse]:
        """The channel's history, the newest first; or a thread, the oldest first."""
        cursor: str | None = None
        for _ in range(_HISTORY_PAGES):
            if thread:
                page = self._client.conversations_replies(
                    channel=channel, ts=thread, limit=_HISTORY_PAGE, include_all_metadata=True, cursor=cursor
                )
            else:
                page = self._client.conversations_history(
                    channel=channel, limit=_HISTORY_PAGE, include_all_metadata=True, cursor=cursor
                )
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    def _open(self, channel: str) -> str:
        """Only chat.postMessage takes a person for a channel; the rest wants the direct message's own id."""
        if not channel.startswith(("U", "W")):
            return channel
        return str(self._client.conversations_open(users=channel)["channel"]["id"])


def _key(message: dict[str, Any]) -> str | None:
    mark = message.get("metadata") or {}
    return mark.get("event_payload", {}).get("key") if mark.get("event_type") == EVENT_TYPE else None


@contextmanager
def telling(*, posting: bool = False) -> Iterator[None]:
    """Turn the SDK's errors into ours. When `posting`, an answer that never came is Doubtful."""
    unclear: Callable[[str], LastsyncError] = Doubtful if posting else Unavailable
    try:
        yield
    except SlackApiError as error:
        raise _refusal(error.response, unclear) from None
    except (OSError, HTTPException, UnicodeDecodeError) as error:
        if _never_sent(error):
            raise Unavailable("Slack cannot be reached.") from None
        raise unclear("Slack did not answer.") from None


def _refusal(answer: SlackResponse, unclear: Callable[[str], LastsyncError]) -> LastsyncError:
    code = answer.get("error", "") if isinstance(answer.data, dict) else ""
    if answer.status_code == 429 or code in _LATER:  # noqa: PLR2004  Too Many Requests
        return Unavailable("Slack asked us to wait.", retry_after(answer))
    # An answer that is not Slack's own JSON leaves a sentence where the code would be.
    if answer.status_code >= 500 or code in _PERHAPS or not code or " " in code:  # noqa: PLR2004
        return unclear("Slack had an error of its own.")
    return Rejected(f"Slack refused: {code}.", code)


def retry_after(answer: SlackResponse) -> float | None:
    """The pause that Slack asks for, in seconds; None where it names none."""
    named = (value for name, value in answer.headers.items() if name.lower() == "retry-after")
    return asked_pause(next(named, None), datetime.now(UTC))


def _never_sent(error: Exception) -> bool:
    """No connection was made, so nothing can have happened."""
    cause = error.reason if isinstance(error, URLError) else error
    return isinstance(cause, ConnectionRefusedError | gaierror)
