"""Text, options and confirmation dialogs: what blocks and elements share."""

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
    one_of,
    string,
    variants,
)


def plain(most: int | None = limits.TEXT, least: int = 1) -> Check:
    """A plain_text object, where Slack takes no mrkdwn."""
    shape = {"type": one_of("plain_text"), "text": string(most, least)}
    return fields(shape, {"emoji": flag})


def text(most: int | None = limits.TEXT) -> Check:
    """A text object of either kind."""
    mrkdwn = fields({"type": one_of("mrkdwn"), "text": string(most)}, {"verbatim": flag})
    return variants({"plain_text": plain(most), "mrkdwn": mrkdwn}, "text type")


def _option(shown: Check, *, with_url: bool) -> Check:
    extra = {"description": text(limits.OPTION_DESCRIPTION)}
    if with_url:
        extra["url"] = string(limits.OPTION_URL)
    return fields({"text": shown, "value": string(limits.OPTION_VALUE)}, extra)


OPTION = _option(plain(limits.OPTION_TEXT), with_url=False)
RICH_OPTION = _option(text(limits.OPTION_TEXT), with_url=False)
OVERFLOW_OPTION = _option(plain(limits.OPTION_TEXT), with_url=True)
OPTION_GROUP = fields(
    {"label": plain(limits.OPTION_GROUP_LABEL), "options": array(OPTION, limits.OPTION_GROUP_OPTIONS)}
)
CONFIRM = fields(
    {
        "title": plain(limits.CONFIRM_TITLE),
        "text": text(limits.CONFIRM_TEXT),
        "confirm": plain(limits.CONFIRM_BUTTON),
        "deny": plain(limits.CONFIRM_BUTTON),
    },
    {"style": one_of("primary", "danger")},
)
PLACEHOLDER = plain(limits.PLACEHOLDER)
SLACK_FILE = fields(
    {}, {"id": string(), "url": string()}, at_least_one("id", "url"), at_most_one("id", "url")
)

IMAGE = fields(
    {"type": one_of("image"), "alt_text": string(limits.IMAGE_ALT_TEXT)},
    {"image_url": string(limits.IMAGE_URL), "slack_file": SLACK_FILE},
    at_least_one("image_url", "slack_file"),
    at_most_one("image_url", "slack_file"),
)


def action_id(value: object, pointer: str, report: Report) -> None:
    string(limits.ACTION_ID)(value, pointer, report)
    if isinstance(value, str):
        if value in report.action_ids:
            report.add(pointer, "`action_id` must be unique within its block", "unique")
        report.action_ids.add(value)


def initial_among_options(value: Shape, pointer: str, report: Report) -> None:
    """What is chosen at first must be one of the options, word for word."""
    groups = value.get("option_groups")
    grouped = [group for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    lists = [value.get("options"), *(group.get("options") for group in grouped)]
    offered = [option for options in lists if isinstance(options, list) for option in options]
    chosen = value.get("initial_options") or []
    if "initial_option" in value:
        chosen = [value["initial_option"]]
    if isinstance(chosen, list) and any(option not in offered for option in chosen):
        name = "initial_option" if "initial_option" in value else "initial_options"
        report.add(f"{pointer}/{name}", f"{name} must exactly match a provided option", "option")
