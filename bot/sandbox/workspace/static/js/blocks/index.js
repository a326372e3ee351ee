// One table from a block's type to the function that draws it.

import { el } from "../dom.js";
import { unknown } from "../elements/index.js";
import { markdown } from "../markdown.js";
import { place } from "../place.js";
import { richText } from "../richtext.js";
import { actions, context, divider, header, image, input, section } from "./basic.js";
import { alert, card, carousel, container } from "./cards.js";
import { dataVisualization } from "./charts.js";
import { dataTable, table } from "./tables.js";

export const BLOCKS = {
  actions,
  alert,
  card,
  carousel,
  container: (block, surface) => container(block, surface, drawBlock),
  context,
  context_actions: actions,
  data_table: dataTable,
  data_visualization: dataVisualization,
  divider,
  header,
  image,
  input,
  markdown: (block) => el("div", { class: "markdown text", dir: "auto" }, markdown(block.text ?? "")),
  rich_text: richText,
  section,
  table,
};

function drawBlock(block, surface) {
  const draw = BLOCKS[block.type];
  const body = draw ? draw(block, surface) : unknown("block", block.type);
  return el("div", { class: `block block-${block.type}`, data: { blockId: block.block_id, block: block.type } }, body);
}

// Draws blocks into a container, keeping the nodes of blocks that did not change: typing, focus and scroll survive.
export function renderBlocks(container, blocks, surface) {
  const before = container.drawn ?? new Map();
  const focus = focusIn(container);
  const after = new Map();
  blocks.forEach((block, index) => {
    const id = block.block_id ?? `#${index}`;
    const print = JSON.stringify(block);
    const kept = before.get(id);
    after.set(id, kept?.print === print ? kept : drawOnce(block, surface, print));
  });
  place(container, [...after.values()].map(({ node }) => node));
  container.drawn = after;
  restore(container, focus);
  surface.keepOnly(new Set([...after.values()].flatMap(({ keys }) => [...keys])));
}

function drawOnce(block, surface, print) {
  surface.drawn = new Set();
  const node = drawBlock(block, surface);
  return { print, node, keys: surface.drawn };
}

function focusIn(container) {
  const active = document.activeElement;
  if (!container.contains(active) || !active.dataset.actionId) return null;
  const { blockId, actionId } = active.dataset;
  return {
    active,
    blockId,
    actionId,
    from: selectionOf(active, "selectionStart"),
    to: selectionOf(active, "selectionEnd"),
  };
}

// Number and e-mail inputs have no selection to ask for.
function selectionOf(control, side) {
  return ["INPUT", "TEXTAREA"].includes(control.tagName) ? control[side] : null;
}

function restore(container, focus) {
  if (!focus || focus.active.isConnected) return;
  const wanted = `[data-block-id="${CSS.escape(focus.blockId)}"][data-action-id="${CSS.escape(focus.actionId)}"]`;
  const control = container.querySelector(wanted);
  control?.focus();
  if (control && focus.from !== null) control.setSelectionRange?.(focus.from, focus.to);
}
