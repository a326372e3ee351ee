// The right side panel: "Stir the sandbox" and the Inspector, as two tabs.

import { el } from "./dom.js";
import { Inspector } from "./inspector.js";
import { StirPanel } from "./stir.js";

export class Panel {
  constructor(root, page) {
    this.tabs = { stir: tab("stir", "Stir the sandbox"), inspector: tab("inspector", "Inspector") };
    this.bodies = { stir: body("stir"), inspector: body("inspector") };
    const list = el(
      "div",
      { class: "tabs", role: "tablist", aria: { label: "Sandbox controls" } },
      Object.values(this.tabs),
    );
    for (const [name, node] of Object.entries(this.tabs)) node.addEventListener("click", () => this.show(name));
    list.addEventListener("keydown", (event) => this.#onKey(event));
    root.replaceChildren(list, this.bodies.stir, this.bodies.inspector);
    this.stir = new StirPanel(this.bodies.stir, page);
    this.inspector = new Inspector(this.bodies.inspector, page);
    this.show("stir");
  }

  show(name) {
    this.current = name;
    for (const [each, node] of Object.entries(this.tabs)) {
      const isOn = each === name;
      node.setAttribute("aria-selected", String(isOn));
      node.tabIndex = isOn ? 0 : -1;
      this.bodies[each].hidden = !isOn;
    }
    if (name === "inspector") this.inspector.draw();
  }

  #onKey(event) {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    event.preventDefault();
    this.show(this.current === "stir" ? "inspector" : "stir");
    this.tabs[this.current].focus();
  }
}

function tab(name, words) {
  return el(
    "button",
    { type: "button", role: "tab", class: "tab", id: `panel-tab-${name}`, aria: { controls: `panel-${name}` } },
    words,
  );
}

function body(name) {
  return el(
    "div",
    {
      role: "tabpanel",
      class: "panel-body",
      id: `panel-${name}`,
      aria: { labelledby: `panel-tab-${name}` },
      data: { testid: name },
    },
  );
}
