"""The one place where objects are made and joined, and the order in which they start and stop."""

from __future__ import annotations

import logging
import os
import socket
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

import handlers
from bot.check import HISTORY
from bot.clock import StoreClock
from bot.config import Settings
from bot.database import SchemaError, check_schema, make_engine, make_sessions
from bot.jobs.cards import Cards
from bot.jobs.employees import EmployeeSync
from bot.jobs.outbox import turns, work
from bot.jobs.proof import Audit
from bot.jobs.reading import Jobs
from bot.jobs.reminders import Speaker
from bot.jobs.requests import Changes, Resolutions, changes_to, resolutions_to
from bot.keeper import Keeper, Kept
from bot.scheduler import Job, Scheduler
from bot.slack.bounds import deadlines
from bot.slack.chat import CALL_SECONDS, Identity, SlackChat, bolt_app, web_client
from bot.slack.connection import WORKERS, Connection
from bot.telemetry import Metrics
from bot.web import Check, StoreMetrics, WebServer, slack_endpoint, web_app
from handlers import renderer
from services import health
from services.cards import delivery
from services.cards.delivery import ClosedChannel
from services.channels.routing import Channels
from services.connectors.exchange.api import ExchangeApi
from services.connectors.heartbeat import WebHeartbeat
from services.connectors.hr.csv import hr_source
from services.connectors.scim.platform import ScimPlatform
from services.desk import Clock, Desk, Sessions
from services.employees import hr_intake
from services.employees.validation import BUILT_IN, Rules
from services.errors import Rejected, Unavailable
from services.store.trouble import trouble_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

EVERYWHERE = "0.0.0.0"  # noqa: S104  health checks, and in HTTP mode Slack, come from outside
FEW = 4  # threads for health checks and scrapes
_PATIENCE = timedelta(seconds=4)
_MINUTE = timedelta(minutes=1)

log = logging.getLogger(__name__)


class CannotStart(Exception):
    """The text is one line that says what to do."""


@dataclass
class Bot:
    """What `build` joined. `web` exists from `start` on, because making it takes the port."""

    settings: Settings
    engine: Engine
    sessions: Sessions
    exchange: ExchangeApi
    identity: Identity
    connection: Connection | None
    scheduler: Scheduler
    metrics: Metrics
    site: WSGIApplication
    host: str
    clock: StoreClock
    audit: Audit
    keeper: Keeper
    employees: EmployeeSync | None
    web: WebServer | None = None

    def start(self) -> None:
        """Raise CannotStart or SchemaError, with nothing left running."""
        try:
            check_schema(self.engine)
            self.clock.measure()
            self._set_up_employees()
            self.web = self._take_port()
            self._meet_slack()
        except BaseException:
            self.stop()
            raise
        self.web.start()
        self.scheduler.start()
        self.keeper.start()
        log.info("Lastsync runs; its health is at http://localhost:%s/readyz", self.web.port)

    def stop(self, patience: timedelta = _PATIENCE) -> bool:
        """Finish what was taken on. False when a job still runs: its claims lapse by themselves."""
        self.keeper.stop()
        if self.connection is not None:
            self.connection.stop()
        if self.employees is not None:
            self.employees.stop()
        finished = self.scheduler.stop(patience)
        if self.web is not None:
            self.web.stop()
        if finished:
            if self.employees is not None:
                self.employees.close()
            self.exchange.close()
            self.audit.close()
            self.engine.dispose()
        return finished

    def _set_up_employees(self) -> None:
        """A store that knew an HR source before does not know one any more when the settings name none."""
        if self.employees is None:
            with self.sessions.write() as session:
                hr_intake.take_down(session)

    def _take_port(self) -> WebServer:
        port = self.settings.port
        threads = FEW if self.settings.socket_mode else WORKERS
        try:
            return WebServer(self.site, self.host, port, threads)
        except OSError as error:
            mend = "Set PORT to a free one."
            raise CannotStart(f"Port {port} cannot be taken: {error.strerror}. {mend}") from None

    def _meet_slack(self) -> None:
        try:
            self.identity.verify()
        except Rejected as error:
            raise CannotStart(f"SLACK_BOT_TOKEN does not work. {error.sentence}") from None
        except Unavailable as error:
            log.warning("%s Trying on.", error.sentence)
        self._say_what_is_not_granted()
        if self.connection is None:
            self.metrics.connected.set(1)
            return
        try:
            self.connection.start()
        except Rejected as error:
            raise CannotStart(f"SLACK_APP_TOKEN does not work. {error.sentence}") from None

    def _say_what_is_not_granted(self) -> None:
        lacking = HISTORY - self.identity.granted
        if self.identity.granted and self.settings.look_up_posts and lacking:
            scopes = ", ".join(sorted(lacking))
            log.warning("Without %s, a post whose answer is lost may be made twice.", scopes)


def build(settings: Settings, *, host: str = EVERYWHERE, clock: Clock | None = None) -> Bot:
    """Join everything. Nothing is connected, started or bound yet. `clock`: in place of the store's."""
    engine = make_engine(settings.database_url.get_secret_value())
    store_clock = StoreClock(engine)
    clock = clock or store_clock
    sessions, metrics, render = make_sessions(engine), Metrics(), renderer()
    token = settings.slack_bot_token.get_secret_value()
    client = web_client(token, settings.slack_api_url, seconds=CALL_SECONDS)
    identity = Identity(client)
    app = bolt_app(identity, settings.slack_api_url, _signing_secret(settings))
    channels = Channels(settings.alerts_channel, settings.operators_channel, settings.admins)
    operators = channels.for_operators
    handlers.register(app, Desk(sessions, clock, settings.admins), render, operators)
    exchange = ExchangeApi(settings.exchange_url, settings.exchange_token.get_secret_value(), clock=clock)
    replica = f"{socket.gethostname()[:40]}-{os.getpid()}"
    settling = timedelta(seconds=settings.settling_seconds)
    jobs = Jobs(sessions, clock, exchange, channels=channels, settling=settling)
    chat = SlackChat(client)
    cards = Cards(
        sessions,
        clock,
        chat,
        render.card,
        look_up=settings.look_up_posts,
        tell_dwell=metrics.dwell.observe,
        operators=channels.for_operators,
        channels=channels,
    )
    speaker = Speaker(sessions, clock, chat, channels)
    scheduler = Scheduler([], metrics)
    audit = Audit(sessions, clock, metrics, _heartbeat(settings), scheduler.failing)
    by_the_minute = [
        Job("clock", store_clock.measure, _MINUTE, after=_MINUTE),
        Job("audit", audit.run, _MINUTE, after=_MINUTE / 4),
        Job("learn_zones", speaker.learn_zones, _MINUTE),
        Job("speak", speaker.speak, _MINUTE / 12),
    ]
    ends = Ends(cards, changes_to(exchange, sessions, clock), resolutions_to(exchange, sessions, clock))
    table = job_table(jobs, ends, replica, settings.poll_seconds)
    employees = _employee_sync(settings, sessions, clock, replica)
    table += employee_jobs(employees, settings.poll_seconds) if employees else []
    connection = (
        Connection(app, settings.slack_app_token.get_secret_value(), metrics)
        if settings.slack_app_token
        else None
    )
    keeper = Keeper(_kept(scheduler, connection), metrics, scheduler.standing)
    keeping = Job("keep", keeper.keep_alive, _MINUTE, after=_MINUTE)
    scheduler.jobs.extend([*table, *by_the_minute, keeping])
    metrics.registry.register(StoreMetrics(sessions, clock))
    slack = None if connection else slack_endpoint(app, metrics)
    store = partial(_store, engine, sessions, clock)
    checks = _checks(store, connection, scheduler, chat) | {
        "delivery": audit.trouble,
        "channels": partial(_channels, sessions, clock),
    }
    site = web_app(checks, metrics.registry, slack)
    return Bot(
        settings,
        engine,
        sessions,
        exchange,
        identity,
        connection,
        scheduler,
        metrics,
        site,
        host,
        store_clock,
        audit,
        keeper,
        employees,
    )


def _kept(scheduler: Scheduler, connection: Connection | None) -> list[Kept]:
    jobs = Kept("jobs", lambda: scheduler.alive, scheduler.revive)
    calls = Kept("slack-deadlines", lambda: deadlines.alive, deadlines.start)
    if connection is None:
        return [jobs, calls]
    return [jobs, calls, Kept("slack", lambda: connection.watched, connection.watch_again)]


def employee_jobs(employees: EmployeeSync, poll_seconds: int) -> list[Job]:
    second = timedelta(seconds=1)
    return [
        Job("read_hr", employees.read, timedelta(seconds=poll_seconds)),
        Job("send_employees", employees.send, second),
        Job("tell_batches", employees.tell, second),
    ]


def _employee_sync(settings: Settings, sessions: Sessions, clock: Clock, replica: str) -> EmployeeSync | None:
    """None where it is not set up; the settings name all of it, or nothing."""
    if not (settings.hr_source and settings.hr_fingerprint_key):
        return None
    if not (settings.benefits_url and settings.benefits_token):
        return None
    key = settings.hr_fingerprint_key.get_secret_value().encode()
    platform = ScimPlatform(settings.benefits_url, settings.benefits_token.get_secret_value())
    return EmployeeSync(
        sessions,
        clock,
        hr_source(settings.hr_source, key),
        platform.connect,
        Rules.load(settings.employee_rules or BUILT_IN),
        at_once=settings.employee_syncs_at_once,
        replica=replica,
    )


@dataclass(frozen=True)
class Ends:
    """What goes out by the outbox's loop, a unit at a time."""

    cards: Cards
    changes: Changes
    resolutions: Resolutions


def job_table(jobs: Jobs, ends: Ends, replica: str, poll_seconds: int) -> list[Job]:
    second = timedelta(seconds=1)
    return [
        Job("poll", jobs.poll, timedelta(seconds=poll_seconds)),
        Job("freshness", jobs.freshness, 10 * second),
        Job("deliver", lambda: work(ends.cards, turns(replica)), second / 2),
        Job("send_changes", lambda: work(ends.changes, turns(replica)), second),
        Job("resolve", lambda: work(ends.resolutions, turns(replica)), second),
        Job("settle_messages", jobs.clear, timedelta(seconds=min(poll_seconds, 10))),
        # Not at once: a process that is started anew each day has to come to it too.
        Job("prune", jobs.prune, timedelta(days=1), after=timedelta(minutes=5)),
    ]


def _signing_secret(settings: Settings) -> str | None:
    """None in Socket Mode, where there is nothing to verify."""
    if settings.socket_mode or settings.slack_signing_secret is None:
        return None
    return settings.slack_signing_secret.get_secret_value()


def _heartbeat(settings: Settings) -> WebHeartbeat | None:
    return WebHeartbeat(settings.heartbeat_url.get_secret_value()) if settings.heartbeat_url else None


def _checks(
    store: Check, connection: Connection | None, scheduler: Scheduler, chat: SlackChat
) -> dict[str, Check]:
    return {
        "store": store,
        "jobs": partial(_jobs, scheduler),
        "slack": partial(_slack, connection, chat),
    }


def _channels(sessions: Sessions, clock: Clock) -> str:
    """Which channels get nothing at the moment, and how many cards wait for each."""
    try:
        with sessions.read() as session:
            closed = delivery.closed_channels(session, clock())
    except SQLAlchemyError:
        return ""
    return "; ".join(_closed(each) for each in closed)


def _closed(channel: ClosedChannel) -> str:
    cards = "1 card waits" if channel.waiting == 1 else f"{channel.waiting} cards wait"
    why = f"takes no posts ({channel.code}) since {channel.since:%Y-%m-%d %H:%M} UTC" if channel.since else ""
    until = f"{channel.until:%H:%M:%S} UTC" if channel.until else "now"
    return f"{channel.id} {why or 'is to wait, as Slack asked'}: {cards}; next try {until}"


def _store(engine: Engine, sessions: Sessions, clock: Clock) -> str:
    """A store that can only be read is not ready, so something is written each time."""
    try:
        check_schema(engine)
        with sessions.write() as session:
            health.write_something(session, clock())
    except SchemaError as error:
        return str(error)
    except SQLAlchemyError as error:
        return f"the store {trouble_of(error) or 'cannot be written'}"
    return ""


def _jobs(scheduler: Scheduler) -> str:
    late, standing = scheduler.overdue(), scheduler.standing()
    said = [f"not run for too long: {', '.join(late)}"] if late else []
    said += [f"{job} stands still at {place}" for job, place in standing.items()]
    said += [str(each) for each in scheduler.failing()]
    return "; ".join(said)


def _slack(connection: Connection | None, chat: SlackChat) -> str:
    if chat.refused:
        return f"refuses SLACK_BOT_TOKEN: {chat.refused}"
    lost = connection is not None and not connection.connected
    return "not connected; it is tried again" if lost else ""
