// Short notes that go away by themselves. An open dialog makes the rest of the page inert, so they go inside it.

import { el, icon } from "./dom.js";

const SHOWN_FOR = { info: 6000, error: 12000 };

export function toast(words, level = "info") {
  const close = el("button", { type: "button", class: "icon-button", aria: { label: "Dismiss" } }, icon("close"));
  const note = el(
    "div",
    { class: `toast ${level}`, role: level === "error" ? "alert" : null, data: { testid: "toast" } },
    el("span", { dir: "auto" }, words),
    close,
  );
  close.addEventListener("click", () => note.remove());
  const dialogs = [...document.querySelectorAll("dialog[open]")];
  const place = dialogs.at(-1)?.querySelector(".toasts") ?? document.getElementById("toasts");
  place.append(note);
  setTimeout(() => note.remove(), SHOWN_FOR[level]);
}

const NOTICE_PATIENCE = 400;
const noticed = new Set();

// The workspace's own line about a failure comes by another way; what it says is not said twice.
export function notedAlready(words) {
  noticed.add(words);
  setTimeout(() => noticed.delete(words), NOTICE_PATIENCE * 5);
}

export function complain(words) {
  setTimeout(() => noticed.has(words) || toast(words, "error"), NOTICE_PATIENCE);
}

export function announce(words) {
  document.getElementById("announcer").textContent = words;
}
