"""Would Slack take this message or view? Pure, and quick enough to ask before every post.

`problems("message", {"text": …, "blocks": […]})`, `problems("modal", view)` and `problems("home", view)`
return what Slack's `blocks.validate` would object to; an empty list means that it can be sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from handlers.kit import limits
from handlers.kit.blockkit.blocks import SURFACES, block
from handlers.kit.blockkit.checks import Check, Problem, Report, anything, array, fields, flag, one_of, string
from handlers.kit.blockkit.elements import PLACES
from handlers.kit.blockkit.parts import OPTION, OPTION_GROUP, plain

__all__ = ["PLACES", "SURFACES", "Kind", "Problem", "option_problems", "problems"]

Kind = Literal["message", "modal", "home"]

_MESSAGE_BLOCKS = array(block, limits.MESSAGE_BLOCKS, least=0)
_VIEW: dict[str, Check] = {
    "private_metadata": string(limits.VIEW_PRIVATE_METADATA, least=0),
    "callback_id": string(limits.VIEW_CALLBACK_ID, least=0),
    "external_id": string(limits.VIEW_EXTERNAL_ID, least=0),
}
_VIEW_BLOCKS = array(block, limits.VIEW_BLOCKS, least=0)
_HOME = fields({"type": one_of("home"), "blocks": _VIEW_BLOCKS}, _VIEW)


def _inputs_need_submit(view: dict[str, Any], pointer: str, report: Report) -> None:
    blocks = view.get("blocks")
    kinds = [one.get("type") for one in blocks if isinstance(one, dict)] if isinstance(blocks, list) else []
    if "input" in kinds and not view.get("submit"):
        report.add(pointer, "missing required field: submit", "required", "submit")


_MODAL = fields(
    {"type": one_of("modal"), "title": plain(limits.VIEW_TITLE), "blocks": _VIEW_BLOCKS},
    {
        **_VIEW,
        "submit": plain(limits.VIEW_SUBMIT),
        "close": plain(limits.VIEW_CLOSE),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "submit_disabled": anything,
    },
    _inputs_need_submit,
)


def _check_message(payload: Mapping[str, Any], report: Report) -> None:
    text, blocks = payload.get("text"), payload.get("blocks")
    if not text and not blocks:
        report.add("", "must define either `text` or `blocks`", "any_of", ["text", "blocks"])
    if text is not None:
        string(limits.MESSAGE_TEXT, least=0)(text, "/text", report)
    if blocks is not None:
        _MESSAGE_BLOCKS(blocks, "/blocks", report)


def problems(kind: Kind, payload: Mapping[str, Any]) -> list[Problem]:
    report = Report(surface=kind)
    if kind == "message":
        _check_message(payload, report)
    elif kind == "modal":
        _MODAL(payload, "", report)
    else:
        _HOME(payload, "", report)
    return report.problems


def option_problems(answer: Mapping[str, Any]) -> list[Problem]:
    """The same for the answer to a block_suggestion: `options` or `option_groups`, which may be empty."""
    report = Report(surface="message")
    options = array(OPTION, limits.SELECT_OPTIONS, least=0)
    groups = array(OPTION_GROUP, limits.SELECT_OPTION_GROUPS, least=0)
    fields({}, {"options": options, "option_groups": groups})(answer, "", report)
    return report.problems
