/** Schedules in words: when something is due by the schedule's own clocks, what a timer does, how a run ended. */

import { language, gettext } from "fleet/i18n";

const locale = language === "ko" ? "ko-KR" : "en-GB";
const clocks = new Map();

/** `Mon, 30/11/2026 09:30 +09:00`: the clock of that zone with the offset that holds then. */
export function dueText(at, zone) {
  const moment = Date.parse(at);
  const { days, times, offsets } = clocksOf(zone);
  return `${days.format(moment)} ${times.format(moment)} ${offsetOf(offsets, moment)}`;
}

/** The same without the date's year and the offset, for a row. */
export function dueShort(at, zone) {
  const moment = Date.parse(at);
  const { shortDays, times } = clocksOf(zone);
  return `${shortDays.format(moment)} ${times.format(moment)}`;
}

function offsetOf(format, moment) {
  const said = format.formatToParts(moment).find(({ type }) => type === "timeZoneName").value;
  return said.replace(/^GMT$/, "GMT+00:00").replace("GMT", "");
}

function clocksOf(zone) {
  if (!clocks.has(zone)) clocks.set(zone, makeClocks(zone));
  return clocks.get(zone);
}

/** A zone that this browser does not know is told in UTC, with its offset. */
function makeClocks(timeZone) {
  try {
    return {
      days: new Intl.DateTimeFormat(locale, { timeZone, year: "numeric", month: "2-digit", day: "2-digit", weekday: "short" }),
      shortDays: new Intl.DateTimeFormat(locale, { timeZone, month: "2-digit", day: "2-digit", weekday: "short" }),
      times: new Intl.DateTimeFormat(locale, { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
      offsets: new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }),
    };
  } catch {
    return makeClocks("UTC");
  }
}

/** Time zones that can be proposed; the server knows whether one exists. */
export const knownZones = () => Intl.supportedValuesOf?.("timeZone") ?? [];

/** 0 is Sunday, as in cron; a week begins with Monday. */
export const WEEK = [1, 2, 3, 4, 5, 6, 0];
const A_SUNDAY = Date.UTC(2024, 0, 7);
const DAY_MS = 86_400_000;

export function dayName(number, weekday = "short") {
  return new Intl.DateTimeFormat(locale, { weekday, timeZone: "UTC" }).format(A_SUNDAY + number * DAY_MS);
}

/** `tour ×2, then return to the charger`. */
export function driveText({ way_point_id: way, repeats, go_charger: charger }) {
  const drive = way && repeats > 1 ? `${way} ×${repeats}` : way;
  if (drive && charger) return gettext("%(drive)s, then return to the charger", { drive });
  return drive || gettext("Return to the charger");
}

export const runWord = (state) =>
  ({ fired: gettext("Fired"), missed: gettext("Missed"), failed: gettext("Failed") })[state] ?? state;

/** The colour and the shape beside the word. */
export const runStatus = (state) => ({ fired: "moving", failed: "fault" })[state] ?? "offline";
