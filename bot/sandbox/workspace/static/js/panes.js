// What the middle of the page shows: a channel, or the app with its Home and Messages tabs.

import { renderBlocks } from "./blocks/index.js";
import { Composer } from "./composer.js";
import { MessageList } from "./conversation.js";
import { el, icon } from "./dom.js";
import { avatar } from "./message.js";
import { Surface } from "./surface.js";

function heading(name, ...rest) {
  return el("header", { class: "pane-head" }, el("h1", { class: "pane-title", dir: "auto" }, name), rest);
}

function messages(page, channel, intro) {
  return new MessageList(
    page,
    channel.id,
    { messages: () => page.store.topLevel(channel.id), intro, onAtEnd: () => page.read(channel.id) },
  );
}

function composerFor(page, channel, placeholder) {
  if (channel.is_archived) return null;
  return new Composer(page, { channel: channel.id, placeholder, drafts: page.drafts });
}

export class ChannelPane {
  constructor(page, channel) {
    this.page = page;
    this.channel = channel;
    const intro = el(
      "div",
      { class: "intro" },
      el("strong", { dir: "auto" }, `# ${channel.name}`),
      el("p", { dir: "auto" }, channel.topic || "This is the start of the channel."),
    );
    this.list = messages(page, channel, intro);
    this.composer = composerFor(page, channel, `Message #${channel.name}`);
    this.node = el(
      "div",
      { class: "pane", data: { testid: "channel-pane", channel: channel.id } },
      this.#head(),
      this.list.node,
      this.composer?.node ?? closedNote(),
    );
  }

  #head() {
    const { channel } = this;
    const note = !channel.bot_is_member && el(
      "span",
      { class: "pane-note" },
      `${this.page.store.bot.name} is not in this channel`,
    );
    return heading(
      [icon("hash"), el("span", {}, channel.name)],
      el("p", { class: "topic", dir: "auto", title: channel.topic }, channel.topic),
      note,
    );
  }

  changed(change) {
    if (change.channel === this.channel.id) this.list.changed(change);
  }

  stop() {
    this.list.stop();
  }
}

function closedNote() {
  return el("p", { class: "closed-note" }, "This channel is archived. Nobody can write in it.");
}

export class AppPane {
  constructor(page, tab) {
    this.page = page;
    this.tab = tab;
    const tabs = el(
      "div",
      { class: "tabs", role: "tablist", aria: { label: page.store.bot.name } },
      this.#tab("home", "Home"),
      this.#tab("messages", "Messages"),
    );
    tabs.addEventListener("keydown", (event) => this.#onKey(event));
    this.body = el("div", { class: "app-body", role: "tabpanel", id: "app-panel", aria: { labelledby: `tab-${tab}` } });
    this.node = el(
      "div",
      { class: "pane", data: { testid: "app-pane", tab } },
      heading([avatar({ isBot: true }), el("span", {}, page.store.bot.name)]),
      tabs,
      this.body,
    );
    if (tab === "home") this.#home();
    else this.#messages();
  }

  #tab(tab, words) {
    const isOn = this.tab === tab;
    return el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${tab}`,
        class: "tab",
        tabindex: isOn ? "0" : "-1",
        aria: { selected: String(isOn), controls: "app-panel" },
        on: { click: () => this.page.goToApp(tab) },
      },
      words,
    );
  }

  #onKey(event) {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    event.preventDefault();
    this.page.goToApp(this.tab === "home" ? "messages" : "home");
    document.getElementById(`tab-${this.page.at.tab}`).focus();
  }

  #home() {
    this.blocks = el("div", { class: "blocks home", data: { testid: "home" } });
    this.body.append(el("div", { class: "scroller", tabindex: "0" }, this.blocks));
    this.drawHome();
  }

  drawHome() {
    if (this.tab !== "home") return;
    const { home, bot } = this.page.store;
    if (!home) return this.blocks.replaceChildren(
      el("p", { class: "empty" }, `${bot.name} has not filled its Home tab yet.`),
    );
    if (this.surface?.source.view_id !== home.id) this.#freshSurface(home);
    renderBlocks(this.blocks, home.blocks, this.surface);
  }

  #freshSurface(home) {
    this.surface = new Surface({
      wire: this.page.wire,
      source: { view_id: home.id },
      names: this.page.names,
      held: home.state?.values,
    });
    this.blocks.drawn = undefined;
  }

  #messages() {
    const { store } = this.page;
    const channel = store.direct();
    if (!channel) return this.body.append(el("p", { class: "empty" }, "There are no direct messages here."));
    this.channel = channel;
    const intro = el(
      "div",
      { class: "intro" },
      el("strong", {}, store.bot.name),
      el("p", {}, "This conversation is between you and the app."),
    );
    this.list = messages(this.page, channel, intro);
    this.composer = composerFor(this.page, channel, `Message ${store.bot.name}`);
    this.body.append(this.list.node, this.composer?.node ?? closedNote());
  }

  changed(change) {
    if (change.channel === this.channel?.id) this.list.changed(change);
  }

  stop() {
    this.list?.stop();
  }
}
