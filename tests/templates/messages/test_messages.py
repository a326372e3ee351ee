"""Carrier messages, their forms and cards, rendered with ordinary, empty, extreme and hostile values."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers import renderer
from handlers.kit.rendering import Renderer
from handlers.messages.filters import kept
from services.integrations.listing import Place
from services.integrations.search import Found, Named, Nothing, Several
from services.messages.bulk import BulkChoice
from services.messages.cards import BulkCard, EscalationCard, Failed, ResolutionCard
from services.messages.escalations import Draft
from services.messages.filters import MOST_COUNTED, Filters, Show
from services.messages.kinds import Need
from services.messages.life import State, Step
from services.messages.lines import MessageLine, Resolved
from services.messages.listing import Counts, MessagesPage
from services.messages.view import MessageView, PastResolution
from services.ports import ChatMessage, Outcome, Severity
from tests.templates.status.test_status import DAY, FRESH, NAMES, NOW, told

FOR_ONE = Named(1, "Harbor Bakery")
WITH = Named(2, "Guardian")
LINE = MessageLine(
    id=3,
    version=0,
    severity=Severity.FAILURE,
    kind="ssn_mismatch",
    field="ssn",
    platform_value=None,
    carrier_value=None,
    text="The numbers differ.",
    employee_ref="emp_7",
    integration_id=12,
    employer=FOR_ONE,
    carrier=WITH,
    time_zone="America/New_York",
    plan_name="Dental PPO",
    plan_type="dental",
    assignee="platform",
    received_at=NOW - 2 * DAY,
    last_sync_at=NOW - DAY,
    next_at=NOW + 2 * DAY,
    state=State.OPEN,
    step=Step.RESOLVE,
    came_back=0,
    resolved=None,
    refusal=None,
    cleared_at=None,
    queued=None,
    escalated_at=None,
    can_resolve=True,
    can_escalate=False,
)
DECIDED = Resolved(NOW - 9 * DAY, Outcome.CARRIER, "U1", "broker", 2)
DONE = {"can_resolve": False, "step": Step.NOTHING, "resolved": DECIDED}
QUEUED = replace(LINE, state=State.QUEUED, step=Step.WAIT_FOR_SYNC, queued=DECIDED, can_resolve=False)
WAITING = replace(LINE, state=State.WAITING, step=Step.WAIT_FOR_SYNC, resolved=DECIDED, can_resolve=False)
BACK = replace(LINE, state=State.CAME_BACK, resolved=DECIDED, came_back=1, can_escalate=True)
STORY = (
    "↩️ Came back: resolved 9 days ago by the broker: the carrier is right; Guardian has synced twice since."
)
STATES = {
    "open": (LINE, "⏳ Waiting for someone to resolve it."),
    "queued": (QUEUED, "Resolved by <@U1> 9 days ago: the carrier is right; on its way to the exchange"),
    "waiting": (WAITING, "Resolved 9 days ago: the carrier is right; waiting for Friday's sync"),
    "waiting, no sync known": (replace(WAITING, next_at=None), "waiting for the next sync of Guardian"),
    "waiting, today": (replace(WAITING, next_at=NOW + DAY / 24), "waiting for today's sync"),
    "waiting, long": (replace(WAITING, next_at=NOW + 9 * DAY), "waiting for the sync expected on <!date^"),
    "back, too soon": (replace(BACK, step=Step.WAIT_FOR_SYNC), "The carrier has not synced since then"),
    "back, a week": (replace(BACK, step=Step.GIVE_IT_A_WEEK), "less than a week ago: wait, or resolve"),
    "back": (
        replace(BACK, step=Step.RESOLVE_AGAIN),
        f"{STORY} Review which side is right, and resolve it again.",
    ),
    "back again": (
        replace(BACK, step=Step.OPERATIONS, came_back=2),
        f"{STORY.replace('back:', 'back twice:')} Resolving alone does not settle it: escalate",
    ),
    "escalated": (
        replace(BACK, step=Step.OPERATIONS, came_back=2, escalated_at=NOW - DAY, can_escalate=False),
        "Guardian has synced twice since. Operations have it since <!date^",
    ),
    "cleared": (replace(LINE, state=State.CLEARED, cleared_at=NOW - DAY, **DONE), "✅ Cleared 24 hours ago"),
    "closed": (replace(LINE, state=State.CLOSED, **DONE), "✅ Closed by the carrier or the middleware."),
    "refused": (
        replace(LINE, refusal="The carrier says no."),
        "refused the resolution: The carrier says no.",
    ),
    "middleware": (
        replace(LINE, assignee="middleware", step=Step.NOTHING, can_resolve=False),
        "The middleware works on this one",
    ),
    "info": (
        replace(LINE, severity=Severity.INFO, step=Step.NOTHING, can_resolve=False),
        "For your information; there is nothing to do.",
    ),
}
LINES = tuple(line for line, _ in STATES.values())
EACH = pytest.mark.parametrize(("line", "said"), STATES.values(), ids=STATES)
PAST = PastResolution(
    NOW - 9 * DAY, "U1", "broker", Outcome.CARRIER, "refused", "The carrier says no.", "Checked", ("Yes.",)
)
NEED = Need("reenrolment", "Do rates change?", (("started", "Yes"), ("unchanged", "No")))


@pytest.fixture(scope="module")
def render() -> Renderer:
    return renderer()


def page(lines: tuple[MessageLine, ...] = LINES, **values: Any) -> MessagesPage:
    shown = lines[:8]
    usual = MessagesPage(
        lines=shown,
        place=Place.at(1, len(shown), 8),
        filters=Filters(),
        counts=Counts(3, 1, 2, 2, 1),
        kinds=(("ssn_mismatch", 12), ("name_spelling", 1)),
        bulk=0,
        employer=None,
        carrier=None,
        last_sync_at=None,
        next_at=None,
        as_of=FRESH,
    )
    return replace(usual, **values)


def view(line: MessageLine = LINE, **values: Any) -> MessageView:
    return replace(MessageView(line, (), None, (), None, 0, FRESH), **values)


def called(line: MessageLine, name: str) -> MessageLine:
    """The same line with everything that a stranger writes replaced by `name`."""
    words = {"text": name, "kind": name, "field": name, "employee_ref": name, "platform_value": name}
    places = {"employer": Named(1, name), "carrier": Named(2, name), "plan_name": name}
    refusal = name if line.refusal else None
    return replace(line, refusal=refusal, carrier_value=name, **words, **places)


def form(render: Renderer, it: MessageView, **walk: Any) -> dict[str, Any]:
    return render.modal("messages/resolve", it=it, walk={**kept(Filters(**walk)), "page": 3})


# ── the answer and the list


@EACH
def test_a_message_says_what_it_waits_for_wherever_it_is_shown(
    render: Renderer, line: MessageLine, said: str
) -> None:
    assert said in told(render.message("messages/list", it=page((line,))))
    assert said in told(render.modal("messages/list", it=page((line,)), turn=0))
    assert said in told(form(render, view(line)))


def test_an_answer_counts_what_there_is(render: Renderer) -> None:
    text = told(render.message("messages/list", it=page()))
    for part in ("🔴 3 Failures", "🟠 1 Warning", "🔵 2", "⏳ 2 waiting for a sync", "↩️ 1 came back"):
        assert part in text


def test_where_counting_stopped_it_says_so(render: Renderer) -> None:
    many = page(counts=Counts(MOST_COUNTED, 0, 0, 0, 0), place=Place.at(1, MOST_COUNTED, 8))
    text = told(render.message("messages/list", it=many))
    assert f"{MOST_COUNTED:,}+ Failures" in text
    assert f"Open all {MOST_COUNTED:,}+ messages" in text


def test_nothing_open_is_good_news(render: Renderer) -> None:
    calm = page((), counts=Counts(0, 0, 0, 0, 0), kinds=())
    assert "✅ No message is open here." in told(render.message("messages/list", it=calm))
    assert "✅ No message is open here." in told(render.modal("messages/list", it=calm, turn=0))


def test_one_carriers_list_says_when_it_synced_and_will(render: Renderer) -> None:
    one = page(carrier=WITH, last_sync_at=NOW - timedelta(hours=14), next_at=NOW + DAY)
    for text in (
        told(render.message("messages/list", it=one)),
        told(render.modal("messages/list", it=one, turn=0)),
    ):
        assert "Last Sync of Guardian 14 hours ago · next expected <!date^" in text


@NAMES
def test_the_list_takes_any_text(render: Renderer, name: str) -> None:
    chosen = {"employer": Named(2**31 - 1, name), "carrier": Named(2**31 - 1, name)}
    filters = Filters(2**31 - 1, 2**31 - 1, 2**31 - 1, Severity.FAILURE, name[:64], Show.CAME_BACK)
    kinds = tuple((name[:60] + str(number), 1) for number in range(20))
    lines = tuple(called(line, name) for line in LINES[:8])
    shown = page(lines, filters=filters, kinds=kinds, place=Place.at(9, 4000, 8), bulk=4000, **chosen)
    told(render.message("messages/list", it=shown))
    told(render.modal("messages/list", it=shown, turn=7))
    told(render.modal("messages/tick", it=shown, ticked=list(range(10**6, 10**6 + 200)), below=2))


@NAMES
def test_the_question_takes_any_text_and_keeps_what_else_was_asked(render: Renderer, name: str) -> None:
    fits = (Found(Named(1, name), None), Found(None, Named(2, name)))
    filters = Filters(severity=Severity.WARNING)
    for found in (Several(name, fits, more=1200), Nothing(name, fits), Nothing(name[:60], too_long=True)):
        shown = render.message("messages/choice", it=found, filters=filters)
        assert told(shown).count('\\"severity\\":\\"warning\\"') == len(_buttons(shown))


def _buttons(shown: ChatMessage) -> list[str]:
    text = json.dumps(shown.blocks)
    return text.split('"action_id"')[1:]


def test_help_shows_how(render: Renderer) -> None:
    assert "`/carrier-messages harbor guardian failures`" in told(render.message("messages/help"))


def test_the_chosen_filters_are_shown_as_chosen(render: Renderer) -> None:
    chosen = Filters(severity=Severity.WARNING, kind="gone_kind", show=Show.WAITING)
    modal = render.modal("messages/list", it=page(filters=chosen), turn=0)
    selects = [each for each in modal["blocks"][0]["elements"] if each["type"] == "static_select"]
    assert [each["initial_option"]["value"] for each in selects] == ["warning", "waiting", "gone_kind"]
    assert "Clear filters" in told(modal)


# ── one message


@NAMES
@pytest.mark.parametrize("line", LINES, ids=STATES)
def test_the_form_takes_any_text(render: Renderer, line: MessageLine, name: str) -> None:
    past = replace(PAST, note=name, reason=name, extras=(name,) * 3)
    need = Need("need", name[:300], tuple((str(number), name) for number in range(10)))
    full = view(called(line, name), needs=(need,), hint=name, past=(past,) * 10, next_failure=9, left=2000)
    told(form(render, full, kind=name[:64]))
    for outdated in (None, name):
        done = render.modal(
            "messages/resolved", it=full, chosen="carrier", outdated=outdated, walk={"page": 1}
        )
        assert "2,000 Failures left" in told(done)


def test_an_ssn_is_not_shown_not_even_in_part(render: Renderer) -> None:
    text = told(form(render, view()))
    assert "Our record\\nnot shown" in text
    assert "The carrier's\\nnot shown" in text


def test_only_what_can_be_resolved_has_a_form(render: Renderer) -> None:
    for line in LINES:
        shown = form(render, view(line))
        assert ("submit" in shown) == line.can_resolve
        assert ("Which side is right?" in told(shown)) == line.can_resolve


def test_the_metadata_holds_ids_versions_and_filter_words_alone(render: Renderer) -> None:
    shown = form(render, view(), employer_id=1, severity=Severity.FAILURE)
    kept_there = {"message": 3, "version": 0, "employer": 1, "severity": "failure", "page": 3}
    assert json.loads(shown["private_metadata"]) == kept_there


def test_inputs_of_two_messages_have_ids_of_their_own(render: Renderer) -> None:
    """Slack keeps what was typed in an input of the same ids, and these take each other's place."""
    one, other = (form(render, view(replace(LINE, id=number), needs=(NEED,))) for number in (3, 4))
    ids = [
        [block["element"]["action_id"] for block in each["blocks"] if "element" in block]
        for each in (one, other)
    ]
    assert not set(ids[0]) & set(ids[1])
    assert len(ids[0]) == 3


def test_what_was_resolved_before_is_told_with_its_note(render: Renderer) -> None:
    text = told(form(render, view(BACK, past=(PAST,))))
    assert "9 days ago, <@U1>: the carrier is right; Yes. · refused: The carrier says no. · “Checked”" in text


def test_the_carrier_is_right_reminds_of_the_profile(render: Renderer) -> None:
    for chosen, reminded in (("carrier", True), ("platform", False)):
        shown = render.modal("messages/resolved", it=view(WAITING), chosen=chosen, outdated=None, walk={})
        assert ("Correct the employee's profile too" in told(shown)) is reminded


@NAMES
@pytest.mark.parametrize("channel", [None, "C0OPERAT01"])
@pytest.mark.parametrize("sent", [None, NOW])
def test_escalating_takes_any_text_and_is_sent_once(
    render: Renderer, name: str, channel: str | None, sent: Any
) -> None:
    draft = Draft(3, 2, name * 3, sent, "U1" if sent else None)
    shown = render.modal("messages/escalate", it=draft, channel=channel)
    assert ("submit" in shown) == (channel is not None and sent is None)
    told(shown)


# ── several


def test_what_is_ticked_stays_ticked(render: Renderer) -> None:
    lines = tuple(replace(LINE, id=number) for number in range(1, 9))
    kind = Filters(kind="ssn_mismatch")
    shown = render.modal("messages/tick", it=page(lines, filters=kind, bulk=12), ticked=[2, 5, 99], below=1)
    [boxes] = [each["element"] for each in shown["blocks"] if each.get("block_id") == "ticked"]
    assert [option["value"] for option in boxes["initial_options"]] == ["2", "5"]
    assert json.loads(shown["private_metadata"])["ticked"] == [2, 5, 99]


def test_a_page_with_nothing_to_resolve_says_so(render: Renderer) -> None:
    shown = page((WAITING,), filters=Filters(kind="ssn_mismatch"), bulk=3)
    assert "None of this page can be resolved" in told(
        render.modal("messages/tick", it=shown, ticked=[], below=1)
    )


@NAMES
def test_the_confirmation_counts_them(render: Renderer, name: str) -> None:
    ids = tuple(range(2**31 - 200, 2**31))
    choice = BulkChoice(name[:64], 1200, ids, False, 3, (NEED,), name, 7, 2)  # noqa: FBT003
    shown = render.modal("messages/bulk", it=choice, filters=Filters(kind=name[:64]), page=150)
    assert shown["submit"]["text"] == "Resolve 1,200"
    text = told(shown)
    assert "*1,200 messages*" in text
    assert "at 7 employers with 2 carriers" in text
    assert "3 of those that were ticked" in text


# ── cards

RESOLUTION = ResolutionCard(
    resolution_id=1,
    version=1,
    message_id=3,
    state="queued",
    outcome="carrier",
    kind="name_spelling",
    severity="failure",
    employer="Harbor Bakery",
    carrier="Guardian",
    plan_name="Dental PPO",
    time_zone="America/New_York",
    requested_by="U1",
    requested_at=NOW,
    settled_at=None,
    next_try_at=NOW,
    reason="The carrier exchange does not answer.",
    next_at=NOW + DAY,
)
FAILED = Failed(3, "emp_7", "Harbor Bakery", "Guardian", "The carrier says no.")
BULK = BulkCard(
    bulk_id=1,
    version=1,
    kind="name_spelling",
    outcome="platform",
    total=40,
    sent=10,
    refused=0,
    requested_by="U1",
    requested_at=NOW,
    finished_at=None,
    waits_because=None,
    failed=(),
    more=0,
)
SUMMARY = "Harbor Bakery, Guardian: Dental PPO (dental)\nCame back 3 times"
ESCALATION = EscalationCard(
    escalation_id=1,
    version=1,
    message_id=3,
    employer="Harbor Bakery",
    carrier="Guardian",
    plan_name="Dental PPO",
    kind="name_spelling",
    severity="failure",
    came_back=3,
    summary=SUMMARY,
    escalated_by="U1",
    escalated_at=NOW,
    state="came_back",
    cleared_at=None,
)
CARDS = {
    "queued": (RESOLUTION, ("*Waiting for the exchange*", "does not answer")),
    "sent": (
        replace(RESOLUTION, state="sent", reason=None),
        ("*Sent*", "sees it at its next sync, expected"),
    ),
    "sent, no sync known": (replace(RESOLUTION, state="sent", next_at=None), ("at its next sync.",)),
    "refused": (replace(RESOLUTION, state="refused"), ("*Refused*", "open as before")),
    "refused without a reason": (replace(RESOLUTION, state="refused", reason=None), ("It gave no reason.",)),
    "bulk": (BULK, ("*10 of 40 resolutions sent*", "█████░░░░░░░░░░░░░░░", "our record is right")),
    "bulk, held up": (replace(BULK, waits_because="The exchange is away."), ("The exchange is away.",)),
    "bulk, done": (replace(BULK, sent=40, finished_at=NOW), ("*40 resolutions taken by the exchange*",)),
    "bulk, some refused": (
        replace(BULK, sent=38, refused=22, failed=(FAILED,) * 20, more=2, total=60, finished_at=NOW),
        (
            "*38 of 60 resolutions taken, 22 refused*",
            "*Employee emp_7*",
            "The carrier says no.",
            "… and 2 more",
        ),
    ),
    "escalated": (ESCALATION, ("*Escalated*", "came back 3 times", "Came back 3 times", "<@U1>")),
    "escalated, resolved again": (replace(ESCALATION, state="queued"), ("It was resolved again",)),
    "settled": (replace(ESCALATION, state="cleared", cleared_at=NOW), ("*Settled*", "It is gone since")),
}


@pytest.mark.parametrize(("facts", "said"), CARDS.values(), ids=CARDS)
def test_a_card_says_how_it_stands(render: Renderer, facts: Any, said: tuple[str, ...]) -> None:
    text = told(render.card(facts))
    for part in said:
        assert part in text


@NAMES
@pytest.mark.parametrize("facts", [facts for facts, _ in CARDS.values()], ids=CARDS)
def test_the_cards_take_any_text(render: Renderer, facts: Any, name: str) -> None:
    words = {"kind", "employer", "carrier", "plan_name", "summary"} & set(vars(facts))
    changed = replace(facts, **dict.fromkeys(words, name[:2000]))
    changed = replace(changed, kind=name[:64])
    if getattr(facts, "failed", ()):
        changed = replace(changed, failed=(Failed(3, name, name, name, name),) * 20)
    if getattr(facts, "reason", None):
        changed = replace(changed, reason=name)
    told(render.card(changed))
