// The person's stack of modals: each view is a <dialog>, so focus stays in the top one and the rest is inert.

import { showError } from "./blocks/basic.js";
import { renderBlocks } from "./blocks/index.js";
import { openDialog } from "./dialogs.js";
import { el, icon, uniqueId } from "./dom.js";
import { Surface } from "./surface.js";
import { plainWords } from "./text.js";
import { complain, toast } from "./toast.js";

export class ModalStack {
  constructor(wire, names) {
    this.wire = wire;
    this.names = names;
    this.open = new Map();
  }

  show(views) {
    const wanted = new Set(views.map(({ id }) => id));
    for (const id of [...this.open.keys()].reverse()) if (!wanted.has(id)) this.drop(id);
    views.forEach((view, depth) => this.#put(view, depth));
    const top = views.at(-1)?.id;
    for (const [id, modal] of this.open) modal.dialog.classList.toggle("beneath", id !== top);
  }

  #put(view, depth) {
    const known = this.open.get(view.id);
    if (known) return known.update(view);
    const modal = new Modal(this, view, depth);
    this.open.set(view.id, modal);
    modal.show();
  }

  drop(id) {
    const modal = this.open.get(id);
    this.open.delete(id);
    modal?.remove();
  }

  clear() {
    for (const id of [...this.open.keys()].reverse()) this.drop(id);
  }
}

class Modal {
  constructor(stack, view, depth) {
    this.stack = stack;
    this.surface = new Surface({
      wire: stack.wire,
      source: { view_id: view.id },
      names: stack.names,
      held: view.state?.values,
    });
    this.#build(view, depth);
    this.update(view);
  }

  #build(view, depth) {
    const titleId = uniqueId("modal");
    this.title = el("h2", { id: titleId, class: "modal-title", dir: "auto" });
    this.body = el("div", { class: "modal-body blocks", data: { testid: "modal-body" } });
    this.cancel = el(
      "button",
      { type: "button", class: "button", data: { testid: "modal-close" }, on: { click: () => this.close(false) } },
    );
    this.submit = el("button", { type: "submit", class: "button primary", data: { testid: "modal-submit" } });
    const back = depth > 0 && iconButton("Back", "back", () => this.close(false));
    const head = el(
      "header",
      { class: "modal-head" },
      back,
      this.title,
      iconButton("Close", "close", () => this.close(true)),
    );
    const foot = el("footer", { class: "modal-foot" }, this.cancel, this.submit);
    this.form = el(
      "form",
      { class: "modal-form", novalidate: true, on: { submit: (event) => this.#submit(event) } },
      head,
      this.body,
      el("div", { class: "toasts" }),
      foot,
    );
    this.dialog = el(
      "dialog",
      { class: "dialog modal", data: { viewId: view.id, depth, testid: "modal" }, aria: { labelledby: titleId } },
      this.form,
    );
    this.dialog.addEventListener("cancel", (event) => this.#onEscape(event));
    this.dialog.addEventListener(
      "keydown",
      (event) => event.key === "Escape" && !event.defaultPrevented && this.#onEscape(event),
    );
  }

  update(view) {
    this.view = view;
    this.title.textContent = plainWords(view.title);
    this.dialog.dataset.callbackId = view.callback_id ?? "";
    this.cancel.textContent = plainWords(view.close) || (view.submit ? "Cancel" : "Close");
    this.submit.textContent = plainWords(view.submit);
    this.submit.hidden = !view.submit;
    renderBlocks(this.body, view.blocks, this.surface);
    this.showErrors({});
  }

  show() {
    openDialog(this.dialog);
    const first = this.body.querySelector("[autofocus], input:not([type=hidden]), textarea, select") ?? this.cancel;
    first.focus({ preventScroll: first === this.cancel });
  }

  remove() {
    this.dialog.close();
    this.dialog.remove();
  }

  #onEscape(event) {
    event.preventDefault();
    this.close(false);
  }

  async close(all) {
    const answer = await this.stack.wire.post("/page/close", { view_id: this.view.id, all });
    // With nobody there to answer, the person must still get out of the dialog.
    if (!answer.ok && all) this.stack.clear();
    else if (!answer.ok) this.stack.drop(this.view.id);
  }

  async #submit(event) {
    event.preventDefault();
    if (!this.view.submit || this.submit.disabled) return;
    this.#busy(true);
    const answer = await this.stack.wire.post("/page/submit", { view_id: this.view.id, values: this.surface.values() });
    this.#busy(false);
    this.showErrors(answer.errors ?? {});
    if (!answer.ok && !Object.keys(answer.errors ?? {}).length) complain(
      answer.text ?? "That could not be sent. Try again.",
    );
  }

  #busy(isBusy) {
    this.submit.disabled = isBusy;
    this.submit.toggleAttribute("aria-busy", isBusy);
  }

  showErrors(errors) {
    const left = new Map(Object.entries(errors));
    for (const block of this.body.children) {
      if (!showError(block, errors[block.dataset.blockId] ?? "")) continue;
      left.delete(block.dataset.blockId);
    }
    for (const words of left.values()) toast(words, "error");
    this.body.querySelector("[aria-invalid=true]")?.focus();
  }
}

function iconButton(name, sign, press) {
  return el(
    "button",
    { type: "button", class: "icon-button", aria: { label: name }, on: { click: press } },
    icon(sign),
  );
}
