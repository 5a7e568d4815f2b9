/** What the robot drove, newest first: each drive with its routes, laps and sections, leading to its moment. */

import { getJson } from "fleet/api";
import { arrange, icon, make, partsOf, put } from "fleet/dom";
import { DASH, THIN, clock, clockMinute, day, duration, number, quantity } from "fleet/format";
import { gettext, ngettext } from "fleet/i18n";
import { reason } from "fleet/notices";

const PAGE = 20;
const AGAIN_MS = 15_000;
const KILOMETRE = 1000;

export class Drives {
  /** `place` knows names of floors and routes; `onJump(time)`; `onSelect({from, to})` marks a stretch on the black box. */
  constructor(panel, { device, place, onJump, onSelect }) {
    Object.assign(this, { device, place, onJump, onSelect });
    this.rows = new Map();
    this.parts = partsOf(panel);
    this.parts.more.addEventListener("click", () => this.#load(this.next));
  }

  show() {
    if (this.asked === undefined || performance.now() - this.asked > AGAIN_MS) this.#load();
  }

  async #load(cursor) {
    this.asked = performance.now();
    let told = "";
    try {
      const page = await getJson(`/api/fleet/devices/${this.device.id}/drives`, { include: "sections", limit: PAGE, cursor });
      if (cursor || this.next === undefined) this.next = page.next;
      for (const drive of page.results) this.#take(drive);
      this.#totals(page.totals);
    } catch (error) {
      told = reason(error);
    }
    this.#draw(told);
  }

  /** A drive that goes on is told anew; what the person has opened stays open. */
  #take(drive) {
    const known = this.rows.get(drive.id);
    const key = JSON.stringify([drive, (drive.routes ?? []).map((route) => this.place.routeName(route.way_point_id))]);
    if (known?.key === key) return;
    const element = this.#drive(drive);
    if (known) element.querySelector("details").open = known.element.querySelector("details").open;
    this.rows.set(drive.id, { drive, key, element });
  }

  #totals(totals) {
    const parts = totals.map(({ unit, drives, drive_time: time, distance }) => [
      ngettext("%(count)s drive", "%(count)s drives", drives), length(distance, unit), duration(time),
    ].join(" · "));
    put(this.parts.totals, parts.length ? gettext("In all: %(totals)s", { totals: parts.join("; ") }) : "");
  }

  #draw(told) {
    const rows = [...this.rows.values()].sort((a, b) => b.drive.start.localeCompare(a.drive.start));
    arrange(this.parts.list, rows.map(({ element }) => element));
    this.parts.more.hidden = !this.next;
    this.parts.none.hidden = rows.length > 0;
    put(this.parts.noneText, told || gettext("No drives yet. One begins when the robot sets off, and ends after a minute of rest."));
  }

  #drive(drive) {
    const [from, to] = [Date.parse(drive.start), Date.parse(drive.end)];
    const laps = (drive.routes ?? []).reduce((sum, route) => sum + route.laps.length, 0);
    const facts = [
      length(drive.distance, drive.unit), duration(drive.drive_time), `Ø ${quantity(drive.average_speed, drive.speed_unit, 2)}`,
      laps ? ngettext("%(count)s lap", "%(count)s laps", laps) : "", this.place.floorName(drive.map_id),
    ];
    const summary = make("summary", {},
      make("span", { class: "num drive-time" }, `${day(from)} ${clockMinute(from)} – ${clockMinute(to)}`),
      drive.under_way ? make("span", { class: "pill", "data-status": "moving" }, gettext("under way")) : null,
      make("span", { class: "num muted" }, facts.filter((fact) => fact && !fact.includes(DASH)).join(" · ")));
    const body = drive.routes?.length ? this.#table(drive) : make("p", { class: "muted" }, gettext("On no route: the robot drove freely."));
    const keys = make("div", { class: "drive-keys" }, this.#jump(from),
      make("button", { class: "button quiet small", type: "button", onclick: () => this.onSelect({ from, to }) }, icon("select_all"), gettext("Select the span")));
    return make("li", {}, make("details", { class: "drive" }, summary, make("div", { class: "drive-body" }, keys, body)));
  }

  #table({ routes, unit }) {
    const rows = routes.flatMap((route) => [
      this.#line("route", this.place.routeName(route.way_point_id), route.under_way ? gettext("under way") : "", route, unit),
      ...route.laps.flatMap((lap) => [this.#lap(lap, unit), ...(lap.sections ?? []).map((section) => this.#section(section, unit))]),
    ]);
    const head = [gettext("Route, lap, section"), gettext("Begin"), gettext("End"), gettext("Driving time"), gettext("Distance"), gettext("Replay")];
    return make("div", { class: "scroll" }, make("table", { class: "laps num" },
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))), make("tbody", {}, ...rows)));
  }

  #lap(lap, unit) {
    const state = lap.under_way ? gettext("under way") : lap.complete ? "" : gettext("not complete");
    return this.#line("lap", gettext("Lap %(n)s", { n: lap.number }), state, lap, unit);
  }

  #section(section, unit) {
    return this.#line("lap-section", `${section.from_index + 1} → ${section.to_index + 1}`, "", section, unit);
  }

  #line(name, title, state, stretch, unit) {
    const [from, to] = [Date.parse(stretch.start), Date.parse(stretch.end)];
    const head = make("th", { scope: "row" }, title, state ? make("span", { class: "muted" }, ` ${state}`) : null);
    const cells = [clock(from), clock(to), duration(stretch.drive_time), length(stretch.distance, unit)].map((text) => make("td", {}, text));
    return make("tr", { class: name }, head, ...cells, make("td", {}, this.#jump(from, title)));
  }

  #jump(time, of) {
    const label = of ? gettext("Jump to %(what)s", { what: of }) : null;
    return make("button", { class: "button quiet small", type: "button", "aria-label": label, onclick: () => this.onJump(time) }, icon("history"), gettext("Jump to"));
  }
}

function length(value, unit) {
  if (!Number.isFinite(value)) return DASH;
  return unit === "m" && value >= KILOMETRE ? `${number(value / KILOMETRE, 1)}${THIN}km` : quantity(value, unit, unit === "m" && value < 10 ? 1 : 0);
}
