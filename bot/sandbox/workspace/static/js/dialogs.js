// The frame that modals and confirmations share.

import { el, uniqueId } from "./dom.js";
import { plainWords, textBox } from "./text.js";

export function openDialog(dialog) {
  document.body.append(dialog);
  dialog.showModal();
}

// A confirmation object: {title, text, confirm, deny, style}. Resolves to whether the person went on.
export function confirmed(confirm) {
  return new Promise((resolve) => {
    const dialog = confirmation(confirm);
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    openDialog(dialog);
  });
}

function confirmation(confirm) {
  const titleId = uniqueId("confirm");
  const bodyId = uniqueId("confirm");
  const style = confirm.style === "danger" ? "danger" : "primary";
  return el(
    "dialog",
    { class: "dialog confirm", data: { testid: "confirm" }, aria: { labelledby: titleId, describedby: bodyId } },
    el(
      "form",
      { method: "dialog" },
      el("h2", { id: titleId, dir: "auto" }, plainWords(confirm.title) || "Are you sure?"),
      textBox(confirm.text, "div", { id: bodyId }),
      el(
        "div",
        { class: "dialog-actions" },
        el("button", { class: "button", value: "no" }, plainWords(confirm.deny) || "Cancel"),
        el("button", { class: `button ${style}`, value: "yes", autofocus: true }, plainWords(confirm.confirm) || "Yes"),
      ),
    ),
  );
}
