/** The device's commands, newest first and live, and the forms that ask for new ones. Closed during a replay. */

import { getJson } from "fleet/api";
import { CommandRow } from "fleet/commands/row";
import { commands } from "fleet/commands/store";
import { commandName } from "fleet/commands/words";
import { arrange, partsOf, put } from "fleet/dom";
import { gettext } from "fleet/i18n";
import { failed, reason } from "fleet/notices";

const PAGE = 30;

export class Commands {
  /** `place`: the page's map, where a goal is pointed at; `routes()`: the floor's way-point lists, [{id, name}]. */
  constructor(panel, { device, place, routes }) {
    this.device = device;
    this.place = place;
    this.routes = routes;
    this.rows = new Map();
    this.parts = partsOf(panel);
    this.parts.more?.addEventListener("click", () => this.#load());
    for (const form of panel.querySelectorAll("form[data-command]")) {
      form.addEventListener("submit", (event) => (event.preventDefault(), this.#send(form)));
    }
    this.parts.pick?.addEventListener("click", () => this.#pick());
    commands.listen((documents) => this.#heard(documents));
  }

  show({ live }) {
    if (!this.asked) this.#begin();
    const { fields, off, pick } = this.parts;
    if (fields) fields.disabled = !live;
    if (pick) pick.disabled = !this.place.mapId; // until the device has said where it is
    if (off) off.hidden = live;
    this.#fillRoutes();
  }

  #begin() {
    this.asked = true;
    commands.follow(this.device.workspace_id);
    this.#load();
  }

  #fillRoutes() {
    const { route, routeForm } = this.parts;
    if (!route) return;
    const rows = this.routes();
    const told = JSON.stringify(rows);
    if (told === this.toldRoutes) return;
    this.toldRoutes = told;
    const chosen = route.value;
    route.replaceChildren(...rows.map(({ id, name }) => new Option(name, id, false, id === chosen)));
    routeForm.hidden = !rows.length;
  }

  async #load() {
    try {
      const { results, next } = await getJson(`/api/fleet/devices/${this.device.id}/commands`, { limit: PAGE, cursor: this.next });
      this.next = next;
      this.told = "";
      commands.take(results);
    } catch (error) {
      this.told = reason(error);
    }
    this.#draw();
  }

  #heard(documents) {
    const mine = documents.filter(({ device_id: id }) => id === this.device.id);
    for (const command of mine) {
      const row = this.rows.get(command.id);
      if (row) row.update(command);
      else this.rows.set(command.id, new CommandRow(command));
    }
    if (mine.length) this.#draw();
  }

  #draw() {
    const rows = [...this.rows.entries()].sort(([a], [b]) => b - a).map(([, { element }]) => element);
    arrange(this.parts.list, rows);
    this.parts.more.hidden = !this.next;
    this.parts.none.hidden = rows.length > 0;
    put(this.parts.noneText, this.told || gettext("Nothing was asked of this device yet."));
  }

  async #send(form) {
    const name = form.dataset.command;
    const button = form.querySelector("button:not([type=button])");
    button.disabled = true;
    try {
      await commands.ask(this.device.id, this.device.workspace_id, name, this.#params(name));
    } catch (error) {
      failed(gettext("“%(command)s” was not sent.", { command: commandName(name) }), error);
    }
    button.disabled = false;
  }

  #params(name) {
    const { x, y, route, repeats } = this.parts;
    if (name === "go_to") return { x: Number(x.value), y: Number(y.value), map_id: this.place.mapId };
    if (name === "drive_route") return { way_point_id: route.value, repeats: Number(repeats.value) };
    return {};
  }

  /** The next click on the plan is the goal. */
  #pick() {
    const { pick, x, y, goal } = this.parts;
    pick.setAttribute("aria-pressed", "true");
    this.place.pick((at) => {
      pick.setAttribute("aria-pressed", "false");
      if (!at) return;
      x.value = Math.round(at.x);
      y.value = Math.round(at.y);
      put(goal, gettext("Goal: x %(x)s · y %(y)s", { x: x.value, y: y.value }));
      x.form.querySelector("button:not([type=button])").focus();
    });
  }
}
