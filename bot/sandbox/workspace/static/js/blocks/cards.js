import { el } from "../dom.js";
import { renderElement } from "../elements/index.js";
import { richText } from "../richtext.js";
import { textBox } from "../text.js";
import { emoji } from "../emoji.js";
import { picture } from "./basic.js";

const LEVELS = { default: "", info: "ℹ️", warning: "⚠️", error: "⛔", success: "✅" };

export function alert(block) {
  const level = block.level in LEVELS ? block.level : "default";
  const sign = LEVELS[level] && emoji(LEVELS[level]);
  return el(
    "div",
    { class: `alert ${level}`, role: level === "error" ? "alert" : "status" },
    sign,
    textBox(block.text),
  );
}

// Slack's own icons by the nearest character; the rest show their initial.
const SLACK_ICONS = {
  bot: "🤖", check: "✅", warning: "⚠️", info: "ℹ️", calendar: "📆", email: "✉️", flag: "🚩", gear: "⚙️", help: "❓", key: "🔑", link: "🔗",
  refresh: "🔄", rocket: "🚀", sparkle: "✨", star: "⭐", "star-filled": "⭐", trash: "🗑️", user: "👤", clipboard: "📋", lightbulb: "💡",
};

function cardIcon(block) {
  if (block.icon) return picture(block.icon, "card-icon");
  if (!block.slack_icon) return null;
  const name = block.slack_icon.name ?? "";
  return el(
    "span",
    { class: "card-icon" },
    SLACK_ICONS[name] ? emoji(SLACK_ICONS[name]) : name.charAt(0).toUpperCase(),
  );
}

export function card(block, surface) {
  const buttons = (block.actions ?? []).map((element) => renderElement(surface, block, element));
  const heading = el(
    "div",
    { class: "card-heading" },
    cardIcon(block),
    el(
      "div",
      {},
      block.title && textBox(block.title, "h3", { class: "card-title" }),
      block.subtitle && textBox(block.subtitle, "div", { class: "card-subtitle" }),
    ),
  );
  return el(
    "article",
    { class: "card" },
    block.hero_image && picture(block.hero_image, "card-hero"),
    (block.title || block.subtitle || block.icon || block.slack_icon) && heading,
    block.body && textBox(block.body),
    block.subtext && textBox(block.subtext, "div", { class: "card-subtext" }),
    buttons.length > 0 && el("div", { class: "actions" }, buttons),
  );
}

export function carousel(block, surface) {
  const cards = block.elements.map((each) => card({ ...each, block_id: each.block_id ?? block.block_id }, surface));
  return el("div", { class: "carousel", tabindex: "0", role: "group", aria: { label: "Cards" } }, cards);
}

export function container(block, surface, drawBlock) {
  const title = block.title
    ? textBox(block.title, "span", { class: "container-title" })
    : richText(block.rich_text_title ?? { elements: [] });
  const heading = [
    block.icon && picture(block.icon, "card-icon"),
    title,
    block.subtitle && textBox(block.subtitle, "span", { class: "card-subtitle" }),
  ];
  const body = (block.child_blocks ?? []).map((child) => drawBlock(child, surface));
  if (!block.is_collapsible) return el(
    "section",
    { class: "container" },
    el("div", { class: "container-heading" }, heading),
    body,
  );
  return el(
    "details",
    { class: "container", open: !block.default_collapsed },
    el("summary", { class: "container-heading" }, heading),
    body,
  );
}
