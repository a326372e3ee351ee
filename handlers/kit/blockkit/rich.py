"""Rich text: the one block that nests freely."""

from __future__ import annotations

from handlers.kit import limits
from handlers.kit.blockkit.checks import Check, array, fields, flag, integer, one_of, string, variants

_STYLE = fields(
    {},
    dict.fromkeys(
        ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), flag
    ),
)


def _leaf(name: str, required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return fields({"type": one_of(name), **required}, {"style": _STYLE, **(optional or {})})


_LEAF = variants(
    {
        "text": _leaf("text", {"text": string()}),
        "link": _leaf("link", {"url": string()}, {"text": string(least=0), "unsafe": flag}),
        "user": _leaf("user", {"user_id": string()}),
        "usergroup": _leaf("usergroup", {"usergroup_id": string()}),
        "channel": _leaf("channel", {"channel_id": string()}),
        "team": _leaf("team", {"team_id": string()}),
        "broadcast": _leaf("broadcast", {"range": one_of("here", "channel", "everyone")}),
        "color": _leaf("color", {"value": string()}),
        "emoji": _leaf("emoji", {"name": string()}, {"unicode": string(), "skin_tone": integer(1, 6)}),
        "date": _leaf(
            "date",
            {"timestamp": integer(), "format": string()},
            {"url": string(), "fallback": string()},
        ),
    },
    "rich text element",
)
_LEAVES = array(_LEAF, least=0)
_BORDER = integer(0, limits.RICH_TEXT_BORDER)
_SECTION = fields({"type": one_of("rich_text_section"), "elements": _LEAVES})
PARAGRAPHS = array(
    variants(
        {
            "rich_text_section": _SECTION,
            "rich_text_quote": fields(
                {"type": one_of("rich_text_quote"), "elements": _LEAVES}, {"border": _BORDER}
            ),
            "rich_text_preformatted": fields(
                {"type": one_of("rich_text_preformatted"), "elements": _LEAVES},
                {"border": _BORDER, "language": string()},
            ),
            "rich_text_list": fields(
                {
                    "type": one_of("rich_text_list"),
                    "style": one_of("bullet", "ordered"),
                    "elements": array(variants({"rich_text_section": _SECTION}, "list item")),
                },
                {
                    "indent": integer(0, limits.RICH_TEXT_LIST_INDENT),
                    "offset": integer(least=0),
                    "border": _BORDER,
                },
            ),
        },
        "rich text element",
    )
)
RICH_TEXT = fields(
    {"type": one_of("rich_text"), "elements": PARAGRAPHS}, {"block_id": string(limits.BLOCK_ID)}
)
