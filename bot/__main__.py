"""The console script: arguments, and what becomes of errors. Exit status 2 is a matter of settings."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from csv import writer
from datetime import date
from threading import Event, Thread
from typing import Any

from bot.app import CannotStart, build
from bot.check import check
from bot.config import Settings, SettingsError, StoreSettings
from bot.database import SchemaError, check_schema, make_engine, make_sessions, migrate
from bot.telemetry import configure_logs
from services.errors import NotFound
from services.people import audit_log
from services.people.audit_log import AuditFilter

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")

log = logging.getLogger(__name__)


class Parser(argparse.ArgumentParser):
    """`lastsync`, which can also list its commands for the README."""

    def __init__(self) -> None:
        super().__init__(prog="lastsync", description="The Slack desk of a benefits brokerage.")
        self._texts: dict[str, str] = {}
        self._commands = self.add_subparsers(
            metavar="COMMAND", required=True, parser_class=argparse.ArgumentParser
        )

    def command(self, name: str, run: Callable[..., int], text: str) -> argparse.ArgumentParser:
        self._texts[name] = text
        command = self._commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    def subcommands(self) -> dict[str, str]:
        """Each command with the sentence that says what it does."""
        return dict(self._texts)


def parser() -> Parser:
    top = Parser()
    top.command("run", run, "Start the bot")
    demo_ = top.command("demo", demo, "Start the bot with a sandbox around it, in the browser")
    demo_.add_argument("--port", type=_port, default=8765, help="port of the page (default: %(default)s)")
    demo_.add_argument("--no-browser", action="store_true", help="do not open a browser")
    demo_.add_argument("--seed", type=int, default=1, help="another number is another agency")
    top.command("migrate", migrate_, "Bring the database schema up to date")
    top.command("check", check_, "Test tokens, scopes, store and exchange, and print a table")
    audit_ = top.command("audit", audit, "Write the audit log as CSV")
    audit_.add_argument("--csv", action="store_true", required=True, help="as CSV, to standard output")
    audit_.add_argument("--event", choices=audit_log.EVENTS, metavar="EVENT", help="such as message.resolved")
    audit_.add_argument("--employer", metavar="NAME", help="by its name")
    audit_.add_argument("--carrier", metavar="NAME", help="by its name")
    audit_.add_argument("--person", dest="user_id", metavar="ID", help="a Slack user (U…)")
    audit_.add_argument(
        "--from", dest="first", type=_day, metavar="DAY", help="first day (UTC), as 2026-03-02"
    )
    audit_.add_argument("--to", dest="last", type=_day, metavar="DAY", help="last day (UTC)")
    return top


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):  # noqa: PLR2004  ports are 16 bits
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written as 2026-03-02") from None


def main(arguments: Sequence[str] | None = None) -> int:
    given = vars(parser().parse_args(arguments))
    try:
        return given.pop("run")(**given)  # type: ignore[no-any-return]
    except SettingsError as error:
        return _complain(*error.lines, status=2)
    except NotFound as error:
        return _complain(error.sentence, status=2)
    except (SchemaError, CannotStart) as error:
        return _complain(str(error), status=1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0  # `lastsync audit --csv | head`


def run() -> int:
    settings = Settings.load()
    configure_logs(settings.log_format)
    stopping = signalled()
    bot = build(settings)
    bot.start()
    stopping.wait()
    log.info("Stopping")
    return _leave(finished=bot.stop())


def demo(port: int, seed: int, *, no_browser: bool) -> int:
    from bot.sandbox.demo import demo as start  # noqa: PLC0415  the sandbox is loaded for the demo alone

    return _leave(finished=start(port=port, seed=seed, browser=not no_browser, stopping=signalled()))


def migrate_() -> int:
    settings = StoreSettings.load()
    configure_logs(settings.log_format)
    engine = make_engine(settings.database_url.get_secret_value())
    migrate(engine)
    engine.dispose()
    print("The database schema is up to date.")  # noqa: T201  this is the answer
    return 0


def check_() -> int:
    from rich.console import Console  # noqa: PLC0415  the bot itself prints no tables
    from rich.table import Table  # noqa: PLC0415

    settings = Settings.load()
    configure_logs(settings.log_format)
    # What was tried again on the way is in the table's last word.
    logging.getLogger("stamina").setLevel(logging.ERROR)
    findings = check(settings)
    table = Table("", "what", "found")
    for each in findings:
        table.add_row("[green]ok[/]" if each.well else "[red]no[/]", each.name, each.said)
    Console().print(table)
    return 0 if all(each.well for each in findings) else 1


def audit(*, csv: bool, employer: str | None, carrier: str | None, **chosen: Any) -> int:  # noqa: ANN401  as parsed
    del csv  # the one form that there is
    settings = StoreSettings.load()
    configure_logs(settings.log_format)
    engine = make_engine(settings.database_url.get_secret_value())
    check_schema(engine)
    with make_sessions(engine).read() as session:
        out = writer(sys.stdout)
        filters = audit_log.named(session, AuditFilter(**chosen), employer, carrier)
        out.writerow(audit_log.COLUMNS)
        out.writerows([_as_text(cell) for cell in row] for row in audit_log.rows(session, filters))
    engine.dispose()
    return 0


def _as_text(cell: object) -> object:
    """A name that a spreadsheet would take for a formula, as OWASP has it: behind an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell


def signalled() -> Event:
    """An event that SIGTERM and SIGINT set. The second of a kind ends the process at once."""
    event = Event()

    def hear(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        # A handler interrupts whoever waits for the event, who may hold its lock: another thread sets it.
        Thread(target=event.set).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, hear)
    return event


def _leave(*, finished: bool) -> int:
    if not finished:
        log.warning("A job still waits for an answer from outside. It is safe to leave: its claim lapses.")
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)  # the job's thread would hold the process until its answer comes
    return 0


def _complain(*lines: str, status: int) -> int:
    for line in lines:
        print(f"lastsync: {line}", file=sys.stderr)  # noqa: T201  it is meant for the person who starts it
    return status


if __name__ == "__main__":
    sys.exit(main())
