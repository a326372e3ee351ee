// The field one writes in, with the list of slash commands.

import { el, icon, uniqueId } from "./dom.js";
import { complain } from "./toast.js";

const TALLEST = 220;

export class Composer {
  constructor(page, { channel, threadTs = null, placeholder, drafts }) {
    Object.assign(this, { page, channel, threadTs, drafts });
    this.draftKey = `${channel}/${threadTs ?? ""}`;
    this.#build(placeholder);
    this.field.value = drafts.get(this.draftKey) ?? "";
  }

  #build(placeholder) {
    const listId = uniqueId("commands");
    this.list = el(
      "div",
      {
        id: listId,
        class: "commands",
        role: "listbox",
        hidden: true,
        aria: { label: "Commands" },
        data: { testid: "commands" },
      },
    );
    this.field = el("textarea", {
      class: "composer-field", rows: "1", placeholder, dir: "auto", autocomplete: "off",
      data: { testid: this.threadTs ? "thread-composer" : "composer" },
      aria: { label: placeholder, controls: listId, autocomplete: "list" },
    });
    this.hint = el("div", { class: "composer-hint", aria: { live: "polite" } });
    const send = el("button", { type: "submit", class: "send", aria: { label: "Send" } }, icon("send"));
    this.node = el(
      "form",
      { class: "composer" },
      this.list,
      el("div", { class: "composer-box" }, this.field, send),
      this.hint,
    );
    this.node.addEventListener("submit", (event) => this.#onSubmit(event));
    this.field.addEventListener("input", () => this.#changed());
    this.field.addEventListener("keydown", (event) => this.#onKey(event));
    this.field.addEventListener("blur", () => this.#hide());
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  #changed() {
    this.drafts.set(this.draftKey, this.field.value);
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST)}px`;
    this.#complete();
  }

  #complete() {
    const typed = this.field.value;
    const { commands } = this.page.store;
    const [first] = typed.split(/\s/);
    this.found = /^\/\S*$/.test(typed) ? commands.filter(({ command }) => command.startsWith(typed.toLowerCase())) : [];
    const known = commands.find(({ command }) => command === first);
    this.hint.textContent = known && /\s/.test(typed) ? [known.command, known.usage_hint].filter(Boolean).join(" ") : "";
    if (!this.found.length) return this.#hide();
    this.list.replaceChildren(...this.found.map((each) => this.#option(each)));
    this.list.hidden = false;
    this.#activate(0);
  }

  #option({ command, description, usage_hint: usage }) {
    const node = el(
      "div",
      { id: uniqueId("command"), class: "command", role: "option", aria: { selected: "false" }, data: { command } },
      el("span", { class: "command-name" }, command, usage && el("span", { class: "command-usage" }, ` ${usage}`)),
      el("span", { class: "command-description" }, description),
    );
    // Before the field loses the focus, which would hide the list.
    node.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.#take(command);
    });
    return node;
  }

  #activate(index) {
    this.active = (index + this.found.length) % this.found.length;
    [...this.list.children].forEach((node, at) => node.setAttribute("aria-selected", String(at === this.active)));
    const node = this.list.children[this.active];
    node.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", node.id);
  }

  #take(command) {
    this.field.value = `${command} `;
    this.#changed();
  }

  #hide() {
    this.list.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }

  #onKey(event) {
    if (event.isComposing) return;
    if (!this.list.hidden && this.#onListKey(event)) return event.preventDefault();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.#send();
  }

  // Whether the key was for the list.
  #onListKey(event) {
    const { command } = this.found[this.active];
    const written = this.field.value.toLowerCase() === command;
    if (event.key === "ArrowDown") this.#activate(this.active + 1);
    else if (event.key === "ArrowUp") this.#activate(this.active - 1);
    else if (event.key === "Tab" && !event.shiftKey) this.#take(command);
    else if (event.key === "Enter" && !written && !event.shiftKey) this.#take(command);
    else if (event.key === "Escape") this.#hide();
    else return false;
    event.stopPropagation();
    return true;
  }

  #onSubmit(event) {
    event.preventDefault();
    this.#send();
  }

  async #send() {
    const words = this.field.value.trim();
    if (!words) return;
    this.#set("");
    const thread = this.threadTs ? { thread_ts: this.threadTs } : {};
    const answer = await this.page.wire.post("/page/say", { channel: this.channel, text: words, ...thread });
    if (answer.ok) return;
    if (!this.field.value) this.#set(words);
    complain(answer.text ?? "That was not sent. Try again.");
  }

  #set(words) {
    this.field.value = words;
    this.#changed();
    this.#hide();
  }
}
