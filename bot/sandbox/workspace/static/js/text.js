// Text objects: {type: "plain_text" | "mrkdwn", text}.

import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

export function text(object) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text ?? "");
  return object.emoji === false ? [object.text ?? ""] : withEmoji(object.text ?? "");
}

export function textBox(object, tag = "div", props = {}) {
  return el(tag, { dir: "auto", ...props, class: `text ${props.class ?? ""}`.trim() }, text(object));
}

// What is read out where no markup can be: option labels, names, titles.
export function plainWords(object) {
  return text(object).map((node) => (node instanceof Node ? node.textContent : node)).join("");
}
