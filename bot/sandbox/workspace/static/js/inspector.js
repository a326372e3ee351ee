// Each envelope, acknowledgement and Web API call, newest first, with its milliseconds.

import { el, icon } from "./dom.js";
import { stamp } from "./time.js";
import { toast } from "./toast.js";

const SHOWN = 200;
const DIRECTIONS = { envelope: "to app", ack: "ack", api: "from app" };

export class Inspector {
  constructor(root, { store, wire }) {
    this.store = store;
    this.wire = wire;
    this.root = root;
    this.list = el("ol", { class: "trace", aria: { label: "Trace" }, data: { testid: "trace" } });
    this.filter = el(
      "input",
      {
        id: "trace-filter",
        type: "search",
        class: "control",
        placeholder: "Filter, such as chat. or error",
        on: { input: () => this.draw() },
      },
    );
    this.kind = el(
      "select",
      { id: "trace-kind", class: "control", on: { change: () => this.draw() } },
      el("option", { value: "" }, "Everything"),
      Object.entries(DIRECTIONS).map(([value, words]) => el("option", { value }, words)),
    );
    const copy = el(
      "button",
      { type: "button", class: "button small", on: { click: () => this.#copy() } },
      icon("copy"),
      "Copy",
    );
    const tools = el("div", { class: "trace-tools" },
      el("label", { class: "visually-hidden", for: "trace-filter" }, "Filter the trace"), this.filter,
      el("label", { class: "visually-hidden", for: "trace-kind" }, "Kind"), this.kind, copy);
    root.replaceChildren(
      el("p", { class: "panel-intro" }, "What passes between the workspace and the app."),
      tools,
      this.list,
    );
    store.on("trace", (entry) => this.#add(entry));
    store.on("hello", () => this.draw());
    this.draw();
  }

  #fits(entry) {
    const words = this.filter.value.trim().toLowerCase();
    if (this.kind.value && entry.direction !== this.kind.value) return false;
    return !words || `${entry.name} ${entry.ok ? "" : "error"} ${detailWords(entry)}`.toLowerCase().includes(words);
  }

  #add(entry) {
    if (this.root.hidden || !this.#fits(entry)) return;
    this.list.querySelector(".empty")?.remove();
    this.list.prepend(row(entry, this.wire));
    while (this.list.children.length > SHOWN) this.list.lastElementChild.remove();
  }

  draw() {
    const fitting = this.store.trace.filter((entry) => this.#fits(entry)).slice(-SHOWN).reverse();
    const rows = fitting.length ? fitting.map((entry) => row(entry, this.wire)) : [el("li", { class: "empty" }, "Nothing to show.")];
    this.list.replaceChildren(...rows);
  }

  async #copy() {
    const fitting = this.store.trace.filter((entry) => this.#fits(entry));
    try {
      await navigator.clipboard.writeText(JSON.stringify(fitting, null, 2));
      toast(`${fitting.length} entries copied.`);
    } catch {
      toast("The browser did not allow copying.", "error");
    }
  }
}

function detailWords({ detail }) {
  if (detail === null || detail === undefined || detail === "") return "";
  return typeof detail === "string" ? detail : JSON.stringify(detail, null, 2);
}

// An envelope's own time says nothing: its acknowledgement has it.
function milliseconds({ direction, ms }) {
  return direction === "envelope" || ms === null || ms === undefined ? "" : `${Math.round(ms)} ms`;
}

function row(entry, wire) {
  const { number, at, direction, name, ok } = entry;
  const line = el(
    "summary",
    { class: "trace-line" },
    el("span", { class: `trace-kind ${direction}` }, DIRECTIONS[direction] ?? direction),
    el("span", { class: "trace-name" }, name),
    el("span", { class: "trace-ms" }, milliseconds(entry)),
    el("time", {}, stamp(Date.parse(at) / 1000)),
  );
  const details = el("details", {}, line);
  details.addEventListener("toggle", () => details.open && unfold(details, entry, wire));
  return el("li", { class: ok === false ? "failed" : "", data: { name, direction, number } }, details);
}

// What was sent and what came back is asked for when somebody wants to see it.
async function unfold(details, entry, wire) {
  const found = await wire.get(`/page/trace/${entry.number}`);
  const parts = found.ok ? [["Sent", found.body], ["Answered", found.answer]] : [];
  const shown = parts.filter(([, part]) => Object.keys(part).length > 0);
  details.replaceChildren(
    details.firstElementChild,
    ...[detailWords(entry), found.ok ? "" : found.text].filter(Boolean).map((words) => el("pre", {}, words)),
    ...shown.flatMap(([words, part]) => [el("h4", {}, words), el("pre", { dir: "ltr" }, JSON.stringify(part, null, 2))]),
    ...(shown.length || detailWords(entry) ? [] : [el("p", { class: "empty" }, "Nothing but that it came.")]),
  );
}
