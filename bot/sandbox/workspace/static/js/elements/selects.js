// Menus with one choice are native selects; those that search or take several choices are comboboxes.

import { el } from "../dom.js";
import { plainWords } from "../text.js";
import { combobox } from "./combobox.js";

const asOption = (id, name) => ({ value: id, text: { type: "plain_text", text: name, emoji: false } });

function people({ surface }) {
  return surface.names.users().map((user) => asOption(user.id, user.real_name || user.name));
}

function channels({ surface }) {
  return surface.names.channels().filter((channel) => !channel.is_im).map((channel) => asOption(channel.id, `#${channel.name}`));
}

function conversations(field) {
  const include = field.element.filter?.include;
  const wants = (kind) => !include || include.includes(kind);
  return [...(wants("public") || wants("private") ? channels(field) : []), ...(wants("im") ? people(field) : [])];
}

function groupsOf(element) {
  if (!element.option_groups) return [{ label: null, options: element.options ?? [] }];
  return element.option_groups.map(({ label, options }) => ({ label: plainWords(label), options }));
}

// Where the menu's choices come from, and how Slack names the choice: a whole option, or only an id.
function choicesFrom(list, single, several) {
  return {
    groups: (field) => [{ label: null, options: list(field) }],
    one: { key: `selected_${single}`, initial: `initial_${single}`, wrap: (option) => option?.value ?? null },
    many: {
      key: `selected_${several}`,
      initial: `initial_${several}`,
      wrap: (options) => options.map((each) => each.value),
    },
    find: (field, id) => list(field).find((option) => option.value === id) ?? (id ? asOption(id, id) : undefined),
  };
}

const OPTIONS = {
  groups: ({ element }) => groupsOf(element),
  one: { key: "selected_option", initial: "initial_option", wrap: (option) => option ?? null },
  many: { key: "selected_options", initial: "initial_options", wrap: (options) => options },
  find: (_field, option) => option ?? undefined,
};

const SOURCES = {
  static: OPTIONS,
  external: OPTIONS,
  users: choicesFrom(people, "user", "users"),
  conversations: choicesFrom(conversations, "conversation", "conversations"),
  channels: choicesFrom(channels, "channel", "channels"),
};

export const select = (kind) => (element, field) => {
  const { groups, one, find } = SOURCES[kind];
  const chosen = find(field, field.start({ [one.key]: element[one.initial] ?? null })[one.key]);
  return nativeSelect(
    element,
    field,
    groups(field),
    chosen,
    (option, node) => field.choose({ [one.key]: one.wrap(option) }, node),
  );
};

function nativeSelect(element, field, groups, chosen, onPick) {
  const placeholder = plainWords(element.placeholder) || "Choose an option";
  const flat = groups.flatMap((group) => group.options);
  // A choice in a form may be taken back when the form may be left empty; elsewhere it can only be changed.
  const mayClear = field.input && field.block.optional;
  const none = el("option", { value: "", selected: !chosen, disabled: !mayClear, hidden: !mayClear }, placeholder);
  const node = el(
    "select",
    { class: "control", ...field.attributes(placeholder) },
    none,
    groups.map((group) => optionGroup(group, chosen)),
  );
  node.addEventListener("change", () => onPick(flat[node.selectedIndex - 1] ?? null, node));
  return node;
}

function optionGroup({ label, options }, chosen) {
  const nodes = options.map((option) => el(
    "option",
    { value: option.value, selected: option.value === chosen?.value },
    optionWords(option),
  ));
  return label === null ? nodes : el("optgroup", { label }, nodes);
}

function optionWords(option) {
  return [plainWords(option.text), plainWords(option.description)].filter(Boolean).join(" · ");
}

export const multiSelect = (kind) => (element, field) => {
  const { groups, many, find } = SOURCES[kind];
  const ids = field.start({ [many.key]: element[many.initial] ?? [] })[many.key];
  return combobox(element, field, {
    several: true,
    chosen: ids.map((id) => find(field, id)).filter(Boolean),
    search: kind === "external" ? remote(field) : local(() => groups(field)),
    minimum: kind === "external" ? (element.min_query_length ?? 3) : 0,
    onChange: (options, node) => field.choose({ [many.key]: many.wrap(options) }, node),
  });
};

export const externalSelect = (element, field) => {
  const { one } = OPTIONS;
  const chosen = field.start({ [one.key]: element[one.initial] ?? null })[one.key];
  return combobox(element, field, {
    several: false,
    chosen: chosen ? [chosen] : [],
    search: remote(field),
    minimum: element.min_query_length ?? 3,
    onChange: ([option], node) => field.choose({ [one.key]: option ?? null }, node),
  });
};

function local(groups) {
  return async (query) => {
    const wanted = query.trim().toLowerCase();
    const fits = (option) => plainWords(option.text).toLowerCase().includes(wanted);
    const fitting = groups().map(({ label, options }) => ({ label, options: options.filter(fits) }));
    return fitting.filter(({ options }) => options.length);
  };
}

function remote(field) {
  return async (query) => {
    const answer = await field.suggest(query);
    if (!answer.ok) throw new Error(answer.text ?? "The choices could not be loaded.");
    return groupsOf(answer);
  };
}
