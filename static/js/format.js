/** Numbers, times and ages as people read them: 24-hour clock, metric, the language of the page. */

import { gettext, language } from "fleet/i18n";

const locale = language === "ko" ? "ko-KR" : "en-GB";
const numbers = new Map();

export const DASH = "–";
export const THIN = "\u2009";

export function number(value, digits = 0) {
  if (!Number.isFinite(value)) return DASH;
  if (!numbers.has(digits)) {
    numbers.set(
      digits,
      new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    );
  }
  const text = numbers.get(digits).format(value);
  return /^-0([.,]0*)?$/.test(text) ? text.slice(1) : text;
}

export const quantity = (value, unit, digits = 0) =>
  Number.isFinite(value) ? number(value, digits) + THIN + unit : DASH;

const clockParts = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const clockFormat = new Intl.DateTimeFormat(locale, clockParts);
const minuteFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayFormat = new Intl.DateTimeFormat(locale, { year: "numeric", month: "2-digit", day: "2-digit", weekday: "short" });

export const clock = (ms) => clockFormat.format(ms);
export const clockMinute = (ms) => minuteFormat.format(ms);
export const day = (ms) => dayFormat.format(ms);
export const dayAndClock = (ms) => `${day(ms)} ${clock(ms)}`;

/** A moment as fields of date and time have it, in the person's zone. */
export function localTime(ms) {
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

export const localDay = (ms) => localTime(ms).slice(0, 10);

/** The same time of the day so many days later. */
export function daysLater(ms, days) {
  const at = new Date(ms);
  return at.setDate(at.getDate() + days);
}

/** As the API takes and tells times. */
export const iso = (ms) => new Date(ms).toISOString();

/** `ms` is an age. Under an hour relative, else the clock of that moment. */
export function ago(ms, now = Date.now()) {
  if (!Number.isFinite(ms)) return gettext("never");
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 2) return gettext("now");
  if (seconds < 60) return gettext("%(n)s s ago", { n: seconds });
  if (seconds < 3600) return gettext("%(n)s min ago", { n: Math.floor(seconds / 60) });
  const then = now - ms;
  return seconds < 20 * 3600 ? clockMinute(then) : `${day(then)} ${clockMinute(then)}`;
}

export function duration(seconds) {
  if (seconds < 60) return gettext("%(n)s s", { n: number(seconds) });
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? gettext("%(n)s min", { n: minutes })
    : gettext("%(h)s h %(m)s min", { h: Math.floor(minutes / 60), m: minutes % 60 });
}
