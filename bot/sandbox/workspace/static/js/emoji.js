// Short names as Slack spells them. The common signs are also drawn, since many machines have no colour emoji font.

import { el, svg } from "./dom.js";
import { DRAWN } from "./emoji_drawings.js";

const CHARACTERS = {
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", heavy_multiplication_x: "✖️",
  warning: "⚠️", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", exclamation: "❗", question: "❓", information_source: "ℹ️",
  red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵",
  large_purple_circle: "🟣", white_circle: "⚪", black_circle: "⚫", large_red_square: "🟥", large_green_square: "🟩",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰", clock3: "🕒", zzz: "💤", bell: "🔔", no_bell: "🔕",
  double_vertical_bar: "⏸️", arrow_forward: "▶️", arrows_counterclockwise: "🔄", repeat: "🔁", leftwards_arrow_with_hook: "↩️",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", rotating_light: "🚨", fire: "🔥", tada: "🎉", wave: "👋",
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", eyes: "👀", pray: "🙏", raised_hands: "🙌", clap: "👏", muscle: "💪",
  heart: "❤️", star: "⭐", sparkles: "✨", rocket: "🚀", bulb: "💡", mag: "🔍", lock: "🔒", unlock: "🔓", key: "🔑", shield: "🛡️",
  link: "🔗", paperclip: "📎", pushpin: "📌", memo: "📝", pencil: "📝", pencil2: "✏️", clipboard: "📋", page_facing_up: "📄",
  calendar: "📆", date: "📅", spiral_calendar_pad: "🗓️", chart_with_upwards_trend: "📈", bar_chart: "📊", inbox_tray: "📥", outbox_tray: "📤",
  email: "✉️", envelope: "✉️", incoming_envelope: "📨", mailbox: "📫", phone: "☎️", telephone_receiver: "📞", loudspeaker: "📢", speech_balloon: "💬",
  office: "🏢", hospital: "🏥", house: "🏠", busts_in_silhouette: "👥", bust_in_silhouette: "👤", gear: "⚙️", wrench: "🔧", hammer_and_wrench: "🛠️",
  electric_plug: "🔌", satellite: "🛰️", robot_face: "🤖", construction: "🚧", wastebasket: "🗑️", slightly_smiling_face: "🙂", smile: "😄",
  thinking_face: "🤔", sweat_smile: "😅", tooth: "🦷", medical_symbol: "⚕️", umbrella: "☂️", checkered_flag: "🏁", triangular_flag_on_post: "🚩",
  small_blue_diamond: "🔹", small_orange_diamond: "🔸", heavy_minus_sign: "➖", heavy_plus_sign: "➕", new: "🆕", ok: "🆗", sos: "🆘",
  vertical_traffic_light: "🚦", snowflake: "❄️", seedling: "🌱", moon: "🌔", crescent_moon: "🌙", sunrise: "🌅", sun_with_face: "🌞",
};

const VARIATION = /\uFE0F/g;
const names = Object.entries(CHARACTERS).map(([name, character]) => [character.replace(VARIATION, ""), name]);
const NAME_OF = new Map(names.reverse());
const DRAWABLE = new RegExp(`(?:${Object.keys(DRAWN).join("|")})\\uFE0F?`, "gu");

export function emojiCharacter(name) {
  return CHARACTERS[name];
}

export function emoji(character, name = NAME_OF.get(character.replace(VARIATION, ""))) {
  const draw = DRAWN[character.replace(VARIATION, "")];
  const label = name ? name.replaceAll("_", " ") : character;
  const glyph = el("span", { class: "emoji-char", aria: { hidden: draw ? "true" : null } }, character);
  const drawing = draw && svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" }, draw());
  return el(
    "span",
    { class: drawing ? "emoji drawn" : "emoji", role: "img", title: name ? `:${name}:` : null, aria: { label } },
    glyph,
    drawing,
  );
}

// Plain text with the characters we can draw replaced by their drawings; everything else stays text.
export function withDrawings(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(DRAWABLE)) {
    if (match.index > from) nodes.push(text.slice(from, match.index));
    nodes.push(emoji(match[0]));
    from = match.index + match[0].length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}

const SHORT_NAME = /:([a-z0-9_+'-]+):/g;

export function withEmoji(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(SHORT_NAME)) {
    const character = CHARACTERS[match[1]];
    if (!character) continue;
    nodes.push(withDrawings(text.slice(from, match.index)), emoji(character, match[1]));
    from = match.index + match[0].length;
  }
  nodes.push(withDrawings(text.slice(from)));
  return nodes.flat();
}
