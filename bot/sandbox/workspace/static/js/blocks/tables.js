import { el, icon, uniqueId } from "../dom.js";
import { withDrawings } from "../emoji.js";
import { richText } from "../richtext.js";

function cellContent(cell) {
  if (cell.type === "rich_text") return richText(cell);
  return withDrawings(cell.text ?? String(cell.value ?? ""));
}

function scrolling(name, node) {
  return el("div", { class: "table-scroll", tabindex: "0", role: "region", aria: { label: name } }, node);
}

export function table(block) {
  const settings = block.column_settings ?? [];
  const style = (column) => {
    const { align, is_wrapped: wraps } = settings[column] ?? {};
    return `${align ? `align-${align}` : ""} ${wraps ? "wraps" : ""}`.trim();
  };
  const [head, ...body] = block.rows;
  const headings = head.map((cell, column) => el(
    "th",
    { scope: "col", class: style(column), dir: "auto" },
    cellContent(cell),
  ));
  const rows = body.map((row) => el(
    "tr",
    {},
    row.map((cell, column) => el("td", { class: style(column), dir: "auto" }, cellContent(cell))),
  ));
  return scrolling(
    "Table",
    el("table", { class: "data" }, el("thead", {}, el("tr", {}, headings)), el("tbody", {}, rows)),
  );
}

// Sorted by a click on a heading, and shown a page at a time.
export function dataTable(block) {
  const [head, ...rows] = block.rows;
  const state = {
    rows,
    column: null,
    down: false,
    page: 0,
    size: block.page_size ?? 5,
    header: block.row_header_column_index ?? 0,
  };
  const captionId = uniqueId("caption");
  const body = el("tbody");
  const pager = el("div", { class: "pager" });
  const draw = () => drawPage(state, body, pager, draw);
  const headings = head.map((cell, column) => sortHeading(cell, rows[0]?.[column], column, state, draw));
  const grid = el(
    "table",
    { class: "data sortable", aria: { labelledby: captionId } },
    el("thead", {}, el("tr", {}, headings)),
    body,
  );
  draw();
  return el(
    "div",
    { class: "data-table" },
    el("div", { class: "table-caption", id: captionId, dir: "auto" }, block.caption),
    scrolling(block.caption, grid),
    pager,
  );
}

function sortHeading(cell, below, column, state, draw) {
  const control = el("button", { type: "button", class: "sort" }, cellContent(cell), icon("chevron"));
  const heading = el(
    "th",
    { scope: "col", class: below?.type === "raw_number" ? "align-right" : "", aria: { sort: "none" } },
    control,
  );
  control.addEventListener("click", () => {
    state.down = state.column === column && !state.down;
    state.column = column;
    state.page = 0;
    for (const other of heading.parentNode.children) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    draw();
  });
  return heading;
}

function drawPage(state, body, pager, draw) {
  const from = state.page * state.size;
  body.replaceChildren(...sorted(state).slice(from, from + state.size).map((row) => dataRow(row, state.header)));
  const pages = Math.ceil(state.rows.length / state.size);
  const turn = (words, step, disabled) => {
    const control = el("button", { type: "button", class: "button small", disabled }, words);
    control.addEventListener("click", () => {
      state.page += step;
      draw();
    });
    return control;
  };
  const to = Math.min(from + state.size, state.rows.length);
  const where = el("span", { role: "status" }, `${from + 1}–${to} of ${state.rows.length}`);
  const around = [turn("Previous", -1, state.page === 0), where, turn("Next", 1, state.page === pages - 1)];
  pager.replaceChildren(...(pages > 1 ? around : []));
}

function dataRow(row, header) {
  return el("tr", {}, row.map((cell, column) => {
    const number = cell.type === "raw_number" ? "align-right number" : "";
    return el(
      column === header ? "th" : "td",
      { scope: column === header ? "row" : null, class: number, dir: "auto" },
      cellContent(cell),
    );
  }));
}

function sorted({ rows, column, down }) {
  if (column === null) return rows;
  const way = down ? -1 : 1;
  return [...rows].sort((one, other) => way * compare(one[column], other[column]));
}

function compare(one, other) {
  if (one.type === "raw_number" && other.type === "raw_number") return one.value - other.value;
  return words(one).localeCompare(words(other), undefined, { numeric: true });
}

function words(cell) {
  return cell.type === "rich_text" ? richText(cell).textContent : String(cell.text ?? cell.value ?? "");
}
