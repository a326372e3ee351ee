// Slack's mrkdwn, read as Slack reads it, into nodes. What it does not know stays as text.

import { directory } from "./directory.js";
import { el } from "./dom.js";
import { emoji, emojiCharacter, withDrawings } from "./emoji.js";
import { slackDate } from "./time.js";

export function decode(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

export function mrkdwn(text) {
  const nodes = [];
  text.split(/```\n?/).forEach((piece, index, all) => {
    const fenced = index % 2 === 1 && index < all.length - 1;
    if (fenced) nodes.push(el("pre", {}, el("code", {}, decode(piece.replace(/\n$/, "")))));
    else nodes.push(...lines(index % 2 === 1 ? `\`\`\`${piece}` : trimBeside(piece, index, all.length)));
  });
  return nodes;
}

// A fence stands on lines of its own, so the breaks that touch it are its own too.
function trimBeside(piece, index, count) {
  const head = index > 0 ? piece.replace(/^\n/, "") : piece;
  return index < count - 1 ? head.replace(/\n$/, "") : head;
}

const QUOTE = /^(?:&gt;|>) ?/;
const BULLET = /^\s*[•◦▪] ?/;

function lines(text) {
  const groups = [];
  for (const line of text.split("\n")) {
    const kind = QUOTE.test(line) ? "quote" : BULLET.test(line) ? "list" : "text";
    if (groups.at(-1)?.kind === kind) groups.at(-1).lines.push(line);
    else groups.push({ kind, lines: [line] });
  }
  return groups.flatMap((group) => GROUPS[group.kind](group.lines));
}

const GROUPS = {
  text: (group) => inline(group.join("\n")),
  quote: (group) => [el("blockquote", {}, inline(group.map((line) => line.replace(QUOTE, "")).join("\n")))],
  list: (group) => [el(
    "ul",
    { class: "bullets" },
    group.map((line) => el("li", {}, inline(line.replace(BULLET, "")))),
  )],
};

// One span at a time, leftmost first. A mark opens after a non-word character and before a non-space, as in Slack.
const SPAN = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<angle>[^<>\\n]+)>",
    "(?<![\\w*])\\*(?=[^\\s*])(?<bold>[^*\\n]*?[^\\s*])\\*(?![\\w*])",
    "(?<![\\w])_(?=[^\\s_])(?<italic>[^\\n]*?[^\\s_])_(?!\\w)",
    "(?<![\\w~])~(?=[^\\s~])(?<strike>[^~\\n]*?[^\\s~])~(?![\\w~])",
    ":(?<emoji>[a-z0-9_+'-]+):",
    "(?<url>https?://[^\\s<>|]*[^\\s<>|.,;:!?)\"'])",
  ].join("|"),
  "g",
);

export function inline(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(SPAN)) {
    const [kind, inner] = Object.entries(match.groups).find(([, value]) => value !== undefined);
    const node = SPANS[kind](inner);
    if (!node) continue;
    nodes.push(plain(text.slice(from, match.index)), node);
    from = match.index + match[0].length;
  }
  nodes.push(plain(text.slice(from)));
  return nodes.flat();
}

function plain(text) {
  return withDrawings(decode(text));
}

const SPANS = {
  code: (text) => el("code", {}, decode(text)),
  bold: (text) => el("strong", {}, inline(text)),
  italic: (text) => el("em", {}, inline(text)),
  strike: (text) => el("s", {}, inline(text)),
  emoji: (name) => emojiCharacter(name) && emoji(emojiCharacter(name), name),
  url: (url) => link(decode(url), decode(url)),
  angle,
};

function angle(inner) {
  const sign = inner[0];
  if (sign === "@") return mention(...split(inner.slice(1)));
  if (sign === "#") return channelLink(...split(inner.slice(1)));
  if (sign === "!") return special(inner.slice(1));
  const [target, label] = split(inner);
  if (!/^[a-z][a-z0-9+.-]*:/i.test(target)) return null;
  return link(
    decode(target),
    label === undefined ? decode(target.replace(/^mailto:/, "")) : withDrawings(decode(label)),
  );
}

function split(inner) {
  const bar = inner.indexOf("|");
  return bar < 0 ? [inner, undefined] : [inner.slice(0, bar), inner.slice(bar + 1)];
}

// Anything but https, e-mail and this machine is shown, not linked: a javascript: address must never become one.
export function link(target, label) {
  const safe = /^(https:\/\/|mailto:)/i.test(target) || /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/i.test(target);
  if (!safe) return el("span", { class: "unlinked", title: target }, label);
  return el("a", { href: target, target: "_blank", rel: "noopener noreferrer", dir: "auto" }, label);
}

export function mention(id, fallback) {
  const name = directory.userName(id) ?? decode(fallback ?? id);
  return el("span", { class: "mention", dir: "auto", data: { user: id } }, `@${name}`);
}

export function channelLink(id, fallback) {
  const name = directory.channels.get(id)?.name ?? (fallback ? decode(fallback) : undefined);
  if (!name) return el("span", { class: "mention" }, "#private-channel");
  const open = () => directory.openChannel(id);
  return el(
    "button",
    { class: "mention mention-channel", type: "button", dir: "auto", on: { click: open } },
    `#${name}`,
  );
}

function special(inner) {
  const [command, label] = split(inner);
  if (command.startsWith("date^")) return date(command, label);
  if (["channel", "here", "everyone"].includes(command)) return broadcast(command);
  if (command.startsWith("subteam^")) return el("span", { class: "mention" }, decode(label ?? "@group"));
  return label === undefined ? null : el("span", {}, decode(label));
}

export function broadcast(range) {
  return el("span", { class: "mention mention-broadcast" }, `@${range}`);
}

function date(command, fallback) {
  const [, seconds, pattern, target] = command.split("^");
  const known = /^\d+$/.test(seconds ?? "") && pattern;
  const words = known ? slackDate(Number(seconds), decode(pattern)) : decode(fallback ?? "");
  const node = el(
    "time",
    { datetime: known ? new Date(Number(seconds) * 1000).toISOString() : null, title: decode(fallback ?? "") },
    words,
  );
  return target ? link(decode(target), node) : node;
}
