"""The forms of a cadence and of a carrier's maintenance, a note on an alert, and the notice of an error."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from handlers import renderer
from handlers.kit.mrkdwn import escape
from services.cadence.override import CadenceKind, Choice
from services.status.cadence_settings import CadenceView, WindowView
from tests.templates.alerts.test_cards import mrkdwn

NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)
WINDOW = WindowView(4, NOW, NOW + timedelta(hours=4), "Moving to a new system", "U1", running=True)
CARRIERS = CadenceView(
    carrier_id=2,
    carrier="Principal",
    time_zone="America/Chicago",
    integration_id=None,
    employer=None,
    plan_name=None,
    learned="Every working day around 06:00, by 62 syncs",
    choice=None,
    choice_habit=None,
    carrier_habit=None,
    set_by=None,
    set_at=None,
    windows=(),
    may_plan=True,
)
ONE = replace(
    CARRIERS,
    integration_id=3,
    employer="Harbor Bakery",
    plan_name="Dental PPO",
    choice=Choice(CadenceKind.DAILY, time(6)),
    choice_habit="every day around 06:00",
    carrier_habit="Every working day around 06:00",
    set_by="U1",
    set_at=NOW,
    windows=(WINDOW, replace(WINDOW, id=5, running=False, note="")),
)
HOSTILE = '<!channel> <https://x.example|y> "quoted" *bold*\n> line'
NAMES = pytest.mark.parametrize("name", ["Harbor Bakery", HOSTILE, "Wide " * 400, "שירותי בריאות"])


def cadence(it: CadenceView, kind: CadenceKind = CadenceKind.DAILY) -> dict[str, Any]:
    return renderer().modal("status/cadence", it=it, kind=kind, days={"Last working day": 0, "1": 1})


def test_what_was_learned_stands_before_what_may_be_set() -> None:
    shown = str(cadence(CARRIERS))
    assert "every employer" in shown
    assert shown.index("by 62 syncs") < shown.index("It should sync")


def test_what_was_set_can_be_dropped() -> None:
    assert "*Set here:* every day around 06:00" in str(cadence(ONE))
    assert "Set here" not in str(cadence(CARRIERS))


@pytest.mark.parametrize("kind", CadenceKind)
def test_each_sort_of_cadence_has_a_form(kind: CadenceKind) -> None:
    blocks = cadence(replace(ONE, choice=None), kind)["blocks"]
    assert {"kind", "at"} <= {block.get("block_id") for block in blocks}


@NAMES
def test_a_cadence_takes_any_name(name: str) -> None:
    windows = (replace(WINDOW, note=name),)
    shown = cadence(replace(ONE, carrier=name, employer=name, plan_name=name, windows=windows))
    assert not [text for text in mrkdwn(shown) if "<!channel>" in text]


@NAMES
def test_maintenance_takes_any_name(name: str) -> None:
    shown = renderer().modal("status/window", it=replace(CARRIERS, carrier=name))
    assert "<!channel>" not in str(shown["blocks"])
    assert str(shown["private_metadata"]) == '{"carrier":2}'


def test_the_note_on_an_alert_says_who_reads_it() -> None:
    shown = str(renderer().modal("alerts/note", alert=7, version=2))
    assert "Everybody in the channel reads it" in shown


@NAMES
def test_a_notice_shows_the_sentence_of_an_error(name: str) -> None:
    [block] = renderer().modal("kit/notice", sentence=escape(name))["blocks"]
    assert "<!channel>" not in block["text"]["text"]
    assert block["text"]["text"].startswith(escape(name)[:100])
