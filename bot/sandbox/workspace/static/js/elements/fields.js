// Typed fields: text, numbers, addresses, dates and times.

import { debounce, el } from "../dom.js";
import { plainWords } from "../text.js";
import { fromLocalInput, toLocalInput } from "../time.js";

const TYPING_PAUSE = 300;

export function plainTextInput(element, field) {
  const tag = element.multiline ? "textarea" : "input";
  const props = element.multiline ? { rows: "4" } : { type: "text" };
  return typed(tag, { ...props, maxlength: element.max_length, dir: "auto" }, element, field);
}

export function numberInput(element, field) {
  const props = {
    type: "number",
    inputmode: "decimal",
    step: element.is_decimal_allowed ? "any" : "1",
    min: element.min_value,
    max: element.max_value,
  };
  return typed("input", props, element, field);
}

export const emailInput = (element, field) => typed("input", { type: "email", autocomplete: "off" }, element, field);
export const urlInput = (element, field) => typed("input", { type: "url" }, element, field);

function typed(tag, props, element, field) {
  const placeholder = plainWords(element.placeholder) || null;
  const node = el(tag, { class: "control", placeholder, ...props, ...field.attributes(placeholder ?? "Text") });
  node.value = field.start({ value: element.initial_value ?? null }).value ?? "";
  const current = () => ({ value: node.value === "" ? null : node.value });
  node.addEventListener("input", () => field.set(current()));
  if (field.block.dispatch_action || !field.input) dispatchWhileTyping(node, element, field, current);
  return node;
}

// https://docs.slack.dev/reference/block-kit/composition-objects/dispatch-action-configuration-object
function dispatchWhileTyping(node, element, field, current) {
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tell = () => field.act(current(), node);
  if (triggers.includes("on_character_entered")) node.addEventListener("input", debounce(TYPING_PAUSE, tell));
  if (!triggers.includes("on_enter_pressed")) return;
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || (element.multiline && event.shiftKey)) return;
    event.preventDefault();
    tell();
  });
}

function picker(type, name, element, field, { read, write, initial }) {
  const node = el(
    "input",
    { class: "control picker", type, ...field.attributes(plainWords(element.placeholder) || name) },
  );
  node.value = write(field.start(initial)) ?? "";
  let told = node.value;
  node.addEventListener("change", () => {
    if (node.value === told) return;
    told = node.value;
    field.choose(read(node.value || null), node);
  });
  // Until it is told, a half-typed date still counts as the form's value.
  if (field.input) node.addEventListener("input", () => field.set(read(node.value || null)));
  return node;
}

export const datepicker = (element, field) =>
  picker("date", "Date", element, field, {
    initial: { selected_date: element.initial_date ?? null },
    read: (value) => ({ selected_date: value }),
    write: (entry) => entry.selected_date,
  });

export const timepicker = (element, field) =>
  picker("time", "Time", element, field, {
    initial: { selected_time: element.initial_time ?? null },
    read: (value) => ({ selected_time: value }),
    write: (entry) => entry.selected_time,
  });

export const datetimepicker = (element, field) =>
  picker("datetime-local", "Date and time", element, field, {
    initial: { selected_date_time: element.initial_date_time ?? null },
    read: (value) => ({ selected_date_time: value && fromLocalInput(value) }),
    write: (entry) => entry.selected_date_time && toLocalInput(entry.selected_date_time),
  });
