"""Tables and charts: the blocks whose parts must agree with each other."""

from __future__ import annotations

from handlers.kit import limits
from handlers.kit.blockkit.checks import (
    Check,
    Report,
    Shape,
    array,
    fields,
    flag,
    integer,
    number,
    one_of,
    positive,
    string,
    variants,
)
from handlers.kit.blockkit.rich import RICH_TEXT

_RAW_TEXT = fields({"type": one_of("raw_text"), "text": string(least=0)}, {"emoji": flag})
_FILLED_TEXT = fields({"type": one_of("raw_text"), "text": string()}, {"emoji": flag})
_RAW_NUMBER = fields({"type": one_of("raw_number"), "value": number, "text": string()})
_CELL = variants({"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER, "rich_text": RICH_TEXT}, "cell")
_DATA_CELL = variants({"raw_text": _FILLED_TEXT, "raw_number": _RAW_NUMBER, "rich_text": RICH_TEXT}, "cell")


def _count_table(_value: Shape, pointer: str, report: Report) -> None:
    report.tables += 1
    if report.surface == "message" and report.tables == limits.MESSAGE_TABLES + 1:
        report.add(pointer, "only one table allowed", "max_items", limits.MESSAGE_TABLES, report.tables)


def text_length(value: object) -> int:
    """Characters of all text in a nested value, as Slack counts a table's content."""
    if isinstance(value, list):
        return sum(text_length(part) for part in value)
    if not isinstance(value, dict):
        return 0
    own = value.get("text")
    nested = sum(
        text_length(part) for name, part in value.items() if name != "text" or not isinstance(part, str)
    )
    return nested + (len(own) if isinstance(own, str) else 0)


def _rows(value: Shape) -> list[list[object]]:
    rows = value.get("rows")
    return [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []


def _rows_agree(value: Shape, pointer: str, report: Report) -> None:
    rows = _rows(value)
    if len({len(row) for row in rows}) > 1:
        report.add(f"{pointer}/rows", "all rows must have the same number of columns", "columns")
    heading = rows[0] if rows else []
    if any(isinstance(cell, dict) and cell.get("type") == "rich_text" for cell in heading):
        report.add(f"{pointer}/rows/0", "header cells cannot contain rich text", "type")
    index = value.get("row_header_column_index", 0)
    if isinstance(index, int) and heading and index >= len(heading):
        report.add(
            f"{pointer}/row_header_column_index", "must name a column", "range", len(heading) - 1, index
        )


def _count_data_table(value: Shape, pointer: str, report: Report) -> None:
    length = text_length(value.get("rows"))
    report.data_table_text += length
    if length > limits.DATA_TABLE_TEXT or report.data_table_text > limits.MESSAGE_DATA_TABLE_TEXT:
        message = f"must be less than {limits.DATA_TABLE_TEXT + 1} characters"
        report.add(f"{pointer}/rows", message, "max_length", limits.DATA_TABLE_TEXT, report.data_table_text)


def table_blocks(common: dict[str, Check]) -> dict[str, Check]:
    settings = fields({}, {"align": one_of("left", "center", "right"), "is_wrapped": flag})
    row = array(_CELL, limits.TABLE_COLUMNS)
    data_row = array(_DATA_CELL, limits.DATA_TABLE_COLUMNS)
    return {
        "table": fields(
            {"type": one_of("table"), "rows": array(row, limits.TABLE_ROWS)},
            {**common, "column_settings": array(settings, limits.TABLE_COLUMN_SETTINGS)},
            _count_table,
        ),
        "data_table": fields(
            {
                "type": one_of("data_table"),
                "caption": string(),
                "rows": array(data_row, limits.DATA_TABLE_ROWS, limits.DATA_TABLE_ROWS_LEAST),
            },
            {
                **common,
                "page_size": integer(1, limits.DATA_TABLE_PAGE_SIZE),
                "row_header_column_index": integer(least=0),
            },
            _rows_agree,
            _count_data_table,
        ),
    }


def _names(items: object, key: str) -> list[object]:
    if not isinstance(items, list):
        return []
    return [item.get(key) for item in items if isinstance(item, dict)]


def _axes_agree(value: Shape, pointer: str, report: Report) -> None:
    """Each series has exactly one point for each category, and no two series share a name."""
    axis = value.get("axis_config")
    categories = axis.get("categories") if isinstance(axis, dict) else None
    if not isinstance(categories, list) or not isinstance(value.get("series"), list):
        return
    if len(set(map(str, categories))) != len(categories):
        report.add(f"{pointer}/axis_config/categories", "must be unique", "unique")
    names = _names(value["series"], "name")
    if len(set(map(str, names))) != len(names):
        report.add(f"{pointer}/series", "series names must be unique", "unique")
    for index, series in enumerate(value["series"]):
        labels = _names(series.get("data") if isinstance(series, dict) else None, "label")
        if sorted(map(str, labels)) != sorted(map(str, categories)):
            report.add(
                f"{pointer}/series/{index}/data", "must have one point for each category", "categories"
            )


def _axis_chart(name: str) -> Check:
    point = fields({"label": string(limits.CHART_POINT_LABEL), "value": number})
    series = fields({"name": string(limits.CHART_SERIES_NAME), "data": array(point, limits.CHART_POINTS)})
    axis = fields(
        {"categories": array(string(limits.CHART_CATEGORY), limits.CHART_CATEGORIES)},
        {"x_label": string(limits.CHART_AXIS_LABEL), "y_label": string(limits.CHART_AXIS_LABEL)},
    )
    shape = {"type": one_of(name), "series": array(series, limits.CHART_SERIES), "axis_config": axis}
    return fields(shape, None, _axes_agree)


def _count_chart(_value: Shape, pointer: str, report: Report) -> None:
    report.charts += 1
    if report.surface == "message" and report.charts == limits.MESSAGE_CHARTS + 1:
        report.add(
            pointer, "no more than 2 charts allowed", "max_items", limits.MESSAGE_CHARTS, report.charts
        )


def chart_blocks(common: dict[str, Check]) -> dict[str, Check]:
    segment = fields({"label": string(limits.CHART_SEGMENT_LABEL), "value": positive})
    pie = fields({"type": one_of("pie"), "segments": array(segment, limits.CHART_SEGMENTS)})
    chart = variants({"pie": pie} | {name: _axis_chart(name) for name in ("bar", "area", "line")}, "chart")
    shape = {"type": one_of("data_visualization"), "title": string(limits.CHART_TITLE), "chart": chart}
    return {"data_visualization": fields(shape, common, _count_chart)}
