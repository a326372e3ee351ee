// Bars, lines and areas between two axes.

import { svg } from "../dom.js";

const TICKS = 4;
const LETTER = 6.4;
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 2 });

export function axisChart(chart, width, height) {
  const frame = layout(chart, width, height);
  return [grid(frame), categoryLabels(frame), axisTitles(frame), MARKS[chart.type](frame)];
}

function layout(chart, width, height) {
  const { categories, x_label: xLabel, y_label: yLabel } = chart.axis_config;
  const ticks = niceTicks(chart.series.flatMap(({ data }) => data.map(({ value }) => value)));
  const gutter = Math.max(...ticks.map((tick) => compact.format(tick).length)) * LETTER + 12;
  const box = { left: gutter + (yLabel ? 18 : 0), right: width - 8, top: 10, bottom: height - 24 - (xLabel ? 18 : 0) };
  const [low, high] = [ticks[0], ticks.at(-1)];
  const step = (box.right - box.left) / categories.length;
  return {
    chart, categories, xLabel, yLabel, ticks, box, width, height, step,
    x: (index) => box.left + step * (index + 0.5),
    y: (value) => box.bottom - ((value - low) / (high - low)) * (box.bottom - box.top),
  };
}

// Round numbers that take in zero and every value.
function niceTicks(values) {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const rough = (high - low || 1) / TICKS;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * size).find((each) => each >= rough);
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(high / step), first + 1);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

function grid({ ticks, box, y }) {
  return ticks.map((tick) => [
    svg("line", { class: tick === 0 ? "axis" : "grid", x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) }),
    svg("text", { class: "tick", x: box.left - 8, y: y(tick) + 4, "text-anchor": "end" }, compact.format(tick)),
  ]);
}

// When names do not fit side by side, every second, third… is shown, and long ones are cut.
function categoryLabels({ categories, box, step, x }) {
  const longest = Math.min(Math.max(...categories.map((name) => name.length)), 12);
  const every = Math.max(1, Math.ceil((longest * LETTER + 8) / step));
  return categories.map((name, index) =>
    index % every === 0 && svg("text", { class: "tick", x: x(index), y: box.bottom + 17, "text-anchor": "middle" },
      shortened(name, Math.floor((step * every - 12) / LETTER)), svg("title", {}, name)));
}

function shortened(name, room) {
  return name.length > room ? `${name.slice(0, Math.max(room - 1, 1))}…` : name;
}

function axisTitles({ xLabel, yLabel, box, height }) {
  const across = (box.left + box.right) / 2;
  const up = (box.top + box.bottom) / 2;
  return [
    xLabel && svg("text", { class: "axis-title", x: across, y: height - 4, "text-anchor": "middle" }, xLabel),
    yLabel && svg(
      "text",
      { class: "axis-title", x: 12, y: up, "text-anchor": "middle", transform: `rotate(-90 12 ${up})` },
      yLabel,
    ),
  ];
}

// The values of one series in the order of the categories.
function pointsOf({ categories }, series) {
  const byLabel = new Map(series.data.map(({ label, value }) => [label, value]));
  return categories.map((label) => ({ label, value: byLabel.get(label) ?? 0 }));
}

function tip(series, { label, value }) {
  return svg("title", {}, `${series.name}, ${label}: ${value}`);
}

function bars(frame) {
  const { chart, step, x, y } = frame;
  const band = Math.min(step * 0.72, 56 * chart.series.length);
  const thick = band / chart.series.length;
  return chart.series.map((series, order) =>
    pointsOf(frame, series).map((point, index) => {
      const [top, base] = [Math.min(y(point.value), y(0)), Math.max(y(point.value), y(0))];
      const left = x(index) - band / 2 + thick * order;
      // A bar of no height would still cut its outline into the axis.
      return point.value !== 0 && svg(
        "rect",
        {
          class: `mark series-${order}`,
          x: left,
          y: top,
          width: Math.max(thick - 2, 1),
          height: Math.max(base - top, 0.5),
          rx: 2,
        },
        tip(series, point),
      );
    }));
}

function path(frame, points) {
  return points.map(({ value }, index) => `${index ? "L" : "M"}${frame.x(index)} ${frame.y(value)}`).join("");
}

function dots(frame, series, order) {
  return pointsOf(frame, series).map((point, index) =>
    svg("circle", { class: `mark series-${order}`, cx: frame.x(index), cy: frame.y(point.value), r: 3.5 }, tip(series, point)));
}

function lines(frame) {
  return frame.chart.series.map((series, order) => [
    svg("path", { class: `line series-${order}`, d: path(frame, pointsOf(frame, series)) }),
    dots(frame, series, order),
  ]);
}

function areas(frame) {
  const last = frame.categories.length - 1;
  const ground = frame.y(0);
  return frame.chart.series.map((series, order) => {
    const top = path(frame, pointsOf(frame, series));
    return [
      svg("path", { class: `area series-${order}`, d: `${top}L${frame.x(last)} ${ground}L${frame.x(0)} ${ground}Z` }),
      svg("path", { class: `line series-${order}`, d: top }),
      dots(frame, series, order),
    ];
  });
}

const MARKS = { bar: bars, line: lines, area: areas };
