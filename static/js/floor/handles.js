/** The corners of a draft on the map: dragged to move, the small ones between them pulled out to new corners. */

import { gettext } from "fleet/i18n";

const { L } = window;
const CORNER = L.divIcon({ className: "handle", iconSize: [22, 22] });
const BETWEEN = L.divIcon({ className: "handle between", iconSize: [16, 16] });

export class Handles {
  constructor(plan) {
    this.plan = plan;
    this.group = L.layerGroup().addTo(plan.map);
    plan.map.on("click", ({ latlng }) => this.#clicked(latlng));
  }

  /** `draft` null ends editing. `closed`: whether the last corner is joined to the first. */
  edit(draft, { closed = false } = {}) {
    this.draft = draft;
    this.closed = closed;
    this.plan.map.getContainer().classList.toggle("picking", Boolean(draft));
    this.draw();
  }

  /** While a finger drags, the markers stay: they are what is dragged. */
  draw() {
    if (this.dragging) return;
    this.group.clearLayers();
    if (!this.draft) return;
    this.draft.points.forEach((point, at) => this.#corner(point, at));
    if (!this.draft.box) this.#betweens();
  }

  #clicked(latlng) {
    if (!this.draft || this.dragging) return;
    this.draft.add(this.#pixels(latlng));
  }

  #pixels(latlng) {
    const { x, y } = this.plan.pixels(latlng);
    return [x, y];
  }

  #corner([x, y], at) {
    const marker = L.marker(this.plan.at(x, y), {
      icon: CORNER, draggable: true, keyboard: false, autoPan: true, title: gettext("Corner %(n)s: drag it; double-click takes it away", { n: at + 1 }),
    });
    marker.on("dragstart", () => (this.dragging = true));
    marker.on("drag", () => this.draft.move(at, this.#pixels(marker.getLatLng()), false));
    marker.on("dragend", () => {
      this.dragging = false;
      this.draft.move(at, this.#pixels(marker.getLatLng()));
      this.draft.group = "";
      this.draw();
    });
    marker.on("click", L.DomEvent.stop);
    marker.on("dblclick contextmenu", (event) => (L.DomEvent.stop(event), this.draft.remove(at)));
    marker.addTo(this.group);
  }

  #betweens() {
    const { points } = this.draft;
    const last = this.closed && points.length > 2 ? points.length : points.length - 1;
    for (let at = 0; at < last; at++) {
      const [a, b] = [points[at], points[(at + 1) % points.length]];
      const middle = this.plan.at((a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
      const marker = L.marker(middle, { icon: BETWEEN, draggable: true, keyboard: false, title: gettext("Pull out a new corner") });
      let begun = false;
      marker.on("dragstart", () => (this.dragging = true));
      marker.on("drag", () => {
        if (begun) return this.draft.move(at + 1, this.#pixels(marker.getLatLng()), false);
        begun = true;
        return this.draft.add(this.#pixels(marker.getLatLng()), at + 1);
      });
      marker.on("dragend", () => {
        this.dragging = false;
        this.draft.group = "";
        this.draw();
      });
      marker.on("click", (event) => (L.DomEvent.stop(event), this.draft.add(this.#pixels(marker.getLatLng()), at + 1)));
      marker.addTo(this.group);
    }
  }
}
