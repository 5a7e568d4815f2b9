/** Charts of a device's numbers over one common window, live or up to the replay cursor. */

import { put } from "fleet/dom";
import { clock, number, quantity, DASH } from "fleet/format";
import { gettext } from "fleet/i18n";
import { StripChart } from "fleet/stripchart";

const MINUTE = 60_000;
const TABLE_ROWS = 12;
const LIVE_MS = 500; // nearer to the present than any moment of a replay
const SILENCE_MS = MINUTE; // so long a live chart waits for a sample before it asks

/** Window -> [milliseconds, seconds per bucket]. */
const WINDOWS = { "60s": [MINUTE, 1], "10m": [10 * MINUTE, 2], "1h": [60 * MINUTE, 12], "24h": [1440 * MINUTE, 288] };

/** Per kind: [label, path, unit, digits, colour, options of the chart]. */
const percent = { low: 0, high: 100, least: 100 };
const MEASURES = {
  robot: () => [
    [gettext("Speed"), "robot_base_status.speed", "m/s", 2, "accent", { low: 0, least: 0.5 }],
    [gettext("Battery"), "robot_base_status.battery", "%", 0, "info", percent],
  ],
  drone: () => [
    [gettext("Height"), "osd.elevation", "m", 0, "accent", { low: 0, least: 10 }],
    [gettext("Speed"), "osd.horizontal_speed", "m/s", 1, "warn", { low: 0, least: 2 }],
    [gettext("Battery"), "osd.battery.capacity_percent", "%", 0, "info", percent],
  ],
  remote_controller: () => [[gettext("Battery"), "osd.capacity_percent", "%", 0, "info", percent]],
  base_station: () => [
    [gettext("Temperature"), "environment.temperature", "°C", 1, "accent", { least: 2 }],
    [gettext("Humidity"), "environment.humidity", "%", 0, "info", percent],
    [gettext("Noise"), "environment.noise", "dB", 0, "warn", { least: 10 }],
  ],
  depot: () => [
    [gettext("Temperature"), "weather.T", "°C", 1, "accent", { least: 2 }],
    [gettext("Wind"), "weather.WS", "m/s", 1, "info", { low: 0, least: 2 }],
  ],
};

const valueAt = (sections, path) => path.split(".").reduce((part, key) => part?.[key], sections);

export class Charts {
  constructor(root, { kind, history, window }) {
    this.history = history;
    this.measures = (MEASURES[kind] ?? (() => []))();
    this.body = root.querySelector("#charts");
    this.table = root.querySelector("#chart-table");
    this.window = window in WINDOWS ? window : "60s";
    this.charts = this.measures.map((measure) => this.#build(measure));
    this.loaded = null;
    this.live = true;
  }

  get any() {
    return this.measures.length > 0;
  }

  #build([label, path, unit, digits, color, options]) {
    const figure = document.createElement("figure");
    figure.className = "chart";
    figure.innerHTML = '<figcaption><span class="chart-name"></span><b class="num"></b><span class="chart-range num"></span></figcaption><div class="plot" role="img"><canvas aria-hidden="true"></canvas></div>';
    figure.querySelector(".chart-name").textContent = label;
    this.body.append(figure);
    return {
      label, path, unit, digits,
      strip: new StripChart(figure.querySelector("canvas"), { lines: [{ color }], ...options }),
      value: figure.querySelector("b"),
      range: figure.querySelector(".chart-range"),
      plot: figure.querySelector(".plot"),
    };
  }

  setWindow(name) {
    this.window = name;
    this.loaded = null;
  }

  /** A live sample; on long windows only as often as their buckets. */
  push(time, sections) {
    const [, seconds] = WINDOWS[this.window];
    if (!this.live || !this.loaded || (seconds > 2 && time - this.loaded.to < seconds * 1000)) return;
    this.loaded.to = Math.max(this.loaded.to, time);
    for (const { strip, path } of this.charts) strip.push(time, valueAt(sections, path) ?? NaN);
  }

  /** Draws up to `end` and sees to it that the stretch is there. `latest`: the end of what can be known. */
  draw(end, sections, latest) {
    const [length, seconds] = WINDOWS[this.window];
    this.#follow(latest - end < LIVE_MS);
    if (this.any && !this.#covers(end - length, end)) this.#load(end, length, seconds, latest);
    for (const { strip, path, value, unit, digits } of this.charts) {
      put(value, quantity(valueAt(sections ?? {}, path), unit, digits));
      strip.draw(end - length, end);
    }
  }

  /** What came while the past was looked at was not pushed: it is loaded when the page is live again. */
  #follow(live) {
    if (live && !this.live) this.loaded = null;
    this.live = live;
  }

  #covers(from, to) {
    return this.loaded && this.loaded.from <= from && to <= this.loaded.to + (this.live ? SILENCE_MS : 0);
  }

  async #load(end, length, seconds, latest) {
    if (this.loading) return;
    this.loading = true;
    const serial = this.window;
    const [from, to] = [end - length * 1.5, Math.min(latest, end + length / 2)];
    try {
      const buckets = await this.history.summary(from, to, seconds);
      if (serial !== this.window) return;
      const last = buckets.at(-1)?.time ?? from;
      this.loaded = { from, to: Math.max(to, last) };
      for (const { strip, path } of this.charts) {
        strip.replace(buckets.map(({ time, fields }) => [time, fields[path]?.mean ?? NaN]));
      }
    } catch {
      this.loaded = { from, to };
    } finally {
      this.loading = false;
    }
  }

  /** The words behind the pictures: range per chart, its label for screen readers, and the table where it is open. */
  describe(end) {
    const [length] = WINDOWS[this.window];
    for (const { strip, label, unit, digits, range, plot } of this.charts) {
      const told = strip.summary(0, end - length, end);
      put(range, told ? `${number(told[0], digits)} – ${quantity(told[2], unit, digits)}` : gettext("no data"));
      const text = told
        ? gettext("%(label)s: least %(low)s, mean %(mean)s, greatest %(high)s %(unit)s", {
            label, unit, low: number(told[0], digits), mean: number(told[1], digits), high: number(told[2], digits),
          })
        : gettext("%(label)s: no data", { label });
      plot.setAttribute("aria-label", text);
    }
    if (!this.table.hidden) this.#fillTable(end, length);
  }

  #fillTable(end, length) {
    const step = length / TABLE_ROWS;
    const head = [gettext("Time"), ...this.charts.map(({ label, unit }) => `${label}, ${unit}`)];
    const rows = Array.from({ length: TABLE_ROWS }, (_, index) => {
      const to = end - index * step;
      const cells = this.charts.map(({ strip, digits }) => {
        const told = strip.summary(0, to - step, to);
        return told ? number(told[1], digits) : DASH;
      });
      return [clock(to - step), ...cells];
    });
    const table = this.table.querySelector("table");
    table.replaceChildren(section("thead", "th", [head]), section("tbody", "td", rows));
  }
}

function section(tag, cell, rows) {
  const part = document.createElement(tag);
  for (const row of rows) {
    const line = part.appendChild(document.createElement("tr"));
    for (const text of row) line.appendChild(document.createElement(cell)).textContent = text;
  }
  return part;
}
