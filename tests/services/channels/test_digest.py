"""One digest a working day for each subscription. Now is Wednesday, 11:00 in New York."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from services.channels.digest import DigestCard
from services.store.alerts import Card, Digest, Subscription
from tests.services.telling import DAY, HOUR, Telling

CHANNEL = "C0DIGEST"
THURSDAY = datetime(2025, 3, 13, 12, 0, tzinfo=UTC)  # 8:00 in New York
FRIDAY, MONDAY = THURSDAY + DAY, THURSDAY + 4 * DAY


def wanted(telling: Telling, **columns: Any) -> int:
    usual = {"digest_at": time(8), "next_digest_at": THURSDAY}
    return telling.subscribe(CHANNEL, **(usual | columns))


def made_at(telling: Telling, when: datetime) -> None:
    telling.clock.at = when
    telling.digest()


def days(telling: Telling) -> list[date]:
    return [each.day for each in telling.rows.all(Digest)]


def told(telling: Telling, digest_id: int = 1) -> DigestCard | None:
    found: DigestCard | None = telling.facts(f"digest:{digest_id}", CHANNEL)
    return found


def test_there_is_one_each_working_morning(telling: Telling) -> None:
    wanted(telling)
    for day in range(5):
        made_at(telling, THURSDAY + day * DAY)
    assert days(telling) == [date(2025, 3, 13), date(2025, 3, 14), date(2025, 3, 17)]
    assert [each.rank for each in telling.cards("digest")] == [8] * 3


def test_before_its_hour_there_is_none(telling: Telling) -> None:
    wanted(telling)
    made_at(telling, THURSDAY - timedelta(seconds=1))
    assert days(telling) == []


def test_whatever_the_number_of_replicas_there_is_one(telling: Telling) -> None:
    wanted(telling)
    telling.clock.at = THURSDAY
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: telling.digest(), range(8)))
    assert len(days(telling)) == len(telling.cards("digest")) == 1


def test_a_day_has_one_even_if_its_hour_is_moved(telling: Telling) -> None:
    wanted(telling)
    made_at(telling, THURSDAY)
    with telling.rows.sessions.write() as session:
        kept = session.query(Subscription).one()
        kept.digest_at, kept.next_digest_at = time(9), THURSDAY + HOUR
    made_at(telling, THURSDAY + HOUR)
    assert days(telling) == [date(2025, 3, 13)]


def test_after_days_away_there_is_exactly_one(telling: Telling) -> None:
    wanted(telling)
    made_at(telling, MONDAY + 2 * HOUR)
    assert days(telling) == [date(2025, 3, 17)]
    assert telling.rows.one(Subscription).next_digest_at == MONDAY + DAY


@pytest.mark.parametrize("back", [FRIDAY + DAY, MONDAY - 5 * HOUR], ids=["Saturday", "before dawn"])
def test_away_until_a_weekend_or_a_night_it_waits_for_the_morning(telling: Telling, back: datetime) -> None:
    wanted(telling)
    made_at(telling, back)
    assert days(telling) == []
    assert telling.rows.one(Subscription).next_digest_at == MONDAY


def test_it_waits_for_the_end_of_quiet_hours(telling: Telling) -> None:
    wanted(telling, quiet_from=time(20), quiet_until=time(8, 30))
    made_at(telling, THURSDAY)
    assert telling.rows.one(Card).due_at == THURSDAY + HOUR / 2


def test_two_subscriptions_of_a_channel_have_a_digest_each(telling: Telling) -> None:
    wanted(telling)
    wanted(telling)
    made_at(telling, THURSDAY)
    assert len(telling.cards("digest")) == 2


def test_with_nothing_to_say_nothing_is_posted(telling: Telling) -> None:
    wanted(telling)
    made_at(telling, THURSDAY)
    telling.post()
    assert told(telling) is None
    assert telling.rows.one(Card).ts is None


def test_it_tells_of_failures_warnings_late_syncs_renewals_and_new_activations(telling: Telling) -> None:
    failing = telling.rows.integration()
    for _ in range(2):
        telling.rows.message(failing.id)
    telling.rows.message(failing.id, severity="warning")
    late = telling.rows.integration(due_at=THURSDAY - HOUR)
    renewing = telling.rows.integration(renewal_date=date(2025, 4, 12))
    telling.rows.integration(renewal_date=date(2025, 4, 13))
    new = telling.rows.integration(active_at=THURSDAY - 29 * DAY)
    telling.rows.integration(active_at=THURSDAY - 31 * DAY)
    wanted(telling)
    made_at(telling, THURSDAY)
    facts = told(telling)
    assert facts is not None
    assert (facts.failures.total, facts.failures.lines[0].number) == (2, 2)
    assert (facts.warnings.total, facts.warnings.lines[0].carrier) == (1, "Guardian")
    assert [(each.plan_name, each.at) for each in facts.late.lines] == [(late.plan_name, late.due_at)]
    assert [each.on for each in facts.renewals.lines] == [renewing.renewal_date]
    assert [each.at for each in facts.activations.lines] == [new.active_at]


@pytest.mark.parametrize("columns", [{"state": "resolved"}, {"assignee": "middleware"}, {"severity": "info"}])
def test_what_does_not_wait_for_us_is_left_out(telling: Telling, columns: dict[str, str]) -> None:
    telling.rows.message(telling.rows.integration().id, **columns)
    wanted(telling)
    made_at(telling, THURSDAY)
    assert told(telling) is None


def test_no_part_names_more_than_ten(telling: Telling) -> None:
    for _ in range(12):
        telling.rows.message(telling.rows.integration(due_at=THURSDAY - HOUR).id)
    wanted(telling)
    made_at(telling, THURSDAY)
    facts = told(telling)
    assert facts is not None
    assert (facts.failures.total, len(facts.failures.lines)) == (12, 10)
    assert (facts.late.total, len(facts.late.lines)) == (12, 10)


def test_it_is_bounded_by_what_was_chosen_and_by_what_its_owner_may_see(telling: Telling) -> None:
    mine, chosen, other = (telling.rows.integration(due_at=THURSDAY - HOUR) for _ in range(3))
    telling.rows.person("U0BROKER", "broker", mine.employer_id, chosen.employer_id)
    wanted(telling, owner="U0BROKER")
    wanted(telling, owner="U0BROKER", employers=[chosen.employer_id, other.employer_id])
    wanted(telling, carriers=[other.carrier_id])
    made_at(telling, THURSDAY)
    totals = [facts.late.total for each in (1, 2, 3) if (facts := told(telling, each))]
    assert totals == [2, 1, 1]


def test_who_may_not_subscribe_any_more_is_told_nothing(telling: Telling) -> None:
    mine = telling.rows.integration(due_at=THURSDAY - HOUR)
    telling.rows.person("U0HR", "employer", mine.employer_id)
    wanted(telling, owner="U0HR")
    made_at(telling, THURSDAY)
    assert told(telling) is None


def test_one_that_could_not_be_posted_for_a_day_is_yesterdays(telling: Telling) -> None:
    telling.rows.integration(due_at=THURSDAY - HOUR)
    wanted(telling)
    made_at(telling, THURSDAY)
    telling.clock.forward(hours=21)
    telling.post()
    assert telling.rows.one(Card).ts is None
