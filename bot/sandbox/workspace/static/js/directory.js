// Who is who, for text that mentions them. Filled from each hello.

export const directory = {
  users: new Map(),
  channels: new Map(),
  zone: undefined,
  openChannel: () => {},

  fill(store) {
    this.users = store.users;
    this.channels = store.channels;
    this.zone = knownZone(store.me?.tz);
  },

  userName(id) {
    const user = this.users.get(id);
    return user ? user.real_name || user.name : undefined;
  },
};

function knownZone(name) {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
