import { el, icon } from "../dom.js";
import { plainWords, text } from "../text.js";
import { close, isOpen, open, popup } from "./popup.js";

export function button(element, field) {
  const { data, aria } = field.attributes();
  const name = element.accessibility_label ? { label: element.accessibility_label } : {};
  const node = el(
    "button",
    {
      type: "button",
      class: `button ${element.style ?? ""}`,
      data,
      aria: { ...name, describedby: aria.describedby },
      dir: "auto",
    },
    text(element.text),
  );
  node.addEventListener("click", () => press(element, field, node));
  return node;
}

async function press(element, field, node) {
  // A second click while the first is under way is the person's impatience, not a second wish.
  if (node.getAttribute("aria-busy") === "true") return;
  if (element.url) openAddress(element.url);
  await field.act(element.value === undefined ? {} : { value: element.value }, node);
}

function openAddress(address) {
  const target = URL.canParse(address) ? new URL(address) : null;
  const near = target && ["127.0.0.1", "localhost"].includes(target.hostname);
  if (target?.protocol === "https:" || (near && target.protocol === "http:")) window.open(
    target.href,
    "_blank",
    "noopener,noreferrer",
  );
}

export function iconButton(element, field) {
  const { data, aria } = field.attributes(plainWords(element.text));
  const node = el("button", { type: "button", class: "button small", data, aria }, text(element.text));
  node.addEventListener("click", () => press(element, field, node));
  return node;
}

export function overflow(element, field) {
  const { data, aria } = field.attributes("More actions");
  const control = el(
    "button",
    { type: "button", class: "button overflow", data, aria: { ...aria, haspopup: "menu", expanded: "false" } },
    icon("dots"),
  );
  const menu = popup(control, { class: "menu", role: "menu", aria: { label: aria.label } });
  menu.append(...element.options.map((option) => menuItem(option, element, field, control, menu)));
  control.addEventListener("click", () => (isOpen(menu) ? close(menu) : openMenu(menu, control)));
  menu.addEventListener("toggle", ({ newState }) => control.setAttribute("aria-expanded", String(newState === "open")));
  menu.addEventListener("keydown", (event) => moveInMenu(event, menu, control));
  return el("span", { class: "with-popup" }, control, menu);
}

function menuItem(option, element, field, control, menu) {
  const node = el(
    "button",
    { type: "button", role: "menuitem", tabindex: "-1", class: "menu-item", data: { value: option.value } },
    el("span", { dir: "auto" }, text(option.text)),
    option.description && el("small", { dir: "auto" }, text(option.description)),
  );
  node.addEventListener("click", async () => {
    close(menu);
    control.focus();
    if (option.url) openAddress(option.url);
    await field.act({ selected_option: option }, control);
  });
  return node;
}

function openMenu(menu, control) {
  open(menu, control);
  menu.querySelector("[role=menuitem]")?.focus();
}

function moveInMenu(event, menu, control) {
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    items[to % items.length].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    if (event.key === "Escape") event.preventDefault();
    event.stopPropagation();
    close(menu);
    control.focus();
  }
}
