/** The list: accessible twin of the map, one row per device, only changed cells touched. */

import { alarmText } from "fleet/alarms/words";
import { glyph as alarmGlyph, put, set } from "fleet/dom";
import { ago, quantity } from "fleet/format";
import { gettext } from "fleet/i18n";
import { KIND_ICONS } from "fleet/kinds";

const SVG = "http://www.w3.org/2000/svg";

export class DeviceList {
  constructor(element, { onSelect, onOpen }) {
    this.element = element;
    this.rows = new Map();
    this.order = [];
    element.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) onSelect(Number(row.dataset.id));
    });
    element.addEventListener("dblclick", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) onOpen(Number(row.dataset.id));
    });
    element.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      onSelect(this.neighbour(step));
    });
  }

  /** `devices`: as they shall stand; `floorOf(device)`: the floor's name or "". */
  show(devices, floorOf) {
    const order = devices.map(({ document }) => document.device_id);
    for (const device of devices) this.#update(device, floorOf(device));
    if (order.length !== this.order.length || order.some((id, index) => id !== this.order[index])) {
      this.#arrange(order);
    }
  }

  select(id, { scroll = true } = {}) {
    this.rows.get(this.selected)?.row.setAttribute("aria-selected", "false");
    this.selected = id;
    const cells = this.rows.get(id);
    if (!cells) return this.element.removeAttribute("aria-activedescendant");
    cells.row.setAttribute("aria-selected", "true");
    this.element.setAttribute("aria-activedescendant", cells.row.id);
    if (scroll) cells.row.scrollIntoView({ block: "nearest" });
  }

  /** The id `step` rows away from the selected one, staying inside the list. */
  neighbour(step) {
    if (!this.order.length) return null;
    const index = this.order.indexOf(this.selected);
    if (index < 0) return this.order[step > 0 ? 0 : this.order.length - 1];
    return this.order[Math.min(this.order.length - 1, Math.max(0, index + step))];
  }

  #arrange(order) {
    this.order = order;
    const wanted = new Set(order);
    for (const [id, { row }] of this.rows) if (!wanted.has(id)) row.remove();
    let after = null;
    for (const id of order) {
      const { row } = this.rows.get(id);
      const next = after ? after.nextSibling : this.element.firstChild;
      if (next !== row) this.element.insertBefore(row, next);
      after = row;
    }
    for (const id of [...this.rows.keys()]) if (!wanted.has(id)) this.rows.delete(id);
    if (this.rows.has(this.selected)) this.select(this.selected, { scroll: false });
  }

  #update({ document: doc, told, age, alarm }, floor) {
    let cells = this.rows.get(doc.device_id);
    if (!cells) this.rows.set(doc.device_id, (cells = makeRow(doc)));
    put(cells.name, doc.name);
    put(cells.word, told.word);
    put(cells.facts, [told.headline, floor].filter(Boolean).join(" · "));
    put(cells.battery, Number.isFinite(told.battery) ? quantity(told.battery, "%") : "");
    put(cells.late, told.stale ? ago(age) : "");
    cells.alarm.hidden = !alarm;
    put(cells.said, alarm ? [alarmText(alarm), alarm.active ? "" : gettext("Over")].filter(Boolean).join(" · ") : "");
    set(cells.alarm, "data-severity", alarm?.severity ?? "none");
    set(cells.row, "data-status", told.status);
    set(cells.row, "data-stale", String(told.stale));
    set(cells.battery, "data-level", told.level);
    set(cells.use, "href", `#glyph-${told.status}`);
  }
}

function makeRow(doc) {
  const row = make("li", "row");
  row.id = `device-${doc.device_id}`;
  row.dataset.id = doc.device_id;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  const glyph = document.createElementNS(SVG, "svg");
  glyph.setAttribute("class", "glyph");
  glyph.setAttribute("aria-hidden", "true");
  const use = glyph.appendChild(document.createElementNS(SVG, "use"));
  const text = make("div", "row-text");
  const name = make("span", "row-name");
  const sub = make("span", "row-sub num");
  const word = make("span", "row-word");
  const facts = make("span", "row-facts");
  const alarm = make("span", "row-alarm");
  const said = make("span", "row-alarm-text");
  alarm.append(alarmGlyph("alarm"), said);
  sub.append(word, facts);
  text.append(name, alarm, sub);
  const end = make("div", "row-end num");
  const battery = make("span", "battery");
  const late = make("span", "row-late");
  end.append(battery, late);
  const icon = make("span", "icon row-kind");
  icon.textContent = KIND_ICONS[doc.kind] ?? "device_unknown";
  icon.setAttribute("aria-hidden", "true");
  row.append(glyph, text, icon, end);
  return { row, use, name, alarm, said, word, facts, battery, late };
}

function make(tag, name) {
  const node = document.createElement(tag);
  node.className = name;
  return node;
}
