import { el, uniqueId } from "../dom.js";
import { text } from "../text.js";

const same = (one, other) => one?.value === other?.value;

function choice(type, name, option, isOn, onChange) {
  const id = uniqueId(type);
  const input = el("input", { type, id, name, value: option.value, checked: isOn, on: { change: onChange } });
  const words = el("span", { class: "choice-text", dir: "auto" }, text(option.text));
  const note = option.description && el("small", { id: `${id}-note`, dir: "auto" }, text(option.description));
  if (note) input.setAttribute("aria-describedby", note.id);
  return el("div", { class: "choice" }, input, el("label", { for: id }, words), note);
}

export function checkboxes(element, field) {
  let chosen = field.start({ selected_options: element.initial_options ?? [] }).selected_options;
  const name = uniqueId("boxes");
  const group = el("div", { class: "choices", role: "group", ...hooks(field, "Choices") });
  const flip = (option) => {
    const without = chosen.filter((each) => !same(each, option));
    const now = without.length < chosen.length ? without : [...chosen, option];
    // Slack reports the ticked boxes in the order in which they are shown.
    chosen = element.options.filter((each) => now.some((one) => same(one, each)));
    field.choose({ selected_options: chosen }, group);
  };
  const rows = element.options.map((option) => {
    const isOn = chosen.some((each) => same(each, option));
    return choice("checkbox", name, option, isOn, () => flip(option));
  });
  group.append(...rows);
  return group;
}

export function radioButtons(element, field) {
  const chosen = field.start({ selected_option: element.initial_option ?? null }).selected_option;
  const name = uniqueId("radio");
  const group = el("div", { class: "choices", role: "radiogroup", ...hooks(field, "Choices") });
  const rows = element.options.map((option) => {
    const pick = () => field.choose({ selected_option: option }, group);
    return choice("radio", name, option, same(option, chosen), pick);
  });
  group.append(...rows);
  return group;
}

// A group has no <label for>: it is named by the label's own id instead.
function hooks(field, fallback) {
  const { data, aria } = field.attributes(fallback);
  const named = field.label ? { labelledby: `${field.label}-label` } : {};
  return { data, aria: { ...aria, ...named } };
}
