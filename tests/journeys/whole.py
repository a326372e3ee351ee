"""All of Lastsync in one process, joined as the demo joins it: a pretend Slack and exchange, and the bot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.app import Bot, build
from bot.config import Settings
from bot.sandbox import cast
from bot.sandbox.clock import SandboxClock
from bot.sandbox.demo import (
    LOOPBACK,
    Stage,
    await_first_reading,
    give_roles,
    prepare_store,
    set_up,
    settings_for,
)
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.delivery import Outcome
from bot.sandbox.workspace.driver import Person
from bot.sandbox.workspace.trace import Entry
from bot.telemetry import LEVELS, configure_logs
from services.cards import delivery
from services.channels import routing
from services.store.base import Base
from tests.bot.patience import eventually
from tests.unhurried import unhurried

Json = dict[str, Any]
Row = TypeVar("Row", bound=Base)

SEED = 1  # the demo's own
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass
class Whole:
    """`log` holds what the bot has logged, line by line, as it leaves the process."""

    stage: Stage
    workspace: Workspace
    bot: Bot
    store: Path
    log: StringIO
    leaving: ExitStack
    _people: dict[str, Person] = field(default_factory=dict)

    def acting(self, member: cast.CastMember) -> Person:
        if member.user_id not in self._people:
            page = Person(self.stage.server.url, self.stage.token, member.user_id)
            self._people[member.user_id] = self.leaving.enter_context(page)
        return self._people[member.user_id]

    def cause(self, event: str, **params: object) -> None:
        answer = self.acting(cast.AGENCY).cause(event, **params)
        assert answer["ok"], answer

    def cards(self, channel: str = cast.ALERTS.channel_id) -> list[Json]:
        """What the bot has posted there by itself, as it reads now."""
        return [each for each in self.workspace.channel_messages(channel) if each.get("metadata")]

    def card(self, *words: str) -> Json | None:
        """The one alert card whose text has all the words."""
        found = [each for each in self.cards() if all(word in each["text"] for word in words)]
        assert len(found) <= 1, found
        return found[0] if found else None

    def wait_for_card(self, *words: str, seconds: float = 20) -> Json:
        return eventually(lambda: self.card(*words), seconds) or {}

    def deliver_again(self, entry: Entry) -> Outcome:
        """Send what the bot has got before once more, as Slack does when it is in doubt."""
        kind = "slash_commands" if entry.name.startswith("/") else "interactive"
        if entry.name in self.workspace.events:
            kind = "events_api"
        sending = self.workspace.delivery.send(kind, entry.name, entry.body)
        loop = self.stage.server._loop
        assert loop
        return asyncio.run_coroutine_threadsafe(sending, loop).result(10)

    def all(self, model: type[Row]) -> list[Row]:
        with self.bot.sessions.read() as session:
            return list(session.scalars(select(model)))


@contextmanager
def running(
    folder: Path, *, signed_http: bool = False, paced: bool = True, exchange_url: str | None = None
) -> Iterator[Whole]:
    """Start everything over a new store, and stop it again. The exchange is read every second.

    Without `paced`, a channel takes all its cards at once, and Failures are not gathered first: two dozen
    cards take a minute otherwise.
    """
    store = folder / "lastsync.sqlite"
    with ExitStack() as leaving:
        environment = leaving.enter_context(pytest.MonkeyPatch.context())
        for name in (*PROXIES, *(name for name, _, _ in Settings.table())):
            environment.delenv(name, raising=False)
            environment.delenv(name.lower(), raising=False)
        environment.setenv("DATABASE_URL", f"sqlite:///{store}")
        environment.setenv("POLL_SECONDS", "1")
        if not paced:
            environment.setattr(delivery, "PACE", timedelta(0))
            environment.setattr(routing, "GATHER", timedelta(0))
        log = leaving.enter_context(_logs())
        stage = set_up(SEED, 0, folder)
        leaving.callback(stage.server.stop)
        assert stage.workspace
        unhurried(stage.workspace).pace.limited = paced
        settings = settings_for(stage, leaving)
        if exchange_url:
            settings = settings.model_copy(update={"exchange_url": exchange_url})
        if signed_http:
            secret = SecretStr(stage.workspace.signing_secret)
            settings = settings.model_copy(update={"slack_app_token": None, "slack_signing_secret": secret})
        bot = leaving.enter_context(_started(settings, stage.clock))
        if signed_http and bot.web:
            stage.workspace.deliver_over_http(f"http://{LOOPBACK}:{bot.web.port}/slack/events")
        yield Whole(stage, stage.workspace, bot, store, log, leaving)


@contextmanager
def _started(settings: Settings, clock: SandboxClock) -> Iterator[Bot]:
    prepare_store(settings)
    bot = build(settings, host=LOOPBACK, clock=clock)
    bot.start()
    try:
        await_first_reading(bot, Event())
        give_roles(bot, clock)
        yield bot
    finally:
        assert bot.stop(timedelta(seconds=15))


@contextmanager
def _logs() -> Iterator[StringIO]:
    """Log as the running bot does, into a text; afterwards as before."""
    names = {name: logging.getLogger(name).level for name in LEVELS}
    root = logging.getLogger()
    level = root.level
    with redirect_stderr(StringIO()) as log:
        configure_logs("json")
    [handler] = root.handlers
    try:
        yield log
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        logging.getLogger("websocket").propagate = True
        for name, before in names.items():
            logging.getLogger(name).setLevel(before)
