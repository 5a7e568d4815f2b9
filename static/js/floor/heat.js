/** Where robots stood and where people came into their sight, as tinted cells over the plan, for a range of days. */

import { getJson } from "fleet/api";
import { partsOf, put } from "fleet/dom";
import { daysLater, duration, iso, localDay, number } from "fleet/format";
import { Week } from "fleet/floor/week";
import { gettext } from "fleet/i18n";
import { CanvasLayer } from "fleet/map/canvas";
import { onPalette, palette } from "fleet/palette";
import { failed } from "fleet/notices";

const { L } = window;
const [COLUMN, ROW, , SECONDS, PEOPLE] = [0, 1, 2, 3, 4];
const FAINTEST = 0.1;
const STRONGEST = 0.85;

export const HeatCells = CanvasLayer.extend({
  initialize(plan, options) {
    L.setOptions(this, options);
    this.plan = plan;
    this.show([], 1, SECONDS);
    onPalette(() => this.redraw());
  },

  /** `cells`: as the API tells them; `size`: pixels of the plan; `measure`: which number of a cell is shown. */
  show(cells, size, measure) {
    Object.assign(this, { cells, size, measure });
    this.most = cells.reduce((most, cell) => Math.max(most, cell[measure]), 0);
    this.redraw();
  },

  /** Equal steps of the tint are equal steps of the root: few busy cells must not hide all others. */
  paint(context) {
    if (!this.plan.floor || !this.most) return;
    context.fillStyle = palette[this.measure === PEOPLE ? "series-4" : "accent"];
    for (const cell of this.cells) {
      if (!cell[this.measure]) continue;
      const [left, top] = [cell[COLUMN] * this.size, cell[ROW] * this.size];
      const a = this._map.latLngToContainerPoint(this.plan.at(left, top));
      const b = this._map.latLngToContainerPoint(this.plan.at(left + this.size, top + this.size));
      context.globalAlpha = FAINTEST + (STRONGEST - FAINTEST) * Math.sqrt(cell[this.measure] / this.most);
      context.fillRect(a.x, a.y, b.x - a.x + 0.5, b.y - a.y + 0.5);
    }
    context.globalAlpha = 1;
  },
});

const lastDays = (days) => ({ from: localDay(daysLater(Date.now(), 1 - days)), to: localDay(Date.now()) });

export class Heat {
  /** `state`: {heat: "seconds" | "people", from, to: days as YYYY-MM-DD}, kept in the address by `onChange`. */
  constructor(root, { floor, plan, state, onChange }) {
    Object.assign(this, { root, floor, state, onChange });
    this.layer = new HeatCells(plan, { pane: "heat" }).addTo(plan.map);
    this.parts = partsOf(root);
    this.week = new Week(this.parts.week);
    const { from, to, measure } = this.parts;
    if (!state.from || !state.to) this.#last(7);
    measure.value = state.heat;
    [from.value, to.value] = [state.from, state.to];
    for (const input of [from, to]) input.addEventListener("change", () => this.#range(from.value, to.value));
    measure.addEventListener("change", () => this.#set({ heat: measure.value }));
    root.addEventListener("click", ({ target }) => {
      const { days } = target.closest("[data-days]")?.dataset ?? {};
      if (days) this.#last(Number(days), true);
    });
  }

  #last(days, read = false) {
    Object.assign(this.state, lastDays(days));
    [this.parts.from.value, this.parts.to.value] = [this.state.from, this.state.to];
    if (read) this.#set({});
  }

  /** The end follows a beginning that is later than it, and the other way round. */
  #range(from, to) {
    if (!from || !to) return;
    const order = from <= to ? { from, to } : document.activeElement === this.parts.from ? { from, to: from } : { from: to, to };
    [this.parts.from.value, this.parts.to.value] = [order.from, order.to];
    this.#set(order);
  }

  #set(changes) {
    Object.assign(this.state, changes);
    this.onChange();
    this.#read();
  }

  /** Turned on or off with its layer. */
  turn(on) {
    this.root.hidden = !on;
    if (on && !this.asked) this.#read();
    this.on = on;
    this.#draw();
  }

  /** Which of the buttons names the range. */
  #press() {
    for (const button of this.root.querySelectorAll("[data-days]")) {
      const { from, to } = lastDays(Number(button.dataset.days));
      button.setAttribute("aria-pressed", String(from === this.state.from && to === this.state.to));
    }
  }

  async #read() {
    this.asked = true;
    this.#press();
    const period = { from: iso(`${this.state.from}T00:00`), to: iso(`${this.state.to}T23:59:59.999`) };
    this.root.classList.add("waiting");
    try {
      const [heat, week] = await Promise.all([
        getJson(`/api/fleet/floors/${this.floor.id}/heat`, period),
        getJson(`/api/fleet/floors/${this.floor.id}/traffic`, { ...period, by: "weekday" }),
      ]);
      this.heat = heat;
      this.week.show(week);
    } catch (error) {
      failed(gettext("The heat of this floor could not be read."), error);
    }
    this.root.classList.remove("waiting");
    this.#draw();
  }

  #draw() {
    const measure = this.state.heat === "people" ? PEOPLE : SECONDS;
    this.layer.show(this.on && this.heat ? this.heat.results : [], this.heat?.cell ?? 1, measure);
    const most = this.heat?.results.reduce((sum, cell) => Math.max(sum, cell[measure]), 0) ?? 0;
    const told = measure === PEOPLE ? gettext("%(n)s people", { n: number(most) }) : duration(most);
    put(this.parts.legend, most ? gettext("darkest: %(most)s in one place", { most: told }) : gettext("Nothing was counted in these days."));
    this.parts.scale.dataset.measure = this.state.heat;
    this.parts.scale.hidden = !most;
  }
}
