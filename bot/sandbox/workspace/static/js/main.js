import { append, icon } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { Page } from "./page.js";

const NARROW = 1100;

function start() {
  const page = new Page(new URLSearchParams(location.search).get("token") ?? "");
  const drawers = { sidebar: [icon("menu")], panel: [icon("panel"), "Stir"] };
  for (const [name, inside] of Object.entries(drawers)) {
    const toggle = append(document.getElementById(`toggle-${name}`), inside);
    toggle.addEventListener("click", () => page.showDrawer(name, !document.body.classList.contains(`${name}-open`)));
  }
  document.addEventListener(
    "keydown",
    (event) => event.key === "Escape" && !event.defaultPrevented && page.showDrawer("sidebar", false),
  );
  // On a phone the channels lie over the conversation: a touch beside them puts them away.
  document.getElementById("main").addEventListener("pointerdown", () => page.showDrawer("sidebar", false));
  page.showDrawer("panel", innerWidth >= NARROW);
  page.showDrawer("sidebar", false);
  listenToKeys(page);
  page.start();
}

start();
