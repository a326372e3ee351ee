// A small floating list beside its control. It is a popover, so neither a scrolling pane nor a dialog cuts it off.

import { el } from "../dom.js";

const GAP = 4;

export function popup(anchor, props) {
  const box = el("div", { ...props, class: `popup ${props.class ?? ""}`, popover: "manual" });
  const hide = () => close(box);
  const outside = (event) => {
    if (!box.contains(event.target) && !anchor.contains(event.target)) hide();
  };
  // It does not move along with what is scrolled beneath it; its own list may scroll.
  const scrolled = (event) => event.target !== box && hide();
  box.addEventListener("toggle", ({ newState }) => {
    const listen = newState === "open" ? "addEventListener" : "removeEventListener";
    document[listen]("pointerdown", outside, true);
    document[listen]("scroll", scrolled, true);
    window[listen]("resize", hide);
  });
  return box;
}

export function isOpen(box) {
  return box.isConnected && box.matches(":popover-open");
}

export function open(box, anchor) {
  if (!isOpen(box)) box.showPopover();
  place(box, anchor);
}

export function close(box) {
  if (isOpen(box)) box.hidePopover();
}

function place(box, anchor) {
  const near = anchor.getBoundingClientRect();
  box.style.minWidth = `${Math.min(Math.max(near.width, 180), innerWidth - 16)}px`;
  const { offsetWidth: width, offsetHeight: height } = box;
  const below = near.bottom + GAP + height <= innerHeight || near.top < innerHeight / 2;
  box.style.left = `${Math.max(8, Math.min(near.left, innerWidth - width - 8))}px`;
  box.style.top = `${below ? near.bottom + GAP : Math.max(8, near.top - GAP - height)}px`;
  box.style.maxHeight = `${Math.max(120, Math.min(320, (below ? innerHeight - near.bottom : near.top) - 16))}px`;
}
