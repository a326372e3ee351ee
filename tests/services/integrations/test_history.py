"""The sync history and the messages of an integration, as a person may see them."""

from __future__ import annotations

import pytest

from services.access import Role
from services.errors import NotFound
from services.integrations import history
from tests.agency import ADMIN, BROKER, DAY, NOW, Agency, daily


def test_a_long_history_is_counted_by_week(agency: Agency) -> None:
    integration = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, 60))
    view = agency.ask(ADMIN, history.view, integration)
    assert view.unit == "week"
    assert len(view.bars) == history.WEEKS
    assert [bar.count for bar in view.bars][-3:] == [7, 7, 2]
    assert view.bars[-1].label == "16 Nov"


def test_a_young_history_is_counted_by_day(agency: Agency) -> None:
    integration = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, 5))
    view = agency.ask(ADMIN, history.view, integration)
    assert view.unit == "day"
    assert len(view.bars) == history.DAYS
    assert sum(bar.count for bar in view.bars) == 5


def test_bars_are_labelled_apart(agency: Agency) -> None:
    integration = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, 99))
    labels = [bar.label for bar in agency.ask(ADMIN, history.view, integration).bars]
    assert len(set(labels)) == len(labels)


def test_days_are_the_carriers_own(agency: Agency) -> None:
    """03:00 UTC on the 17th is the evening of the 16th in New York."""
    at = NOW.replace(day=17, hour=3)
    integration = agency.integration("Harbor Bakery", "Guardian", syncs=[at])
    bars = {bar.label: bar.count for bar in agency.ask(ADMIN, history.view, integration).bars}
    assert (bars["16 Nov"], bars["17 Nov"]) == (1, 0)


def test_the_last_ten_are_told_the_newest_first(agency: Agency) -> None:
    syncs = daily(NOW, 30)
    integration = agency.integration("Harbor Bakery", "Guardian", syncs=syncs)
    recent = agency.ask(ADMIN, history.view, integration).recent
    assert [run.at for run in recent] == syncs[:10]
    assert {run.after for run in recent} == {DAY}


def test_the_habit_is_told(agency: Agency) -> None:
    integration = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, 60))
    expectation = agency.ask(ADMIN, history.view, integration).expectation
    assert expectation
    assert expectation.habit.startswith("every day")


def test_an_integration_that_never_synced_has_no_bars(agency: Agency) -> None:
    view = agency.ask(ADMIN, history.view, agency.integration("Harbor Bakery", "Guardian"))
    assert (view.bars, view.recent, view.total) == ((), (), 0)


def test_nothing_is_expected_of_a_disabled_integration(agency: Agency) -> None:
    disabled = agency.integration("Harbor Bakery", "Guardian", "disabled", syncs=daily(NOW, 30, skip=20))
    view = agency.ask(ADMIN, history.view, disabled)
    assert view.expectation is None
    assert view.row.next_at is None
    assert view.total == 30


def test_a_habit_is_read_up_to_the_last_sync_however_long_ago(agency: Agency) -> None:
    integration = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, 60, skip=200))
    assert agency.ask(ADMIN, history.view, integration).total == 60


def test_the_history_of_others_is_not_there(agency: Agency) -> None:
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    elsewhere = agency.integration("Quill & Sons Printing", "Guardian", syncs=daily(NOW))
    with pytest.raises(NotFound):
        agency.ask(BROKER, history.view, elsewhere)
