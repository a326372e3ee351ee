// rich_text blocks: sections, lists, quotes and preformatted text with styled runs.

import { el } from "./dom.js";
import { emoji, emojiCharacter, withDrawings } from "./emoji.js";
import { broadcast, channelLink, link, mention } from "./mrkdwn.js";
import { slackDate } from "./time.js";

export function richText(block) {
  return el("div", { class: "rich-text text", dir: "auto" }, parts(block.elements));
}

function parts(elements = []) {
  return elements.map((part) => PARTS[part.type]?.(part) ?? unknownRun(part));
}

const PARTS = {
  rich_text_section: (part) => el("p", { dir: "auto" }, runs(part.elements)),
  rich_text_quote: (part) => el("blockquote", { dir: "auto" }, runs(part.elements)),
  rich_text_preformatted: (part) => el("pre", {}, el("code", {}, runs(part.elements))),
  rich_text_list: list,
};

function list(part) {
  const tag = part.style === "ordered" ? "ol" : "ul";
  const start = part.offset ? part.offset + 1 : null;
  const items = (part.elements ?? []).map((item) => el("li", { dir: "auto" }, runs(item.elements)));
  return el(tag, { class: `indent-${Math.min(part.indent ?? 0, 8)}${part.border ? " bordered" : ""}`, start }, items);
}

function runs(elements = []) {
  return elements.map((run) => styled(run, RUNS[run.type]?.(run) ?? unknownRun(run)));
}

function styled(run, node) {
  const style = run.style ?? {};
  let wrapped = node;
  for (const [name, tag] of [["code", "code"], ["strike", "s"], ["italic", "em"], ["bold", "strong"], ["underline", "u"]]) {
    if (style[name]) wrapped = el(tag, {}, wrapped);
  }
  return wrapped;
}

const RUNS = {
  text: (run) => withDrawings(run.text ?? ""),
  link: (run) => link(run.url, run.text ?? run.url),
  user: (run) => mention(run.user_id),
  channel: (run) => channelLink(run.channel_id),
  usergroup: (run) => el("span", { class: "mention" }, `@${run.usergroup_id}`),
  broadcast: (run) => broadcast(run.range),
  emoji: (run) => emojiRun(run),
  date: (run) => el("time", { title: run.fallback }, slackDate(run.timestamp, run.format)),
  color: (run) => colour(run.value),
};

function emojiRun(run) {
  const character = run.unicode ? fromHex(run.unicode) : emojiCharacter(run.name);
  return character ? emoji(character, run.name) : `:${run.name}:`;
}

function fromHex(unicode) {
  const points = unicode.split("-").map((part) => Number.parseInt(part, 16));
  return points.every((point) => point > 0 && point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined;
}

function colour(value) {
  const swatch = el("span", { class: "swatch", aria: { hidden: "true" } });
  swatch.style.backgroundColor = value;
  return el("span", { class: "colour" }, swatch, value);
}

function unknownRun(part) {
  return el("span", { class: "unknown-block", role: "note" }, `Unknown rich text “${part.type}”`);
}
