/** The card of the selected device: what matters now, the last minute, and the way in. */

import { partsOf, put } from "fleet/dom";
import { ago } from "fleet/format";
import { gettext } from "fleet/i18n";
import { facts, kindNames } from "fleet/kinds";
import { StripChart } from "fleet/stripchart";

const MINUTE = 60_000;

/** What is drawn per kind of device: [key of the description, label, colour, options of the chart]. */
const MEASURES = () => ({
  height: ["height", gettext("Height, m"), "accent", { low: 0, least: 10 }],
  speed: ["speed", gettext("Speed, m/s"), "accent", { low: 0, least: 0.5 }],
  battery: ["battery", gettext("Battery, %"), "info", { low: 0, high: 100, least: 100 }],
});

export class DeviceCard {
  constructor(element, { onClose, onLocate }) {
    this.element = element;
    this.parts = partsOf(element);
    this.parts.close.addEventListener("click", onClose);
    this.parts.locate.addEventListener("click", onLocate);
    this.charts = Object.values(MEASURES()).map((measure) => this.#chart(measure));
  }

  #chart([key, label, color, options]) {
    const figure = document.createElement("figure");
    figure.className = "mini";
    figure.innerHTML = '<figcaption></figcaption><div class="mini-plot"><canvas aria-hidden="true"></canvas></div>';
    figure.firstChild.textContent = label;
    this.parts.charts.append(figure);
    return { key, figure, strip: new StripChart(figure.querySelector("canvas"), { lines: [{ color }], ...options }) };
  }

  /** `device` or null; `url`: its own page. */
  open(device, url) {
    this.element.hidden = !device;
    if (!device) return;
    const { document: doc, told } = device;
    const aloft = doc.kind === "drone";
    for (const { key, figure, strip } of this.charts) {
      figure.hidden = !Number.isFinite(told[key]) || key === (aloft ? "speed" : "height");
      strip.clear();
    }
    this.parts.open.href = url;
    this.parts.name.textContent = doc.name;
    this.parts.kind.textContent = kindNames()[doc.kind] ?? doc.kind;
    this.rowKeys = "";
    this.update(device, Date.now());
  }

  /** A new sample, `told` being its description. */
  sample(told, time) {
    for (const { key, strip } of this.charts) strip.push(time, told[key] ?? NaN);
  }

  /** Samples from before the selection: [{time, told}], oldest first. */
  before(samples) {
    for (const { key, strip } of this.charts) strip.prepend(samples.map(({ time, told }) => [time, told[key] ?? NaN]));
  }

  update({ document: doc, told, age }, now) {
    const { state, status, stamp, glyph, locate } = this.parts;
    this.element.dataset.status = state.dataset.status = told.status;
    glyph.setAttribute("href", `#glyph-${told.status}`);
    put(status, told.word);
    put(stamp, doc.received_at ? ago(age, now) : gettext("No data yet"));
    stamp.classList.toggle("late", told.stale);
    locate.hidden = !told.place;
    this.#facts(doc, told);
    for (const { figure, strip } of this.charts) if (!figure.hidden) strip.draw(now - MINUTE, now);
  }

  #facts(doc, told) {
    const rows = facts(doc, told);
    const keys = rows.map(([key]) => key).join();
    if (keys !== this.rowKeys) {
      this.rowKeys = keys;
      this.parts.facts.replaceChildren(...rows.map(([key, label]) => pair(key, label)));
    }
    rows.forEach(([key, , text], index) => {
      const cell = this.parts.facts.children[index].lastChild;
      put(cell, text);
      if (key === "battery") cell.dataset.level = told.level;
    });
  }
}

function pair(key, label) {
  const line = document.createElement("div");
  const term = document.createElement("dt");
  const value = document.createElement("dd");
  line.dataset.fact = key;
  term.textContent = label;
  value.className = "num";
  line.append(term, value);
  return line;
}
