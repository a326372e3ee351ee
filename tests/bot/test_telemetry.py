"""What reaches the log: nothing private, whoever wrote the line."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from bot.telemetry import LEVELS, configure_logs, masked

Lines = Callable[[Callable[[], None]], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in LEVELS}
    yield
    structlog.reset_defaults()
    root.handlers, root.level = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    def logged(write: Callable[[], None]) -> list[dict[str, Any]]:
        configure_logs("json")
        write()
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return logged


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("token xoxb-123-abc-DEF", "token xoxb-•••"),
        ("token xapp-1-A0-1-abc", "token xapp-•••"),
        ("token xoxe.xoxp-1-abc", "token xoxe.xoxp-•••"),
        ("Authorization: Bearer abcdef.123456", "Authorization: Bearer •••"),
        ("wss://wss.slack.com/link/?ticket=abc&app_id=1", "wss://wss.slack.com/link/?•••"),
        ("ssn 123-45-6789.", "ssn •••."),
        ("ssn 123 45 6789", "ssn •••"),
        ("ssn 123456789", "ssn •••"),
        ("mail dana@whitfield-benefits.example now", "mail ••• now"),
    ],
)
def test_what_is_private_is_masked(said: str, kept: str) -> None:
    assert masked(said) == kept


@pytest.mark.parametrize(
    "line",
    [
        "message 1753876543.123456 in C0ALERTS01 is shown",
        "reference 12345678 at http://localhost:34567/readyz",
        "poll took 0.123456789 s on 2026-11-21",
    ],
)
def test_what_operators_need_stays(line: str) -> None:
    assert masked(line) == line


def test_a_librarys_line_goes_through_the_same_pipeline(lines: Lines) -> None:
    [line] = lines(lambda: logging.getLogger("some.library").warning("refused %s", "xoxb-123-abc"))
    assert (line["event"], line["level"], line["logger"]) == ("refused xoxb-•••", "warning", "some.library")


def test_a_library_that_logs_with_structlog_is_no_exception(lines: Lines) -> None:
    [line] = lines(lambda: structlog.get_logger("stamina").warning("retry", caused_by="dana@example.com"))
    assert (line["event"], line["level"], line["caused_by"]) == ("retry", "warning", "•••")
    assert set(line) == {"event", "level", "logger", "caused_by", "timestamp"}


def test_values_beside_the_line_are_masked_too(lines: Lines) -> None:
    body = {"actor": ["dana@example.com"], "count": 3}
    [line] = lines(lambda: logging.getLogger("some.library").warning("refused", extra={"body": body}))
    assert line["body"] == {"actor": ["•••"], "count": 3}


def test_a_traceback_is_masked_as_strictly_as_a_carriers_text(lines: Lines) -> None:
    error = ValueError("born 1984-02-03, ssn 123-45-6789")
    [line] = lines(lambda: logging.getLogger("bot").error("unexpected", exc_info=error))
    assert "ValueError" in line["exception"]
    assert "1984" not in line["exception"]
    assert "6789" not in line["exception"]


@pytest.mark.parametrize("address", ["127.0.0.1:8830", "10.12.144.200:443"])
def test_a_traceback_keeps_the_address_that_was_asked(lines: Lines, address: str) -> None:
    error = OSError(f"connect to {address} failed after 123-45-6789")
    [line] = lines(lambda: logging.getLogger("bot").error("unexpected", exc_info=error))
    assert f"connect to {address} failed" in line["exception"]
    assert "6789" not in line["exception"]


def test_the_sdk_cannot_be_made_to_log_requests(lines: Lines) -> None:
    def write() -> None:
        logging.getLogger("slack_sdk.web").debug("Sending a request")
        logging.getLogger("slack_bolt.App").info("body")

    assert lines(write) == []


def test_the_console_format_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("console")
    logging.getLogger("bot").info("Lastsync runs")
    assert "Lastsync runs" in capsys.readouterr().err
