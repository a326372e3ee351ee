import { el, icon } from "./dom.js";
import { avatar } from "./message.js";

export class Sidebar {
  constructor(root, page) {
    this.root = root;
    this.page = page;
  }

  draw() {
    const { store } = this.page;
    const channels = [...store.channels.values()].filter((channel) => !channel.is_im);
    const active = document.activeElement?.dataset?.place;
    this.root.replaceChildren(
      group("Channels", channels.map((channel) => this.#channel(channel))),
      group("Apps", [this.#app()]),
      el("p", { class: "sidebar-note" }, "Type / in any channel to see the commands."),
    );
    if (active) this.root.querySelector(`[data-place="${CSS.escape(active)}"]`)?.focus();
  }

  #channel(channel) {
    const unread = this.page.store.unread(channel.id);
    const name = el("span", { class: "place-name", dir: "auto", title: channel.name }, channel.name);
    const words = `${channel.name}${unread ? `, ${unread} unread` : ""}${channel.is_archived ? ", archived" : ""}`;
    return this.#place(
      { place: channel.id, channel: channel.id },
      this.page.at.channel === channel.id,
      unread,
      words,
      [icon("hash"), name],
      () => this.page.goToChannel(channel.id),
    );
  }

  #app() {
    const { store, at } = this.page;
    const direct = store.direct();
    const unread = direct ? store.unread(direct.id) : 0;
    const state = store.bot.connected ? "connected" : "not connected";
    const dot = el("span", { class: `presence ${store.bot.connected ? "on" : ""}`, title: `The app is ${state}` });
    const name = el("span", { class: "place-name", dir: "auto" }, store.bot.name);
    const words = `${store.bot.name}, ${state}${unread ? `, ${unread} unread` : ""}`;
    const note = !store.bot.connected && el("span", { class: "place-note" }, "not connected");
    return this.#place(
      { place: "app" },
      Boolean(at.tab),
      unread,
      words,
      [avatar({ isBot: true }), name, dot, note],
      () => this.page.goToApp(unread ? "messages" : "home"),
    );
  }

  #place(data, isCurrent, unread, label, inside, go) {
    const badge = unread > 0 && el(
      "span",
      { class: "unread-count", aria: { hidden: "true" }, data: { testid: "unread" } },
      unread > 99 ? "99+" : unread,
    );
    const node = el(
      "button",
      {
        type: "button",
        class: `place ${unread ? "has-unread" : ""}`,
        data,
        aria: { label, current: isCurrent ? "page" : null },
        on: { click: go },
      },
      inside,
      badge,
    );
    return el("li", {}, node);
  }
}

function group(title, items) {
  return el("section", { class: "sidebar-group" }, el("h2", {}, title), el("ul", {}, items));
}
