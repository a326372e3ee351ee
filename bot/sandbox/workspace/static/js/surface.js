// A surface is what blocks are drawn on (a message, a modal or the home tab): it keeps what was typed, and sends actions.

import { confirmed } from "./dialogs.js";
import { complain } from "./toast.js";

export class Surface {
  // `names` are the people and channels that a menu may offer; `held` is what the workspace remembers of the fields.
  constructor({ wire, source, names, held = {} }) {
    Object.assign(this, { wire, source, names });
    this.drawn = new Set();
    this.entries = new Map();
    for (const [blockId, actions] of Object.entries(held)) {
      for (const [actionId, entry] of Object.entries(actions)) this.entries.set(keyOf(blockId, actionId), entry);
    }
  }

  // Entries of fields that are no longer drawn are forgotten, so a view carries only its own fields.
  keepOnly(keys) {
    for (const key of this.entries.keys()) if (!keys.has(key)) this.entries.delete(key);
  }

  values() {
    const values = {};
    for (const [key, entry] of this.entries) {
      const [blockId, actionId] = JSON.parse(key);
      values[blockId] = { ...values[blockId], [actionId]: entry };
    }
    return values;
  }
}

const keyOf = (blockId, actionId) => JSON.stringify([blockId, actionId]);

export class Field {
  constructor(surface, block, element, { input = false, label = null, labelledBy = null, describedBy = null } = {}) {
    Object.assign(this, { surface, block, element, input, label, labelledBy, describedBy });
    this.key = keyOf(block.block_id, element.action_id);
  }

  // What was typed before this drawing, else what the app asks to start with.
  start(initial) {
    const { entries } = this.surface;
    if (entries.get(this.key)?.type !== this.element.type) entries.set(
      this.key,
      { type: this.element.type, ...initial },
    );
    return entries.get(this.key);
  }

  set(part) {
    this.surface.entries.set(this.key, { type: this.element.type, ...part });
    this.onEdit?.();
  }

  // A choice is remembered, and told to the app at once unless it waits in a form.
  async choose(part, control) {
    this.set(part);
    if (!this.input || this.block.dispatch_action) await this.act(part, control);
  }

  async act(part, control) {
    if (this.element.confirm && !(await confirmed(this.element.confirm))) return false;
    control?.setAttribute("aria-busy", "true");
    const { surface, block, element } = this;
    const answer = await surface.wire.post("/page/action", {
      source: surface.source,
      block_id: block.block_id,
      action_id: element.action_id,
      action: part,
      values: surface.values(),
    });
    control?.removeAttribute("aria-busy");
    if (!answer.ok) complain(answer.text ?? "That did not work. Try again.");
    return answer.ok;
  }

  async suggest(value) {
    const { surface, block, element } = this;
    return surface.wire.post("/page/suggest", {
      source: surface.source, block_id: block.block_id, action_id: element.action_id, value,
    });
  }

  // Attributes that every control of this field carries: hooks for tests, names for screen readers.
  attributes(fallbackName) {
    const named = this.labelledBy || this.label ? {} : { label: this.element.accessibility_label ?? fallbackName };
    return {
      id: this.label,
      data: { blockId: this.block.block_id, actionId: this.element.action_id },
      aria: { ...named, labelledby: this.labelledBy, describedby: this.describedBy },
    };
  }
}
