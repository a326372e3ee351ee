// The side pane with one message and its replies.

import { Composer } from "./composer.js";
import { MessageList } from "./conversation.js";
import { el, icon } from "./dom.js";

export class ThreadPane {
  constructor(root, page) {
    this.root = root;
    this.page = page;
    root.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && this.close());
  }

  open(channel, ts) {
    this.stop();
    this.channel = channel;
    this.ts = ts;
    const { store } = this.page;
    const name = store.channels.get(channel)?.is_im ? store.bot.name : `#${store.channels.get(channel)?.name ?? channel}`;
    const parent = () => [store.message(channel, ts)].filter(Boolean);
    this.list = new MessageList(
      this.page,
      channel,
      { inThread: true, messages: () => [...parent(), ...store.replies(channel, ts)] },
    );
    this.composer = new Composer(this.page, { channel, threadTs: ts, placeholder: "Reply…", drafts: this.page.drafts });
    const close = el(
      "button",
      { type: "button", class: "icon-button", aria: { label: "Close thread" }, on: { click: () => this.close() } },
      icon("close"),
    );
    const head = el(
      "header",
      { class: "pane-head" },
      el("h2", { class: "pane-title" }, "Thread"),
      el("p", { class: "topic", dir: "auto" }, name),
      close,
    );
    this.root.replaceChildren(head, this.list.node, this.composer.node);
    this.root.hidden = false;
    document.body.classList.add("thread-open");
    this.composer.focus();
  }

  close() {
    if (this.root.hidden) return;
    this.stop();
    this.root.hidden = true;
    document.body.classList.remove("thread-open");
    this.page.focusComposer();
  }

  stop() {
    this.list?.stop();
    this.list = null;
  }

  changed(change) {
    if (!this.list || change.channel !== this.channel) return;
    if (change.key === this.ts) return this.close();
    const { message } = change;
    if (!message || message.ts === this.ts || message.thread_ts === this.ts) this.list.changed(change);
  }
}
