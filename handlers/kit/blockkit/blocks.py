"""Every block, and the surfaces that take it."""

from __future__ import annotations

from handlers.kit import limits
from handlers.kit.blockkit.checks import (
    Check,
    Report,
    Shape,
    array,
    at_least_one,
    at_most_one,
    fields,
    flag,
    integer,
    one_of,
    string,
    type_of,
    variants,
)
from handlers.kit.blockkit.data import chart_blocks, table_blocks
from handlers.kit.blockkit.elements import IN_ACTIONS, IN_CARD, IN_CONTEXT_ACTIONS, IN_INPUT, IN_SECTION
from handlers.kit.blockkit.parts import IMAGE, SLACK_FILE, plain, text
from handlers.kit.blockkit.rich import PARAGRAPHS, RICH_TEXT

EVERYWHERE = frozenset(
    {"actions", "card", "context", "divider", "header", "image", "input", "rich_text", "section", "video"}
)
_WIDE = frozenset({"carousel", "container", "data_table", "data_visualization", "table"})
SURFACES: dict[str, frozenset[str]] = {
    "message": EVERYWHERE | _WIDE | {"context_actions", "file", "markdown", "plan", "task_card"},
    "modal": EVERYWHERE | {"alert"},
    "home": EVERYWHERE | _WIDE,
}
_IN_CONTAINER = (EVERYWHERE | {"file", "table"}) - {"card"}


def _block_id(value: object, pointer: str, report: Report) -> None:
    string(limits.BLOCK_ID)(value, pointer, report)
    if isinstance(value, str):
        if value in report.block_ids:
            report.add(pointer, "`block_id` must be unique", "unique")
        report.block_ids.add(value)


_COMMON: dict[str, Check] = {"block_id": _block_id}


def _block(
    name: str, required: dict[str, Check], optional: dict[str, Check] | None = None, *rules: Check
) -> Check:
    return fields({"type": one_of(name), **required}, {**_COMMON, **(optional or {})}, *rules)


def _count_markdown(value: Shape, pointer: str, report: Report) -> None:
    report.markdown_text += len(value["text"]) if isinstance(value.get("text"), str) else 0
    if report.markdown_text > limits.MESSAGE_MARKDOWN_TEXT:
        message = f"must be less than {limits.MESSAGE_MARKDOWN_TEXT + 1} characters in all markdown blocks"
        report.add(
            f"{pointer}/text", message, "max_length", limits.MESSAGE_MARKDOWN_TEXT, report.markdown_text
        )


def _files_only_in_modals(value: Shape, pointer: str, report: Report) -> None:
    element = value.get("element")
    if report.surface != "modal" and isinstance(element, dict) and element.get("type") == "file_input":
        report.add(f"{pointer}/element/type", "unsupported element: file_input", "surface", "modal")


def _not_pending_alone(value: Shape, pointer: str, report: Report) -> None:
    if value.get("status") == "pending":
        report.add(f"{pointer}/status", "only a plan's tasks can be pending", "enum")


_TASK: dict[str, Check] = {
    "task_id": string(),
    "title": string(),
    "status": one_of("pending", "in_progress", "complete", "error"),
}
_SOURCE = fields({"type": one_of("url"), "url": string(), "text": string()})
_TASK_MORE: dict[str, Check] = {"details": RICH_TEXT, "output": RICH_TEXT, "sources": array(_SOURCE)}


def _task_ids_differ(value: Shape, pointer: str, report: Report) -> None:
    tasks = value.get("tasks")
    ids = (
        [str(task.get("task_id")) for task in tasks if isinstance(task, dict)]
        if isinstance(tasks, list)
        else []
    )
    if len(set(ids)) != len(ids):
        report.add(f"{pointer}/tasks", "task_id must be unique", "unique")


_ICON = fields({"type": one_of("icon"), "name": string()})
_CARD = _block(
    "card",
    {},
    {
        "hero_image": IMAGE,
        "icon": IMAGE,
        "slack_icon": _ICON,
        "title": text(limits.CARD_TITLE),
        "subtitle": text(limits.CARD_SUBTITLE),
        "body": text(limits.CARD_BODY),
        "subtext": text(limits.CARD_SUBTEXT),
        "actions": array(IN_CARD, limits.CARD_ACTIONS),
    },
    at_least_one("hero_image", "title", "actions", "body"),
    at_most_one("icon", "slack_icon"),
)
_VIDEO = _block(
    "video",
    {
        "alt_text": string(limits.VIDEO_ALT_TEXT, least=0),
        "thumbnail_url": string(limits.VIDEO_THUMBNAIL_URL),
        "title": plain(limits.VIDEO_TITLE),
        "video_url": string(limits.VIDEO_URL),
    },
    {
        "title_url": string(limits.VIDEO_TITLE_URL),
        "author_name": string(limits.VIDEO_AUTHOR_NAME),
        "description": plain(limits.VIDEO_DESCRIPTION),
        "provider_name": string(limits.VIDEO_PROVIDER_NAME),
        "provider_icon_url": string(limits.VIDEO_PROVIDER_ICON_URL),
    },
)
_SECTION = _block(
    "section",
    {},
    {
        "text": text(limits.SECTION_TEXT),
        "fields": array(text(limits.SECTION_FIELD), limits.SECTION_FIELDS),
        "accessory": IN_SECTION,
        "expand": flag,
    },
    at_least_one("text", "fields"),
)
_IMAGE_BLOCK = _block(
    "image",
    {"alt_text": string(limits.IMAGE_ALT_TEXT)},
    {"image_url": string(limits.IMAGE_URL), "slack_file": SLACK_FILE, "title": plain(limits.IMAGE_TITLE)},
    at_least_one("image_url", "slack_file"),
    at_most_one("image_url", "slack_file"),
)
_INPUT = _block(
    "input",
    {"label": plain(limits.INPUT_LABEL), "element": IN_INPUT},
    {"hint": plain(limits.INPUT_HINT), "optional": flag, "dispatch_action": flag},
    _files_only_in_modals,
)
_CONTEXT_ELEMENT = variants(
    {"image": IMAGE, "plain_text": text(limits.TEXT), "mrkdwn": text(limits.TEXT)}, "context element"
)


def _in_container(value: object, pointer: str, report: Report) -> None:
    kind = type_of(value)
    if kind not in _IN_CONTAINER:
        report.add(f"{pointer}/type", f"unsupported type: {kind}", "enum", sorted(_IN_CONTAINER), kind)
        return
    report.action_ids.clear()
    _ANY_BLOCK(value, pointer, report)


def _collapsing_agrees(value: Shape, pointer: str, report: Report) -> None:
    collapsible = value.get("is_collapsible", False)
    if value.get("default_collapsed") and not collapsible:
        report.add(f"{pointer}/default_collapsed", "requires is_collapsible", "requires", "is_collapsible")
    if value.get("has_header_divider") and collapsible:
        report.add(f"{pointer}/has_header_divider", "not allowed with is_collapsible", "excludes")


_SHAPES: dict[str, Check] = {
    "actions": _block("actions", {"elements": array(IN_ACTIONS, limits.ACTIONS_ELEMENTS)}),
    "alert": _block(
        "alert",
        {"text": text(limits.ALERT_TEXT)},
        {"level": one_of("default", "info", "warning", "error", "success")},
    ),
    "card": _CARD,
    "carousel": _block("carousel", {"elements": array(variants({"card": _CARD}), limits.CAROUSEL_CARDS)}),
    "container": _block(
        "container",
        {"child_blocks": array(_in_container, limits.CONTAINER_BLOCKS)},
        {
            "title": plain(limits.CONTAINER_TITLE),
            "rich_text_title": RICH_TEXT,
            "subtitle": text(limits.CONTAINER_SUBTITLE),
            "width": one_of("narrow", "standard", "wide", "full"),
            "icon": IMAGE,
            "is_collapsible": flag,
            "default_collapsed": flag,
            "has_header_divider": flag,
        },
        at_least_one("title", "rich_text_title"),
        _collapsing_agrees,
    ),
    "context": _block("context", {"elements": array(_CONTEXT_ELEMENT, limits.CONTEXT_ELEMENTS)}),
    "context_actions": _block(
        "context_actions", {"elements": array(IN_CONTEXT_ACTIONS, limits.CONTEXT_ACTIONS_ELEMENTS)}
    ),
    "divider": _block("divider", {}),
    "file": _block("file", {"external_id": string(), "source": one_of("remote")}),
    "header": _block("header", {"text": plain(limits.HEADER_TEXT)}, {"level": integer(1, 6)}),
    "image": _IMAGE_BLOCK,
    "input": _INPUT,
    "markdown": _block("markdown", {"text": string(limits.MARKDOWN_TEXT)}, None, _count_markdown),
    "plan": _block(
        "plan",
        {"title": string(), "tasks": array(fields(_TASK, _TASK_MORE), limits.PLAN_TASKS, least=0)},
        None,
        _task_ids_differ,
    ),
    "rich_text": _block("rich_text", {"elements": PARAGRAPHS}),
    "section": _SECTION,
    "task_card": _block("task_card", _TASK, _TASK_MORE, _not_pending_alone),
    "video": _VIDEO,
    **table_blocks(_COMMON),
    **chart_blocks(_COMMON),
}
_ANY_BLOCK = variants(_SHAPES)


def block(value: object, pointer: str, report: Report) -> None:
    """One block of a message or view. Action ids need only differ within their block."""
    report.action_ids.clear()
    kind = type_of(value)
    if kind in _SHAPES and kind not in SURFACES[report.surface]:
        allowed = sorted(SURFACES[report.surface])
        report.add(f"{pointer}/type", f"unsupported type: {kind}", "enum", allowed, kind)
    else:
        _ANY_BLOCK(value, pointer, report)
