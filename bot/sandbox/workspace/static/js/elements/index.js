// One table from an element's type to the function that draws it.

import { el } from "../dom.js";
import { Field } from "../surface.js";
import { button, iconButton, overflow } from "./buttons.js";
import { checkboxes, radioButtons } from "./choices.js";
import { datepicker, datetimepicker, emailInput, numberInput, plainTextInput, timepicker, urlInput } from "./fields.js";
import { externalSelect, multiSelect, select } from "./selects.js";

export const ELEMENTS = {
  button,
  icon_button: iconButton,
  workflow_button: button,
  overflow,
  checkboxes,
  radio_buttons: radioButtons,
  static_select: select("static"),
  external_select: externalSelect,
  users_select: select("users"),
  conversations_select: select("conversations"),
  channels_select: select("channels"),
  multi_static_select: multiSelect("static"),
  multi_external_select: multiSelect("external"),
  multi_users_select: multiSelect("users"),
  multi_conversations_select: multiSelect("conversations"),
  multi_channels_select: multiSelect("channels"),
  datepicker,
  timepicker,
  datetimepicker,
  plain_text_input: plainTextInput,
  number_input: numberInput,
  email_text_input: emailInput,
  url_text_input: urlInput,
};

export function renderElement(surface, block, element, options) {
  const draw = ELEMENTS[element.type];
  if (!draw) return unknown("element", element.type);
  const field = new Field(surface, block, element, options);
  surface.drawn.add(field.key);
  field.onEdit = () => options?.onEdit?.();
  const node = draw(element, field);
  const focused = node.matches("input, textarea, select") ? node : node.querySelector("input");
  if (element.focus_on_load) focused?.setAttribute("autofocus", "");
  return node;
}

export function unknown(what, type) {
  return el(
    "div",
    { class: "unknown-block", role: "note", data: { unknown: type ?? "" } },
    `This page cannot show the ${what} “${type}”.`,
  );
}
