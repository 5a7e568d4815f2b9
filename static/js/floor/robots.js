/** The robots of one floor, live: marks on the plan and a list under it. */

import { describe, devicePage, place as placeOf } from "fleet/kinds";
import { arrange, glyph, make, put, set } from "fleet/dom";
import { ago, quantity } from "fleet/format";
import { mark } from "fleet/fleet/maps";
import { live } from "fleet/connection";
import { language } from "fleet/i18n";

const RATE = 5;
const LIST_MS = 1000;
const PATIENCE_MS = 3000;

export class FloorRobots {
  /** `layer`: a MarkerLayer; `onDocuments(documents)`: everything that the workspace tells. */
  constructor(floor, plan, layer, list, onDocuments) {
    Object.assign(this, { floor, plan, layer, list, onDocuments });
    this.devices = new Map();
    this.rows = new Map();
    this.shown = true;
    this.byName = new Intl.Collator(language, { numeric: true });
    /** Settles once the first picture is there, or is long in coming. */
    this.there = new Promise((settle) => {
      setTimeout(settle, PATIENCE_MS);
      const snapshot = (documents) => (this.#snapshot(documents), settle());
      live.subscribe(`workspace:${floor.workspace_id}`, { snapshot, batch: (documents) => this.#take(documents), refused: settle }, RATE);
    });
    setInterval(() => document.hidden || this.#list(), LIST_MS);
  }

  #snapshot(documents) {
    this.devices.clear();
    this.#take(documents);
    this.#list();
  }

  #take(documents) {
    for (const told of documents) {
      const at = told.removed ? null : placeOf(told);
      if (at?.kind === "indoor" && at.map === this.floor.map_id) this.devices.set(told.device_id, told);
      else this.devices.delete(told.device_id);
    }
    this.onDocuments(documents);
    this.draw();
  }

  #described() {
    return [...this.devices.values()].map((told) => {
      const age = live.now() - Date.parse(told.received_at);
      return { document: told, age, told: describe(told, age) };
    });
  }

  /** Places of all robots, for a floor whose size nobody knows. */
  places() {
    return [...this.devices.values()].map(placeOf);
  }

  draw() {
    const shown = this.shown && this.plan.floor ? this.#described() : [];
    this.layer.show(shown.map((device) => mark(device, this.plan.at(device.told.place.x, device.told.place.y))));
  }

  #list() {
    const rows = this.#described().sort((a, b) => this.byName.compare(a.document.name, b.document.name));
    put(this.list.count, String(rows.length));
    this.list.none.hidden = rows.length > 0;
    arrange(this.list.list, rows.map((device) => this.#row(device)));
  }

  #row({ document: told, age, told: { status, word, battery, speed } }) {
    let row = this.rows.get(told.device_id);
    if (!row) this.rows.set(told.device_id, (row = makeRow(told)));
    set(row.element, "data-status", status);
    set(row.glyph.firstChild, "href", `#glyph-${status}`);
    put(row.name, told.name);
    const facts = [word, status === "moving" ? quantity(speed, "m/s", 1) : "", Number.isFinite(battery) ? quantity(battery, "%") : "", told.online ? "" : ago(age, live.now())];
    put(row.sub, facts.filter(Boolean).join(" · "));
    return row.element;
  }
}

function makeRow({ device_id: id, kind }) {
  const row = { glyph: glyph("idle"), name: make("span", { class: "thing-name" }), sub: make("span", { class: "muted thing-sub num" }) };
  row.element = make("li", {}, make("a", { class: "thing", href: devicePage(kind, id) }, row.glyph, make("span", {}, row.name, row.sub)));
  return row;
}
