"""The other cards: a carrier's, status changes, Pending, out of reach, employees, stories, the digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from handlers import renderer
from handlers.alerts.ids import AlertAction
from handlers.channels.ids import SampleAction
from handlers.kit.rendering import Renderer
from handlers.messages.ids import MessagesAction
from services.alerts.carrier import CarrierCard
from services.alerts.pending import PendingCard
from services.alerts.status import StatusCard
from services.alerts.timeline import TimelineCard, What
from services.alerts.unreachable import UnreachableCard
from services.channels.cards import OfferCard, RouteCard, SampleCard
from services.channels.digest import DigestCard, DigestLine, DigestPart
from services.channels.subscriptions import KINDS, Named, SampleView, SubscriptionsPage, SubscriptionView
from services.employees.alerts import EmployeesCard
from services.integrations.listing import Place
from tests.templates.alerts.test_cards import (
    EXTREME,
    FAILURES,
    HOSTILE,
    LAST_SYNC,
    accepted,
    buttons,
    choices,
    first_words,
    mrkdwn,
)

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
STORY: dict[str, Any] = {"alert_id": 7, "version": 2, "opened_at": NOW}
INTEGRATION: dict[str, Any] = {
    "integration_id": 3,
    "employer": "Harbor Bakery",
    "carrier": "Guardian",
    "plan_name": "Dental PPO",
    "plan_type": "dental",
}
CLOSED: dict[str, Any] = {"closed_at": NOW, "lasted": timedelta(hours=3)}
CARRIER = CarrierCard(
    **STORY,
    level="late",
    carrier_id=2,
    carrier="Principal",
    late=31,
    of=40,
    employers=24,
    names=("Harbor Bakery", "Juniper Dental"),
    expected_at=NOW,
    habit="every working day around 06:00",
    last_sync_at=NOW - timedelta(days=2),
)
STATUS = StatusCard(
    **STORY, **INTEGRATION, level="active", was="pending", status="active", by="carrier", group_number="G-1"
)
PENDING = PendingCard(
    **STORY,
    **INTEGRATION,
    level="waiting",
    status="pending",
    group_number=None,
    configured_at=NOW - timedelta(days=45),
    days=45,
)
UNREACHABLE = UnreachableCard(
    **STORY, level="down", what="exchange", since=NOW, reason="It did not answer.", as_of=NOW
)
EMPLOYEES = EmployeesCard(
    **STORY,
    level="failed",
    employer="Harbor Bakery",
    batch_id=4,
    failed=12,
    stuck=1,
    reasons=(("date_of_birth", 9), ("email", 4)),
)
TOLD = TimelineCard(
    event_id=1,
    alert_id=7,
    what=What.ACKNOWLEDGED,
    kind="failures",
    employer="Harbor Bakery",
    carrier="Guardian",
    by="U1",
    at=NOW,
    broadcast=False,
    detail=MappingProxyType({"because": "synced"}),
)
LINE = DigestLine("Harbor Bakery", "Guardian", number=1)
PART = DigestPart(12, (LINE,) * 10)
EMPTY = DigestPart(0, ())
DIGEST = DigestCard(
    digest_id=1,
    day=date(2026, 11, 18),
    time_zone="America/New_York",
    failures=PART,
    warnings=PART,
    late=DigestPart(2, (DigestLine("Harbor Bakery", "Guardian", "Dental PPO", at=NOW), DigestLine("A", "B"))),
    renewals=DigestPart(1, (DigestLine("Harbor Bakery", "Guardian", "Dental PPO", on=date(2027, 1, 1)),)),
    activations=DigestPart(1, (DigestLine("Harbor Bakery", "Guardian", "Dental PPO", at=NOW),)),
)
STATES: dict[str, Any] = {
    "carrier late": CARRIER,
    "carrier lost": replace(CARRIER, level="lost", names=(), employers=1, late=3, of=3, last_sync_at=None),
    "carrier late for one": replace(CARRIER, names=("Harbor Bakery",), employers=1, late=1, of=1),
    "carrier on time here": replace(CARRIER, names=(), employers=0, late=0, of=1),
    "carrier back": replace(CARRIER, closed_because="synced", **CLOSED),
    "carrier closed": replace(CARRIER, closed_because="unfolded", **CLOSED),
    "active": STATUS,
    "pending": replace(STATUS, status="pending", was="disabled", by="U1", group_number=None),
    "disabled": replace(STATUS, status="disabled", by="U1"),
    "inactive": replace(STATUS, status="disabled", by="inactivity"),
    "status closed": replace(STATUS, **CLOSED),
    "day 45": PENDING,
    "day 60": replace(PENDING, level="overdue", days=60, group_number="G-1"),
    "pending active": replace(PENDING, status="active", **CLOSED),
    "pending disabled": replace(PENDING, status="disabled", configured_at=None, **CLOSED),
    "down": UNREACHABLE,
    "down, little known": replace(UNREACHABLE, what="benefits", reason=None, as_of=None),
    "up": replace(UNREACHABLE, what="hr", **CLOSED),
    "employees": EMPLOYEES,
    "employees of several": replace(EMPLOYEES, employer=None, failed=0, reasons=()),
    "employees settled": replace(EMPLOYEES, **CLOSED),
    "digest": DIGEST,
    "sample": SampleCard("C1", "U1", NOW),
    "route broken": RouteCard("C1", "is_archived", NOW, 2, mended=False),
    "route broken otherwise": RouteCard("C1", "restricted_action", None, 0, mended=False),
    "route mended": RouteCard("C1", None, None, 1, mended=True),
    "offer": OfferCard("C1"),
    "snoozed": replace(LAST_SYNC, snoozed_until=NOW, snoozed_by="U1", again=2, mention="here"),
    "muted": replace(LAST_SYNC, muted=True, mention="S0TEAM"),
    "folded": replace(LAST_SYNC, closed_because="folded", **CLOSED),
    "expected later": replace(LAST_SYNC, closed_because="expected_later", **CLOSED),
    "noted": replace(FAILURES, acknowledged_by="U1", acknowledged_at=NOW, note="Asked Guardian."),
    **{f"story {what}": replace(TOLD, what=what) for what in What},
    **{
        f"story aloud {what}": replace(TOLD, what=what, broadcast=True, total=3, mention="U2")
        for what in What
    },
}
NAMED = ("employer", "carrier", "plan_name", "plan_type", "habit", "reason", "note")


@pytest.fixture(scope="module")
def render() -> Renderer:
    return renderer()


def named(facts: Any, name: str) -> Any:
    """The same with `name` in place of all that comes from outside."""
    if isinstance(facts, DigestCard):
        part = DigestPart(2000, (DigestLine(name, name, number=2),) * 10)
        dated = DigestPart(2000, (DigestLine(name, name, name, at=NOW),) * 10)
        return replace(facts, failures=part, warnings=part, late=dated, renewals=dated, activations=dated)
    if isinstance(facts, TimelineCard):
        return replace(
            facts, employer=name, carrier=name, detail=MappingProxyType({"note": name, "because": "synced"})
        )
    changed = replace(facts, **{each: name for each in NAMED if getattr(facts, each, None) is not None})
    if isinstance(changed, CarrierCard):
        return replace(changed, names=(name,) * 5, employers=2000)
    if isinstance(changed, EmployeesCard):
        return replace(changed, reasons=((name, 2),) * 100)
    return changed


@pytest.mark.parametrize("state", STATES)
def test_slack_takes_each_state_of_a_card(render: Renderer, state: str) -> None:
    message = render.card(STATES[state])
    assert accepted(message)
    assert message.text
    assert "None " not in str(mrkdwn(message.blocks)).replace("None of this", "").replace("None has", "")


@pytest.mark.parametrize("name", [HOSTILE, EXTREME, "🦷"])
@pytest.mark.parametrize("state", STATES)
def test_slack_takes_a_card_whatever_the_names_are(render: Renderer, state: str, name: str) -> None:
    message = render.card(named(STATES[state], name))
    assert accepted(message)
    assert not [text for text in (*mrkdwn(message.blocks), message.text) if "<!channel" in text]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("carrier late", "🟠 *Late*"),
        ("carrier lost", "🔴 *Lost*"),
        ("carrier back", "🟢 *Syncs again*"),
        ("active", "🟢 *Active*"),
        ("pending", "🟡 *Pending*"),
        ("disabled", "⚪ *Disabled*"),
        ("inactive", "⚪ *Disabled by inactivity*"),
        ("day 45", "🟡 *Pending for 45 days*"),
        ("day 60", "🟠 *Pending for 60 days*"),
        ("pending active", "🟢 *Active*"),
        ("down", "🔴 *Out of reach*"),
        ("up", "🟢 *Answers again*"),
        ("employees", "🔴 *12 employees Failed and 1 employee stuck*"),
        ("employees settled", "🟢 *Settled*"),
        ("folded", "⚪ *Part of the carrier's card*"),
    ],
)
def test_a_glance_tells_the_state(render: Renderer, state: str, words: str) -> None:
    assert first_words(render.card(STATES[state])) == words


@pytest.mark.parametrize("state", ["carrier back", "up", "employees settled", "pending active"])
def test_a_closed_card_says_how_long_it_lasted_and_offers_nothing_but_open(
    render: Renderer, state: str
) -> None:
    message = render.card(STATES[state])
    assert any(words in mrkdwn(message.blocks)[0] for words in ("3 hours", "45 days"))
    assert set(buttons(message)) <= {AlertAction.OPEN}
    assert choices(message) == {}


@pytest.mark.parametrize("facts", [CARRIER, LAST_SYNC, FAILURES], ids=["carrier", "last sync", "failures"])
def test_where_a_sync_is_expected_a_card_is_snoozed_in_three_ways(render: Renderer, facts: Any) -> None:
    offered = choices(render.card(facts))[AlertAction.SNOOZE]
    assert [each["until"] for each in offered] == ["hour", "tomorrow", "next_sync"]
    assert {(each["alert"], each["version"]) for each in offered} == {(facts.alert_id, facts.version)}


@pytest.mark.parametrize(
    "facts",
    [PENDING, UNREACHABLE, EMPLOYEES, replace(LAST_SYNC, last_sync_at=None)],
    ids=["pending", "unreachable", "employees", "never synced"],
)
def test_where_none_is_expected_there_is_none_to_wait_for(render: Renderer, facts: Any) -> None:
    offered = choices(render.card(facts))[AlertAction.SNOOZE]
    assert [each["until"] for each in offered] == ["hour", "tomorrow"]


@pytest.mark.parametrize(
    ("changed", "text", "words"),
    [
        (
            {"reason": "300 of 305 syncs cannot be read. What is wrong with all of them: id: is missing."},
            "The carrier exchange cannot be read.",
            "🔴 *Cannot be read*",
        ),
        (
            {"what": "lastsync", "reason": "deliver fails since 10:02:11 UTC: the store has no room left"},
            "Part of Lastsync fails.",
            "🔴 *Fails*",
        ),
        (
            {"what": "lastsync", "closed_at": NOW},
            "Part of Lastsync works again.",
            "🟢 *Works again*",
        ),
    ],
)
def test_operators_read_what_is_the_matter_and_why(
    render: Renderer, changed: dict[str, Any], text: str, words: str
) -> None:
    message = render.card(replace(UNREACHABLE, **changed))
    assert (message.text, first_words(message)) == (text, words)
    if reason := changed.get("reason"):
        assert any(reason in each for each in mrkdwn(message.blocks))


def test_a_channel_that_hears_of_one_integration_reads_of_it_by_name(render: Renderer) -> None:
    message = render.card(STATES["carrier late for one"])
    assert message.text == "Late: Principal for Harbor Bakery."
    said = mrkdwn(message.blocks)[0]
    assert said.startswith("🟠 *Late* · *Principal* for *Harbor Bakery*")
    assert "1 of 1" not in said


def test_a_channel_whose_own_are_on_time_reads_so(render: Renderer) -> None:
    message = render.card(STATES["carrier on time here"])
    assert message.text == "On time here: Principal."
    assert "no sync is missing any more" in mrkdwn(message.blocks)[0]


def test_a_snoozed_card_says_until_when_by_whom_and_is_not_snoozed_again(render: Renderer) -> None:
    message = render.card(STATES["snoozed"])
    said = str(mrkdwn(message.blocks))
    assert "Snoozed by <@U1> until" in said
    assert "It was so twice before" in said
    assert "For <!here>" in said
    assert AlertAction.SNOOZE not in choices(message)


def test_the_menu_of_a_last_sync_card_holds_the_rest(render: Renderer) -> None:
    offered = choices(render.card(LAST_SYNC))[AlertAction.MORE]
    assert [each["do"] for each in offered] == ["note", "why", "history", "mute"]
    muted = choices(render.card(STATES["muted"]))[AlertAction.MORE]
    assert "mute" not in [each["do"] for each in muted]


def test_the_card_of_failures_leads_to_resolving_them(render: Renderer) -> None:
    assert buttons(render.card(FAILURES))[MessagesAction.OPEN] == {"alert": FAILURES.alert_id}
    waiting = replace(FAILURES, total=0, counts=(), waiting=2)
    assert MessagesAction.OPEN not in buttons(render.card(waiting))


def test_a_note_is_on_the_card(render: Renderer) -> None:
    assert "Asked Guardian." in str(mrkdwn(render.card(STATES["noted"]).blocks))


def test_a_reply_names_nobody_and_one_aloud_says_what_it_is_about(render: Renderer) -> None:
    for what in What:
        assert "<@" not in render.card(STATES[f"story {what}"]).text
    broadcast = render.card(STATES["story aloud repeated"]).text
    assert broadcast.startswith("*Guardian for Harbor Bakery* <@U2>")
    assert "3 Failures still open" in broadcast


def test_the_digest_counts_what_it_does_not_list(render: Renderer) -> None:
    said = str(mrkdwn(render.card(DIGEST).blocks))
    assert "🔴 *12 open Failures*" in said
    assert "… and 2 more" in said
    assert "late since" in said
    assert "never synced" in said
    assert "1 Jan 2027" in said
    assert "Active since" in said


def test_the_rest_of_a_digest_is_counted_as_its_lines_are(render: Renderer) -> None:
    lines = (DigestLine("Harbor Bakery", "Cigna", number=2), DigestLine("Harbor Bakery", "Aetna", number=1))
    whole = replace(DIGEST, failures=DigestPart(3, lines), warnings=EMPTY, late=EMPTY)
    assert "more" not in str(mrkdwn(render.card(whole).blocks))
    part = replace(whole, failures=DigestPart(10, lines))
    assert "… and 7 more" in str(mrkdwn(render.card(part).blocks))


def test_a_digest_with_nothing_in_it_says_so(render: Renderer) -> None:
    calm = replace(DIGEST, failures=EMPTY, warnings=EMPTY, late=EMPTY, renewals=EMPTY, activations=EMPTY)
    assert "✅ Nothing needs anyone today." in mrkdwn(render.card(calm).blocks)


@pytest.mark.parametrize("state", ["waiting", "arrived", "failed"])
def test_the_sample_is_asked_about_until_it_is_known(render: Renderer, state: str) -> None:
    message = render.message("channels/sample_sent", it=SampleView(3, "C1", state, "is_archived"))
    assert accepted(message)
    assert (SampleAction.ARRIVED in str(message.blocks)) is (state == "waiting")


def subscription(name: str) -> SubscriptionView:
    named_ones = tuple(Named(number, name) for number in range(200))
    hours = {"quiet_from": time(18), "quiet_until": time(8), "digest_at": time(8, 30)}
    return SubscriptionView(
        1,
        "C1",
        KINDS,
        named_ones,
        named_ones,
        "U1",
        "America/New_York",
        **hours,
        owner="U1",
        broken_code="x",
        may_edit=True,
    )


@pytest.mark.parametrize("name", ["Harbor Bakery", HOSTILE, EXTREME])
def test_slack_takes_the_list_and_the_form_whatever_the_names_are(render: Renderer, name: str) -> None:
    line = subscription(name)
    page = SubscriptionsPage((line,) * 8, Place(2, 3, 24))
    listed = render.modal("channels/subscriptions", it=page, here=None, said=None, may_plan=True)
    form = {"channel": "C1", "zone": "America/New_York", "hours": ["08:00", "08:30", "18:00"]}
    for whom in ("nobody", "here", "person", "group"):
        filled = render.modal("channels/subscription", it=line, whom=whom, **form)
        empty = render.modal("channels/subscription", it=None, whom=whom, **form)
        assert len(filled["blocks"]) == len(empty["blocks"])
    assert not [text for text in mrkdwn(listed) if "<!channel" in text]


@pytest.mark.parametrize("asked", [None, "Tset", HOSTILE, EXTREME])
def test_the_help_of_alerts_repeats_what_it_did_not_know(asked: str | None) -> None:
    shown = renderer().message("channels/help", asked=asked)
    assert ("is nothing that this command knows" in str(shown.blocks)) is (asked is not None)
    assert not [text for text in mrkdwn(shown.blocks) if "<!channel>" in text]


@pytest.mark.parametrize(("total", "words"), [(1, "It keeps"), (2, "Each keeps")])
def test_one_failure_is_not_spoken_of_as_several(render: Renderer, total: int, words: str) -> None:
    said = mrkdwn(render.card(replace(FAILURES, total=total)).blocks)[0]
    assert f"{words} a member's enrolment" in said
