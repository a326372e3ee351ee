"""The six situations of the sandbox: six verdicts that a broker would agree with, each with its next step."""

from __future__ import annotations

import re

import pytest

from bot.sandbox import cast
from bot.sandbox.world.carriers import BY_REF
from bot.sandbox.world.layout import SHOWCASE
from tests.journeys.shown import (
    EMPLOYERS,
    Json,
    ask,
    buttons,
    employers_in,
    labels,
    pages_of_all,
    said,
    their,
)
from tests.journeys.whole import Whole

VERDICTS = {
    "pending": (r"Pending, day 12 of 60: Aetna has not activated it yet", "Log manual communication"),
    "disabled": (r"Turned off by hand on .+: nothing is sent to Kaiser Permanente", "Turn on"),
    "on_time": (r"Nothing is wrong: Guardian usually syncs on Tuesdays .+; the next is", "Sync history"),
    "late": (r"Late: Principal usually syncs every working day .+, and the last sync was", "Sync history"),
    "came_back": (r"A resolved message came back: \d+ days after the resolution, Guardian", "Messages"),
    "failure": (r"2 open Failures may keep UnitedHealthcare from taking updates", "Messages"),
}


def pair(situation: str) -> str:
    employer, carrier = SHOWCASE[situation]
    return f"{EMPLOYERS[employer]} {BY_REF[carrier].name}"


def next_step(answer: Json) -> list[str]:
    return [button["text"]["text"] for button in buttons(answer) if button.get("style") == "primary"]


def unechoed(answer: Json) -> str:
    """The answer without the words that the person typed."""
    return re.sub("“[^”]*”", "", said(answer))


@pytest.mark.parametrize("situation", SHOWCASE)
def test_each_situation_gets_its_own_verdict_and_next_step(whole: Whole, situation: str) -> None:
    verdict, step = VERDICTS[situation]
    answer = ask(whole.acting(cast.BROKER), pair(situation))
    assert re.search(verdict, answer["text"])
    assert re.search(verdict, said(answer))
    assert next_step(answer) == [step]


@pytest.mark.parametrize("situation", SHOWCASE)
def test_no_verdict_fits_another_situation(whole: Whole, situation: str) -> None:
    text = ask(whole.acting(cast.BROKER), pair(situation))["text"]
    assert [name for name, (verdict, _) in VERDICTS.items() if re.search(verdict, text)] == [situation]


def test_the_brokers_summary_names_their_four_employers_and_no_other(whole: Whole) -> None:
    broker = whole.acting(cast.BROKER)
    assert employers_in(ask(broker)) <= their(cast.BROKER)
    assert {name for view in pages_of_all(broker) for name in employers_in(view)} == their(cast.BROKER)


def test_the_agencys_list_names_all_nine(whole: Whole) -> None:
    agency = whole.acting(cast.AGENCY)
    seen = {name for view in pages_of_all(agency) for name in employers_in(view)}
    assert seen == set(EMPLOYERS.values())


def test_an_employer_user_gets_the_verdict_on_their_own_integration(whole: Whole) -> None:
    answer = ask(whole.acting(cast.EMPLOYER), pair("on_time"))
    assert re.search(VERDICTS["on_time"][0], answer["text"])
    assert labels(answer) == ["Messages", "Sync history"]
    assert "Group number G" not in said(answer)


@pytest.mark.parametrize("situation", sorted(set(SHOWCASE) - {"on_time"}))
def test_an_employer_user_learns_nothing_of_another_employer(whole: Whole, situation: str) -> None:
    answer = ask(whole.acting(cast.EMPLOYER), pair(situation))
    assert answer["text"].startswith("Nothing that you work with fits")
    assert not [name for name in EMPLOYERS.values() if name in unechoed(answer) and "Harbor" not in name]


@pytest.mark.parametrize("text", ["", *map(pair, SHOWCASE)])
def test_a_read_only_person_learns_that_their_role_does_not_include_it(whole: Whole, text: str) -> None:
    answer = ask(whole.acting(cast.READ_ONLY), text)
    assert "Read-only HR user, does not let you see carrier integrations" in answer["text"]
    assert employers_in(answer) == set()


@pytest.mark.parametrize("text", ["", *map(pair, SHOWCASE)])
def test_a_newcomer_learns_who_can_give_them_a_role(whole: Whole, text: str) -> None:
    answer = ask(whole.acting(cast.NEWCOMER), text)
    assert "does not know your role yet" in answer["text"]
    assert f"<@{cast.AGENCY.user_id}>" in answer["text"]
    assert employers_in(answer) == set()
