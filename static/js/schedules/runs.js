/** What came of a schedule's due times: one line a run, with the robots that were asked and how far each has come. */

import { commands } from "fleet/commands/store";
import { commandName, stateTone, stateWord } from "fleet/commands/words";
import { glyph, make } from "fleet/dom";
import { gettext, ngettext } from "fleet/i18n";
import { dueText, runStatus, runWord } from "fleet/schedules/words";

const ROBOTS_SHOWN = 8;

export const runPill = ({ state }) =>
  make("span", { class: "pill", "data-status": runStatus(state) }, glyph(runStatus(state)), runWord(state));

export function runRow(run, { zone, timer }) {
  return make("li", { class: "run", "data-run": run.id, "data-state": run.state },
    make("p", { class: "run-head" }, runPill(run),
      make("time", { class: "num", datetime: run.due_at }, dueText(run.due_at, zone)),
      run.by_hand ? make("span", { class: "muted" }, gettext("by hand")) : null),
    timer ? make("p", { class: "muted" }, timer) : null,
    run.detail ? make("p", { class: run.state === "fired" ? "muted" : "run-detail" }, run.detail) : null,
    robotsOf(run));
}

function robotsOf(run) {
  if (!run.commands.length) return null;
  const robots = new Map();
  for (const told of run.commands) robots.set(told.device_id, [...(robots.get(told.device_id) ?? []), told]);
  const shown = [...robots].slice(0, ROBOTS_SHOWN).map(([id, asked]) => robotRow(id, asked));
  const more = robots.size - shown.length;
  if (more > 0) shown.push(make("li", { class: "muted" }, ngettext("and %(count)s more", "and %(count)s more", more)));
  return make("ul", { class: "run-robots", "aria-label": gettext("Robots") }, ...shown);
}

function robotRow(id, asked) {
  const states = asked.map((told) => {
    const command = commands.get(told.id) ?? told;
    const detail = command.detail ? `: ${command.detail}` : "";
    return make("span", { class: "run-command" }, `${commandName(told.name)} `, make("b", { "data-tone": stateTone(command.state) }, stateWord(command.state) + detail));
  });
  return make("li", {}, make("a", { href: `/robots/${id}/?tab=commands` }, asked[0].device_name), ...states);
}
