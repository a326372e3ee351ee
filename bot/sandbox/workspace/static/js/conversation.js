// A list of messages: one channel's, or one thread's. Only the newest are in the document until one scrolls up.

import { el } from "./dom.js";
import { MessageView } from "./message.js";
import { place } from "./place.js";
import { messageKey } from "./store.js";
import { dayKey, dayTitle } from "./time.js";

const WINDOW = 80;
const TOGETHER = 300;
const NEAR_END = 60;

export class MessageList {
  constructor(page, channel, { messages, inThread = false, intro = null, onAtEnd = () => {} }) {
    Object.assign(this, { page, channel, messages, inThread, intro, onAtEnd });
    this.views = new Map();
    this.shown = WINDOW;
    this.newSince = page.store.lastRead(channel);
    this.atEnd = true;
    this.#build();
    this.sync();
    this.#keepAtEnd();
  }

  #build() {
    this.earlier = el(
      "button",
      { type: "button", class: "button small earlier", on: { click: () => this.#showEarlier() } },
      "Show earlier messages",
    );
    this.jump = el(
      "button",
      { type: "button", class: "jump", hidden: true, on: { click: () => this.toEnd() } },
      "New messages ↓",
    );
    this.list = el("div", { class: "message-list" });
    this.scroller = el(
      "div",
      {
        class: "scroller",
        tabindex: "0",
        role: "log",
        aria: { label: "Messages", live: "off" },
        data: { testid: this.inThread ? "thread-messages" : "messages" },
      },
      this.list,
    );
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.node = el("div", { class: "conversation" }, this.scroller, this.jump);
  }

  #keepAtEnd() {
    // Charts and images grow after they are drawn; someone reading the newest message should stay there.
    this.observer = new ResizeObserver(() => this.atEnd && this.toEnd());
    this.observer.observe(this.list);
    this.observer.observe(this.scroller);
  }

  stop() {
    this.observer.disconnect();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (this.atEnd) this.#arrived();
    if (scrollTop < NEAR_END && this.earlier.isConnected) this.#showEarlier();
  }

  #arrived() {
    this.jump.hidden = true;
    this.onAtEnd();
  }

  #showEarlier() {
    const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.shown += WINDOW;
    this.sync();
    this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
  }

  toEnd() {
    this.atEnd = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.jump.hidden = true;
  }

  // A message of this list arrived, changed or went away.
  changed({ message, isNew }) {
    const view = message && this.views.get(messageKey(message));
    if (view) view.update(message);
    this.sync();
    if (this.atEnd || (isNew && message.user === this.page.store.me.id)) {
      this.toEnd();
      this.#arrived();
    } else if (isNew) this.jump.hidden = false;
  }

  refresh(key) {
    const message = this.page.store.message(this.channel, key);
    if (message) this.views.get(key)?.update(message);
  }

  sync() {
    const all = this.messages().sort((one, other) => Number(one.ts) - Number(other.ts));
    const visible = all.slice(-this.shown);
    const keys = new Set(all.map(messageKey));
    for (const key of this.views.keys()) if (!keys.has(key)) this.views.delete(key);
    const head = visible.length < all.length ? this.earlier : this.intro;
    place(this.list, [head, ...this.#rows(visible)].filter(Boolean));
  }

  #rows(messages) {
    const rows = [];
    let before = null;
    let marked = this.inThread;
    for (const message of messages) {
      const newDay = !before || dayKey(before.ts) !== dayKey(message.ts);
      if (newDay && !this.inThread) rows.push(this.#divider(`day-${dayKey(message.ts)}`, "day", dayTitle(message.ts)));
      const isNew = !marked && Number(message.ts) > this.newSince && message.user !== this.page.store.me.id;
      if (isNew && before) rows.push(this.#divider("new", "new", "New"));
      marked ||= isNew;
      const view = this.#view(message);
      view.group(!newDay && !isNew && this.#together(before, message));
      rows.push(view.node);
      before = message;
    }
    return rows;
  }

  #divider(key, kind, words) {
    this.dividers ??= new Map();
    if (!this.dividers.has(key)) this.dividers.set(
      key,
      el("div", { class: `divider-line ${kind}`, role: "separator" }, el("span", {}, words)),
    );
    return this.dividers.get(key);
  }

  #view(message) {
    const key = messageKey(message);
    if (!this.views.has(key)) this.views.set(
      key,
      new MessageView(this.page, this.channel, message, { inThread: this.inThread }),
    );
    return this.views.get(key);
  }

  #together(before, message) {
    const same = (each) => `${each.user ?? ""}/${each.bot_id ?? ""}/${each.username ?? ""}/${Boolean(each.ephemeral_id)}`;
    return same(before) === same(message) && Number(message.ts) - Number(before.ts) < TOGETHER && !message.ephemeral_id;
  }
}
