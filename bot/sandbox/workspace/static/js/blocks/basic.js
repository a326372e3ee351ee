import { el, uniqueId } from "../dom.js";
import { renderElement, unknown } from "../elements/index.js";
import { plainWords, text, textBox } from "../text.js";

export function section(block, surface) {
  const id = uniqueId("section");
  const words = block.text && textBox(block.text, "div", { id });
  const fields = block.fields && el("div", { class: "fields" }, block.fields.map((field) => textBox(field)));
  const main = el("div", { class: "section-main" }, words, fields);
  if (!block.accessory) return main;
  const accessory = block.accessory.type === "image"
    ? picture(block.accessory, "accessory-image")
    : renderElement(surface, block, block.accessory, { describedBy: words ? id : null });
  return el("div", { class: "section" }, main, el("div", { class: "accessory" }, accessory));
}

export function header(block) {
  const level = Math.min(Math.max(block.level ?? 1, 1), 4);
  return el(`h${level + 2}`, { class: `header level-${level}`, dir: "auto" }, text(block.text));
}

export const divider = () => el("hr");

export function context(block) {
  const parts = block.elements.map((part) => (part.type === "image" ? picture(part, "context-image") : textBox(part)));
  return el("div", { class: "context" }, parts);
}

export function picture(part, className) {
  const address = /^(https:|data:image\/)/i.test(part.image_url ?? "") ? part.image_url : null;
  if (!address) return el(
    "span",
    { class: `${className} no-image`, role: "img", aria: { label: part.alt_text } },
    part.alt_text,
  );
  return el(
    "img",
    { class: className, src: address, alt: part.alt_text ?? "", loading: "lazy", referrerpolicy: "no-referrer" },
  );
}

export function image(block) {
  const title = block.title && el("figcaption", { dir: "auto" }, text(block.title));
  return el("figure", { class: "image" }, title, picture(block, "block-image"));
}

export function actions(block, surface) {
  const elements = block.elements.map((element) => renderElement(surface, block, element));
  return el("div", { class: "actions" }, elements);
}

const GROUPS = new Set(["checkboxes", "radio_buttons"]);

export function input(block, surface) {
  const element = block.element ?? {};
  const id = uniqueId("field");
  const isGroup = GROUPS.has(element.type);
  const words = [plainWords(block.label), block.optional && el("span", { class: "optional" }, " (optional)")];
  const label = el(
    isGroup ? "div" : "label",
    { id: `${id}-label`, class: "label", for: isGroup ? null : id, dir: "auto" },
    words,
  );
  const hint = block.hint && textBox(block.hint, "div", { id: `${id}-hint`, class: "hint" });
  const error = el("div", { id: `${id}-error`, class: "field-error", role: "alert" });
  const describedBy = [hint && hint.id, error.id].filter(Boolean).join(" ");
  const root = el("div", { class: "field" }, label);
  const control = renderElement(
    surface,
    block,
    element,
    { input: true, label: id, describedBy, onEdit: () => showError(root, "") },
  );
  return append(root, [control ?? unknown("element", element.type), hint, error]);
}

function append(root, parts) {
  root.append(...parts.filter(Boolean));
  return root;
}

// `root` is the field, or the block around it.
export function showError(root, words) {
  const error = root.querySelector(".field-error");
  if (!error) return false;
  if (error.textContent !== words) error.textContent = words;
  for (const control of root.querySelectorAll("[data-action-id]")) {
    if (words) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
  return true;
}
