/** One schedule: a row that says what it does and when, and opens on its times, its runs and what can be done with it. */

import { holdButton } from "fleet/commands/hold";
import { arrange, glyph, icon, make, put, set } from "fleet/dom";
import { DASH } from "fleet/format";
import { gettext, ngettext } from "fleet/i18n";
import { runPill, runRow } from "fleet/schedules/runs";
import { driveText, dueShort, dueText } from "fleet/schedules/words";

const ROBOTS_SHOWN = 3;
const TIMERS_SHOWN = 2;

export class ScheduleCard {
  /** `planned`: {floor(id), robot(robot_id)}; `may`: whether the reader may change it; `on`: {open, edit, turn, run, remove}. */
  constructor(schedule, { planned, may, on }) {
    Object.assign(this, { planned, may, on, told: "" });
    const { id } = schedule;
    const body = `schedule-${id}`;
    this.title = make("span");
    this.opener = make("button", { class: "schedule-open", type: "button", "aria-expanded": "false", "aria-controls": body, onclick: () => on.open(id) }, icon("expand_more"), this.title);
    this.state = may ? this.#switch() : make("span", { class: "pill" });
    this.facts = make("div", { class: "schedule-facts" });
    this.times = make("section");
    this.timers = make("section");
    this.runs = make("section");
    this.note = make("p", { class: "schedule-note", role: "status" });
    this.body = make("div", { class: "schedule-body", id: body, hidden: true },
      make("div", { class: "schedule-parts" }, this.timers, this.times, this.runs), may ? this.#keys() : null);
    this.element = make("li", { class: "card schedule", "data-schedule": id },
      make("div", { class: "schedule-head" }, make("h2", {}, this.opener), this.state), this.facts, this.body);
    this.update(schedule, { open: false });
  }

  #switch() {
    this.on_ = make("input", { type: "checkbox", role: "switch", onchange: () => this.on.turn(this.schedule, this.on_.checked) });
    this.onWord = make("span");
    return make("label", { class: "switch schedule-switch" }, this.on_, this.onWord);
  }

  #keys() {
    const held = (name, symbol, label, act) => {
      const button = make("button", { class: name, type: "button", title: gettext("Hold for one second; with the keyboard, hold Enter or Space") }, icon(symbol), make("span", { "data-part": "label" }, label));
      holdButton(button, act);
      return button;
    };
    this.run = held("button hold", "play_arrow", gettext("Hold to run now"), () => this.on.run(this.schedule));
    this.edit = make("button", { class: "button", type: "button", onclick: () => this.on.edit(this.schedule) }, icon("edit"), gettext("Edit"));
    this.remove = held("button danger hold", "delete", gettext("Hold to delete"), () => this.on.remove(this.schedule));
    return make("div", { class: "schedule-keys" }, this.run, this.edit, this.note, this.remove);
  }

  /** `runs`: undefined while they are not read. `busy`: something was asked and has not been answered. */
  update(schedule, { open, runs, busy = false, note = null }) {
    this.schedule = schedule;
    set(this.element, "data-state", schedule.state);
    set(this.element, "data-open", String(open));
    set(this.opener, "aria-expanded", String(open));
    this.body.hidden = !open;
    put(this.title, schedule.title);
    this.#showState(schedule, busy);
    this.#redraw("facts", this.facts, schedule, () => this.#factsOf(schedule));
    if (!open) return;
    this.#redraw("timers", this.timers, schedule, () => timersOf(schedule));
    this.#redraw("times", this.times, schedule, () => timesOf(schedule));
    this.#drawRuns(schedule, runs);
    this.#showKeys(schedule, busy, note);
  }

  #showState(schedule, busy) {
    const active = schedule.state === "active";
    const word = active ? gettext("On") : gettext("Off");
    if (!this.may) {
      const status = active ? "moving" : "offline";
      if (this.state.dataset.status === status) return;
      this.state.dataset.status = status;
      this.state.replaceChildren(glyph(status), word);
      return;
    }
    this.on_.checked = active;
    this.on_.disabled = busy;
    put(this.onWord, word);
    set(this.on_, "aria-label", gettext("“%(title)s” is on", { title: schedule.title }));
  }

  #showKeys(schedule, busy, note) {
    if (!this.may) return;
    for (const button of [this.run, this.edit, this.remove]) button.disabled = busy;
    if (!schedule.timers.length) this.run.disabled = true;
    for (const [button, label] of [[this.run, gettext("Hold to run “%(title)s” now", schedule)], [this.edit, gettext("Edit “%(title)s”", schedule)], [this.remove, gettext("Hold to delete “%(title)s”", schedule)]]) set(button, "aria-label", label);
    put(this.note, note?.text ?? "");
    set(this.note, "data-tone", note?.tone ?? "open");
  }

  /** Only where something differs, so that what has the focus stays. */
  #redraw(name, node, facts, draw) {
    const told = JSON.stringify(facts);
    this.drawn ??= {};
    if (this.drawn[name] === told) return;
    this.drawn[name] = told;
    node.replaceChildren(...draw());
  }

  #factsOf(schedule) {
    const { floor_id: id, map_id: map, time_zone: zone, robots, timers, next, last_run: last } = schedule;
    const floor = this.planned.floor(id);
    return [
      fact(gettext("Floor"), floor ? make("a", { href: floor.url }, floor.title) : map),
      fact(gettext("Robots"), ...(robots.length ? this.#robotLinks(robots) : [gettext("All on the floor")])),
      fact(gettext("When"), ...whenOf(timers), make("span", { class: "muted" }, zone)),
      fact(gettext("Next"), next.length ? make("time", { class: "num", datetime: next[0].at }, dueShort(next[0].at, zone)) : DASH),
      fact(gettext("Last run"), last ? runPill(last) : gettext("None yet")),
    ];
  }

  #robotLinks(names) {
    const links = names.slice(0, ROBOTS_SHOWN).map((name) => {
      const robot = this.planned.robot(name);
      return robot ? make("a", { href: `/robots/${robot.id}/` }, robot.name) : make("span", {}, name);
    });
    const more = names.length - links.length;
    return more > 0 ? [...links, make("span", { class: "muted" }, ngettext("and %(count)s more", "and %(count)s more", more))] : links;
  }

  #drawRuns(schedule, runs) {
    this.runList ??= make("ul", { class: "runs", "aria-label": gettext("Last runs") });
    this.runsNone ??= make("p", { class: "muted" });
    if (!this.runs.childElementCount) this.runs.append(make("h3", {}, gettext("Last runs")), this.runList, this.runsNone);
    const timers = new Map(schedule.timers.map((timer) => [timer.id, driveText(timer)]));
    const rows = (runs ?? []).map((run) => runRow(run, { zone: schedule.time_zone, timer: timers.get(run.timer_id) }));
    const told = rows.map(({ outerHTML }) => outerHTML).join("");
    if (told !== this.toldRuns) arrange(this.runList, rows);
    this.toldRuns = told;
    this.runsNone.hidden = rows.length > 0;
    put(this.runsNone, runs ? gettext("It has not run yet.") : gettext("Reading…"));
  }
}

const fact = (label, ...said) => make("div", {}, make("span", { class: "fact-name" }, label), make("span", { class: "fact" }, ...said));

function whenOf(timers) {
  if (!timers.length) return [make("span", {}, gettext("No timer yet"))];
  const words = [...new Set(timers.map((timer) => timer.words))];
  const shown = words.slice(0, TIMERS_SHOWN).map((text) => make("span", {}, text));
  const more = words.length - shown.length;
  return more > 0 ? [...shown, make("span", { class: "muted" }, ngettext("and %(count)s more", "and %(count)s more", more))] : shown;
}

function timersOf({ timers, time_zone: zone }) {
  const rows = timers.map((timer) => make("li", {}, make("b", {}, timer.words), make("span", {}, driveText(timer)), timer.cron_format ? make("code", {}, timer.cron) : null));
  return [make("h3", {}, gettext("Timers")), rows.length ? make("ul", { class: "timers" }, ...rows) : make("p", { class: "muted" }, gettext("No timer yet")), make("p", { class: "muted" }, gettext("By the clocks of %(zone)s", { zone }))];
}

function timesOf({ next, time_zone: zone, state, timers }) {
  const drives = new Map(timers.map((timer) => [timer.id, driveText(timer)]));
  const several = new Set(drives.values()).size > 1;
  const rows = next.map(({ at, timer_id: id }) => make("li", {}, make("time", { class: "num", datetime: at }, dueText(at, zone)), several ? make("span", { class: "muted" }, drives.get(id)) : null));
  const none = state === "active" ? gettext("Nothing is due.") : gettext("It is off: nothing is due.");
  return [make("h3", {}, gettext("Next times")), rows.length ? make("ol", { class: "times" }, ...rows) : make("p", { class: "muted" }, none)];
}
