// data_visualization: a figure with its title, legend and the same numbers as a table.

import { el, svg, uniqueId } from "../dom.js";
import { unknown } from "../elements/index.js";
import { axisChart } from "./axes.js";

const SHAPES = { bar: axisChart, line: axisChart, area: axisChart, pie: pieChart };
const FIRST_WIDTH = 560;

export function dataVisualization(block) {
  const { chart } = block;
  if (!SHAPES[chart?.type]) return unknown("chart", chart?.type);
  const titleId = uniqueId("chart");
  const canvas = el("div", { class: "chart-canvas" });
  const draw = (width) => canvas.replaceChildren(drawing(chart, width, block.title));
  draw(FIRST_WIDTH);
  // Drawn to the width it has, so that labels keep their size on a phone.
  new ResizeObserver(([{ contentRect }]) => contentRect.width > 0 && draw(contentRect.width)).observe(canvas);
  return el(
    "figure",
    { class: `chart chart-${chart.type}`, aria: { labelledby: titleId } },
    el("figcaption", { id: titleId, class: "chart-title", dir: "auto" }, block.title),
    legend(chart),
    canvas,
    el("details", { class: "chart-data" }, el("summary", {}, "Show as table"), dataTable(chart, block.title)),
  );
}

function drawing(chart, width, title) {
  const height = chart.type === "pie" ? 220 : 250;
  const frame = {
    class: "chart-svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": `${title}. ${summary(chart)}`,
  };
  return svg("svg", frame, SHAPES[chart.type](chart, width, height));
}

function summary(chart) {
  if (chart.type === "pie") return chart.segments.map(({ label, value }) => `${label}: ${value}`).join(", ");
  const points = ({ data }) => data.map(({ label, value }) => `${label} ${value}`).join(", ");
  return chart.series.map((series) => `${series.name}: ${points(series)}`).join(". ");
}

function legend(chart) {
  const total = (chart.segments ?? []).reduce((sum, { value }) => sum + value, 0);
  const names = chart.segments
    ? chart.segments.map(({ label, value }) => `${label} · ${value} (${Math.round((value / total) * 100)}%)`)
    : chart.series.map(({ name }) => name);
  const items = names.map((name, index) => el(
    "li",
    {},
    el("span", { class: `key series-${index}` }),
    el("span", { dir: "auto" }, name),
  ));
  return el("ul", { class: "legend", aria: { label: "Legend" } }, items);
}

function dataTable(chart, title) {
  const head = chart.segments
    ? ["", "Value"]
    : [chart.axis_config.x_label ?? "", ...chart.series.map(({ name }) => name)];
  const rows = chart.segments
    ? chart.segments.map(({ label, value }) => [label, value])
    : chart.axis_config.categories.map((category) => [
      category,
      ...chart.series.map((each) => valueAt(each, category)),
    ]);
  return el(
    "table",
    { class: "data" },
    el("caption", { class: "visually-hidden" }, title),
    el("thead", {}, el("tr", {}, head.map((words) => el("th", { scope: "col" }, words)))),
    el(
      "tbody",
      {},
      rows.map(([name, ...values]) => el(
        "tr",
        {},
        el("th", { scope: "row" }, name),
        values.map((value) => el("td", { class: "align-right number" }, value)),
      )),
    ),
  );
}

function valueAt(series, category) {
  return series.data.find(({ label }) => label === category)?.value ?? 0;
}

function pieChart({ segments }, width, height) {
  const total = segments.reduce((sum, { value }) => sum + value, 0);
  const radius = height / 2 - 12;
  const centre = { x: width / 2, y: height / 2 };
  let turned = 0;
  return segments.map(({ label, value }, index) => {
    const share = value / total;
    const slice = svg(
      "path",
      { class: `mark series-${index}`, d: wedge(centre, radius, turned, turned + share) },
      svg("title", {}, `${label}: ${value}`),
    );
    turned += share;
    return slice;
  });
}

function wedge({ x, y }, radius, from, to) {
  const at = (share) => [x + radius * Math.sin(share * 2 * Math.PI), y - radius * Math.cos(share * 2 * Math.PI)];
  // A full circle has no start and end to draw an arc between.
  const end = Math.min(to, from + 0.9999);
  const [startX, startY] = at(from);
  const [endX, endY] = at(end);
  return `M${x} ${y}L${startX} ${startY}A${radius} ${radius} 0 ${end - from > 0.5 ? 1 : 0} 1 ${endX} ${endY}Z`;
}
