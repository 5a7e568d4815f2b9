/** People by the hour of a day: who stopped at the robot, or who passed the robots of its floor. */

import { getJson } from "fleet/api";
import { BarChart } from "fleet/barchart";
import { make, partsOf, put } from "fleet/dom";
import { clockMinute, daysLater, duration, iso, localDay, number } from "fleet/format";
import { gettext, ngettext } from "fleet/i18n";
import { reason } from "fleet/notices";

const HOUR = 3_600_000;
const LABEL_HOURS = 6;
const AGAIN_MS = 60_000;
const LONGEST_PAGE = 10_000;

export class Visitors {
  /** `state`: the page's address, of which `day` and `people` are kept here by `onChange`; `floorId()`: the floor's, or null. */
  constructor(root, { device, state, now, floorId, onChange }) {
    Object.assign(this, { root, device, state, now, floorId, onChange });
    this.parts = partsOf(root);
    this.chart = new BarChart(this.parts.bars, { color: "series-4" });
    const { day, dayBack, dayForward, people, asTable } = this.parts;
    day.max = localDay(now());
    day.addEventListener("change", () => day.value && day.validity.valid && this.#choose({ day: day.value }));
    dayBack.addEventListener("click", () => this.#goDays(-1));
    dayForward.addEventListener("click", () => this.#goDays(1));
    people.value = state.people === "floor" ? "floor" : "robot";
    people.addEventListener("change", () => this.#choose({ people: people.value }));
    asTable.addEventListener("click", () => this.#turn(asTable.getAttribute("aria-pressed") !== "true"));
  }

  get day() {
    return this.state.day || localDay(this.now());
  }

  get start() {
    return Date.parse(`${this.day}T00:00`);
  }

  get end() {
    return daysLater(this.start, 1);
  }

  #goDays(days) {
    this.#choose({ day: localDay(daysLater(this.start, days)) });
  }

  #choose({ day = this.state.day, people = this.state.people }) {
    Object.assign(this.state, { day: day === localDay(this.now()) ? "" : day, people });
    this.onChange();
    this.show();
  }

  #turn(table) {
    this.parts.asTable.setAttribute("aria-pressed", String(table));
    this.table = table;
    this.#draw();
  }

  /** Called now and then: reads again what has changed, or may have. */
  show() {
    const address = this.#address();
    const { day, dayForward, csv } = this.parts;
    if (document.activeElement !== day && day.value !== this.day) day.value = this.day;
    dayForward.disabled = this.day >= localDay(this.now());
    csv.href = address ? `${address}&format=csv` : "";
    csv.hidden = !address;
    const due = (this.told || this.end > this.now()) && performance.now() - this.asked > AGAIN_MS;
    if (address !== this.address || due) this.#read(address);
  }

  /** Null where the robot is on no floor that is known. */
  #address() {
    const span = new URLSearchParams({ from: iso(this.start), to: iso(this.end - 1) });
    if (this.state.people !== "floor") return `/api/fleet/devices/${this.device.id}/visitors?${span}`;
    const id = this.floorId();
    return id === null ? null : `/api/fleet/floors/${id}/traffic?by=hour&${span}`;
  }

  async #read(address) {
    Object.assign(this, { address, asked: performance.now(), told: "" });
    let rows = [];
    try {
      if (address) rows = (await getJson(address, address.includes("visitors") ? { limit: LONGEST_PAGE } : {})).results;
    } catch (error) {
      this.told = reason(error);
    }
    if (address !== this.address) return;
    this.hours = this.#hours(rows);
    this.#draw();
  }

  /** Every hour of the day, those of nobody too. A robot may tell of one hour on several maps. */
  #hours(rows) {
    const hours = new Map();
    for (let time = this.start - (this.start % HOUR); time < this.end; time += HOUR) hours.set(time, { time, people: 0, visits: 0, stay: 0 });
    for (const { hour, people, visits = 0, mean_stay: stay = 0 } of rows) {
      const known = hours.get(Date.parse(hour));
      if (!known) continue;
      known.people += people;
      known.visits += visits;
      known.stay += stay * visits;
    }
    return [...hours.values()];
  }

  #draw() {
    if (!this.hours) return;
    const { plot, none, noneText, grid, total } = this.parts;
    const sum = this.hours.reduce((all, { people }) => all + people, 0);
    put(total, !sum ? "" : ngettext("%(count)s person", "%(count)s people", sum, { count: number(sum) }));
    plot.hidden = !sum || this.table;
    grid.hidden = !sum || !this.table;
    none.hidden = sum > 0;
    put(noneText, this.told || this.#nobody());
    this.chart.show(this.hours.map(({ time, people }, index) => ({ value: people, label: index % LABEL_HOURS ? "" : clockMinute(time) })));
    plot.setAttribute("aria-label", this.#words(sum));
    this.#fill(sum);
  }

  #nobody() {
    if (!this.address) return gettext("The robot is on no floor that is known here.");
    return this.state.people === "floor" ? gettext("Nobody was counted on the floor on this day.") : gettext("Nobody stopped at the robot on this day.");
  }

  #words(sum) {
    const most = this.hours.reduce((best, hour) => (hour.people > best.people ? hour : best));
    return gettext("People by hour: %(sum)s in all, most from %(hour)s: %(most)s", { sum: number(sum), hour: clockMinute(most.time), most: number(most.people) });
  }

  #fill(sum) {
    const stops = this.state.people !== "floor";
    const head = [gettext("Hour"), gettext("People"), ...(stops ? [gettext("Visits"), gettext("Mean stay")] : [])];
    const rows = this.hours.filter(({ people }) => people).map(({ time, people, visits, stay }) => [
      `${clockMinute(time)} – ${clockMinute(time + HOUR)}`, number(people), ...(stops ? [number(visits), duration(Math.round(stay / visits))] : []),
    ]);
    const visits = this.hours.reduce((all, hour) => all + hour.visits, 0);
    const foot = [gettext("In all"), number(sum), ...(stops ? [number(visits), ""] : [])];
    const [thead, tbody, tfoot] = this.parts.grid.querySelectorAll("thead, tbody, tfoot");
    thead.replaceChildren(line("th", head, "col"));
    tbody.replaceChildren(...rows.map((cells) => line("td", cells)));
    tfoot.replaceChildren(line("td", foot));
  }
}

const line = (tag, texts, scope = null) => make("tr", {}, ...texts.map((text) => make(tag, { scope }, text)));
