"""`lastsync check`: does what the settings name answer, and may we do there what we need?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from slack_sdk import WebClient
from sqlalchemy import Engine

from bot.config import Settings
from bot.database import SchemaError, check_schema, make_engine
from bot.slack.chat import CALL_SECONDS, granted, telling, web_client
from services.connectors.exchange.api import ExchangeApi
from services.errors import LastsyncError, Unavailable

# The bot scopes that each Web API method in this source needs; the manifest asks for these, and no more.
SCOPES: dict[str, frozenset[str]] = {
    "auth.test": frozenset(),
    "apps.connections.open": frozenset(),  # an app-level token's connections:write
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "chat.delete": frozenset({"chat:write"}),
    "conversations.history": frozenset({"channels:history", "groups:history", "im:history"}),
    "conversations.open": frozenset({"im:write"}),
    "conversations.replies": frozenset({"channels:history", "groups:history", "im:history"}),
    "users.info": frozenset({"users:read"}),
    "views.open": frozenset(),
    "views.push": frozenset(),
    "views.update": frozenset(),
    "views.publish": frozenset(),
}
# To hear that a channel was archived, or that the bot was invited to it or removed from it.
EVENT_SCOPES = frozenset({"channels:read", "groups:read"})
BOT_SCOPES = frozenset({"commands"}).union(EVENT_SCOPES, *SCOPES.values())
HISTORY = SCOPES["conversations.history"]  # to look up a post whose answer was lost, and for nothing else


@dataclass(frozen=True)
class Finding:
    """`said` is what was found, or what to do."""

    name: str
    well: bool
    said: str


class _Wrong(Exception):
    """The text says what to do."""


def check(settings: Settings) -> list[Finding]:
    """Ask each side once. Changes nothing anywhere."""
    engine = make_engine(settings.database_url.get_secret_value())
    clock = partial(datetime.now, UTC)
    exchange = ExchangeApi(settings.exchange_url, settings.exchange_token.get_secret_value(), clock=clock)
    token = settings.slack_bot_token.get_secret_value()
    client = web_client(token, settings.slack_api_url, seconds=CALL_SECONDS)
    needed = BOT_SCOPES if settings.look_up_posts else BOT_SCOPES - HISTORY
    questions: dict[str, Callable[[], str]] = {
        "Bot token": partial(_bot_token, client, needed),
        "Way in from Slack": partial(_way_in, client, settings),
        "Alerts channel": partial(
            _alerts_channel, client, settings.alerts_channel, look_up=settings.look_up_posts
        ),
        "Store": partial(_store, engine),
        "Exchange": partial(_exchange, exchange),
    }
    try:
        return [_ask(name, question) for name, question in questions.items()]
    finally:
        exchange.close()
        engine.dispose()


def _ask(name: str, question: Callable[[], str]) -> Finding:
    try:
        return Finding(name, well=True, said=question())
    except LastsyncError as error:
        return Finding(name, well=False, said=error.sentence)
    except (_Wrong, SchemaError) as error:
        return Finding(name, well=False, said=str(error))


def _bot_token(client: WebClient, needed: frozenset[str]) -> str:
    with telling():
        answer = client.auth_test()
    lacking = sorted(needed - granted(answer))
    if lacking:
        raise _Wrong(f"Scopes are missing: {', '.join(lacking)}. Reinstall the app from manifest.yml.")
    return f"{answer['user']} in {answer['team']}, with every scope that is needed"


def _way_in(client: WebClient, settings: Settings) -> str:
    if settings.slack_app_token is None:
        return f"Signed HTTP at /slack/events on port {settings.port}"
    with telling():
        client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    return "Socket Mode"


def _alerts_channel(client: WebClient, channel: str | None, *, look_up: bool) -> str:
    if channel is None:
        return "ALERTS_CHANNEL is not set: alerts show on the App Home alone"
    if not look_up:
        return f"{channel} is not read: LOOK_UP_POSTS is off, and a post may be made twice"
    with telling():
        client.conversations_history(channel=channel, limit=1)
    return f"{channel} can be read"


def _store(engine: Engine) -> str:
    check_schema(engine)
    return f"{engine.url.get_backend_name()}, schema at head"


def _exchange(exchange: ExchangeApi) -> str:
    try:
        exchange.ping()
    except Unavailable:
        # Its own sentence is for a bot that keeps asking, and a check asks once.
        raise _Wrong("The carrier exchange does not answer as it should. Check EXCHANGE_URL.") from None
    return "answers, and takes the token"
