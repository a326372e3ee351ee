"""The Block Kit checker, beside two judges that know nothing of it: slack_sdk's models and slackblocks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slackblocks import _limits as registry
from slackblocks import _surfaces as surfaces

from handlers.kit import limits
from handlers.kit.blockkit import SURFACES, option_problems, problems

Json = dict[str, Any]

# Our name for a limit, and the registry's.
IN_REGISTRY = {
    "MESSAGE_BLOCKS": "MESSAGE_BLOCKS_MAX_ITEMS",
    "MESSAGE_ATTACHMENTS": "MESSAGE_ATTACHMENTS_MAX_ITEMS",
    "MESSAGE_CHARTS": "MESSAGE_DATA_VISUALIZATIONS_MAX_ITEMS",
    "MESSAGE_MARKDOWN_TEXT": "MARKDOWN_TOTAL_TEXT_MAX_LENGTH",
    "MESSAGE_DATA_TABLE_TEXT": "DATA_TABLE_TOTAL_CONTENT_MAX_LENGTH",
    "VIEW_BLOCKS": "VIEW_BLOCKS_MAX_ITEMS",
    "SECTION_FIELDS": "SECTION_FIELDS_MAX_ITEMS",
    "SECTION_FIELD": "SECTION_FIELDS_ITEM_MAX_LENGTH",
    "CONTEXT_ELEMENTS": "CONTEXT_ELEMENTS_MAX_ITEMS",
    "CONTEXT_ACTIONS_ELEMENTS": "CONTEXT_ACTIONS_ELEMENTS_MAX_ITEMS",
    "ACTIONS_ELEMENTS": "ACTIONS_ELEMENTS_MAX_ITEMS",
    "IMAGE_URL": "IMAGE_IMAGE_URL_MAX_LENGTH",
    "CARD_ACTIONS": "CARD_ACTIONS_MAX_ITEMS",
    "CAROUSEL_CARDS": "CAROUSEL_ELEMENTS_MAX_ITEMS",
    "CONTAINER_BLOCKS": "CONTAINER_CHILD_BLOCKS_MAX_ITEMS",
    "PLAN_TASKS": "PLAN_TASKS_MAX_ITEMS",
    "TABLE_ROWS": "TABLE_ROWS_MAX_ITEMS",
    "TABLE_COLUMNS": "TABLE_COLUMNS_MAX_ITEMS",
    "TABLE_COLUMN_SETTINGS": "TABLE_COLUMN_SETTINGS_MAX_ITEMS",
    "DATA_TABLE_ROWS_LEAST": "DATA_TABLE_ROWS_MIN_ITEMS",
    "DATA_TABLE_ROWS": "DATA_TABLE_ROWS_MAX_ITEMS",
    "DATA_TABLE_COLUMNS": "DATA_TABLE_COLUMNS_MAX_ITEMS",
    "DATA_TABLE_PAGE_SIZE": "DATA_TABLE_PAGE_SIZE_MAX",
    "DATA_TABLE_TEXT": "DATA_TABLE_CONTENT_MAX_LENGTH",
    "CHART_TITLE": "DATA_VISUALIZATION_TITLE_MAX_LENGTH",
    "CHART_SEGMENTS": "DATA_VISUALIZATION_SEGMENTS_MAX_ITEMS",
    "CHART_SEGMENT_LABEL": "DATA_VISUALIZATION_SEGMENT_LABEL_MAX_LENGTH",
    "CHART_SERIES": "DATA_VISUALIZATION_SERIES_MAX_ITEMS",
    "CHART_SERIES_NAME": "DATA_VISUALIZATION_SERIES_NAME_MAX_LENGTH",
    "CHART_POINTS": "DATA_VISUALIZATION_DATA_MAX_ITEMS",
    "CHART_POINT_LABEL": "DATA_VISUALIZATION_POINT_LABEL_MAX_LENGTH",
    "CHART_CATEGORIES": "DATA_VISUALIZATION_CATEGORIES_MAX_ITEMS",
    "CHART_CATEGORY": "DATA_VISUALIZATION_CATEGORY_LABEL_MAX_LENGTH",
    "CHART_AXIS_LABEL": "DATA_VISUALIZATION_AXIS_LABEL_MAX_LENGTH",
    "VIDEO_URL": "VIDEO_VIDEO_URL_MAX_LENGTH",
    "RICH_TEXT_LIST_INDENT": "RICH_TEXT_LIST_INDENT_MAX",
    "RICH_TEXT_BORDER": "RICH_TEXT_LIST_BORDER_MAX",
    "RICH_TEXT_INPUT_LINES": "RICH_TEXT_INPUT_MAX_LINES_MAX",
    "ICON_BUTTON_USERS": "ICON_BUTTON_VISIBLE_TO_USER_IDS_MAX_ITEMS",
    "OPTION_GROUP_OPTIONS": "OPTION_GROUP_OPTIONS_MAX_ITEMS",
    "SELECT_OPTIONS": "SELECT_OPTIONS_MAX_ITEMS",
    "SELECT_OPTION_GROUPS": "SELECT_OPTION_GROUPS_MAX_ITEMS",
    "OVERFLOW_OPTIONS": "OVERFLOW_OPTIONS_MAX_ITEMS",
    "CHECKBOXES_OPTIONS": "CHECKBOXES_OPTIONS_MAX_ITEMS",
    "RADIO_BUTTONS_OPTIONS": "RADIO_BUTTONS_OPTIONS_MAX_ITEMS",
    "PLACEHOLDER": "SELECT_PLACEHOLDER_MAX_LENGTH",
    "PLAIN_TEXT_INPUT": "PLAIN_TEXT_INPUT_MAX_LENGTH_MAX",
    "FILE_INPUT_FILES": "FILE_INPUT_MAX_FILES_MAX",
    "DISPATCH_TRIGGERS": "DISPATCH_ACTION_CONFIGURATION_TRIGGER_ACTIONS_ON_MAX_ITEMS",
    "CONFIRM_TITLE": "CONFIRMATION_TITLE_MAX_LENGTH",
    "CONFIRM_TEXT": "CONFIRMATION_TEXT_MAX_LENGTH",
    "CONFIRM_BUTTON": "CONFIRMATION_CONFIRM_MAX_LENGTH",
}
ELSEWHERE = {  # limits of the Web API and of manners, which the registry of blocks does not hold
    "MESSAGE_TEXT",
    "MESSAGE_TEXT_KEPT",
    "MESSAGE_TABLES",
    "VIEW_BYTES",
    "VIEW_STACK",
    "ACK_SECONDS",
    "TRIGGER_SECONDS",
    "RESPONSE_URL_USES",
    "RESPONSE_URL_SECONDS",
    "SOCKET_CONNECTIONS",
}
OURS = sorted(name for name in vars(limits) if name.isupper() and name not in ELSEWHERE)


@pytest.mark.parametrize("name", OURS)
def test_a_limit_equals_the_registrys(name: str) -> None:
    theirs = IN_REGISTRY.get(name, f"{name}_MAX_LENGTH")
    assert getattr(limits, name) == getattr(registry, theirs)


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
def test_a_surface_takes_the_blocks_that_the_registry_says(surface: str) -> None:
    assert SURFACES[surface] == surfaces._BLOCK_TYPES_BY_SURFACE[surface]  # type: ignore[index]


def plain(text: str = "x") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "x") -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**parts: Any) -> Json:
    return {"type": "section", **parts}


def button(**parts: Any) -> Json:
    return {"type": "button", "text": plain(), "action_id": "press", **parts}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def option(value: str = "v", text: str = "x") -> Json:
    return {"text": plain(text), "value": value}


def select(*options: Json, **parts: Any) -> Json:
    return {"type": "static_select", "action_id": "choose", "options": list(options), **parts}


def field(element: Json, **parts: Any) -> Json:
    return {"type": "input", "label": plain(), "element": element, **parts}


def chart(**parts: Any) -> Json:
    points = [{"label": "Mon", "value": 1}, {"label": "Tue", "value": 2.5}]
    shape = {
        "type": "bar",
        "series": [{"name": "syncs", "data": points}],
        "axis_config": {"categories": ["Mon", "Tue"], "x_label": "day"},
        **parts,
    }
    return {"type": "data_visualization", "title": "Syncs", "chart": shape}


def cells(*texts: str) -> list[Json]:
    return [{"type": "raw_text", "text": text} for text in texts]


def data_table(**parts: Any) -> Json:
    return {"type": "data_table", "caption": "Rows", "rows": [cells("a", "b"), cells("1", "2")], **parts}


RICH: Json = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "hi", "style": {"bold": True}}]},
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "link", "url": "https://x.y"}]}],
        },
    ],
}
IMAGE = {"type": "image", "image_url": "https://x.y/z.png", "alt_text": "a chart"}
INPUT = {"type": "plain_text_input", "action_id": "text"}
CONFIRM = {"title": plain(), "text": mrkdwn(), "confirm": plain("Yes"), "deny": plain("No")}

VALID: dict[str, Json] = {
    "section": section(text=mrkdwn(), accessory=button(style="danger", confirm=CONFIRM)),
    "section of fields": section(fields=[mrkdwn(), plain()] * 5),
    "header": {"type": "header", "text": plain("x" * 150)},
    "divider": {"type": "divider", "block_id": "line"},
    "context": {"type": "context", "elements": [mrkdwn(), plain(), IMAGE]},
    "image": {**IMAGE, "title": plain()},
    "buttons": actions(button(value="7"), button(action_id="other", url="https://x.y")),
    "select": actions(select(option("a"), option("b"), initial_option=option("b"))),
    "grouped select": actions(
        {"type": "static_select", "option_groups": [{"label": plain(), "options": [option()]}]}
    ),
    "external select": actions({"type": "external_select", "action_id": "find", "min_query_length": 0}),
    "overflow": section(
        text=plain(), accessory={"type": "overflow", "action_id": "more", "options": [option()]}
    ),
    "pickers": actions(
        {"type": "datepicker", "action_id": "d", "initial_date": "2026-11-21"},
        {"type": "timepicker", "action_id": "t", "initial_time": "08:30"},
        {"type": "datetimepicker", "action_id": "dt", "initial_date_time": 1_790_000_000},
    ),
    "ticks": actions({"type": "checkboxes", "action_id": "c", "options": [{"text": mrkdwn(), "value": "v"}]}),
    "text input": field({**INPUT, "multiline": True, "max_length": 10}, optional=True),
    "number input": field({"type": "number_input", "action_id": "n", "is_decimal_allowed": False}),
    "users select": field({"type": "multi_users_select", "action_id": "u", "initial_users": ["U1"]}),
    "rich text": RICH,
    "table": {
        "type": "table",
        "rows": [cells("a", ""), [RICH, *cells("c")]],
        "column_settings": [{"align": "right"}],
    },
    "data table": data_table(page_size=10, row_header_column_index=1),
    "bar chart": chart(),
    "pie chart": {
        "type": "data_visualization",
        "title": "Share",
        "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}]},
    },
    "card": {"type": "card", "title": mrkdwn(), "body": plain(), "actions": [button()]},
    "carousel": {"type": "carousel", "elements": [{"type": "card", "title": plain()}]},
    "container": {"type": "container", "title": plain(), "child_blocks": [section(text=plain())]},
    "markdown": {"type": "markdown", "text": "# x"},
    "plan": {
        "type": "plan",
        "title": "Plan",
        "tasks": [{"task_id": "1", "title": "a", "status": "pending"}],
    },
    "task": {"type": "task_card", "task_id": "1", "title": "a", "status": "complete"},
}

# What is wrong, the block, and where the checker must point.
PLANTED: list[tuple[str, Json, str]] = [
    ("unknown type", {"type": "sction"}, "/type"),
    ("no type", {"text": plain()}, "/type"),
    ("unknown property", {"type": "divider", "colour": "red"}, "/colour"),
    ("empty text", section(text=mrkdwn("")), "/text/text"),
    ("section text too long", section(text=mrkdwn("x" * 3001)), "/text/text"),
    ("section of nothing", section(), ""),
    ("eleven fields", section(fields=[plain()] * 11), "/fields"),
    ("field too long", section(fields=[plain("x" * 2001)]), "/fields/0/text"),
    ("text is a string", section(text="x"), "/text"),
    ("unknown text type", section(text={"type": "html", "text": "x"}), "/text/type"),
    ("emoji in mrkdwn", section(text={**mrkdwn(), "emoji": True}), "/text/emoji"),
    ("accessory of the wrong type", section(text=plain(), accessory=INPUT), "/accessory/type"),
    ("header in mrkdwn", {"type": "header", "text": mrkdwn()}, "/text/type"),
    ("header too long", {"type": "header", "text": plain("x" * 151)}, "/text/text"),
    ("empty actions", actions(), "/elements"),
    ("26 elements", actions(*[button(action_id=str(n)) for n in range(26)]), "/elements"),
    ("input in actions", actions(INPUT), "/elements/0/type"),
    ("the same action id twice", actions(button(), button()), "/elements/1/action_id"),
    ("button in mrkdwn", actions(button(text=mrkdwn())), "/elements/0/text/type"),
    ("button text too long", actions(button(text=plain("x" * 76))), "/elements/0/text/text"),
    ("button value too long", actions(button(value="x" * 2001)), "/elements/0/value"),
    ("button value no string", actions(button(value=7)), "/elements/0/value"),
    ("unknown style", actions(button(style="loud")), "/elements/0/style"),
    ("action id too long", actions(button(action_id="x" * 256)), "/elements/0/action_id"),
    ("confirm without a title", actions(button(confirm={"text": plain()})), "/elements/0/confirm"),
    ("block id too long", {"type": "divider", "block_id": "x" * 256}, "/block_id"),
    ("select without options", actions({"type": "static_select", "action_id": "s"}), "/elements/0"),
    ("101 options", actions(select(*[option(str(n)) for n in range(101)])), "/elements/0/options"),
    ("option text too long", actions(select(option(text="x" * 76))), "/elements/0/options/0/text/text"),
    ("option value too long", actions(select(option("x" * 151))), "/elements/0/options/0/value"),
    (
        "initial option not offered",
        actions(select(option(), initial_option=option("w"))),
        "/elements/0/initial_option",
    ),
    ("six in an overflow", actions({"type": "overflow", "options": [option()] * 6}), "/elements/0/options"),
    ("eleven ticks", actions({"type": "checkboxes", "options": [option()] * 11}), "/elements/0/options"),
    (
        "a date that is none",
        actions({"type": "datepicker", "initial_date": "2026-13-01"}),
        "/elements/0/initial_date",
    ),
    ("eleven in a context", {"type": "context", "elements": [plain()] * 11}, "/elements"),
    ("button in a context", {"type": "context", "elements": [button()]}, "/elements/0/type"),
    ("image without alt text", {"type": "image", "image_url": "https://x.y"}, ""),
    ("image without a source", {"type": "image", "alt_text": "x"}, ""),
    ("label in mrkdwn", field(INPUT, label=mrkdwn()), "/label/type"),
    ("button in an input", field(button()), "/element/type"),
    (
        "lengths the wrong way round",
        field({**INPUT, "min_length": 9, "max_length": 3}),
        "/element/min_length",
    ),
    ("placeholder too long", field({**INPUT, "placeholder": plain("x" * 151)}), "/element/placeholder/text"),
    ("101 rows", {"type": "table", "rows": [cells("x")] * 101}, "/rows"),
    ("21 columns", {"type": "table", "rows": [cells(*"x" * 21)]}, "/rows/0"),
    ("a cell in mrkdwn", {"type": "table", "rows": [[mrkdwn()]]}, "/rows/0/0/type"),
    ("data table without a caption", {"type": "data_table", "rows": [cells("a"), cells("b")]}, ""),
    ("data table with a heading only", data_table(rows=[cells("a")]), "/rows"),
    ("an empty data cell", data_table(rows=[cells("a"), cells("")]), "/rows/1/0/text"),
    ("uneven rows", data_table(rows=[cells("a", "b"), cells("c")]), "/rows"),
    ("too much in a data table", data_table(rows=[cells("a"), cells("x" * 20_000)]), "/rows"),
    ("chart title too long", {**chart(), "title": "x" * 51}, "/title"),
    ("unknown chart", chart(type="radar"), "/chart/type"),
    ("a point missing", chart(axis_config={"categories": ["Mon", "Tue", "Wed"]}), "/chart/series/0/data"),
    ("a category twice", chart(axis_config={"categories": ["Mon", "Mon"]}), "/chart/axis_config/categories"),
    (
        "a slice of nothing",
        {
            "type": "data_visualization",
            "title": "x",
            "chart": {"type": "pie", "segments": [{"label": "a", "value": 0}]},
        },
        "/chart/segments/0/value",
    ),
    ("card body too long", {"type": "card", "body": plain("x" * 201)}, "/body/text"),
    ("card of nothing", {"type": "card"}, ""),
    (
        "four actions on a card",
        {"type": "card", "actions": [button(action_id=str(n)) for n in range(4)]},
        "/actions",
    ),
    ("alert in a message", {"type": "alert", "text": plain()}, "/type"),
    ("markdown too long", {"type": "markdown", "text": "x" * 12_001}, "/text"),
    ("unknown rich text", {"type": "rich_text", "elements": [{"type": "rich_text_box"}]}, "/elements/0/type"),
    (
        "a pending task alone",
        {"type": "task_card", "task_id": "1", "title": "a", "status": "pending"},
        "/status",
    ),
]


@pytest.mark.parametrize("name", VALID)
def test_a_good_block_has_no_problems(name: str) -> None:
    assert problems("message", {"text": "x", "blocks": [VALID[name]]}) == []


@pytest.mark.parametrize(("name", "block", "pointer"), PLANTED, ids=[planted[0] for planted in PLANTED])
def test_a_planted_error_is_pointed_at(name: str, block: Json, pointer: str) -> None:
    found = problems("message", {"text": "x", "blocks": [block]})
    assert f"/blocks/0{pointer}" in [problem.pointer for problem in found], name


def sdk_objects(block: Json) -> bool:
    """Whether slack_sdk's models refuse the block. They say nothing on blocks that they do not know."""
    try:
        parsed = Block.parse(block)
        if parsed is not None:
            parsed.to_dict()
    except (SlackObjectFormationError, TypeError, AttributeError):
        return True
    return False


SDK_OBJECTS = {name: block for name, block, _ in PLANTED if sdk_objects(block)}


@pytest.mark.parametrize("name", SDK_OBJECTS)
def test_whatever_the_sdk_refuses_is_refused_here(name: str) -> None:
    assert problems("message", {"text": "x", "blocks": [SDK_OBJECTS[name]]})


@pytest.mark.parametrize("name", VALID)
def test_the_sdk_agrees_with_the_good_blocks(name: str) -> None:
    assert not sdk_objects(VALID[name])


def test_more_planted_errors_are_caught_here_than_by_the_sdk() -> None:
    assert 10 < len(SDK_OBJECTS) < len(PLANTED)


def modal(**parts: Any) -> Json:
    return {"type": "modal", "title": plain(), "blocks": [section(text=plain())], **parts}


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        (modal(title=plain("x" * 25)), "/title/text"),
        (modal(title=mrkdwn()), "/title/type"),
        (modal(submit=plain("x" * 25)), "/submit/text"),
        (modal(private_metadata="x" * 3001), "/private_metadata"),
        (modal(callback_id="x" * 256), "/callback_id"),
        (modal(blocks=[{"type": "divider"}] * 101), "/blocks"),
        (modal(blocks=[field(INPUT)]), ""),
        (modal(blocks=[chart()]), "/blocks/0/type"),
        (modal(blocks=[{"type": "divider", "block_id": "a"}] * 2), "/blocks/1/block_id"),
        (modal(colour="red"), "/colour"),
        ({"type": "modal", "title": plain()}, ""),
    ],
)
def test_a_wrong_modal_is_pointed_at(view: Json, pointer: str) -> None:
    assert pointer in [problem.pointer for problem in problems("modal", view)]


def test_a_modal_takes_alerts_and_inputs() -> None:
    blocks = [{"type": "alert", "text": plain(), "level": "warning"}, field(INPUT)]
    assert problems("modal", modal(blocks=blocks, submit=plain())) == []


def test_a_home_takes_charts_but_no_submit() -> None:
    assert problems("home", {"type": "home", "blocks": [chart(), data_table()]}) == []
    refused = problems("home", {"type": "home", "blocks": [], "submit": plain()})
    assert [problem.pointer for problem in refused] == ["/submit"]


def test_a_message_holds_fifty_blocks_two_charts_and_one_table() -> None:
    def pointers(blocks: list[Json]) -> list[str]:
        return [problem.pointer for problem in problems("message", {"text": "x", "blocks": blocks})]

    table = {"type": "table", "rows": [cells("x")]}
    assert pointers([{"type": "divider"}] * 50) == []
    assert pointers([{"type": "divider"}] * 51) == ["/blocks"]
    assert pointers([chart()] * 3) == ["/blocks/2"]
    assert pointers([table] * 2) == ["/blocks/1"]


def test_a_message_needs_text_or_blocks_and_can_still_be_edited() -> None:
    assert problems("message", {})[0].message == "must define either `text` or `blocks`"
    assert problems("message", {"text": "x" * 4000}) == []
    assert [problem.pointer for problem in problems("message", {"text": "x" * 4001})] == ["/text"]


def test_the_same_action_id_may_be_used_in_two_blocks() -> None:
    assert problems("message", {"text": "x", "blocks": [actions(button()), actions(button())]}) == []


def test_options_for_a_search_are_held_to_the_same_limits() -> None:
    assert option_problems({"options": []}) == []
    assert option_problems({"options": [option(text="x" * 76)]})[0].pointer == "/options/0/text/text"
    assert option_problems({"options": [option()] * 101})[0].pointer == "/options"


def test_a_problem_reads_as_slack_words_it_and_repeats_no_text() -> None:
    secret = "123-45-6789" * 300
    [problem] = problems("message", {"text": "x", "blocks": [section(text=mrkdwn(secret))]})
    assert str(problem) == "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert problem.as_dict() == {
        "pointer": "/blocks/0/text/text",
        "code": "failed_constraint",
        "message": "must be less than 3001 characters",
        "constraint": {"type": "max_length", "expected": 3000, "got": 3300},
        "field": "text",
    }


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(name=st.sampled_from(sorted(VALID)), data=st.data())
def test_no_nonsense_in_a_block_breaks_the_checker(name: str, data: st.DataObject) -> None:
    block = dict(VALID[name])
    part = data.draw(st.sampled_from(sorted(block)))
    block[part] = data.draw(ANY_JSON)
    for problem in problems("message", {"text": "x", "blocks": [block]}):
        assert problem.pointer.startswith("/blocks/0")
