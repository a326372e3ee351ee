// The page's line to the workspace: one websocket for what happens, POSTs for what the person does.

const FIRST_WAIT = 300;
const LONGEST_WAIT = 4000;

export class Wire {
  constructor(token, { onEvent, onState }) {
    this.token = token;
    this.onEvent = onEvent;
    this.onState = onState;
    this.wait = FIRST_WAIT;
    this.actor = () => null;
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/page/live?token=${encodeURIComponent(this.token)}`);
    this.socket.addEventListener("open", () => this.#opened());
    this.socket.addEventListener("message", (event) => this.onEvent(JSON.parse(event.data)));
    this.socket.addEventListener("close", () => this.#closed());
  }

  #opened() {
    this.wait = FIRST_WAIT;
    this.onState("connected");
  }

  async #closed() {
    // A refused websocket does not say why, so ask over HTTP whether the token is still good.
    this.onState((await this.#tokenRefused()) ? "expired" : "away");
    setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  async #tokenRefused() {
    try {
      return (await fetch("/sandbox/events", { headers: this.#headers() })).status === 403;
    } catch {
      return false;
    }
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  post(path, body) {
    const actor = path.startsWith("/page/") ? { user: this.actor() } : {};
    return this.#ask(path, {
      method: "POST",
      headers: { ...this.#headers(), "Content-Type": "application/json" },
      body: JSON.stringify({ ...actor, ...body }),
    });
  }

  get(path) {
    return this.#ask(path, { headers: this.#headers() });
  }

  // Always an answer, never an exception: {ok: false, text} when the workspace cannot be reached.
  async #ask(path, options) {
    try {
      const response = await fetch(path, options);
      const answer = await response.json();
      return { ok: response.ok, ...answer };
    } catch {
      return { ok: false, error: "not_connected", text: "The sandbox did not answer. Try again when it is connected." };
    }
  }

  // For what the browser fetches by itself, and so without our headers.
  address(path) {
    return `${path}?token=${encodeURIComponent(this.token)}`;
  }

  #headers() {
    return { "X-Sandbox-Token": this.token };
  }
}
