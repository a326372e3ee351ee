// The markdown block: standard Markdown (not mrkdwn), the part of it that Slack renders.

import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { link } from "./mrkdwn.js";

export function markdown(source) {
  const rest = source.replace(/\r\n?/g, "\n").split("\n");
  const nodes = [];
  while (rest.length) nodes.push(takeBlock(rest));
  return nodes.filter(Boolean);
}

const HEADING = /^(#{1,6})\s+(\S.*|)$/;
const FENCE = /^\s*```/;
const RULE = /^\s*([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^\s*> ?/;
const ITEM = /^(\s*)(?:[-*+]|(\d+)[.)])\s+(.*)$/;
const TABLE_RULE = /^\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$/;

// Takes the lines of one block off the front.
function takeBlock(rest) {
  const line = rest[0];
  if (!line.trim()) return void rest.shift();
  if (FENCE.test(line)) return takeFence(rest);
  if (HEADING.test(line)) return takeHeading(rest);
  if (RULE.test(line)) return rest.shift() && el("hr");
  if (QUOTE.test(line)) return el(
    "blockquote",
    {},
    markdown(takeWhile(rest, (each) => QUOTE.test(each)).map((each) => each.replace(QUOTE, "")).join("\n")),
  );
  if (ITEM.test(line)) return takeList(rest);
  if (line.includes("|") && TABLE_RULE.test((rest[1] ?? "").trim())) return takeTable(rest);
  return el("p", { dir: "auto" }, spans(takeWhile(rest, isParagraph).join("\n")));
}

function isParagraph(line) {
  return Boolean(line.trim()) && ![FENCE, HEADING, RULE, QUOTE, ITEM].some((start) => start.test(line));
}

function takeWhile(rest, belongs) {
  const taken = [rest.shift()];
  while (rest.length && belongs(rest[0])) taken.push(rest.shift());
  return taken;
}

function takeFence(rest) {
  const body = takeWhile(rest, (line) => !FENCE.test(line)).slice(1);
  rest.shift();
  return el("pre", {}, el("code", {}, body.join("\n")));
}

function takeHeading(rest) {
  const [, marks, words] = HEADING.exec(rest.shift());
  return el(`h${Math.min(marks.length + 2, 6)}`, { class: `md-h${marks.length}`, dir: "auto" }, spans(unclosed(words)));
}

// Without the signs that may close a heading.
function unclosed(words) {
  let end = words.trimEnd().length;
  while (words[end - 1] === "#") end -= 1;
  return words.slice(0, end).trimEnd();
}

function takeList(rest) {
  const taken = takeWhile(rest, (line) => ITEM.test(line) || /^\s{2,}\S/.test(line));
  return nest(taken.map(item));
}

function item(line) {
  const [, indent, number, words] = ITEM.exec(line) ?? [null, "    ", undefined, line.trim()];
  return { depth: indent.length, number, words };
}

function nest(items) {
  const { depth, number } = items[0];
  const list = el(number ? "ol" : "ul", { start: number && number !== "1" ? number : null });
  while (items.length && items[0].depth >= depth) {
    if (items[0].depth > depth) (list.lastElementChild ?? list).append(nest(items));
    else list.append(listItem(items.shift().words));
  }
  return list;
}

function listItem(words) {
  const task = /^\[([ xX])\]\s+(.*)$/.exec(words);
  if (!task) return el("li", { dir: "auto" }, spans(words));
  const box = el(
    "input",
    { type: "checkbox", disabled: true, checked: task[1] !== " ", aria: { label: task[1] === " " ? "To do" : "Done" } },
  );
  return el("li", { class: "task", dir: "auto" }, box, spans(task[2]));
}

function takeTable(rest) {
  const [head, , ...body] = takeWhile(rest, (line) => line.includes("|")).map(cells);
  const headings = head.map((cell) => el("th", { scope: "col" }, spans(cell)));
  const rows = body.map((row) => el("tr", {}, row.map((cell) => el("td", {}, spans(cell)))));
  return el("div", { class: "table-scroll", tabindex: "0", role: "region", aria: { label: "Table" } },
    el("table", { class: "data" }, el("thead", {}, el("tr", {}, headings)), el("tbody", {}, rows)));
}

function cells(line) {
  return line.trim().replace(/^\|/, "").replace(/\|$/, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

const SPAN = new RegExp(
  [
    "`(?<code>[^`]+)`",
    "!?\\[(?<label>[^\\]\\n]*)\\]\\((?<target>[^()\\s]+)(?:\\s+\"[^\"]*\")?\\)",
    "\\*\\*(?=\\S)(?<bold>[^\\n]*?\\S)\\*\\*",
    "__(?=\\S)(?<strong>[^\\n]*?\\S)__",
    "~~(?=\\S)(?<strike>[^\\n]*?\\S)~~",
    "\\*(?=[^\\s*])(?<italic>[^*\\n]*?[^\\s*])\\*",
    "(?<!\\w)_(?=[^\\s_])(?<emphasis>[^_\\n]*?[^\\s_])_(?!\\w)",
    "(?<url>https://[^\\s<>]*[^\\s<>.,;:!?)\"'])",
  ].join("|"),
  "g",
);

function spans(source) {
  const nodes = [];
  let from = 0;
  for (const match of source.matchAll(SPAN)) {
    nodes.push(withEmoji(source.slice(from, match.index)), span(match.groups));
    from = match.index + match[0].length;
  }
  nodes.push(withEmoji(source.slice(from)));
  return nodes.flat();
}

function span({ code, label, target, bold, strong, strike, italic, emphasis, url }) {
  if (code !== undefined) return el("code", {}, code);
  if (target !== undefined) return link(target, spans(label));
  if (url !== undefined) return link(url, url);
  if (strike !== undefined) return el("s", {}, spans(strike));
  if (bold ?? strong) return el("strong", {}, spans(bold ?? strong));
  return el("em", {}, spans(italic ?? emphasis));
}
