/** The data itself: values by section, the newest samples as a table, the document as JSON, and files of a span. */

import { getJson } from "fleet/api";
import { ExportSpan } from "fleet/device/span";
import { Values } from "fleet/device/values";
import { make } from "fleet/dom";
import { clock, iso } from "fleet/format";
import { gettext } from "fleet/i18n";

const SAMPLES = 50;
const AGAIN_MS = 2000;
const BACK_MS = 60_000;
const READ_AT_MOST = 3000;

export class Raw {
  constructor(panel, { device, view, onView, timeline, exportDays }) {
    this.panel = panel;
    this.device = device;
    this.span = new ExportSpan(panel.querySelector(".export"), { timeline, days: exportDays, onChange: () => this.#lead() });
    this.values = new Values(panel);
    this.table = panel.querySelector("#samples table");
    this.files = panel.querySelectorAll("[data-export]");
    this.none = panel.querySelector("#samples .empty");
    panel.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-raw]");
      if (button) onView(button.dataset.raw);
    });
    this.choose(view);
  }

  choose(view) {
    this.view = ["values", "samples", "json"].includes(view) ? view : "values";
    for (const button of this.panel.querySelectorAll("[data-raw]")) button.setAttribute("aria-pressed", String(button.dataset.raw === this.view));
    for (const part of this.panel.querySelectorAll("[data-raw-view]")) part.hidden = part.dataset.rawView !== this.view;
    this.drawn = 0;
  }

  /** `document`: what the page shows now; `time`: the page's moment. */
  show({ document, time }) {
    this.span.show();
    this.#lead();
    if (this.view === "samples") this.#samples(time);
    else this.values.show(document, this.view === "json" ? "raw" : "values");
  }

  /** Links that lead nowhere say that they are off. */
  #lead() {
    const span = this.span.chosen;
    for (const link of this.files) {
      link.setAttribute("aria-disabled", String(!span));
      if (span) link.href = exportUrl(this.device.id, link.dataset.export, span);
      else link.removeAttribute("href");
    }
  }

  async #samples(time) {
    if (this.loading || performance.now() - this.drawn < AGAIN_MS) return;
    this.loading = true;
    try {
      const period = { from: iso(time - BACK_MS), to: iso(time), limit: READ_AT_MOST };
      const { results } = await getJson(`/api/fleet/devices/${this.device.id}/telemetry`, period);
      this.#draw(results.slice(-SAMPLES).reverse());
    } catch {
      this.#draw([]);
    } finally {
      this.loading = false;
      this.drawn = performance.now();
    }
  }

  #draw(rows) {
    const paths = [...new Set(rows.flatMap(({ sections }) => Object.keys(flat(sections))))].sort();
    const head = make("tr", {}, ...[gettext("Time"), "seq", ...paths].map((text) => make("th", { scope: "col" }, text)));
    const body = rows.map((row) => {
      const values = flat(row.sections);
      return make("tr", {}, ...[clock(Date.parse(row.time)), String(row.seq), ...paths.map((path) => String(values[path] ?? ""))].map((text) => make("td", {}, text)));
    });
    this.table.tHead.replaceChildren(head);
    this.table.tBodies[0].replaceChildren(...body);
    this.none.hidden = rows.length > 0;
    this.table.hidden = !rows.length;
  }
}

function flat(value, prefix = "") {
  const found = {};
  for (const [key, part] of Object.entries(value ?? {})) {
    if (part && typeof part === "object" && !Array.isArray(part)) Object.assign(found, flat(part, `${prefix}${key}.`));
    else found[prefix + key] = Array.isArray(part) ? JSON.stringify(part) : part;
  }
  return found;
}

function exportUrl(deviceId, format, { from, to }) {
  const query = new URLSearchParams({ format, from: iso(from), to: iso(to) });
  return `/api/fleet/devices/${deviceId}/export?${query}`;
}
