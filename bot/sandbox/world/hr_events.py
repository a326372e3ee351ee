"""Stirring HR and the Benefits platform: their part of the page's buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox.benefits import BENEFITS_FAULTS, BenefitsFaults
from bot.sandbox.clock import HERE
from bot.sandbox.world.hr import HrFile
from services.desk import Clock

_DEFAULT_SECONDS, _MOST_SECONDS = 30, 3600


class HrEvents:
    def __init__(self, hr: HrFile, faults: BenefitsFaults, clock: Clock) -> None:
        self._faults = faults
        self._events: dict[str, tuple[str, Callable[[], str]]] = {
            "hr_corrects": ("HR corrects a mistake", hr.correct),
            "hr_hires": ("HR adds an employee", hr.hire),
            "hr_raises_pay": ("An employee's pay changes", hr.raise_pay),
            "hr_leaver": ("An employee leaves", lambda: hr.leave(clock().astimezone(HERE).date())),
            "hr_half_written": ("HR's export stops half-way", hr.half_write),
            "hr_finishes": ("HR's export is finished", hr.finish),
        }

    @property
    def names(self) -> set[str]:
        return {*self._events, *BENEFITS_FAULTS, "benefits_recovers"}

    def cause(self, event: str, params: dict[str, str]) -> str:
        if event in self._events:
            return self._events[event][1]()
        if event == "benefits_recovers":
            self._faults.recover()
            return "The Benefits platform answers again."
        given = params.get("seconds") or str(_DEFAULT_SECONDS)
        if not given.isascii() or not given.isdigit() or not 0 < int(given) <= _MOST_SECONDS:
            raise ValueError(f"Seconds must be a whole number from 1 to {_MOST_SECONDS}.")
        self._faults.start(event, int(given))
        return f"{BENEFITS_FAULTS[event]} for {given} seconds."

    def menu(self) -> list[dict[str, Any]]:
        seconds = {"name": "seconds", "label": "Seconds", "type": "number", "default": str(_DEFAULT_SECONDS)}
        hr = [_event(name, label) for name, (label, _) in self._events.items()]
        faults = [_event(name, label, seconds) for name, label in BENEFITS_FAULTS.items()]
        mended = _event("benefits_recovers", "The Benefits platform recovers")
        return [
            {"title": "HR", "shows": "Employee sync: joiners, changes, leavers, mistakes", "events": hr},
            {
                "title": "Benefits platform",
                "shows": "Employee sync that fails, waits, and finds out what was done",
                "events": [mended, *faults],
            },
        ]


def _event(name: str, label: str, *params: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "label": label, "params": list(params)}
