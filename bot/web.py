"""What the bot answers over HTTP: its health, its metrics and, in HTTP mode, Slack's signed requests."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from threading import Thread
from typing import TYPE_CHECKING

from flask import Flask
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from waitress import create_server, wasyncore
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bot.slack import slow
from bot.telemetry import Metrics
from services.cards import delivery
from services.desk import Clock, Sessions
from services.store.exchange import Reading, SetAsideItem

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_LARGEST_REQUEST = 1_000_000  # bytes; Slack's own are far smaller

Check = Callable[[], str]
"""Returns why something is not ready; empty when it is."""


def web_app(
    checks: dict[str, Check], registry: CollectorRegistry, slack: WSGIApplication | None
) -> WSGIApplication:
    """Join health pages, metrics and, in HTTP mode, Bolt, whose requests do not pass through Flask."""
    pages = Flask("lastsync", static_folder=None)

    @pages.get("/healthz")
    def healthz() -> dict[str, bool]:
        return {"alive": True}

    @pages.get("/readyz")
    def readyz() -> tuple[dict[str, object], int]:
        reasons = {name: reason for name, check in checks.items() if (reason := check())}
        found = {name: reasons.get(name, "ok") for name in checks}
        return {"ready": not reasons, "checks": found}, 503 if reasons else 200

    mounts = {"/metrics": make_wsgi_app(registry)}
    if slack is not None:
        mounts["/slack"] = slack
    return DispatcherMiddleware(pages.wsgi_app, mounts)


def slack_endpoint(app: App, metrics: Metrics) -> WSGIApplication:
    """`/slack/events`, mounted at `/slack`. Bolt checks signature and age over the raw body."""
    bolt = SlackRequestHandler(app, path="/events")

    def endpoint(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        status = ""

        def start(line: str, *rest: object) -> object:
            nonlocal status
            status = line
            return start_response(line, *rest)  # type: ignore[arg-type]

        try:
            return bolt(environ, start)  # type: ignore[arg-type]
        except ValueError:
            # Not UTF-8, or not the form or JSON that it says it is: nothing that Slack sends.
            return BadRequest()(environ, start)  # type: ignore[arg-type]
        finally:
            slow.tell(took := time.perf_counter() - started)
            if status.startswith("200"):
                metrics.acks.labels("http").observe(took)
            elif not status.startswith(("400", "401")):
                metrics.unacked.labels("http").inc()

    return endpoint


class StoreMetrics(Collector):
    """What only the store knows, read when somebody asks: two replicas tell the same."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            yield from self._read()
        except SQLAlchemyError:
            # A store that is down is `/readyz`'s news; the other metrics still come.
            return

    def _read(self) -> Iterator[GaugeMetricFamily]:
        with self._sessions.read() as session:
            oldest, count = delivery.waiting(session)
            set_aside = session.scalar(select(func.coalesce(func.sum(SetAsideItem.times), 0))) or 0
            readings = session.execute(select(Reading.stream, Reading.read_at)).all()
            closed = delivery.closed_channels(session, self._clock())
        yield _gauge("lastsync_oldest_card_seconds", "Age of the oldest undelivered card.", self._age(oldest))
        yield _gauge("lastsync_undelivered_cards", "Cards that wait to be delivered.", count)
        yield _gauge("lastsync_set_aside_items", "Unreadable items of the exchange.", set_aside)
        ages = GaugeMetricFamily("lastsync_reading_age_seconds", "Age of what was read.", labels=["stream"])
        for stream, read_at in readings:
            ages.add_metric([stream], self._age(read_at))
        yield ages
        held = GaugeMetricFamily(
            "lastsync_closed_channel_cards",
            "Cards that wait for a channel to which nothing is posted, by Slack's code for why.",
            labels=["channel", "code"],
        )
        for channel in closed:
            held.add_metric([channel.id, channel.code or "ratelimited"], channel.waiting)
        yield held

    def _age(self, then: datetime | None) -> float:
        return (self._clock() - then).total_seconds() if then else 0.0


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)


class WebServer:
    """Waitress in a thread of its own. Making one takes the port, or raises OSError; port 0 takes any."""

    def __init__(self, app: WSGIApplication, host: str, port: int, threads: int) -> None:
        self._socket = socket.create_server((host, port), backlog=128)
        self._channels: dict[int, object] = {}
        self._server = create_server(
            app,
            map=self._channels,
            sockets=[self._socket],
            threads=threads,
            max_request_body_size=_LARGEST_REQUEST,
        )
        self.port = int(self._server.effective_port)
        self._thread = Thread(target=self._server.run, name="web", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Answer what was taken, then close."""
        self._server.task_dispatcher.shutdown(cancel_pending=False, timeout=3)
        if self._thread.is_alive():
            self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._channels))
            self._thread.join(3)
