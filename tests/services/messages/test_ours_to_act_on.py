"""One definition of a Failure that is ours to act on, wherever Failures are counted."""

from __future__ import annotations

from typing import Any

import pytest

from services import home
from services.alerts import failures
from services.home import Need
from services.integrations.attention import Show
from services.integrations.listing import Filters
from services.messages import view
from services.status import answer
from services.store.alerts import Alert
from tests.agency import ADMIN, Agency


@pytest.mark.parametrize(
    ("status", "message", "count"),
    [
        ("active", {}, 1),
        ("active", {"assignee": "middleware"}, 0),
        ("active", {"severity": "warning"}, 0),
        ("active", {"state": "resolved"}, 0),
        ("pending", {}, 0),
        ("disabled", {}, 0),
    ],
)
def test_the_summary_the_list_home_and_the_alerts_count_the_same_failures(
    agency: Agency, status: str, message: dict[str, Any], count: int
) -> None:
    integration = agency.integration("Harbor Bakery", "Guardian", status)
    agency.message(integration, **message)
    pair = agency.employer("Harbor Bakery"), agency.carrier("Guardian")
    [row] = agency.ask(ADMIN, answer.page, Filters(), 1).rows
    needing = agency.ask(ADMIN, answer.page, Filters(show=Show.FAILURES), 1).rows
    needs = [each.need for each in agency.ask(ADMIN, home.overview).items]
    assert agency.ask(ADMIN, answer.summary).counts.failures == count
    assert len(needing) == row.failures == count
    assert needs.count(Need.FAILURES) == count
    assert len(agency.ask(ADMIN, view.failures, *pair).integrations) == count
    with agency.sessions.write() as session:
        failures.follow(session, agency.now, {pair})
    assert len(agency.all(Alert)) == count
