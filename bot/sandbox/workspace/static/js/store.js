// What the acting person may see now, kept up to date by the workspace's events.

import { keepTime, now } from "./time.js";

export class Store {
  constructor() {
    this.listeners = new Map();
    this.people = [];
    this.users = new Map();
    this.channels = new Map();
    this.messages = new Map();
    this.commands = [];
    this.modals = [];
    this.home = null;
    this.bot = { connected: false, name: "Lastsync", user_id: "" };
    this.trace = [];
    this.log = [];
    this.read = new Map();
  }

  on(topic, listener) {
    const known = this.listeners.get(topic) ?? [];
    this.listeners.set(topic, [...known, listener]);
  }

  #tell(topic, detail) {
    for (const listener of this.listeners.get(topic) ?? []) listener(detail);
  }

  receive(event) {
    RECEIVERS[event.type]?.(this, event, (topic, detail) => this.#tell(topic, detail));
  }

  user(id) {
    return this.users.get(id);
  }

  direct() {
    return [...this.channels.values()].find((channel) => channel.is_im);
  }

  list(channelId) {
    return [...(this.messages.get(channelId)?.values() ?? [])];
  }

  topLevel(channelId) {
    return this.list(channelId).filter(inChannel);
  }

  replies(channelId, threadTs) {
    return this.list(channelId).filter((message) => isReply(message) && message.thread_ts === threadTs);
  }

  message(channelId, key) {
    return this.messages.get(channelId)?.get(key);
  }

  lastRead(channelId) {
    return this.read.get(`${this.me?.id}/${channelId}`) ?? this.opened;
  }

  isUnread(channelId, message) {
    return Number(message.ts) > this.lastRead(channelId) && message.user !== this.me?.id && inChannel(message);
  }

  unread(channelId) {
    return this.list(channelId).filter((message) => this.isUnread(channelId, message)).length;
  }

  markRead(channelId) {
    const newest = this.list(channelId).reduce(
      (latest, message) => Math.max(latest, Number(message.ts) || 0),
      this.opened,
    );
    this.read.set(`${this.me?.id}/${channelId}`, newest);
    this.#tell("unread", channelId);
    return newest;
  }
}

export function messageKey(message) {
  return message.ephemeral_id ?? message.ts;
}

export function isReply(message) {
  return Boolean(message.thread_ts) && message.thread_ts !== message.ts;
}

export function isBroadcast(message) {
  return isReply(message) && message.subtype === "thread_broadcast";
}

function inChannel(message) {
  return !isReply(message) || isBroadcast(message);
}

const TRACE_KEPT = 500;
const LOG_KEPT = 200;

const RECEIVERS = {
  hello(store, hello, tell) {
    keepTime(hello.now);
    store.opened ??= hello.now;
    store.team = hello.team;
    store.me = hello.me;
    store.people = hello.people;
    store.users = new Map(hello.users.map((user) => [user.id, user]));
    store.channels = new Map(hello.channels.map((channel) => [channel.id, channel]));
    store.messages = new Map(
      Object.entries(hello.messages).map(([id, list]) => [id, new Map(list.map((each) => [messageKey(each), each]))]),
    );
    store.commands = hello.commands;
    store.bot = hello.bot;
    store.home = hello.home;
    store.modals = hello.modals;
    store.trace = hello.trace;
    tell("hello");
  },

  message(store, { channel, message }, tell) {
    const known = store.messages.get(channel) ?? new Map();
    store.messages.set(channel, known);
    const isNew = !known.has(messageKey(message));
    known.set(messageKey(message), message);
    tell("message", { channel, message, isNew });
  },

  message_deleted(store, { channel, ts, ephemeral_id: ephemeralId }, tell) {
    const key = ephemeralId ?? ts;
    store.messages.get(channel)?.delete(key);
    tell("deleted", { channel, key });
  },

  channel(store, { channel }, tell) {
    store.channels.set(channel.id, channel);
    tell("channels", channel.id);
  },

  modals(store, { modals }, tell) {
    store.modals = modals;
    tell("modals");
  },

  home(store, { view }, tell) {
    store.home = view;
    tell("home");
  },

  notice(store, notice, tell) {
    tell("notice", notice);
  },

  bot(store, { connected }, tell) {
    store.bot = { ...store.bot, connected };
    tell("bot");
  },

  trace(store, { entry }, tell) {
    store.trace = [...store.trace.slice(1 - TRACE_KEPT), entry];
    tell("trace", entry);
  },

  world(store, { text }, tell) {
    store.log = [...store.log.slice(1 - LOG_KEPT), { at: now(), text }];
    tell("world");
  },

  time(store, { now: seconds }, tell) {
    if (keepTime(seconds)) tell("leap");
  },
};
