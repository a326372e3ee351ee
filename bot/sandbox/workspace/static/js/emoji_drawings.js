// The signs that the page draws itself, on a field of 20 by 20, so that they look alike on machines without a colour emoji font.

import { svg } from "./dom.js";

const disc = (fill) => () => [svg("circle", { cx: 10, cy: 10, r: 7.5, fill })];
const stroke = (d, colour, width = 2.2) =>
  svg("path", { d, fill: "none", stroke: colour, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round" });
const shape = (d, fill) => svg("path", { d, fill });
const badge = (fill, d) => () => [svg("rect", { x: 2, y: 2, width: 16, height: 16, rx: 4, fill }), stroke(d, "#fff")];

const calendar = () => [
  svg("rect", { x: 2.5, y: 3.5, width: 15, height: 14, rx: 2.5, fill: "#fff", stroke: "#8a959c", "stroke-width": 1.2 }),
  shape("M2.5 8V6a2.5 2.5 0 0 1 2.5-2.5h10A2.5 2.5 0 0 1 17.5 6v2z", "#d64541"),
  stroke("M6.5 11.5h.1M10 11.5h.1M13.5 11.5h.1M6.5 14.5h.1M10 14.5h.1", "#5b6670", 1.8),
];

export const DRAWN = {
  "🔴": disc("#d64541"), "🟠": disc("#e58a2b"), "🟡": disc("#e9bd2f"), "🟢": disc("#2f9e63"), "🔵": disc("#3b7fd4"), "🟣": disc("#8458c9"),
  "⚪": () => [svg("circle", { cx: 10, cy: 10, r: 7, fill: "#f1f3f4", stroke: "#a9b1b7", "stroke-width": 1.2 })],
  "⚫": disc("#3a4147"),
  "✅": badge("#2f9e63", "M6 10.4l2.8 2.8L14.2 7"),
  "✔": () => [stroke("M4.5 10.5l3.8 3.8L15.5 6", "#2f9e63", 2.6)],
  "☑": badge("#3b7fd4", "M6 10.4l2.8 2.8L14.2 7"),
  "❌": () => [stroke("M5 5l10 10M15 5L5 15", "#d64541", 3)],
  "✖": () => [stroke("M5 5l10 10M15 5L5 15", "#5b6670", 3)],
  "⚠": () => [shape("M10 2.2L18.6 17.4H1.4z", "#e9a92f"), stroke("M10 7.6v4.6M10 14.8v.1", "#3a2c05", 1.9)],
  "⛔": () => [svg("circle", { cx: 10, cy: 10, r: 8, fill: "#d64541" }), stroke("M6 10h8", "#fff", 3)],
  "🚫": () => [svg("circle", { cx: 10, cy: 10, r: 7, fill: "none", stroke: "#d64541", "stroke-width": 2.4 }), stroke("M5.2 5.2l9.6 9.6", "#d64541", 2.4)],
  "❗": () => [stroke("M10 4v7.5M10 15.6v.1", "#d64541", 3)],
  "❓": () => [stroke("M7 7.2a3 3 0 1 1 4.4 2.6c-1 .6-1.4 1-1.4 2.2M10 15.6v.1", "#d64541", 2.4)],
  "ℹ": badge("#3b7fd4", "M10 9v5M10 6v.1"),
  "⏸": badge("#5b7083", "M8 6.5v7M12 6.5v7"),
  "▶": badge("#5b7083", "M8 6.5l5 3.5-5 3.5z"),
  "🔄": badge("#3b7fd4", "M14 8.4A4.4 4.4 0 0 0 6 8M6 11.6a4.4 4.4 0 0 0 8 .4M5.8 5.8V8H8M14.2 14.2V12H12"),
  "⏳": () => [stroke("M6 3h8M6 17h8M7 3c0 4 6 5 6 7s-6 3-6 7M13 3c0 4-6 5-6 7s6 3 6 7", "#a5762b", 1.7)],
  "⌛": () => [stroke("M6 3h8M6 17h8M7 3c0 4 6 5 6 7s-6 3-6 7M13 3c0 4-6 5-6 7s6 3 6 7", "#a5762b", 1.7)],
  "🔔": () => [shape("M10 2.5c-3 0-4.6 2.2-4.6 5 0 4-1.9 5-1.9 6.5h13c0-1.5-1.9-2.5-1.9-6.5 0-2.8-1.6-5-4.6-5z", "#e9a92f"), stroke("M8.6 16.3a1.6 1.6 0 0 0 2.8 0", "#a5762b", 1.6)],
  "⏰": () => [svg("circle", { cx: 10, cy: 11, r: 6.5, fill: "#fff", stroke: "#d64541", "stroke-width": 2 }), stroke("M10 7.5V11l2.5 1.5M3 5l2.5-2M17 5l-2.5-2", "#d64541", 1.7)],
  "🕒": () => [svg("circle", { cx: 10, cy: 10, r: 7, fill: "#fff", stroke: "#5b7083", "stroke-width": 1.8 }), stroke("M10 6v4h3.5", "#5b7083", 1.7)],
  "↩": badge("#5b7083", "M8.5 5.5L5.5 8.5l3 3M6 8.5h6a2.8 2.8 0 0 1 0 5.6H9"),
  "➡": badge("#5b7083", "M5.5 10h9M11 6.5l3.5 3.5-3.5 3.5"),
  "⭐": () => [shape("M10 2l2.5 5.3 5.7.7-4.2 4 1.1 5.7L10 14.9l-5.1 2.8L6 12 1.8 8l5.7-.7z", "#e9bd2f")],
  "🔒": () => [svg("rect", { x: 4, y: 9, width: 12, height: 8, rx: 2, fill: "#a5762b" }), stroke("M6.5 9V6.5a3.5 3.5 0 0 1 7 0V9", "#7b858d", 1.9)],
  "🚨": () => [shape("M5 14V10a5 5 0 0 1 10 0v4z", "#d64541"), shape("M3.5 14.5h13V17h-13z", "#5b7083"), stroke("M10 1.5v1.5M3 4l1.2 1.2M17 4l-1.2 1.2", "#d64541", 1.6)],
  "🎉": () => [shape("M3 17l4-10 6 6z", "#e9bd2f"), stroke("M11 6c0-2 1-3 2.5-3.5M14 9c1.5-.5 2.5-.5 3.5.5M14.5 5.5l.1.1", "#8458c9", 1.8)],
  "🔍": () => [svg("circle", { cx: 8.5, cy: 8.5, r: 5, fill: "none", stroke: "#5b7083", "stroke-width": 2 }), stroke("M12.5 12.5L17 17", "#5b7083", 2.4)],
  "📈": () => [svg("rect", { x: 2, y: 2, width: 16, height: 16, rx: 3, fill: "#eef3f7", stroke: "#a9b1b7" }), stroke("M5 13l3.5-4 2.5 2.5L15.5 6", "#d64541", 1.9)],
  "📊": () => [svg("rect", { x: 2, y: 2, width: 16, height: 16, rx: 3, fill: "#eef3f7", stroke: "#a9b1b7" }), stroke("M6 14V9", "#2f9e63", 2.6), stroke("M10 14V6", "#3b7fd4", 2.6), stroke("M14 14v-3", "#d64541", 2.6)],
  "📆": calendar, "📅": calendar, "🗓": calendar,
  "👀": () => [3, 11].map((x) => [svg("ellipse", { cx: x + 3, cy: 10, rx: 3.6, ry: 5.5, fill: "#fff", stroke: "#5b7083", "stroke-width": 1.3 }), svg("circle", { cx: x + 2.4, cy: 11, r: 1.8, fill: "#2a3238" })]),
  "👍": () => [shape("M7 9l3.2-6.4c1.6 0 2.3 1.2 2 2.6L11.6 8H16c1.2 0 2 .9 1.7 2l-1.5 5.5c-.3 1-1 1.5-2 1.5H7zM2.5 9H6v8H2.5z", "#e2a93b")],
  "👎": () => [shape("M7 11l3.2 6.4c1.6 0 2.3-1.2 2-2.6L11.6 12H16c1.2 0 2-.9 1.7-2l-1.5-5.5c-.3-1-1-1.5-2-1.5H7zM2.5 11H6V3H2.5z", "#e2a93b")],
};
