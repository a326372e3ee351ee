"""What Lastsync's own health says of HR and the Benefits platform."""

from __future__ import annotations

from services import health
from services.health import Health
from services.store.exchange import Reading
from services.streams import STREAMS
from tests.workforce import Workforce


def state(workforce: Workforce) -> Health:
    with workforce.sessions.read() as session:
        return health.state(session, workforce.clock())


def test_the_age_of_the_data_is_that_of_the_exchange_alone(workforce: Workforce) -> None:
    workforce.add(*(Reading(stream=each, read_at=workforce.clock()) for each in STREAMS))
    workforce.add(Reading(stream="hr"))
    assert state(workforce).well


def test_hr_and_the_platform_are_named_when_they_fail_and_not_when_nothing_was_to_do(
    workforce: Workforce,
) -> None:
    long_ago = workforce.clock()
    workforce.clock.forward(hours=5)
    workforce.add(*(Reading(stream=each, read_at=workforce.clock()) for each in STREAMS))
    workforce.add(Reading(stream="hr", read_at=long_ago, failing_since=long_ago))
    workforce.add(Reading(stream="benefits", read_at=long_ago))
    found = state(workforce)
    assert found.headline == "Reading employees from HR has been failing for 5 hours."
    assert not any("Benefits" in each for each in found.lines)
