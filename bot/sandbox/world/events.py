"""Stirring the world: the events that the page's buttons and `POST /sandbox/events` can cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bot.sandbox.cast import EMPLOYERS
from bot.sandbox.clock import HERE, PASSAGES, SandboxClock
from bot.sandbox.world.carriers import BY_REF, CARRIERS
from bot.sandbox.world.faults import FAULTS, Faults
from bot.sandbox.world.hr_events import HrEvents
from bot.sandbox.world.kinds import KINDS, of_severity
from bot.sandbox.world.records import Integration, Message
from bot.sandbox.world.world import World
from services.ports import Severity, Status

ANY = "any"
_EMPLOYER_NAMES = {employer.ref: employer.name for employer in EMPLOYERS}
_DEFAULT_SECONDS, _MOST_SECONDS = 30, 3600

Params = dict[str, str]


class Stirring:
    """Implements the workspace's `Stir`: `cause` returns one sentence, or raises ValueError with one."""

    def __init__(self, world: World, faults: Faults, clock: SandboxClock, hr: HrEvents | None = None) -> None:
        self._hr = hr
        self._world = world
        self._faults = faults
        self._clock = clock
        self._events: dict[str, Callable[[Params], str]] = {
            "carrier_syncs": self._carrier_syncs,
            "carrier_goes_silent": self._carrier_goes_silent,
            "carrier_speaks_again": self._carrier_speaks_again,
            "failure_arrives": lambda params: self._message_arrives(params, Severity.FAILURE),
            "warning_arrives": lambda params: self._message_arrives(params, Severity.WARNING),
            "message_cleared": self._message_cleared,
            "message_comes_back": self._message_comes_back,
            "pending_becomes_active": self._pending_becomes_active,
            "exchange_stops": self._stop,
            "exchange_recovers": self._recover,
            "time_passes": self._time_passes,
        }

    def subscribe(self, listener: Callable[[str], None]) -> None:
        self._world.listen(listener)

    def cause(self, event: str, params: Params) -> str:
        if event in FAULTS:
            return self._fail(event, params)
        if self._hr and event in self._hr.names:
            return self._hr.cause(event, params)
        if event not in self._events:
            raise ValueError("There is no such event. See the list of events.")
        return self._events[event](params)

    def menu(self) -> list[dict[str, Any]]:
        carrier, employer, any_carrier = _carriers(), _employers("Every employer"), _carriers("Any carrier")
        one = [any_carrier, _employers("Any employer")]
        return [
            _group(
                "Time",
                "How syncs become late, snoozes end, digests come and Pending grows old",
                _event("time_passes", "Let time pass", _passages()),
            ),
            _group(
                "Carriers",
                "Last Sync: late, lost, synced again, and from Pending to Active",
                _event("carrier_syncs", "A carrier syncs now", carrier, employer),
                _event("carrier_goes_silent", "A carrier goes silent from now on", carrier, employer),
                _event("carrier_speaks_again", "A carrier speaks again", carrier, employer),
                _event("pending_becomes_active", "A Pending integration becomes Active", *one),
            ),
            _group(
                "Messages",
                "Failures and Warnings: what arrives, is closed, or comes back",
                _event("failure_arrives", "A carrier sends a Failure", *one, _kinds(Severity.FAILURE)),
                _event("warning_arrives", "A carrier sends a Warning", *one, _kinds(Severity.WARNING)),
                _event("message_cleared", "A carrier closes a message by itself", *one),
                _event("message_comes_back", "A resolved message comes back", *one),
            ),
            _group(
                "Exchange",
                "What Lastsync says while it cannot read, and that nothing is lost",
                _event("exchange_stops", "The exchange stops"),
                _event("exchange_recovers", "The exchange starts again"),
                *(_event(name, label, _seconds()) for name, label in FAULTS.items()),
            ),
            *(self._hr.menu() if self._hr else []),
        ]

    def _carrier_syncs(self, params: Params) -> str:
        places = self._places(params, Status.ACTIVE)
        now = self._clock()
        for place in places:
            self._world.sync(place, now)
        return f"{_by(places)} synced for {_of(places)}."

    def _carrier_goes_silent(self, params: Params) -> str:
        late = "it is late when its own next days have passed. Let time pass to see it"
        return f"{self._silence(params, silent=True)} from now on: {late}."

    def _carrier_speaks_again(self, params: Params) -> str:
        return f"{self._silence(params, silent=False)}."

    def _silence(self, params: Params, *, silent: bool) -> str:
        places = self._places(params, Status.ACTIVE)
        for place in places:
            self._world.silence(place, silent=silent)
        return f"{_by(places)} {'is silent' if silent else 'speaks again'} for {_of(places)}"

    def _pending_becomes_active(self, params: Params) -> str:
        place = self._places(params, Status.PENDING)[0]
        self._world.activate(place, self._clock())
        return f"{place.carrier.name} made the {place.plan_type} plan of {place.employer.name} Active."

    def _message_arrives(self, params: Params, severity: Severity) -> str:
        names = [kind.name for kind in of_severity(severity)]
        kind = params.get("kind") or names[0]
        if kind not in names:
            raise ValueError(f"A {severity.value.capitalize()} of that kind does not exist.")
        message = self._world.send(self._places(params, Status.ACTIVE)[0], kind, self._clock())
        return f"{_where(message)}: {KINDS[kind].label} ({severity.value.capitalize()}) arrived."

    def _message_cleared(self, params: Params) -> str:
        message = self._message(params, "open")
        self._world.clear(message, self._clock())
        return f"{_where(message)}: {message.kind.label} was closed."

    def _message_comes_back(self, params: Params) -> str:
        message = self._message(params, "resolved")
        self._world.send_again(message, self._clock())
        return f"{_where(message)}: {message.kind.label} came back after a sync."

    def _message(self, params: Params, state: str) -> Message:
        found = self._world.messages_of(self._places(params, Status.ACTIVE), state)
        if not found:
            raise ValueError(f"There is no {state} message there. Choose another employer or carrier.")
        return min(found, key=lambda message: message.kind.severity is not Severity.FAILURE)

    def _places(self, params: Params, status: Status) -> list[Integration]:
        carrier, employer = _chosen(params, "carrier", BY_REF), _chosen(params, "employer", _EMPLOYER_NAMES)
        if found := self._world.matching(status, carrier, employer):
            return found
        who = f"{_EMPLOYER_NAMES[employer]} has" if employer else "There is"
        with_whom = f" with {BY_REF[carrier].name}" if carrier else ""
        raise ValueError(f"{who} no {status.value.capitalize()} integration{with_whom}. Choose another.")

    def _fail(self, kind: str, params: Params) -> str:
        given = params.get("seconds") or str(_DEFAULT_SECONDS)
        if not given.isascii() or not given.isdigit() or not 0 < int(given) <= _MOST_SECONDS:
            raise ValueError(f"Seconds must be a whole number from 1 to {_MOST_SECONDS}.")
        self._faults.start(kind, self._clock(), int(given))
        return f"{FAULTS[kind]} for {given} seconds."

    def _time_passes(self, params: Params) -> str:
        passage = _chosen(params, "passage", PASSAGES) or next(iter(PASSAGES))
        now = self._clock.let_pass(passage)
        self._world.tick(now)
        return f"It is now {now.astimezone(HERE):%A, %B %-d, %-H:%M} in New York."

    def _stop(self, _: Params) -> str:
        self._faults.stop()
        return "The exchange has stopped. It answers nobody until it is started again."

    def _recover(self, _: Params) -> str:
        self._faults.recover()
        return "The exchange answers again."


def _chosen(params: Params, name: str, known: Iterable[str]) -> str | None:
    value = params.get(name) or ANY
    if value != ANY and value not in known:
        raise ValueError(f"There is no such {name}.")
    return None if value == ANY else value


def _by(places: list[Integration]) -> str:
    names = {place.carrier.name for place in places}
    return names.pop() if len(names) == 1 else "Every carrier"


def _of(places: list[Integration]) -> str:
    names = list(dict.fromkeys(place.employer.name for place in places))
    return names[0] if len(names) == 1 else f"{len(names)} employers"


def _where(message: Message) -> str:
    return f"{message.integration.employer.name}, {message.integration.carrier.name}"


def _group(title: str, shows: str, *events: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "shows": shows, "events": list(events)}


def _event(name: str, label: str, *params: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "label": label, "params": list(params)}


def _select(name: str, label: str, options: Iterable[tuple[str, str]]) -> dict[str, Any]:
    shown = [{"value": value, "label": text} for value, text in options]
    return {"name": name, "label": label, "type": "select", "options": shown, "default": shown[0]["value"]}


def _passages() -> dict[str, Any]:
    return _select("passage", "How long", PASSAGES.items())


def _carriers(any_label: str | None = None) -> dict[str, Any]:
    anyone = [(ANY, any_label)] if any_label else []
    return _select("carrier", "Carrier", [*anyone, *((each.ref, each.name) for each in CARRIERS)])


def _employers(any_label: str) -> dict[str, Any]:
    return _select("employer", "Employer", [(ANY, any_label), *_EMPLOYER_NAMES.items()])


def _kinds(severity: Severity) -> dict[str, Any]:
    return _select("kind", "Kind", ((kind.name, kind.label) for kind in of_severity(severity)))


def _seconds() -> dict[str, Any]:
    return {"name": "seconds", "label": "Seconds", "type": "number", "default": str(_DEFAULT_SECONDS)}
