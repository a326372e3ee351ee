"""The Home tab and the modals that open from it, rendered with little, much and hostile values."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from handlers import renderer
from handlers.alerts.ids import AlertAction
from handlers.home.charts import freshness_chart, short_names
from handlers.kit import blockkit, limits
from handlers.kit.ids import unpack
from handlers.kit.rendering import Renderer
from handlers.people.ids import AuditAction, PeopleAction
from services.access import Role
from services.health import BrokenChannel, Health
from services.home import SHOWN, CarrierFreshness, Home, Item, Need
from services.integrations.search import Named
from services.messages.view import FailingIntegration, FailuresView
from services.people.audit_log import EVENTS, AuditFilter, AuditLine, AuditPage

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
PLAIN = "Harbor Bakery"
NAMES = [PLAIN, '<!channel> "quoted" \\ {} %s *bold*\n> line', "שירותי בריאות " * 250, "🦷"]
WELL = Health(well=True, headline="All is well: data is 40 seconds old.")


@pytest.fixture(scope="module")
def render() -> Renderer:
    return renderer()


def shown(render: Renderer, home: Home) -> dict[str, Any]:
    return render.home(home=home, user_id="U1", chart=freshness_chart(home.carriers))


def said(view: dict[str, Any]) -> str:
    return json.dumps(view, ensure_ascii=False)


def mrkdwn(part: Any) -> list[str]:
    if isinstance(part, list):
        return [found for each in part for found in mrkdwn(each)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if part.get("type") == "mrkdwn" else []
    return own + [found for each in part.values() for found in mrkdwn(each)]


def item(need: Need, name: str = PLAIN) -> Item:
    """As the use case gives it: Failures have no integration, refusals have a reason."""
    one = need is not Need.FAILURES
    return Item(
        need,
        Named(1, name),
        Named(2, name),
        NOW - timedelta(days=63),
        integration_id=3 if one else None,
        plan=name if one else None,
        count=2000,
        reason=name,
    )


def line(name: str = PLAIN) -> AuditLine:
    return AuditLine(NOW, name, "U2", "Broker", name, name, name, "U3", (name, name), name)


def full(name: str = PLAIN, carriers: int = 3) -> Home:
    health = Health(well=False, headline=name, lines=(name,) * 5, broken=(BrokenChannel("C1", name),) * 10)
    return Home(
        now=NOW,
        role=Role.AGENCY,
        items=tuple(item(need, name) for need in Need for _ in range(SHOWN // len(Need))),
        more=1988,
        carriers=tuple(CarrierFreshness(f"{name} {number}", 10, 1, 2) for number in range(carriers)),
        health=health,
        audit=AuditPage((line(name),) * 10, 0, more=True, chosen=AuditFilter()),
        sees_status=True,
        may_assign=True,
    )


def calm(**values: Any) -> Home:
    return Home(now=NOW, role=Role.BROKER, health=WELL, sees_status=True, **values)


@pytest.mark.parametrize("name", NAMES)
def test_slack_takes_a_full_home_whatever_the_names_are(render: Renderer, name: str) -> None:
    view = shown(render, full(name, carriers=2000))
    assert not blockkit.problems("home", view)
    assert not [text for text in mrkdwn(view) if "<!channel" in text]


def test_slack_takes_an_empty_home(render: Renderer) -> None:
    view = shown(render, calm())
    assert not blockkit.problems("home", view)
    assert "Nothing." in said(view)
    assert "No integration is Active yet." in said(view)


def test_health_is_said_in_words(render: Renderer) -> None:
    assert "✅ All is well: data is 40 seconds old." in said(shown(render, calm()))
    assert "⚠️" in said(shown(render, full()))


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("is_archived", "<#C1> is archived. Unarchive it"),
        ("not_in_channel", "Invite Lastsync there again"),
        ("restricted_action", "Let Lastsync post there"),
        ("team_access_not_granted", "Slack says team_access_not_granted. Choose another channel."),
    ],
)
def test_a_channel_that_takes_no_posts_is_told_with_its_remedy(
    render: Renderer, code: str, advice: str
) -> None:
    trouble = Health(well=False, headline="A channel takes no posts.", broken=(BrokenChannel("C1", code),))
    view = shown(render, Home(now=NOW, role=Role.BROKER, health=trouble, sees_status=True))
    assert advice in said(view)
    assert "tried again within the hour" in said(view)


def test_where_there_is_more_it_says_where_to_find_it(render: Renderer) -> None:
    assert "*Show all* in `/carrier-status`" in said(shown(render, calm(items=(item(Need.LATE),), more=4)))


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Need.LOST, "🔴 *Lost*"),
        (Need.LATE, "🟠 *Late*"),
        (Need.FAILURES, "🔴 *2,000 open Failures*"),
        (Need.PENDING_OVERDUE, "🟡 *Pending for 63 days*"),
        (Need.PENDING_LONG, "🟡 *Pending for 63 days*"),
        (Need.CHANGE_REFUSED, "🔴 *Change refused*"),
    ],
)
def test_each_need_begins_with_its_state(render: Renderer, need: Need, words: str) -> None:
    view = shown(render, calm(items=(item(need),)))
    assert any(text.startswith(words) for text in mrkdwn(view))


def test_each_need_opens_what_it_is_about(render: Renderer) -> None:
    view = shown(render, calm(items=(item(Need.LOST), item(Need.FAILURES))))
    values = [unpack(block["accessory"]["value"]) for block in view["blocks"] if "accessory" in block]
    assert values == [{"integration": 3}, {"employer": 1, "carrier": 2}]


def test_the_audit_log_and_people_are_for_those_who_may(render: Renderer) -> None:
    assert AuditAction.OPEN in said(shown(render, full()))
    assert PeopleAction.OPEN in said(shown(render, full()))
    assert AuditAction.OPEN not in said(shown(render, calm()))
    assert PeopleAction.OPEN not in said(shown(render, calm()))


def test_a_stranger_is_told_who_gives_roles(render: Renderer) -> None:
    for ask in ((), ("UA",), ("UA", "UB"), ("UA", "UB", "UC")):
        view = shown(render, Home(NOW, None, ask=ask))
        assert not blockkit.problems("home", view)
        assert all(f"<@{each}>" in said(view) for each in ask)
        assert len(view["blocks"]) == 2


def test_a_reader_gets_one_friendly_line(render: Renderer) -> None:
    view = shown(render, Home(NOW, Role.READ_ONLY))
    assert not blockkit.problems("home", view)
    assert "Read-only HR user" in said(view)


def test_late_and_lost_carriers_are_also_said_in_words(render: Renderer) -> None:
    carriers = (CarrierFreshness("Guardian", 10, 1, 2), CarrierFreshness("Cigna", 4, 0, 0))
    assert "Late or lost: Guardian 3 of 13." in said(shown(render, calm(carriers=carriers)))
    assert "Every Active integration is on time." in said(shown(render, calm(carriers=carriers[1:])))


def test_more_carriers_than_a_chart_takes_are_added_up() -> None:
    carriers = [CarrierFreshness(f"Carrier {number}", 1, 2, 3) for number in range(25)]
    chart = freshness_chart(carriers)
    assert chart
    assert chart["axis_config"]["categories"][-1] == "6 others"
    assert [series["data"][-1]["value"] for series in chart["series"]] == [6, 12, 18]


def test_names_that_are_cut_to_the_same_are_told_apart() -> None:
    names = [f"Anthem Blue Cross of {state}" for state in ("Kansas", "Kentucky", "Maine")]
    short = short_names(names, limits.CHART_CATEGORY)
    assert len(set(short)) == 3
    assert all(len(each) <= limits.CHART_CATEGORY for each in short)


def failing(name: str = PLAIN, kinds: int = 2) -> FailingIntegration:
    counts = tuple((f"{name} {number}", 2) for number in range(kinds))
    return FailingIntegration(3, name, name, NOW, NOW - timedelta(days=1), counts)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [0, 1, 20])
def test_slack_takes_a_list_of_failures(render: Renderer, name: str, size: int) -> None:
    failures = FailuresView(Named(1, name), Named(2, name), (failing(name, 2000),) * size, 1980)
    view = render.modal("messages/failures", failures=failures, now=NOW)
    assert not blockkit.problems("modal", view)
    assert not [text for text in mrkdwn(view) if "<!channel" in text]


def test_each_failing_integration_leads_to_its_diagnosis(render: Renderer) -> None:
    failures = FailuresView(Named(1, PLAIN), Named(2, "Guardian"), (failing(),), 0)
    view = render.modal("messages/failures", failures=failures, now=NOW)
    [button] = [block["accessory"] for block in view["blocks"] if "accessory" in block]
    assert (button["action_id"], unpack(button["value"])) == (AlertAction.OPEN, {"integration": 3})


CHOSEN = AuditFilter("person.assigned", 1, 2, "U3", date(2026, 11, 1), date(2026, 11, 2))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("chosen", [AuditFilter(), CHOSEN, AuditFilter(event="something.else")])
def test_slack_takes_the_audit_log(render: Renderer, name: str, chosen: AuditFilter) -> None:
    log = AuditPage((line(name),) * 10, 3, more=True, chosen=chosen, employer=name, carrier=name)
    view = render.modal("people/audit", log=log, events=EVENTS)
    assert not blockkit.problems("modal", view)
    assert not [text for text in mrkdwn(view) if "<!channel" in text]


def test_the_audit_log_carries_its_filters_as_ids(render: Renderer) -> None:
    log = AuditPage((), 0, more=False, chosen=CHOSEN, employer=PLAIN)
    view = render.modal("people/audit", log=log, events=EVENTS)
    assert unpack(view["private_metadata"]) == {
        "event": "person.assigned",
        "employer": 1,
        "carrier": 2,
        "person": "U3",
        "first": "2026-11-01",
        "last": "2026-11-02",
    }
    assert PLAIN not in view["private_metadata"]


@pytest.mark.parametrize(("page", "more", "offered"), [(0, False, []), (0, True, [1]), (2, True, [1, 3])])
def test_pages_are_offered_where_there_are_some(
    render: Renderer, page: int, offered: list[int], *, more: bool
) -> None:
    view = render.modal("people/audit", log=AuditPage((), page, more, AuditFilter()), events=EVENTS)
    rows = [block["elements"] for block in view["blocks"] if block["type"] == "actions"]
    assert [unpack(button["value"])["page"] for [button] in rows] == offered
