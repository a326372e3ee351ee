"""Logs and metrics. Every line, ours and the libraries', goes through one pipeline that masks."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from structlog.typing import EventDict, WrappedLogger

from services.privacy import mask_text

_SECRET = re.compile(r"\b(xox[a-z]?-|xapp-)[\w-]+|(?i:(bearer|basic)\s+)[\w.~+/=-]{8,}")
_TICKET = re.compile(r"(wss?://\S[^\s?]{0,200}\?)\S+")
_SSN = re.compile(r"(?<![\d.])\d{3}[- ]?\d{2}[- ]?\d{4}(?![\d.]\d|\d)")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++(?:@[\w-]++(?:\.[\w-]++)+(?:[\w.+-]*+(?=@))?+)++")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_ADDRESS = re.compile(rf"(?<![\w.]){_OCTET}(?:\.{_OCTET}){{3}}:\d{{2,5}}(?![\w-])")
_MASK = "•••"

# Bolt and the SDK write whole requests at DEBUG, and our own reports of a lost connection replace theirs.
LEVELS = {
    "slack_bolt": logging.ERROR,
    "slack_sdk": logging.CRITICAL,
    "apscheduler": logging.ERROR,
    "apscheduler.executors": logging.CRITICAL,  # it repeats each run what the scheduler says once
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "waitress": logging.ERROR,
    "alembic": logging.WARNING,
}


def masked(text: str) -> str:
    """Take tokens, tickets, SSNs and e-mail addresses out of a line."""
    text = _SECRET.sub(lambda found: f"{found[1] or found[2] + ' '}{_MASK}", text)
    text = _TICKET.sub(rf"\1{_MASK}", text)
    return _EMAIL.sub(_MASK, _SSN.sub(_MASK, text))


def _masking(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    del logger, method
    if "exception" in event:
        # A traceback may quote anything, so it is masked as strictly as a carrier's text.
        event["exception"] = _mask_around_addresses(event["exception"])
    return {key: _mask(value) for key, value in event.items()}


def _mask_around_addresses(text: str) -> str:
    """Mask all but IPv4 addresses with a port, whose digits would pass for a private number."""
    kept = _ADDRESS.findall(text)
    return "".join(
        mask_text(part) + address for part, address in zip(_ADDRESS.split(text), [*kept, ""], strict=True)
    )


def _mask(value: Any) -> Any:  # noqa: ANN401  a log line may carry anything
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, MutableMapping):
        return {key: _mask(each) for key, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [_mask(each) for each in value]
    return value


def configure_logs(log_format: str) -> None:
    """Send every logger's lines to stderr, in the given format. Nothing is logged below INFO."""
    structlog.configure(
        processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(log_format))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)
    # Its own level is set back whenever a client is made.
    logging.getLogger("websocket").propagate = False


def _formatter(log_format: str) -> logging.Formatter:
    first: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if log_format == "console":
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
        processors=[*first, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _masking, last],
    )


class Metrics:
    """What is counted while the bot runs. What the store knows is read at scrape time, in `bot.web`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.acks = Histogram(
            "lastsync_ack_seconds",
            "From a request's arrival to our acknowledgement, by transport.",
            ["transport"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3),
            registry=self.registry,
        )
        self.unacked = Counter(
            "lastsync_unacknowledged_total",
            "Requests that Slack got no acknowledgement for.",
            ["transport"],
            registry=self.registry,
        )
        self.runs = Counter(
            "lastsync_job_runs_total",
            "Runs of a job, by outcome: done, failed or skipped (the last run was still going).",
            ["job", "outcome"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "lastsync_job_seconds", "How long a job's run took.", ["job"], registry=self.registry
        )
        self.work = Counter(
            "lastsync_job_items_total", "Items that a job handled.", ["job"], registry=self.registry
        )
        self.revived = Counter(
            "lastsync_revived_threads_total",
            "Threads that had ended and were started anew.",
            ["thread"],
            registry=self.registry,
        )
        self.dwell = Histogram(
            "lastsync_dwell_seconds",
            "From when a card was wanted to when its channel showed it for the first time.",
            buckets=(0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600),
            registry=self.registry,
        )
        self.gaps = Gauge(
            "lastsync_delivery_gaps",
            "What the auditor found that is not as it should be, by its question; 0 is proved.",
            ["question"],
            registry=self.registry,
        )
        self.connected = Gauge(
            "lastsync_slack_connected", "1 while Slack can reach the bot.", registry=self.registry
        )
        self.reconnects = Counter(
            "lastsync_slack_reconnects_total", "Socket Mode connections made anew.", registry=self.registry
        )
