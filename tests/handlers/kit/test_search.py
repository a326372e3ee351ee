"""The selects with search offer what the person may see, and no more."""

from __future__ import annotations

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers.status.ids import StatusAction
from tests.agency import Agency
from tests.handlers.pages import As


@pytest.fixture
def agency_of_two(agency: Agency) -> Agency:
    agency.integration("Harbor Bakery", "Guardian")
    agency.integration("Quill & Sons Printing", "Kaiser Permanente")
    agency.employer("N" * 200)
    return agency


def suggested(page: Person, action: str, text: str) -> list[str]:
    [message] = page.command("/carrier-status", channel="general")
    page.press(message, StatusAction.ALL)
    return [option["text"]["text"] for option in page.suggest(page.modals()[-1], action, text)]


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        (cast.BROKER, ["Harbor Bakery", "Juniper Dental Group"]),
        (cast.EMPLOYER, ["Harbor Bakery"]),
    ],
)
def test_employers_are_their_own(
    agency_of_two: Agency, acting: As, member: cast.CastMember, expected: list[str]
) -> None:
    assert agency_of_two
    assert suggested(acting(member), StatusAction.FILTER_EMPLOYER, "") == expected


def test_carriers_are_those_of_their_employers(agency_of_two: Agency, acting: As) -> None:
    assert agency_of_two
    assert suggested(acting(cast.BROKER), StatusAction.FILTER_CARRIER, "") == ["Guardian"]
    assert suggested(acting(cast.AGENCY), StatusAction.FILTER_CARRIER, "kais") == ["Kaiser Permanente"]


def test_a_long_name_is_cut_to_what_a_select_shows(agency_of_two: Agency, acting: As) -> None:
    assert agency_of_two
    assert suggested(acting(cast.AGENCY), StatusAction.FILTER_EMPLOYER, "nnn") == ["N" * 74 + "…"]
