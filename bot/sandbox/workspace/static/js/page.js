// The page as a whole: joins the parts, and decides what is in the middle.

import { Acting } from "./acting.js";
import { directory } from "./directory.js";
import { ModalStack } from "./modals.js";
import { AppPane, ChannelPane } from "./panes.js";
import { Panel } from "./panel.js";
import { Sidebar } from "./sidebar.js";
import { Store } from "./store.js";
import { ThreadPane } from "./thread.js";
import { now } from "./time.js";
import { announce, notedAlready, toast } from "./toast.js";
import { Wire } from "./wire.js";

const ACTING_KEY = "lastsync-acting";
const part = (id) => document.getElementById(id);

export class Page {
  constructor(token) {
    this.store = new Store();
    this.at = {};
    this.drafts = new Map();
    this.wanted = sessionStorage.getItem(ACTING_KEY);
    this.wire = new Wire(
      token,
      { onEvent: (event) => this.#receive(event), onState: (state) => this.#connection(state) },
    );
    this.wire.actor = () => this.store.me?.id;
    this.names = { users: () => [...this.store.users.values()], channels: () => [...this.store.channels.values()] };
    this.acting = new Acting(part("acting"), (user) => this.#act(user));
    this.sidebar = new Sidebar(part("sidebar"), this);
    this.thread = new ThreadPane(part("thread"), this);
    this.modals = new ModalStack(this.wire, this.names);
    this.panel = new Panel(part("panel"), this);
    directory.openChannel = (id) => this.goToChannel(id);
    this.#listen();
  }

  start() {
    this.wire.connect();
  }

  #receive(event) {
    // After a reconnection the workspace greets its default person: be the one chosen before, without showing the other.
    const other = event.type === "hello" && this.wanted && event.me.id !== this.wanted;
    if (other && event.people.some(({ id }) => id === this.wanted)) return this.wire.send({ type: "act", user: this.wanted });
    this.store.receive(event);
  }

  #act(user) {
    this.wanted = user;
    sessionStorage.setItem(ACTING_KEY, user);
    this.wire.send({ type: "act", user });
  }

  #listen() {
    const { store } = this;
    store.on("hello", () => this.#hello());
    store.on("message", (change) => this.#messageChanged(change));
    store.on("deleted", (change) => this.#spread(change));
    store.on("channels", (id) => this.#channelChanged(id));
    store.on("unread", () => this.#drawPlaces());
    store.on("modals", () => this.modals.show(store.modals));
    store.on("home", () => this.pane?.drawHome?.());
    store.on("bot", () => this.sidebar.draw());
    store.on("notice", (notice) => this.#notice(notice));
    store.on("leap", () => this.#openSomewhere());
  }

  #hello() {
    const { store } = this;
    const isOther = this.me !== store.me.id;
    this.me = store.me.id;
    directory.fill(store);
    part("team-name").textContent = store.team.name;
    this.acting.show(store.people, store.me);
    if (isOther) this.#becomeOther();
    this.modals.show(store.modals);
    this.#openSomewhere();
    this.panel.stir.load();
  }

  #becomeOther() {
    this.drafts.clear();
    this.modals.clear();
    this.thread.close();
    announce(`Acting as ${this.store.me.real_name}, ${this.store.me.title}`);
  }

  #openSomewhere() {
    const wanted = this.at.channel ?? this.at.tab ?? location.hash.slice(1);
    if (wanted === "home" || wanted === "messages") return this.goToApp(wanted);
    const channels = [...this.store.channels.values()].filter((channel) => !channel.is_im);
    this.goToChannel((this.store.channels.get(wanted) ?? channels[0])?.id);
  }

  goToChannel(id) {
    const channel = this.store.channels.get(id);
    if (!channel) return;
    if (channel.is_im) return this.goToApp("messages");
    this.#show({ channel: id }, new ChannelPane(this, channel), id);
    this.read(id);
  }

  goToApp(tab) {
    this.#show({ tab }, new AppPane(this, tab), tab);
    this.wire.post("/page/home", { tab });
    if (tab === "messages" && this.pane.channel) this.read(this.pane.channel.id);
  }

  #show(at, pane, hash) {
    if (this.at.channel !== at.channel || this.at.tab !== at.tab) this.thread.close();
    this.pane?.stop();
    this.pane = pane;
    this.at = at;
    part("main").replaceChildren(pane.node);
    pane.list?.toEnd();
    history.replaceState(null, "", `${location.pathname}${location.search}#${hash}`);
    this.showDrawer("sidebar", false);
    this.#drawPlaces();
    this.focusComposer();
  }

  focusComposer() {
    if (!this.store.modals.length && document.activeElement?.getAttribute("role") !== "tab") this.pane?.composer?.focus();
  }

  openThread(channel, ts) {
    this.thread.open(channel, ts);
  }

  read(channel) {
    if (document.visibilityState !== "visible") return;
    const ts = this.store.markRead(channel);
    this.wire.send({ type: "read", channel, ts: String(ts) });
  }

  #messageChanged(change) {
    this.#spread(change);
    const { message, isNew, channel } = change;
    if (message.thread_ts && message.thread_ts !== message.ts) this.pane?.list?.refresh(message.thread_ts);
    if (isNew && channel === this.#openChannel() && message.user !== this.me) announce(
      `${this.author(message).name}: ${message.text ?? ""}`,
    );
    this.#drawPlaces();
  }

  #spread(change) {
    this.pane?.changed(change);
    this.thread.changed(change);
  }

  #channelChanged(id) {
    if (this.at.channel === id) this.goToChannel(id);
    this.#drawPlaces();
  }

  #openChannel() {
    return this.at.channel ?? this.pane?.channel?.id;
  }

  #drawPlaces() {
    this.sidebar.draw();
    const unread = [...this.store.channels.keys()].reduce((sum, id) => sum + this.store.unread(id), 0);
    const name = this.at.channel ? this.store.channels.get(this.at.channel)?.name : this.store.bot.name;
    document.title = `${unread ? `(${unread}) ` : ""}${name ?? ""} · ${this.store.team?.name ?? "Sandbox"}`;
  }

  // Slack's own line to one person stands in the conversation; without a channel it floats.
  #notice({ channel, text, level }) {
    notedAlready(text);
    if (!channel) return toast(text, level);
    const ts = now().toFixed(6);
    const message = {
      type: "message",
      ts,
      ephemeral_id: `notice-${ts}`,
      username: "Slackbot",
      text,
      is_notice: true,
    };
    this.store.receive({ type: "message", channel, message });
  }

  author(message) {
    const { store } = this;
    const isBot = Boolean(message.bot_id) || message.user === store.bot.user_id;
    const user = store.user(message.user);
    const name = message.username || user?.real_name || user?.name || (isBot ? store.bot.name : "Unknown person");
    return isBot ? { name: user?.real_name || store.bot.name || name, id: message.bot_id, isBot } : {
      name,
      id: message.user,
      title: user?.title,
    };
  }

  showDrawer(name, isOpen) {
    document.body.classList.toggle(`${name}-open`, isOpen);
    part(`toggle-${name}`).setAttribute("aria-expanded", String(isOpen));
  }

  #connection(state) {
    const bar = part("connection");
    bar.hidden = state === "connected";
    bar.textContent = SENTENCES[state] ?? "";
    document.body.dataset.connection = state;
  }
}

const SENTENCES = {
  away: "Not connected. Trying again…",
  expired: "The sandbox was started again and has a new address. Open the address that it printed in its terminal.",
};
