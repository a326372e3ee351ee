// Who one acts as: a native select laid over a card that shows the person.

import { el, icon } from "./dom.js";
import { avatar } from "./message.js";

export class Acting {
  constructor(root, onChange) {
    this.select = el(
      "select",
      { id: "acting-select", class: "acting-select", on: { change: () => onChange(this.select.value) } },
    );
    this.face = el("span", { class: "acting-face" });
    this.name = el("span", { class: "acting-name", dir: "auto" });
    this.title = el("span", { class: "acting-title", dir: "auto" });
    root.replaceChildren(
      el("label", { class: "acting-label", for: "acting-select" }, "Acting as"),
      el(
        "span",
        { class: "acting-card" },
        this.face,
        el("span", { class: "acting-words" }, this.name, this.title),
        icon("chevron"),
        this.select,
      ),
    );
  }

  show(people, me) {
    const names = people.map((each) => [each.real_name || each.name, each.title].filter(Boolean).join(", "));
    this.select.replaceChildren(...people.map((each, index) => el(
      "option",
      { value: each.id, selected: each.id === me.id },
      names[index],
    )));
    this.face.replaceChildren(avatar({ name: me.real_name || me.name, id: me.id }));
    this.name.textContent = me.real_name || me.name;
    this.title.textContent = me.title ?? "";
  }
}
