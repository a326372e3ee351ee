// Times as the acting person's own time zone has them.

import { directory } from "./directory.js";

const DAY = 86400;
let ahead = 0;

// The workspace's clock can be set forward, and the page goes by it.
export function now() {
  return Date.now() / 1000 + ahead;
}

// Whether the clock has leapt since it was heard of last.
export function keepTime(seconds) {
  const leapt = Math.abs(seconds - now()) > 60;
  ahead = seconds - Date.now() / 1000;
  return leapt;
}

function format(seconds, options) {
  return new Intl.DateTimeFormat("en-US", { timeZone: directory.zone, ...options }).format(new Date(seconds * 1000));
}

export function clock(ts) {
  return format(Number(ts), { hour: "numeric", minute: "2-digit" });
}

export function clockWithSeconds(ts) {
  return format(Number(ts), { hour: "numeric", minute: "2-digit", second: "2-digit" });
}

// For logs, where the time of day stands in a narrow column.
export function stamp(ts) {
  return format(Number(ts), { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

export function fullTime(ts) {
  return format(Number(ts), { dateStyle: "full", timeStyle: "medium" });
}

export function dayKey(ts) {
  return parts(Number(ts)).slice(0, 3).join("-");
}

export function dayTitle(ts) {
  return relativeDay(Number(ts)) ?? format(Number(ts), { weekday: "long", month: "long", day: "numeric" });
}

function relativeDay(seconds) {
  if (dayKey(seconds) === dayKey(now())) return "Today";
  if (dayKey(seconds) === dayKey(now() - DAY)) return "Yesterday";
  if (dayKey(seconds) === dayKey(now() + DAY)) return "Tomorrow";
  return undefined;
}

// [year, month, day, hour, minute] on the person's wall clock.
function parts(seconds) {
  const named = new Intl.DateTimeFormat("en-US", {
    timeZone: directory.zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(new Date(seconds * 1000));
  const pick = (type) => named.find((part) => part.type === type).value;
  return ["year", "month", "day", "hour", "minute"].map(pick);
}

export function toLocalInput(seconds) {
  const [year, month, day, hour, minute] = parts(seconds);
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

// The wall clock's offset is not known before the instant is, hence two steps: the second settles a change of summer time.
export function fromLocalInput(text) {
  const wanted = Date.parse(`${text}:00Z`) / 1000;
  const shift = (seconds) => Date.parse(`${toLocalInput(seconds)}:00Z`) / 1000 - seconds;
  const near = wanted - shift(wanted);
  return wanted - shift(near);
}

function ordinal(day) {
  if (day % 100 >= 11 && day % 100 <= 13) return `${day}th`;
  return `${day}${["th", "st", "nd", "rd"][day % 10] ?? "th"}`;
}

export function ago(seconds) {
  const gap = seconds - now();
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of [["day", DAY], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(gap) >= size) return words.format(Math.trunc(gap / size), unit);
  }
  return words.format(Math.trunc(gap), "second");
}

function dateLong(seconds, weekday) {
  const day = ordinal(Number(parts(seconds)[2]));
  const month = format(seconds, { month: "long" });
  const year = parts(seconds)[0];
  return `${weekday ? `${format(seconds, { weekday: "long" })}, ` : ""}${month} ${day}, ${year}`;
}

const dateShort = (seconds) => format(seconds, { month: "short", day: "numeric", year: "numeric" });
const pretty = (seconds, otherwise) => relativeDay(seconds)?.toLowerCase() ?? otherwise(seconds);

// https://docs.slack.dev/messaging/formatting-message-text: the tokens of <!date^…>.
const TOKENS = {
  date_num: (s) => parts(s).slice(0, 3).join("-"),
  date: (s) => dateLong(s, false),
  date_short: dateShort,
  date_long: (s) => dateLong(s, true),
  date_pretty: (s) => pretty(s, (each) => dateLong(each, false)),
  date_short_pretty: (s) => pretty(s, dateShort),
  date_long_pretty: (s) => pretty(s, (each) => dateLong(each, true)),
  time: (s) => clock(s),
  time_secs: (s) => clockWithSeconds(s),
  ago,
};

export function slackDate(seconds, pattern) {
  const text = pattern.replace(/\{([a-z_]+)\}/g, (whole, token) => TOKENS[token]?.(seconds) ?? whole);
  return pattern.startsWith("{") ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
