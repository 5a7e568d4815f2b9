/** Where and when the robot took pictures: each row shows its pose on the map and leads to its moment. */

import { getJson } from "fleet/api";
import { icon, make, partsOf, put } from "fleet/dom";
import { dayAndClock, number } from "fleet/format";
import { gettext } from "fleet/i18n";
import { driveWord } from "fleet/kinds";
import { reason } from "fleet/notices";

const PAGE = 50;
const AGAIN_MS = 15_000;

export class Photos {
  constructor(panel, { device, place, onJump }) {
    this.device = device;
    this.place = place;
    this.onJump = onJump;
    this.rows = new Map();
    this.parts = partsOf(panel);
    this.parts.more.addEventListener("click", () => this.#load(this.next));
  }

  /** New pictures are looked for while the panel is open. */
  show() {
    if (this.asked === undefined || performance.now() - this.asked > AGAIN_MS) this.#load();
  }

  hide() {
    this.place.point(null);
  }

  async #load(cursor) {
    this.asked = performance.now();
    let told = "";
    try {
      const { results, next } = await getJson(`/api/fleet/devices/${this.device.id}/photos`, { limit: PAGE, cursor });
      if (cursor || this.next === undefined) this.next = next;
      for (const photo of results) if (!this.rows.has(photo.id)) this.rows.set(photo.id, { photo, element: this.#row(photo) });
    } catch (error) {
      told = reason(error);
    }
    this.#draw(told);
  }

  #draw(told) {
    const rows = [...this.rows.values()].sort((a, b) => b.photo.time.localeCompare(a.photo.time) || b.photo.id - a.photo.id);
    rows.forEach(({ element }, at) => {
      if (this.parts.list.children[at] !== element) this.parts.list.insertBefore(element, this.parts.list.children[at] ?? null);
    });
    this.parts.more.hidden = !this.next;
    this.parts.none.hidden = rows.length > 0;
    put(this.parts.noneText, told || gettext("No pictures yet. A row appears here when the robot takes one."));
  }

  #row(photo) {
    const at = Date.parse(photo.time);
    const where = `${photo.map_id || gettext("Unnamed map")} · x ${number(photo.x)} · y ${number(photo.y)}`;
    const word = photo.drive_status ? driveWord(photo.drive_status)[1] : "";
    const show = () => this.place.point(photo);
    const button = make("button", { class: "photo", type: "button", onclick: show, onfocus: show, onmouseenter: show },
      icon("photo_camera"), make("time", { class: "num", datetime: photo.time }, dayAndClock(at)), make("span", { class: "num" }, where), make("span", { class: "muted" }, word));
    const jump = make("button", { class: "button quiet small", type: "button", onclick: () => this.onJump(at) }, icon("history"), make("span", {}, gettext("Jump to")));
    return make("li", {}, button, jump);
  }
}
