// Ways around the page without a mouse: F6 goes from part to part, Alt with the arrows from channel to channel.

const PARTS = ["sidebar", "main", "thread", "panel"];

export function listenToKeys(page) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "F6") step(event, () => nextPart(event.shiftKey ? -1 : 1));
    else if (event.altKey && event.key === "ArrowDown") step(event, () => nextChannel(page, 1));
    else if (event.altKey && event.key === "ArrowUp") step(event, () => nextChannel(page, -1));
  });
}

function step(event, go) {
  event.preventDefault();
  go();
}

function nextPart(way) {
  const parts = PARTS.map((id) => document.getElementById(id)).filter((node) => !node.hidden && node.offsetParent !== null);
  const at = parts.findIndex((node) => node.contains(document.activeElement));
  const target = parts[(at + way + parts.length) % parts.length];
  (target.querySelector("[aria-current=page], textarea, [role=tab][tabindex='0']") ?? target).focus();
}

function nextChannel(page, way) {
  const ids = [...page.store.channels.values()].filter((channel) => !channel.is_im).map(({ id }) => id);
  const at = ids.indexOf(page.at.channel);
  page.goToChannel(ids[(at + way + ids.length) % ids.length]);
}
