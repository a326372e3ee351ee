"""One of every block and element that the page must draw, as the bot's JSON has them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str) -> Json:
    return {"text": plain(text), "value": text.lower().replace(" ", "_")}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(text: str, action_id: str = "press", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "actions", "elements": list(elements)}


def input_block(block_id: str, label: str, element: Json, **more: Any) -> Json:
    element = {"action_id": "it", **element}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


def text_input(block_id: str, label: str, element: Json | None = None, **more: Any) -> Json:
    return input_block(block_id, label, {"type": "plain_text_input", **(element or {})}, **more)


def modal(title: str, *blocks: Json, **more: Any) -> Json:
    submit = {"submit": plain("Save")}
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain(title),
        "blocks": list(blocks),
        **submit,
        **more,
    }


CARRIERS = [option("Guardian"), option("Principal"), option("Cigna")]
_CELLS = [
    [{"type": "raw_text", "text": text} for text in row]
    for row in (("Employer", "Ratio"), ("Harbor Bakery", "2/4"))
]
_DAYS = ("Mon", "Tue", "Wed")


def chart(kind: str) -> Json:
    if kind == "pie":
        segments = [{"label": "Active", "value": 3}, {"label": "Pending", "value": 1}]
        return {
            "type": "data_visualization",
            "title": "By status",
            "chart": {"type": "pie", "segments": segments},
        }
    points = [{"label": day, "value": number} for number, day in enumerate(_DAYS, 2)]
    axes = {"categories": list(_DAYS), "x_label": "Day", "y_label": "Hours"}
    series = [{"name": "Guardian", "data": points}]
    return {
        "type": "data_visualization",
        "title": f"Hours ({kind})",
        "chart": {"type": kind, "series": series, "axis_config": axes},
    }


def data_table() -> Json:
    head = [{"type": "raw_text", "text": text} for text in ("Employer", "Days")]
    days = {"Harbor Bakery": 3, "Northwind Freight": 12, "Quill & Sons": 1}
    rows = [
        [{"type": "raw_text", "text": name}, {"type": "raw_number", "value": number, "text": f"{number} d"}]
        for name, number in days.items()
    ]
    return {"type": "data_table", "caption": "Late integrations", "page_size": 2, "rows": [head, *rows]}


_RICH = [
    {"type": "rich_text_section", "elements": [{"type": "text", "text": "bold", "style": {"bold": True}}]},
    {
        "type": "rich_text_list",
        "style": "bullet",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "emoji", "name": "bell"}]}],
    },
    {
        "type": "rich_text_quote",
        "elements": [{"type": "link", "url": "https://example.com", "text": "a link"}],
    },
    {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "kept  as it is"}]},
]

MESSAGE_BLOCKS: dict[str, Json] = {
    "header": {"type": "header", "text": plain("Late integrations")},
    "section": section("*Guardian* is late", fields=[mrkdwn("*Employer*\nHarbor"), mrkdwn("*Days*\n3")]),
    "divider": {"type": "divider"},
    "context": {"type": "context", "elements": [mrkdwn("as of now")]},
    "image": {
        "type": "image",
        "image_url": "https://example.com/x.png",
        "alt_text": "A picture",
        "title": plain("Picture"),
    },
    "actions": actions(button("Open")),
    "rich_text": {"type": "rich_text", "elements": _RICH},
    "table": {"type": "table", "rows": _CELLS},
    "data_table": data_table(),
    "card": {
        "type": "card",
        "title": plain("Harbor Bakery"),
        "body": mrkdwn("Pending"),
        "actions": [button("See")],
    },
    "markdown": {"type": "markdown", "text": "## Title\n- **bold** item"},
    "input": text_input("note", "Note"),
}

CHOICES: dict[str, Json] = {
    "button": button("Press me", value="7"),
    "overflow": {"type": "overflow", "options": CARRIERS},
    "static_select": {"type": "static_select", "options": CARRIERS},
    "external_select": {"type": "external_select", "min_query_length": 1},
    "users_select": {"type": "users_select"},
    "conversations_select": {"type": "conversations_select"},
    "channels_select": {"type": "channels_select"},
    "multi_static_select": {"type": "multi_static_select", "options": CARRIERS},
    "multi_external_select": {"type": "multi_external_select", "min_query_length": 1},
    "multi_users_select": {"type": "multi_users_select"},
    "multi_conversations_select": {"type": "multi_conversations_select"},
    "multi_channels_select": {"type": "multi_channels_select"},
    "datepicker": {"type": "datepicker"},
    "timepicker": {"type": "timepicker"},
    "datetimepicker": {"type": "datetimepicker"},
    "checkboxes": {"type": "checkboxes", "options": CARRIERS},
    "radio_buttons": {"type": "radio_buttons", "options": CARRIERS},
}

TYPED: dict[str, Json] = {
    "plain_text_input": {"type": "plain_text_input"},
    "number_input": {"type": "number_input", "is_decimal_allowed": False},
    "email_text_input": {"type": "email_text_input"},
    "url_text_input": {"type": "url_text_input"},
}
