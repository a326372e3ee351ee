// A text field with a list of choices beneath it, after the ARIA combobox pattern. Focus stays in the text field.

import { debounce, el, icon, uniqueId } from "../dom.js";
import { plainWords, text } from "../text.js";
import { close, isOpen, open, popup } from "./popup.js";

const TYPING_PAUSE = 200;

export function combobox(element, field, { several, chosen, search, minimum, onChange }) {
  const listId = uniqueId("list");
  const { id, data, aria } = field.attributes(plainWords(element.placeholder) || "Choose");
  const input = el("input", {
    id, data, type: "text", class: "combobox-input", role: "combobox", autocomplete: "off", spellcheck: "false", dir: "auto",
    aria: { ...aria, expanded: "false", controls: listId, autocomplete: "list", haspopup: "listbox" },
  });
  const chips = el("span", { class: "chips", role: "list" });
  const root = el("div", { class: `combobox control ${several ? "several" : ""}` }, chips, input, icon("chevron"));
  const list = popup(
    root,
    { id: listId, class: "listbox", role: "listbox", aria: { label: "Choices", multiselectable: String(several) } },
  );
  root.append(list);
  const box = {
    element, field, several, search, minimum, onChange, root, input, list, chips,
    chosen: [...chosen], active: -1, asked: 0, clearable: several || (field.input && field.block.optional),
  };
  listen(box);
  showChosen(box);
  return root;
}

function listen(box) {
  const { input, list, root } = box;
  const look = debounce(TYPING_PAUSE, (turn) => turn === box.asked && root.isConnected && refresh(box));
  input.addEventListener("input", () => {
    open(list, root);
    look(nextTurn(box));
  });
  input.addEventListener("click", () => refresh(box));
  input.addEventListener("focus", () => !box.several && input.select());
  input.addEventListener("keydown", (event) => onKey(event, box));
  input.addEventListener("blur", () => leave(box));
  root.addEventListener(
    "pointerdown",
    (event) => event.target !== input && !event.target.closest("button") && keepFocus(event, box),
  );
  list.addEventListener("toggle", ({ newState }) => input.setAttribute("aria-expanded", String(newState === "open")));
}

function keepFocus(event, box) {
  event.preventDefault();
  box.input.focus();
  if (!box.list.contains(event.target)) refresh(box);
}

// A choice, a new letter and leaving the field each end the search before them.
function nextTurn(box) {
  box.asked += 1;
  return box.asked;
}

function leave(box) {
  nextTurn(box);
  close(box.list);
  const emptied = !box.several && box.clearable && box.input.value === "" && box.chosen.length;
  if (emptied) settle(box, []);
  showChosen(box);
}

async function refresh(box) {
  const query = box.several || box.input.value !== singleWords(box) ? box.input.value : "";
  const turn = nextTurn(box);
  if (query.length < box.minimum) return note(
    box,
    `Type at least ${box.minimum} ${box.minimum === 1 ? "character" : "characters"}`,
  );
  note(box, "Looking…");
  try {
    const groups = await box.search(query);
    // A slow answer to an earlier question must not replace the newer one.
    if (turn === box.asked && document.activeElement === box.input) show(box, groups);
  } catch (error) {
    if (turn === box.asked) note(box, error.message);
  }
}

function note(box, words) {
  box.active = -1;
  box.list.replaceChildren(
    el("div", { class: "list-note", role: "option", aria: { disabled: "true", selected: "false" } }, words),
  );
  box.input.removeAttribute("aria-activedescendant");
  open(box.list, box.root);
}

function show(box, groups) {
  const found = groups.reduce((count, group) => count + group.options.length, 0);
  if (!found) return note(box, "No matches");
  box.list.replaceChildren(...groups.map((group) => groupNode(box, group)));
  open(box.list, box.root);
  activate(box, 0);
}

function groupNode(box, { label, options }) {
  const nodes = options.map((option) => optionNode(box, option));
  const heading = label && el("div", { class: "list-group", aria: { hidden: "true" } }, label);
  return el("div", { role: "group", aria: { label } }, heading, nodes);
}

function optionNode(box, option) {
  const isOn = box.chosen.some((each) => each.value === option.value);
  const node = el(
    "div",
    {
      id: uniqueId("option"),
      role: "option",
      class: "list-option",
      data: { value: option.value },
      aria: { selected: String(isOn) },
    },
    el("span", { dir: "auto" }, text(option.text)),
    option.description && el("small", { dir: "auto" }, text(option.description)),
  );
  node.option = option;
  node.addEventListener("click", () => pick(box, option));
  return node;
}

function options(box) {
  return [...box.list.querySelectorAll(".list-option")];
}

function activate(box, index) {
  const all = options(box);
  if (!all.length) return;
  box.active = (index + all.length) % all.length;
  all.forEach((node, at) => node.classList.toggle("active", at === box.active));
  all[box.active].scrollIntoView({ block: "nearest" });
  box.input.setAttribute("aria-activedescendant", all[box.active].id);
}

const KEYS = {
  ArrowDown: (box) => (isOpen(box.list) ? activate(box, box.active + 1) : refresh(box)),
  ArrowUp: (box) => (isOpen(box.list) ? activate(box, box.active - 1) : refresh(box)),
  Enter: (box) => pick(box, options(box)[box.active]?.option),
  Escape: (box) => close(box.list),
};

function onKey(event, box) {
  if (event.isComposing) return;
  const mayDrop = box.several && box.input.value === "" && box.chosen.length > 0;
  if (event.key === "Backspace" && mayDrop) return settle(box, box.chosen.slice(0, -1));
  const wanted = KEYS[event.key];
  const closed = !isOpen(box.list);
  // With the list closed, Enter belongs to the form and Esc to the dialog.
  if (!wanted || (closed && (event.key === "Enter" || event.key === "Escape"))) return;
  event.preventDefault();
  event.stopPropagation();
  wanted(box);
}

function pick(box, option) {
  if (!option) return;
  if (!box.several) {
    close(box.list);
    return settle(box, [option]);
  }
  const without = box.chosen.filter((each) => each.value !== option.value);
  const adds = without.length === box.chosen.length;
  const most = box.element.max_selected_items ?? Infinity;
  if (adds && box.chosen.length >= most) return note(box, `You can choose up to ${most}`);
  box.input.value = "";
  settle(box, adds ? [...box.chosen, option] : without);
  close(box.list);
}

function settle(box, chosen) {
  nextTurn(box);
  box.chosen = chosen;
  showChosen(box);
  box.onChange(chosen, box.input);
}

function singleWords(box) {
  return box.chosen.length ? plainWords(box.chosen[0].text) : "";
}

function showChosen(box) {
  const empty = box.several ? !box.chosen.length : true;
  box.input.placeholder = empty ? plainWords(box.element.placeholder) || "Choose an option" : "";
  if (box.several) box.chips.replaceChildren(...box.chosen.map((option) => chip(box, option)));
  else box.input.value = singleWords(box);
}

function chip(box, option) {
  const words = plainWords(option.text);
  const drop = el("button", { type: "button", class: "chip-drop", aria: { label: `Remove ${words}` } }, icon("close"));
  drop.addEventListener("click", () => {
    settle(box, box.chosen.filter((each) => each.value !== option.value));
    box.input.focus();
  });
  return el("span", { class: "chip", role: "listitem" }, el("span", { dir: "auto" }, words), drop);
}
