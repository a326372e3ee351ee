"""The buttons on alert cards, pressed by those who may and by those who may not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt import App

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers import renderer
from handlers.alerts.ids import AlertAction
from handlers.home.ids import HomeAction
from services import subjects
from services.store.alerts import Alert, Card, Mute
from services.store.people import AuditEvent
from tests.agency import NOW, Agency, daily
from tests.handlers.pages import As

CHANNEL = cast.ALERTS.channel_id


@pytest.fixture
def integration(agency: Agency) -> int:
    found = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW))
    agency.message(found)
    return found


@pytest.fixture
def post(app: App, agency: Agency, integration: int) -> Any:
    """Open an alert and post its card: `post("last_sync")`."""

    def posted(kind: str) -> int:
        place = {"employer_id": agency.employer("Harbor Bakery"), "carrier_id": agency.carrier("Guardian")}
        level = "late" if kind == "last_sync" else "failure"
        about = integration if kind == "last_sync" else None
        alert = Alert(kind=kind, cause="x", level=level, integration_id=about, opened_at=NOW, **place)
        agency.add(alert)
        show(app, agency, alert.id)
        return alert.id

    return posted


def show(app: App, agency: Agency, alert_id: int) -> None:
    card = Card(key="k", subject=f"alert:{alert_id}", channel_id=CHANNEL, wanted=1, wanted_at=NOW)
    with agency.sessions.read() as session:
        message = renderer().card(subjects.read_card(session, card, NOW))
    app.client.chat_postMessage(channel=CHANNEL, text=message.text, blocks=message.blocks)


def card(page: Person) -> dict[str, Any]:
    [found] = [each for each in page.messages(CHANNEL) if not each.get("is_ephemeral")]
    return found


def told(page: Person) -> list[str]:
    return [each["text"] for each in page.messages(CHANNEL) if each.get("is_ephemeral")]


def state(agency: Agency) -> tuple[str | None, int]:
    [alert] = agency.all(Alert)
    return alert.acknowledged_by, alert.version


def said(view: dict[str, Any]) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def test_acknowledging_notes_who_takes_care(acting: As, agency: Agency, post: Any) -> None:
    post("last_sync")
    page = acting(cast.BROKER)
    page.press(card(page), AlertAction.ACKNOWLEDGE)
    assert state(agency) == (cast.BROKER.user_id, 2)
    assert [row.event for row in agency.all(AuditEvent)] == ["alert.acknowledged"]


def test_nothing_is_posted_by_hand(acting: As, post: Any) -> None:
    post("last_sync")
    page = acting(cast.BROKER)
    before = page.messages(CHANNEL)
    page.press(card(page), AlertAction.ACKNOWLEDGE)
    assert page.messages(CHANNEL) == before


def test_a_double_click_acknowledges_once(acting: As, agency: Agency, post: Any) -> None:
    post("last_sync")
    page = acting(cast.BROKER)
    page.press(card(page), AlertAction.ACKNOWLEDGE)
    page.press(card(page), AlertAction.ACKNOWLEDGE)
    assert state(agency) == (cast.BROKER.user_id, 2)
    assert told(page) == []


def test_a_card_that_has_moved_on_says_so_and_changes_nothing(acting: As, agency: Agency, post: Any) -> None:
    post("last_sync")
    broker, agency_user = acting(cast.BROKER), acting(cast.AGENCY)
    broker.press(card(broker), AlertAction.ACKNOWLEDGE)
    agency_user.press(card(agency_user), AlertAction.ACKNOWLEDGE)
    assert state(agency) == (cast.BROKER.user_id, 2)
    assert told(agency_user) == ["This alert has changed since. Look at its card again, then decide."]


def test_a_last_sync_alert_opens_the_diagnosis(acting: As, post: Any) -> None:
    post("last_sync")
    page = acting(cast.BROKER)
    page.press(card(page), AlertAction.OPEN)
    [modal] = page.modals()
    assert "Guardian" in said(modal)


def test_a_failures_alert_opens_counts_without_names_or_values(acting: As, post: Any) -> None:
    post("failures")
    page = acting(cast.EMPLOYER)
    page.press(card(page), AlertAction.OPEN)
    [modal] = page.modals()
    assert "date of birth mismatch" in said(modal)
    assert "The date of birth differs." not in said(modal)


@pytest.mark.parametrize("action", [AlertAction.OPEN, AlertAction.ACKNOWLEDGE])
@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        (cast.NEWCOMER, "does not know your role yet"),
        (cast.READ_ONLY, "does not let you see carrier integrations"),
    ],
)
def test_who_may_not_hears_a_sentence_that_reveals_nothing(
    acting: As, agency: Agency, post: Any, member: cast.CastMember, sentence: str, action: str
) -> None:
    post("last_sync")
    page = acting(member)
    page.press(card(page), action)
    assert page.modals() == []
    [heard] = told(page)
    assert sentence in heard
    assert not [word for word in ("Harbor", "Guardian", "Dental") if word in heard]
    assert state(agency) == (None, 1)


def test_a_broker_of_other_employers_hears_what_they_would_hear_of_nothing(
    acting: As, agency: Agency, post: Any
) -> None:
    post("last_sync")
    agency.do(cast.AGENCY.user_id, _forget_employers)
    page = acting(cast.BROKER)
    for action in (AlertAction.OPEN, AlertAction.ACKNOWLEDGE):
        page.press(card(page), action)
    assert page.modals() == []
    assert not [text for text in told(page) if "Harbor" in text or "Guardian" in text]
    assert len(told(page)) == 2


def _forget_employers(session: Any, actor: Any, now: Any) -> None:
    del actor, now
    session.connection().exec_driver_sql("DELETE FROM people_employers")


def choice(shown: dict[str, Any], action: str, do: str) -> str:
    """The value of an option of the card's select or menu."""
    every = [each for block in shown["blocks"] for each in block.get("elements", ())]
    [element] = [each for each in every if each.get("action_id") == action]
    return next(one["value"] for one in element["options"] if f'"{do}"' in one["value"])


def pick(page: Person, action: str, do: str) -> None:
    shown = card(page)
    page.press(shown, action, option=choice(shown, action, do))


@pytest.mark.parametrize(("until", "hours"), [("hour", 1), ("tomorrow", 23)])
def test_an_alert_is_put_off(acting: As, agency: Agency, post: Any, until: str, hours: int) -> None:
    post("last_sync")
    page = acting(cast.BROKER)
    pick(page, AlertAction.SNOOZE, until)
    [alert] = agency.all(Alert)
    assert alert.snoozed_by == cast.BROKER.user_id
    assert alert.snoozed_until == NOW + timedelta(hours=hours)
    assert [row.event for row in agency.all(AuditEvent)] == ["alert.snoozed"]


def test_a_note_is_kept_with_the_acknowledgement(acting: As, agency: Agency, post: Any) -> None:
    post("failures")
    page = acting(cast.BROKER)
    pick(page, AlertAction.MORE, "note")
    assert list(page.submit(page.modals()[-1], {"note": "His SSN is 123-45-6789"})) == ["note"]
    assert page.submit(page.modals()[-1], {"note": "Asked Guardian."}) == {}
    assert page.modals() == []
    [alert] = agency.all(Alert)
    assert (alert.acknowledged_by, alert.note) == (cast.BROKER.user_id, "Asked Guardian.")


def test_an_integration_is_muted_from_the_menu_and_undone_on_the_home(
    acting: As, agency: Agency, post: Any
) -> None:
    post("last_sync")
    page = acting(cast.BROKER)
    pick(page, AlertAction.MORE, "mute")
    assert [row.by for row in agency.all(Mute)] == [cast.BROKER.user_id]
    page.open_home()
    page.wait_for(lambda: page.home() is not None)
    page.press(page.home() or {}, HomeAction.UNMUTE)
    assert agency.all(Mute) == []
    assert "Unmute" not in str(page.home())


@pytest.mark.parametrize(("do", "words"), [("why", "Why isn't it syncing?"), ("history", "Syncs per week")])
def test_history_and_diagnosis_come_to_the_presser_alone(
    acting: As, agency: Agency, post: Any, do: str, words: str
) -> None:
    del agency
    post("last_sync")
    page, other = acting(cast.BROKER), acting(cast.AGENCY)
    pick(page, AlertAction.MORE, do)
    [shown] = [each for each in page.messages(CHANNEL) if each.get("is_ephemeral")]
    assert words in json.dumps(shown["blocks"], ensure_ascii=False)
    assert told(other) == []


@pytest.mark.parametrize(
    ("action", "do"),
    [(AlertAction.SNOOZE, "hour"), (AlertAction.MORE, "mute")],
)
def test_what_is_chosen_on_a_card_that_moved_on_changes_nothing(
    acting: As, agency: Agency, post: Any, action: str, do: str
) -> None:
    post("last_sync")
    broker, agency_user = acting(cast.BROKER), acting(cast.AGENCY)
    broker.press(card(broker), AlertAction.ACKNOWLEDGE)
    pick(agency_user, action, do)
    assert told(agency_user) == ["This alert has changed since. Look at its card again, then decide."]
    assert (agency.all(Mute), agency.all(Alert)[0].snoozed_until) == ([], None)


def test_a_button_of_an_older_version_says_so(acting: As, app: App) -> None:
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Open"},
        "action_id": AlertAction.OPEN.value,
        "value": "7",
    }
    blocks = [{"type": "actions", "elements": [button]}]
    app.client.chat_postMessage(channel=CHANNEL, text="An old card", blocks=blocks)
    page = acting(cast.BROKER)
    page.press(card(page), AlertAction.OPEN)
    assert told(page) == ["That button is from an older version of Lastsync. Run the command again."]
