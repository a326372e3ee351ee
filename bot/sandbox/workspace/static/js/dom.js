// Nodes are made here and only here: text always arrives as a text node, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) assign(node, name, value);
  append(node, children);
  return node;
}

function assign(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === "class") node.className = value;
  else if (name === "data") Object.assign(node.dataset, present(value));
  else if (name === "aria") for (const [key, text] of Object.entries(present(value))) node.setAttribute(`aria-${key}`, text);
  else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  else node.setAttribute(name, value === true ? "" : value);
}

function present(entries) {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined && value !== null));
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) node.setAttribute(name, String(value));
  }
  return append(node, children);
}

const ICONS = {
  menu: "M3 5h14M3 10h14M3 15h14",
  close: "M5 5l10 10M15 5L5 15",
  send: "M3.5 16.5L17 10 3.5 3.5v5L11 10l-7.5 1.5z",
  hash: "M8 3L6.5 17M13.5 3L12 17M4 7.5h13M3 12.5h13",
  thread: "M4 4h12v9H9l-4 3.5V13H4z",
  dots: "M5 10h.01M10 10h.01M15 10h.01",
  chevron: "M6 8l4 4 4-4",
  back: "M12 5l-5 5 5 5",
  panel: "M3 4h14v12H3zM12.5 4v12",
  copy: "M7 7h9v9H7zM4 12V4h8",
  sync: "M15.5 8A6 6 0 0 0 5 6.5M4.5 12A6 6 0 0 0 15 13.5M4.6 3.4v3.4H8M15.4 16.6v-3.4H12",
  file: "M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15",
  eye: "M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
};

export function icon(name) {
  const filled = name === "send";
  return svg(
    "svg",
    { viewBox: "0 0 20 20", class: `icon icon-${name}`, "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name], fill: filled ? "currentColor" : "none", stroke: filled ? "none" : "currentColor" }),
  );
}

let counter = 0;

export function uniqueId(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}

export function debounce(wait, action) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), wait);
  };
}
