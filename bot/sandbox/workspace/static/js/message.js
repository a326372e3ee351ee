// One message on the page. Its node stays while the message is edited in place.

import { renderBlocks } from "./blocks/index.js";
import { el, icon } from "./dom.js";
import { emoji, emojiCharacter } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";
import { isBroadcast, messageKey } from "./store.js";
import { Surface } from "./surface.js";
import { clock, fullTime } from "./time.js";

const HEX_COLOUR = /^#[0-9a-f]{3,8}$/i;
const NAMED_COLOURS = { good: "#2f9e63", warning: "#e9a92f", danger: "#d64541" };

export class MessageView {
  constructor(page, channel, message, { inThread = false } = {}) {
    this.page = page;
    this.channel = channel;
    this.inThread = inThread;
    const source = message.ephemeral_id ? { channel, ephemeral_id: message.ephemeral_id } : { channel, ts: message.ts };
    this.surface = new Surface({ wire: page.wire, source, names: page.names });
    this.#build(message);
    this.update(message);
  }

  #build(message) {
    this.body = el("div", { class: "message-body" });
    this.blocks = el("div", { class: "blocks" });
    this.head = el("div", { class: "message-head" });
    this.foot = el("div", { class: "message-foot" });
    this.avatar = el("div", { class: "message-side" });
    const main = el("div", { class: "message-main" }, this.head, this.body, this.foot);
    const tools = !this.inThread && !message.ephemeral_id && this.#tools();
    this.node = el(
      "article",
      { class: "message", data: { ts: message.ts, channel: this.channel, key: messageKey(message) } },
      this.avatar,
      main,
      tools,
    );
  }

  #tools() {
    const open = () => this.page.openThread(this.channel, this.message.thread_ts ?? this.message.ts);
    const reply = el(
      "button",
      {
        type: "button",
        class: "icon-button",
        title: "Reply in thread",
        aria: { label: "Reply in thread" },
        on: { click: open },
      },
      icon("thread"),
    );
    return el("div", { class: "message-tools" }, reply);
  }

  update(message) {
    this.message = message;
    const author = this.page.author(message);
    const isEphemeral = Boolean(message.ephemeral_id);
    this.node.classList.toggle("ephemeral", isEphemeral);
    this.node.setAttribute(
      "aria-label",
      `${author.name}, ${clock(message.ts)}${isEphemeral ? ", only visible to you" : ""}`,
    );
    this.avatar.replaceChildren(
      avatar(author),
      el("time", { class: "side-time", aria: { hidden: "true" } }, clock(message.ts)),
    );
    this.head.replaceChildren(...headline(author, message));
    this.#draw(message);
    this.foot.replaceChildren(...this.#footer(message));
  }

  #draw(message) {
    const onlyYou = message.ephemeral_id && el("div", { class: "only-you" }, icon("eye"), "Only visible to you");
    const edited = message.edited && el("span", { class: "edited", title: fullTime(message.edited.ts) }, "(edited)");
    const hasBlocks = message.blocks?.length > 0;
    if (hasBlocks) renderBlocks(this.blocks, message.blocks, this.surface);
    const words = hasBlocks ? this.blocks : el("div", { class: "text", dir: "auto" }, mrkdwn(message.text ?? ""));
    const wanted = [onlyYou, this.#answered(message), words, ...(message.attachments ?? []).map((each) => this.#attachment(each)), this.#files(message), edited].filter(Boolean);
    // The blocks' own node is moved only when it must be: moving it would take the focus away.
    if (this.blocks.parentNode === this.body && words === this.blocks) {
      for (const child of [...this.body.children]) if (child !== this.blocks) child.remove();
      const at = wanted.indexOf(this.blocks);
      this.blocks.before(...wanted.slice(0, at));
      this.blocks.after(...wanted.slice(at + 1));
    } else this.body.replaceChildren(...wanted);
  }

  // Above a reply that was also sent to the channel: which thread it belongs to.
  #answered(message) {
    if (this.inThread || !isBroadcast(message)) return null;
    const parent = this.page.store.message(this.channel, message.thread_ts);
    const words = el("span", {}, mrkdwn(parent?.text ?? "")).textContent.split("\n")[0] || "a message";
    const open = () => this.page.openThread(this.channel, message.thread_ts);
    return el(
      "div",
      { class: "answered" },
      "replied to a thread: ",
      el("button", { type: "button", class: "thread-link", dir: "auto", on: { click: open } }, words),
    );
  }

  #attachment(attachment) {
    const node = el("div", { class: "attachment" });
    const given = attachment.color ?? "";
    const colour = NAMED_COLOURS[given] ?? (HEX_COLOUR.test(given) ? given : null);
    if (colour) node.style.borderInlineStartColor = colour;
    const surface = new Surface({ wire: this.page.wire, source: this.surface.source, names: this.page.names });
    const body = el("div", { class: "blocks" });
    if (attachment.blocks) renderBlocks(body, attachment.blocks, surface);
    else body.append(...mrkdwn(attachment.text ?? attachment.fallback ?? ""));
    node.append(body);
    return node;
  }

  #files(message) {
    if (!message.files?.length) return null;
    return el("ul", { class: "files", aria: { label: "Files" } }, message.files.map((file) => this.#file(file)));
  }

  #file(file) {
    if (file.mode === "tombstone") return el("li", { class: "file" }, "This file was deleted.");
    const href = this.page.wire.address(`/files/${encodeURIComponent(file.id)}`);
    const link = el("a", { href, download: file.name, dir: "auto" }, file.title || file.name);
    return el("li", { class: "file" }, icon("file"), link, el("span", { class: "file-size" }, size(file.size)));
  }

  #footer(message) {
    const reactions = (message.reactions ?? []).map(reaction);
    const replies = this.inThread ? 0 : Math.max(
      message.reply_count ?? 0,
      this.page.store.replies(this.channel, message.ts).filter((reply) => !reply.ephemeral_id).length,
    );
    const open = () => this.page.openThread(this.channel, message.ts);
    return [
      reactions.length > 0 && el("div", { class: "reactions" }, reactions),
      replies > 0 && el(
        "button",
        { type: "button", class: "thread-link", on: { click: open } },
        icon("thread"),
        `${replies} ${replies === 1 ? "reply" : "replies"}`,
      ),
    ].filter(Boolean);
  }

  group(isGrouped) {
    this.node.classList.toggle("grouped", isGrouped);
  }
}

function headline(author, message) {
  return [
    el("span", { class: "author", dir: "auto", title: author.title || null }, author.name),
    author.isBot && el("span", { class: "app-badge" }, "APP"),
    el(
      "time",
      { datetime: new Date(Number(message.ts) * 1000).toISOString(), title: fullTime(message.ts) },
      clock(message.ts),
    ),
  ].filter(Boolean);
}

function reaction({ name, count, users }) {
  const character = emojiCharacter(name);
  const sign = character ? emoji(character, name) : `:${name}:`;
  return el("span", { class: "reaction", data: { reaction: name } }, sign, ` ${count ?? users?.length ?? 1}`);
}

function size(bytes) {
  return bytes < 1000 ? `${bytes} bytes` : `${Math.round(bytes / 100) / 10} kB`;
}

const HUES = 8;

export function avatar({ name, id, isBot }) {
  if (isBot) return el("span", { class: "avatar bot", aria: { hidden: "true" } }, icon("sync"));
  const letters = [...(name ?? "?").trim().split(/\s+/)].slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
  const hue = [...(id ?? name ?? "")].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % HUES;
  return el("span", { class: `avatar hue-${hue}`, aria: { hidden: "true" } }, letters || "?");
}
