"""`/carrier-alerts`: the list, the form, the sample, and what Slack tells of channels."""

from __future__ import annotations

import json
from datetime import time
from typing import Any

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers.channels.ids import SampleAction, SubscriptionAction
from handlers.kit.ids import FindAction
from handlers.status.ids import CadenceAction
from services.store.alerts import Card, Channel, Subscription
from tests.agency import Agency
from tests.handlers.pages import As

CHANNEL = cast.GENERAL.channel_id


@pytest.fixture(autouse=True)
def carriers(agency: Agency) -> None:
    agency.integration("Harbor Bakery", "Guardian")
    agency.integration("Oakline Furniture", "Principal")
    agency.add(Channel(id=CHANNEL))


def listing(page: Person) -> dict[str, Any]:
    page.command("/carrier-alerts", channel=CHANNEL)
    return page.modals()[-1]


def form(page: Person) -> dict[str, Any]:
    page.press(listing(page), SubscriptionAction.ADD)
    return page.modals()[-1]


def said(view: dict[str, Any]) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def subscribe(page: Person, **values: Any) -> dict[str, Any]:
    return page.submit(form(page), {"kinds": ["last_sync", "failures"], **values})


def edit(page: Person) -> dict[str, Any]:
    page.press(page.modals()[-1], SubscriptionAction.EDIT)
    return page.modals()[-1]


def found(page: Person, view: dict[str, Any], action: str, text: str) -> list[str]:
    return [option["text"]["text"] for option in page.suggest(view, action, text)]


def test_a_channel_is_subscribed_once_and_the_list_says_to_what(broker: Person, agency: Agency) -> None:
    assert subscribe(broker) == {}
    shown = said(broker.modals()[-1])
    assert f"✅ <#{CHANNEL}> hears it from now on." in shown
    assert f"Last Sync, Failures · every employer that <@{cast.BROKER.user_id}> sees · every carrier" in shown
    [row] = agency.all(Subscription)
    assert (row.channel_id, row.owner) == (CHANNEL, cast.BROKER.user_id)


def test_the_form_is_filled_in_for_the_channel_in_which_it_was_asked_for(broker: Person) -> None:
    [channel] = [block for block in form(broker)["blocks"] if block.get("block_id") == "channel"]
    assert channel["element"]["initial_conversation"] == CHANNEL


def test_everything_that_was_chosen_is_kept(broker: Person, agency: Agency) -> None:
    view = form(broker)
    [harbor] = broker.suggest(view, FindAction.EMPLOYER, "harbor")
    [zone] = broker.suggest(view, FindAction.ZONE, "pacific los")
    values = {
        "kinds": ["failures", "pending"],
        "employers": [harbor],
        "time_zone": zone,
        "quiet_from": "18:00",
        "quiet_until": "08:00",
        "digest_at": "08:30",
    }
    assert broker.submit(view, values) == {}
    [row] = agency.all(Subscription)
    assert sorted(row.kinds) == ["failures", "pending"]
    assert [each.employer_id for each in row.employers] == [agency.employer("Harbor Bakery")]
    assert (row.time_zone, row.quiet_from, row.quiet_until) == ("America/Los_Angeles", time(18), time(8))
    shown = said(broker.modals()[-1])
    assert "Harbor Bakery · every carrier" in shown
    assert "quiet from 18:00 to 08:00 · digest at 08:30 · Pacific (Los Angeles)" in shown


@pytest.mark.parametrize(
    ("whom", "values", "kept", "words"),
    [
        ("here", {}, "here", "mentions @here"),
        ("person", {"mention": cast.AGENCY.user_id}, cast.AGENCY.user_id, f"<@{cast.AGENCY.user_id}>"),
        ("group", {"mention": "S0TEAM0001"}, "S0TEAM0001", "<!subteam^S0TEAM0001>"),
    ],
)
def test_somebody_is_mentioned(
    broker: Person, agency: Agency, whom: str, values: dict[str, str], kept: str, words: str
) -> None:
    broker.press(form(broker), SubscriptionAction.WHOM, option=whom)
    assert broker.submit(broker.modals()[-1], {"kinds": ["failures"], **values}) == {}
    [row] = agency.all(Subscription)
    assert row.mention == kept
    assert words in said(broker.modals()[-1])


def test_one_is_offered_the_employers_that_one_sees_and_no_other(broker: Person) -> None:
    view = form(broker)
    assert found(broker, view, FindAction.EMPLOYER, "") == ["Harbor Bakery", "Juniper Dental Group"]
    assert found(broker, view, FindAction.CARRIER, "") == ["Guardian"]


def test_what_is_missing_is_said_under_its_field(broker: Person, agency: Agency) -> None:
    assert list(subscribe(broker, quiet_from="18:00")) == ["quiet_until"]
    assert agency.all(Subscription) == []


def test_a_subscription_is_changed_in_a_form_that_is_filled_in(broker: Person, agency: Agency) -> None:
    subscribe(broker, quiet_from="18:00", quiet_until="08:00")
    view = edit(broker)
    assert "Lastsync has to be in it" not in said(view)
    assert broker.submit(view, {"quiet_from": "none", "quiet_until": "none"}) == {}
    [row] = agency.all(Subscription)
    assert (row.quiet_from, sorted(row.kinds)) == (None, ["failures", "last_sync"])


def test_a_subscription_is_removed(broker: Person, agency: Agency) -> None:
    subscribe(broker)
    broker.press(broker.modals()[-1], SubscriptionAction.REMOVE)
    assert agency.all(Subscription) == []
    assert "You have no subscriptions yet." in said(broker.modals()[-1])


def test_a_brokers_list_holds_their_own_and_an_agency_users_all(acting: As, broker: Person) -> None:
    subscribe(acting(cast.AGENCY))
    assert "You have no subscriptions yet." in said(listing(broker))
    subscribe(broker)
    assert said(listing(acting(cast.AGENCY))).count("Last Sync, Failures") == 2


@pytest.mark.parametrize("member", [cast.EMPLOYER, cast.READ_ONLY, cast.NEWCOMER])
@pytest.mark.parametrize("text", ["", "test"])
def test_who_may_not_subscribe_hears_a_sentence(
    acting: As, agency: Agency, member: cast.CastMember, text: str
) -> None:
    page = acting(member)
    [answer] = page.command(f"/carrier-alerts {text}".strip(), channel=CHANNEL)
    assert "choose what a channel hears" in answer["text"] or "does not know your role" in answer["text"]
    assert page.modals() == []
    assert agency.all(Card) == []


def test_help_is_given_and_what_is_not_known_is_said(broker: Person) -> None:
    for text in ("help", "HELP"):
        [answer] = broker.command(f"/carrier-alerts {text}", channel=CHANNEL)
        assert "/carrier-alerts test" in said(answer)
    [answer] = broker.command("/carrier-alerts <!channel>", channel=CHANNEL)
    assert "is nothing that this command knows" in said(answer)
    assert "<!channel>" not in said(answer)


def test_a_sample_takes_the_path_of_alerts_and_says_whether_it_arrived(
    broker: Person, agency: Agency
) -> None:
    [answer] = broker.command("/carrier-alerts test", channel=CHANNEL)
    [card] = agency.all(Card)
    assert card.channel_id == CHANNEL
    assert "on its way" in said(answer)
    broker.press(answer, SampleAction.ARRIVED)
    [answer] = [each for each in broker.messages(CHANNEL) if each.get("is_ephemeral")]
    assert "on its way" in said(answer)
    agency.do("", _deliver, card.id)
    broker.press(answer, SampleAction.ARRIVED)
    [answer] = [each for each in broker.messages(CHANNEL) if each.get("is_ephemeral")]
    assert "✅ The sample arrived" in said(answer)


def _deliver(session: Any, actor: Any, now: Any, card_id: int) -> None:
    del actor, now
    card = session.get(Card, card_id)
    card.ts, card.shown, card.due_at = "1.1", card.wanted, None


def test_whoever_invites_the_bot_is_offered_the_form(broker: Person, agency: Agency) -> None:
    broker.cause("slack_remove_bot", channel=CHANNEL)
    broker.wait_for(lambda: [each.broken_code for each in agency.all(Channel)] == ["not_in_channel"])
    broker.cause("slack_invite_bot", channel=CHANNEL, person=cast.BROKER.user_id)
    broker.wait_for(lambda: agency.all(Card))
    [card] = [each for each in agency.all(Card) if each.channel_id == cast.BROKER.user_id]
    assert card.subject.startswith("offer:")
    [channel] = agency.all(Channel)
    assert channel.broken_at is None


def test_whoever_may_not_subscribe_is_offered_nothing(broker: Person, agency: Agency) -> None:
    broker.cause("slack_remove_bot", channel=CHANNEL)
    broker.wait_for(lambda: agency.all(Channel)[0].broken_at)
    broker.cause("slack_invite_bot", channel=CHANNEL, person=cast.NEWCOMER.user_id)
    broker.wait_for(lambda: agency.all(Channel)[0].broken_at is None)
    assert [each for each in agency.all(Card) if each.channel_id == cast.NEWCOMER.user_id] == []


@pytest.mark.parametrize(
    ("event", "code"), [("slack_archive_channel", "is_archived"), ("slack_remove_bot", "not_in_channel")]
)
def test_a_channel_that_is_lost_is_marked_as_broken(
    broker: Person, agency: Agency, event: str, code: str
) -> None:
    broker.cause(event, channel=CHANNEL)
    broker.wait_for(lambda: [each.broken_code for each in agency.all(Channel)] == [code])


def test_a_channel_that_is_open_again_is_mended(broker: Person, agency: Agency) -> None:
    broker.cause("slack_archive_channel", channel=CHANNEL)
    broker.wait_for(lambda: agency.all(Channel)[0].broken_at)
    broker.cause("slack_unarchive_channel", channel=CHANNEL)
    broker.wait_for(lambda: agency.all(Channel)[0].broken_at is None)


def test_the_list_leads_an_agency_user_to_a_carriers_cadence(acting: As, agency: Agency) -> None:
    page = acting(cast.AGENCY)
    view = listing(page)
    [guardian] = page.suggest(view, CadenceAction.CARRIER, "guardian")
    page.press(view, CadenceAction.CARRIER, value=guardian)
    assert "every employer" in said(page.modals()[-1])
    assert str(agency.carrier("Guardian")) in page.modals()[-1]["private_metadata"]


def test_an_empty_list_does_not_say_that_nothing_is_heard(broker: Person) -> None:
    shown = said(listing(broker))
    assert "You have no subscriptions yet." in shown
    assert "the channel that the settings name for alerts hears everything" in shown
