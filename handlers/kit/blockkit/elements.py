"""The interactive elements, and which of them each block takes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from handlers.kit import limits
from handlers.kit.blockkit.checks import (
    Check,
    Report,
    Shape,
    anything,
    array,
    at_least_one,
    at_most_one,
    fields,
    flag,
    integer,
    number,
    one_of,
    string,
    variants,
)
from handlers.kit.blockkit.parts import (
    CONFIRM,
    IMAGE,
    OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    PLACEHOLDER,
    RICH_OPTION,
    action_id,
    initial_among_options,
    plain,
)

_STYLE = one_of("primary", "danger")
_USERS = array(string(), least=0)


def _matching(pattern: str, form: str) -> Check:
    compiled = re.compile(pattern)

    def check(value: object, pointer: str, report: Report) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            report.add(pointer, f"must be {form}", "format", form)

    return check


_DATE = _matching(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "a date in the form YYYY-MM-DD")
_TIME = _matching(r"([01]\d|2[0-3]):[0-5]\d", "a time in the form HH:mm")


def _element(name: str, required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Check) -> Check:
    shape = {"type": one_of(name), **required}
    return fields(shape, {"action_id": action_id, **optional}, *rules)


_FIELD = {"placeholder": PLACEHOLDER, "focus_on_load": flag}
_DISPATCH = {
    "dispatch_action_config": fields(
        {
            "trigger_actions_on": array(
                one_of("on_enter_pressed", "on_character_entered"), limits.DISPATCH_TRIGGERS
            )
        }
    )
}
_CHOICE = {**_FIELD, "confirm": CONFIRM}
_MANY = {"max_selected_items": integer(least=1)}
_FILTER = fields(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public")),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)
_OPTIONS = {
    "options": array(OPTION, limits.SELECT_OPTIONS),
    "option_groups": array(OPTION_GROUP, limits.SELECT_OPTION_GROUPS),
}
_CONVERSATIONS = {"default_to_current_conversation": flag, "filter": _FILTER}
_ONE_SOURCE = (at_least_one("options", "option_groups"), at_most_one("options", "option_groups"))


def _lengths_in_order(value: Shape, pointer: str, report: Report) -> None:
    least, most = value.get("min_length", 0), value.get("max_length", limits.PLAIN_TEXT_INPUT)
    if isinstance(least, int) and isinstance(most, int) and least > most:
        report.add(f"{pointer}/min_length", "min_length must not exceed max_length", "range")


_BUTTON = _element(
    "button",
    {"text": plain(limits.BUTTON_TEXT)},
    {
        "url": string(limits.BUTTON_URL),
        "value": string(limits.BUTTON_VALUE, least=0),
        "style": _STYLE,
        "confirm": CONFIRM,
        "accessibility_label": string(limits.BUTTON_ACCESSIBILITY_LABEL),
        "agent_prompt": string(limits.BUTTON_AGENT_PROMPT),
        "agent_prompt_display": string(),
    },
)
_FEEDBACK = fields(
    {"text": plain(limits.BUTTON_TEXT), "value": string(limits.BUTTON_VALUE)},
    {"accessibility_label": string(limits.BUTTON_ACCESSIBILITY_LABEL)},
)
_SELECTS: dict[str, Check] = {
    "static_select": _element(
        "static_select",
        {},
        {**_CHOICE, **_OPTIONS, "initial_option": OPTION},
        *_ONE_SOURCE,
        initial_among_options,
    ),
    "external_select": _element(
        "external_select", {}, {**_CHOICE, "min_query_length": integer(least=0), "initial_option": OPTION}
    ),
    "users_select": _element("users_select", {}, {**_CHOICE, "initial_user": string()}),
    "conversations_select": _element(
        "conversations_select",
        {},
        {**_CHOICE, **_CONVERSATIONS, "initial_conversation": string(), "response_url_enabled": flag},
    ),
    "channels_select": _element(
        "channels_select", {}, {**_CHOICE, "initial_channel": string(), "response_url_enabled": flag}
    ),
}
_MULTI_SELECTS: dict[str, Check] = {
    "multi_static_select": _element(
        "multi_static_select",
        {},
        {**_CHOICE, **_MANY, **_OPTIONS, "initial_options": array(OPTION)},
        *_ONE_SOURCE,
        initial_among_options,
    ),
    "multi_external_select": _element(
        "multi_external_select",
        {},
        {**_CHOICE, **_MANY, "min_query_length": integer(least=0), "initial_options": array(OPTION)},
    ),
    "multi_users_select": _element("multi_users_select", {}, {**_CHOICE, **_MANY, "initial_users": _USERS}),
    "multi_conversations_select": _element(
        "multi_conversations_select",
        {},
        {**_CHOICE, **_MANY, **_CONVERSATIONS, "initial_conversations": _USERS},
    ),
    "multi_channels_select": _element(
        "multi_channels_select", {}, {**_CHOICE, **_MANY, "initial_channels": _USERS}
    ),
}
_BOXES = {"confirm": CONFIRM, "focus_on_load": flag}
_PICKERS: dict[str, Check] = {
    "datepicker": _element("datepicker", {}, {**_CHOICE, "initial_date": _DATE}),
    "timepicker": _element("timepicker", {}, {**_CHOICE, "initial_time": _TIME, "timezone": string()}),
}
_TICKS: dict[str, Check] = {
    "checkboxes": _element(
        "checkboxes",
        {"options": array(RICH_OPTION, limits.CHECKBOXES_OPTIONS)},
        {**_BOXES, "initial_options": array(RICH_OPTION)},
        initial_among_options,
    ),
    "radio_buttons": _element(
        "radio_buttons",
        {"options": array(RICH_OPTION, limits.RADIO_BUTTONS_OPTIONS)},
        {**_BOXES, "initial_option": RICH_OPTION},
        initial_among_options,
    ),
}
_DATETIME = {"datetimepicker": _element("datetimepicker", {}, {**_BOXES, "initial_date_time": integer()})}
_OVERFLOW = {
    "overflow": _element(
        "overflow", {"options": array(OVERFLOW_OPTION, limits.OVERFLOW_OPTIONS)}, {"confirm": CONFIRM}
    )
}
_WORKFLOW_BUTTON = _element(
    "workflow_button",
    {"text": plain(limits.BUTTON_TEXT), "workflow": anything},
    {"style": _STYLE, "accessibility_label": string(limits.BUTTON_ACCESSIBILITY_LABEL)},
)
_BUTTONS: dict[str, Check] = {"button": _BUTTON, "workflow_button": _WORKFLOW_BUTTON}
_INITIAL = {"initial_value": string(least=0)}
_LENGTH = {
    "min_length": integer(0, limits.PLAIN_TEXT_INPUT),
    "max_length": integer(1, limits.PLAIN_TEXT_INPUT),
}
_LINES = integer(1, limits.RICH_TEXT_INPUT_LINES)


def _decimal(value: object, pointer: str, report: Report) -> None:
    if isinstance(value, str):
        _matching(r"-?\d+(\.\d+)?", "a number")(value, pointer, report)
    else:
        number(value, pointer, report)


_WRITING: dict[str, Check] = {
    "plain_text_input": _element(
        "plain_text_input",
        {},
        {**_FIELD, **_DISPATCH, **_INITIAL, **_LENGTH, "multiline": flag},
        _lengths_in_order,
    ),
    "email_text_input": _element("email_text_input", {}, {**_FIELD, **_DISPATCH, **_INITIAL}),
    "url_text_input": _element("url_text_input", {}, {**_FIELD, **_DISPATCH, **_INITIAL}),
    "number_input": _element(
        "number_input",
        {"is_decimal_allowed": flag},
        {**_FIELD, **_DISPATCH, "initial_value": _decimal, "min_value": _decimal, "max_value": _decimal},
    ),
    "rich_text_input": _element(
        "rich_text_input",
        {},
        {**_FIELD, **_DISPATCH, "initial_value": anything, "min_lines": _LINES, "max_lines": _LINES},
    ),
    "file_input": _element(
        "file_input",
        {},
        {"filetypes": array(string()), "max_files": integer(1, limits.FILE_INPUT_FILES)},
    ),
}

_PLACES: dict[str, dict[str, Check]] = {
    "section": {
        "image": IMAGE,
        **_BUTTONS,
        **_SELECTS,
        **_MULTI_SELECTS,
        **_PICKERS,
        **_TICKS,
        **_OVERFLOW,
    },
    "actions": {**_BUTTONS, **_SELECTS, **_PICKERS, **_TICKS, **_DATETIME, **_OVERFLOW},
    "input": {**_SELECTS, **_MULTI_SELECTS, **_PICKERS, **_TICKS, **_DATETIME, **_WRITING},
    "card": {"button": _BUTTON},
    "context_actions": {
        "feedback_buttons": _element(
            "feedback_buttons", {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {}
        ),
        "icon_button": _element(
            "icon_button",
            {"icon": one_of("trash"), "text": plain(limits.BUTTON_TEXT)},
            {
                "value": string(limits.BUTTON_VALUE),
                "confirm": CONFIRM,
                "accessibility_label": string(limits.BUTTON_ACCESSIBILITY_LABEL),
                "visible_to_user_ids": array(string(), limits.ICON_BUTTON_USERS),
            },
        ),
    },
}
PLACES = {block: frozenset(kinds) for block, kinds in _PLACES.items()}
"""Which elements each block takes."""

IN_SECTION, IN_ACTIONS, IN_INPUT, IN_CARD, IN_CONTEXT_ACTIONS = (
    variants(kinds, "element") for kinds in _PLACES.values()
)
