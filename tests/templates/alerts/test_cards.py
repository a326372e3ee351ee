"""The cards: what a glance tells, what they never carry, and that Slack takes them whatever the names are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers import renderer
from handlers.alerts.ids import AlertAction
from handlers.kit import blockkit
from handlers.kit.ids import unpack
from handlers.kit.rendering import Renderer
from handlers.messages.ids import MessagesAction
from services.alerts.failures import FailuresCard
from services.alerts.late import LateCard
from services.integrations.changes import ChangeCard
from services.ports import ChatMessage

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
HOSTILE = '<!channel> "quoted" \\ {} %s </script> *bold* `code`\n> line'
EXTREME = "שירותי בריאות " * 250
LAST_SYNC = LateCard(
    alert_id=7,
    version=2,
    level="late",
    integration_id=3,
    employer="Harbor Bakery",
    carrier="Guardian",
    plan_name="Dental PPO",
    plan_type="dental",
    status="active",
    last_sync_at=NOW - timedelta(days=2),
    expected_at=NOW - timedelta(hours=3),
    lost_at=NOW + timedelta(days=3),
    habit="every working day around 06:00",
    opened_at=NOW,
)
FAILURES = FailuresCard(
    alert_id=8,
    version=3,
    level="failure",
    employer_id=1,
    carrier_id=2,
    employer="Harbor Bakery",
    carrier="Guardian",
    plan_names=("Dental PPO",),
    counts=(("ssn_discrepancy", 2), ("date_of_birth_mismatch", 1)),
    total=3,
    came_back=0,
    oldest_at=NOW - timedelta(days=2),
    opened_at=NOW,
)
CHANGE = ChangeCard(
    change_id=9,
    version=1,
    kind="activate",
    state="queued",
    integration_id=3,
    employer="Harbor Bakery",
    carrier="Guardian",
    plan_name="Dental PPO",
    plan_type="dental",
    status="disabled",
    group_number="GRP-1001",
    requested_by="U1",
    requested_at=NOW,
)
CLEARED: dict[str, Any] = {"counts": (), "total": 0, "oldest_at": None, "cleared": 3}
CLOSED: dict[str, Any] = {"closed_at": NOW, "lasted": timedelta(hours=3)}
ACKNOWLEDGED: dict[str, Any] = {"acknowledged_by": "U1", "acknowledged_at": NOW}
Facts = LateCard | FailuresCard | ChangeCard
STATES: dict[str, Facts] = {
    "late": LAST_SYNC,
    "late, never synced": replace(LAST_SYNC, last_sync_at=None, lost_at=None, expected_at=None),
    "lost": replace(LAST_SYNC, level="lost"),
    "late, acknowledged": replace(LAST_SYNC, **ACKNOWLEDGED),
    "synced again": replace(LAST_SYNC, closed_because="synced", **CLOSED),
    "first sync": replace(LAST_SYNC, closed_because="synced", first=True, **CLOSED),
    "never synced": replace(LAST_SYNC, first=True, last_sync_at=None, active_at=NOW - timedelta(days=30)),
    "turned off": replace(LAST_SYNC, closed_because="disabled", **CLOSED),
    "pending again": replace(LAST_SYNC, closed_because="pending", **CLOSED),
    "not late after all": replace(LAST_SYNC, closed_because="recalculated", **CLOSED),
    "failures": FAILURES,
    "failures, acknowledged": replace(FAILURES, came_back=1, **ACKNOWLEDGED),
    "failures, more since": replace(FAILURES, added=2),
    "lost since acknowledged": replace(LAST_SYNC, level="lost", added=1),
    "failures cleared": replace(FAILURES, closed_because="cleared", **CLOSED, **CLEARED),
    "failures resolved": replace(
        FAILURES, counts=(), total=0, oldest_at=None, waiting=3, next_at=NOW + timedelta(days=1)
    ),
    "failures, some resolved": replace(FAILURES, waiting=2, next_at=NOW + timedelta(days=1)),
    "failures turned off": replace(FAILURES, closed_because="disabled", **CLOSED),
    "failures pending again": replace(FAILURES, closed_because="pending", **CLOSED),
    "change waiting": CHANGE,
    "change waiting, tried": replace(CHANGE, reason="The exchange did not answer."),
    "change done, pending": replace(CHANGE, state="done", status="pending", settled_at=NOW),
    "change done, active": replace(CHANGE, state="done", status="active", settled_at=NOW),
    "turned off, done": replace(CHANGE, kind="deactivate", state="done", settled_at=NOW),
    "group number done": replace(CHANGE, kind="group_number", state="done", settled_at=NOW),
    "change refused": replace(CHANGE, state="refused", settled_at=NOW, reason="Unknown group."),
    "change refused without a reason": replace(CHANGE, state="refused", settled_at=NOW),
}


@pytest.fixture(scope="module")
def render() -> Renderer:
    return renderer()


def named(facts: Facts, name: str) -> Facts:
    """The same card with `name` in place of everything that comes from outside."""
    changed = replace(facts, employer=name, carrier=name)
    if isinstance(changed, FailuresCard):
        return replace(changed, plan_names=(name,) * 2000, counts=((name, 2000),) * 2000)
    if isinstance(changed, LateCard):
        return replace(changed, plan_name=name, plan_type=name, habit=name)
    return replace(changed, plan_name=name, plan_type=name, reason=name)


def accepted(message: ChatMessage) -> bool:
    return not blockkit.problems("message", {"text": message.text, "blocks": message.blocks})


def mrkdwn(part: Any) -> list[str]:
    """Every text in which Slack looks for mentions."""
    if isinstance(part, list):
        return [found for each in part for found in mrkdwn(each)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if part.get("type") == "mrkdwn" else []
    return own + [found for each in part.values() for found in mrkdwn(each)]


def buttons(message: ChatMessage) -> dict[str, dict[str, Any]]:
    elements = (block.get("elements") for block in message.blocks if block["type"] == "actions")
    every = [each for row in elements for each in row if each["type"] == "button"]  # type: ignore[attr-defined]
    return {each["action_id"]: unpack(each["value"]) for each in every}


def choices(message: ChatMessage) -> dict[str, list[dict[str, Any]]]:
    """What the selects and menus of the card's last row offer."""
    rows = (block["elements"] for block in message.blocks if block["type"] == "actions")
    every = [each for row in rows for each in row if "options" in each]  # type: ignore[attr-defined]
    return {each["action_id"]: [unpack(one["value"]) for one in each["options"]] for each in every}


def first_words(message: ChatMessage) -> str:
    [text, *_] = mrkdwn(message.blocks)
    return text.partition(" ·")[0]


@pytest.mark.parametrize("state", STATES)
def test_slack_takes_each_state_of_a_card(render: Renderer, state: str) -> None:
    message = render.card(STATES[state])
    assert accepted(message)
    assert message.text


@pytest.mark.parametrize("name", [HOSTILE, EXTREME, "🦷", "\u202eyrekaB robraH"])
@pytest.mark.parametrize("state", STATES)
def test_slack_takes_a_card_whatever_the_names_are(render: Renderer, state: str, name: str) -> None:
    message = render.card(named(STATES[state], name))
    assert accepted(message)
    assert not [text for text in (*mrkdwn(message.blocks), message.text) if "<!channel" in text]


@pytest.mark.parametrize(
    ("state", "words", "notification"),
    [
        ("late", "🟠 *Late*", "Late: Guardian for Harbor Bakery, Dental PPO has not synced when expected."),
        ("lost", "🔴 *Lost*", "Lost: Guardian for Harbor Bakery, Dental PPO has stopped syncing."),
        ("synced again", "🟢 *Synced again*", "Synced again: Guardian for Harbor Bakery, Dental PPO."),
        ("first sync", "🟢 *First sync came*", "First sync came: Guardian for Harbor Bakery, Dental PPO."),
        ("failures", "🔴 *3 open Failures*", "3 open Failures: Guardian for Harbor Bakery."),
        (
            "failures resolved",
            "⏳ *Resolved, not cleared yet*",
            "Resolved, waiting for the next sync: Guardian for Harbor Bakery.",
        ),
        ("failures cleared", "🟢 *Cleared*", "Cleared: no open Failures from Guardian for Harbor Bakery."),
        (
            "failures turned off",
            "⚪ *Closed: turned off*",
            "Turned off: Failures from Guardian for Harbor Bakery are no longer watched.",
        ),
        ("failures pending again", "⚪ *Closed: Pending again*", None),
        ("change waiting", "⏳ *Waiting for the exchange*", None),
        ("change refused", "🔴 *Refused*", None),
        ("change done, active", "🟢 *Active*", None),
        ("group number done", "🟢 *Group number changed*", None),
    ],
)
def test_a_glance_tells_the_state(render: Renderer, state: str, words: str, notification: str | None) -> None:
    message = render.card(STATES[state])
    assert first_words(message) == words
    assert notification in {message.text, None}


def test_the_card_of_one_that_never_synced_says_since_when_it_is_active(render: Renderer) -> None:
    [text, *_] = mrkdwn(render.card(STATES["never synced"]).blocks)
    assert "has never synced" in text
    assert "when it was due" not in text


def test_the_card_of_one_that_is_active_again_says_since_when_it_has_not_synced(render: Renderer) -> None:
    never = STATES["never synced"]
    again = replace(never, last_sync_at=never.active_at - timedelta(days=30))
    [text, *_] = mrkdwn(render.card(again).blocks)
    assert "Active again since" in text
    assert "has not synced since then" in text


def test_a_card_whose_acknowledgement_was_lifted_says_what_is_new(render: Renderer) -> None:
    for state, words in (
        ("failures, more since", "2 new Failures since it was acknowledged"),
        ("lost since acknowledged", "That it is lost is new"),
    ):
        message = render.card(STATES[state])
        assert words in str(message.blocks)
        assert AlertAction.ACKNOWLEDGE in buttons(message)


def test_a_card_tells_what_is_resolved_and_waits_for_a_sync(render: Renderer) -> None:
    some, every = (
        str(render.card(STATES[f"failures{which}"]).blocks) for which in (", some resolved", " resolved")
    )
    assert "2 more resolved, until the carrier's next sync" in some
    assert "3 Failures wait for the carrier's next sync" in every
    assert "Next sync expected" in some
    assert "Next sync expected" in every


def test_a_closed_card_says_how_long_it_lasted(render: Renderer) -> None:
    for state in ("synced again", "failures cleared"):
        assert "3 hours" in mrkdwn(render.card(STATES[state]).blocks)[0]


@pytest.mark.parametrize("facts", [LAST_SYNC, FAILURES], ids=["last sync", "failures"])
def test_an_open_card_offers_its_version_for_acknowledgement(render: Renderer, facts: Facts) -> None:
    offered = buttons(render.card(facts))
    assert offered[AlertAction.OPEN] == {"alert": facts.alert_id}  # type: ignore[union-attr]
    version = {"alert": facts.alert_id, "version": facts.version}  # type: ignore[union-attr]
    assert offered[AlertAction.ACKNOWLEDGE] == version


def test_failures_that_are_open_can_be_resolved_from_their_card(render: Renderer) -> None:
    for facts in (FAILURES, STATES["failures, acknowledged"]):
        assert buttons(render.card(facts))[MessagesAction.OPEN] == {"alert": FAILURES.alert_id}
    for facts in (LAST_SYNC, STATES["failures cleared"]):
        assert MessagesAction.OPEN not in buttons(render.card(facts))


@pytest.mark.parametrize("state", ["synced again", "failures cleared", "failures turned off", "turned off"])
def test_what_is_over_is_only_opened(render: Renderer, state: str) -> None:
    message = render.card(STATES[state])
    assert list(buttons(message)) == [AlertAction.OPEN]
    assert choices(message) == {}


@pytest.mark.parametrize("state", ["late, acknowledged", "failures, acknowledged"])
def test_what_is_taken_care_of_is_not_acknowledged_again(render: Renderer, state: str) -> None:
    message = render.card(STATES[state])
    assert AlertAction.ACKNOWLEDGE not in buttons(message)
    assert "note" not in {each.get("do") for each in choices(message).get(AlertAction.MORE, [])}


def test_an_acknowledged_card_says_by_whom(render: Renderer) -> None:
    assert any("<@U1>" in text for text in mrkdwn(render.card(STATES["late, acknowledged"]).blocks))


def test_kinds_are_counted_in_words_and_the_rest_is_counted(render: Renderer) -> None:
    counts = tuple((f"kind_{number}", 1) for number in range(2000))
    said = json.dumps(render.card(replace(FAILURES, counts=counts)).blocks, ensure_ascii=False)
    assert "kind 0" in said
    assert "… and 1,992 more kinds" in said


@pytest.mark.parametrize("state", [state for state, facts in STATES.items() if isinstance(facts, ChangeCard)])
def test_a_change_card_keeps_the_group_number_to_itself(render: Renderer, state: str) -> None:
    message = render.card(STATES[state])
    assert "GRP-1001" not in json.dumps([message.text, message.blocks])
    assert buttons(message) == {AlertAction.OPEN: {"integration": 3}}
