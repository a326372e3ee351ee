// Forms that make something happen in the sandbox, and the log of what happened.

import { el, uniqueId } from "./dom.js";
import { stamp } from "./time.js";

export class StirPanel {
  constructor(root, { wire, store }) {
    this.wire = wire;
    this.store = store;
    this.groups = el("div", { class: "stir-groups" });
    this.log = el("ol", { class: "log", role: "log", aria: { label: "What happened" }, data: { testid: "world-log" } });
    const about = el(
      "p",
      { class: "panel-intro" },
      "Make something happen in the pretend world, and watch what the app says about it.",
    );
    root.replaceChildren(about, this.groups, el("h3", {}, "What happened"), this.log);
    store.on("world", () => this.drawLog());
    this.drawLog();
  }

  async load() {
    const menu = await this.wire.get("/sandbox/events");
    // Drawn again only when it changed, so that a reconnection does not empty a half-filled form.
    const print = JSON.stringify(menu);
    if (print === this.print) return;
    this.print = menu.ok ? print : undefined;
    const groups = menu.ok ? (menu.groups ?? []) : [];
    const empty = el(
      "p",
      { class: "empty" },
      menu.ok ? "Nothing can be stirred here." : "The events could not be loaded.",
    );
    this.groups.replaceChildren(...(groups.length ? groups.map((group, index) => this.#group(group, index === 0)) : [empty]));
  }

  #group({ title, shows, events }, isFirst) {
    const forms = events.map((event) => this.#event(event));
    return el(
      "details",
      { class: "stir-group", open: isFirst, data: { group: title } },
      el("summary", {}, title, shows && el("small", { class: "stir-shows" }, shows)),
      forms,
    );
  }

  #event({ name, label, params = [] }) {
    const fields = params.map((param) => parameter(param));
    const said = el("p", { class: "stir-answer", role: "status" });
    const go = el("button", { type: "submit", class: "button small" }, params.length ? "Go" : label);
    const title = params.length > 0 && el("div", { class: "stir-title", id: uniqueId("stir") }, label);
    const form = el(
      "form",
      { class: "stir-event", data: { event: name, testid: "stir-event" }, aria: { label } },
      title,
      el("div", { class: "stir-fields" }, fields, go),
      said,
    );
    form.addEventListener("submit", (event) => this.#cause(event, name, form, go, said));
    return form;
  }

  async #cause(event, name, form, go, said) {
    event.preventDefault();
    go.disabled = true;
    const answer = await this.wire.post("/sandbox/events", { event: name, ...Object.fromEntries(new FormData(form)) });
    go.disabled = false;
    go.focus();
    said.textContent = answer.text ?? (answer.ok ? "Done." : "That did not work.");
    said.classList.toggle("error", !answer.ok);
  }

  drawLog() {
    const lines = [...this.store.log].reverse().map(({ at, text }) => el(
      "li",
      {},
      el("time", {}, stamp(at)),
      el("span", { dir: "auto" }, text),
    ));
    this.log.replaceChildren(...(lines.length ? lines : [el("li", { class: "empty" }, "Nothing yet.")]));
  }
}

function parameter({ name, label, type, options = [], default: initial }) {
  const id = uniqueId("param");
  const props = { id, name, class: "control" };
  const choices = options.map((option) => el(
    "option",
    { value: option.value, selected: option.value === initial },
    option.label,
  ));
  const typed = { ...props, type: type === "number" ? "number" : "text", step: type === "number" ? "any" : null, value: initial };
  const control = type === "select" ? el("select", props, choices) : el("input", typed);
  return el("div", { class: "stir-field" }, el("label", { for: id }, label), control);
}
