/**
 * The schedules on screen. They have no live topic: commands that come from one tell that it ran, the rest is read
 * again after each action, when somebody comes back to the page, and once in a while.
 */

import { getJson, sendJson } from "fleet/api";
import { commands } from "fleet/commands/store";
import { scheduleOf } from "fleet/schedules/titles";

const ADDRESS = "/api/fleet/schedules";
const PAGE = 100;
const RUNS = 5;
const AGAIN_MS = 30_000;
const SOON_MS = 400;

export class ScheduleStore {
  /** `workspaces`: ids to hear of; `onChange()`: something differs, or the list could not be read (`failed`). */
  constructor(workspaces, { onChange }) {
    this.onChange = onChange;
    this.rows = new Map();
    this.runs = new Map();
    this.open = null;
    this.floor = "";
    this.pages = 1;
    this.serial = 0;
    this.soon = new Map();
    for (const id of workspaces) commands.follow(id);
    commands.listen((documents) => this.#hear(documents));
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
    addEventListener("focus", () => this.refresh());
    setInterval(() => document.hidden || this.refresh(), AGAIN_MS);
  }

  /** Oldest first, as the API gives them. */
  list() {
    return [...this.rows.values()].sort((a, b) => a.id - b.id);
  }

  /** Reads the list anew, as many pages as are on screen. `quietly`: what cannot be read stays as it is. */
  async read({ quietly = false } = {}) {
    const mine = ++this.serial;
    try {
      const rows = new Map();
      let next;
      let left = this.pages;
      do {
        const page = await getJson(ADDRESS, { floor: this.floor, limit: PAGE, cursor: next });
        for (const row of page.results) rows.set(row.id, row);
        next = page.next;
      } while (next && --left > 0);
      if (this.open && !rows.has(this.open)) await this.#findOpen(rows);
      if (mine !== this.serial) return;
      this.rows = rows;
      this.next = next;
      this.failed = null;
      if (this.open) await this.readRuns(this.open);
    } catch (error) {
      if (mine !== this.serial) return;
      if (quietly) return;
      this.failed = error;
    }
    this.onChange();
  }

  /** The one that the address names may lie on a later page; one that is gone is closed. */
  async #findOpen(rows) {
    try {
      const row = await getJson(`${ADDRESS}/${this.open}`);
      rows.set(row.id, row);
    } catch (error) {
      if (error.status !== 404) throw error;
      this.missing = this.open;
      this.open = null;
    }
  }

  /** In the background, once there is something on screen. */
  refresh() {
    if (!this.failed && this.next !== undefined) this.read({ quietly: true });
  }

  async readRuns(id) {
    const { results } = await getJson(`${ADDRESS}/${id}/runs`, { limit: RUNS });
    this.runs.set(id, results);
  }

  /** Opens one, or none; its runs follow. */
  async show(id) {
    this.open = id;
    this.onChange();
    if (!id || this.runs.has(id)) return;
    await this.#again(id);
  }

  async #again(id) {
    try {
      const row = await getJson(`${ADDRESS}/${id}`);
      if (this.open === id) await this.readRuns(id);
      this.rows.set(id, row);
    } catch (error) {
      if (error.status !== 404) return;
      this.rows.delete(id);
    }
    this.onChange();
  }

  /** A command that nobody here knew: the schedule has run. Else its state, which the rows of runs tell. */
  #hear(documents) {
    const mine = documents.filter((command) => this.rows.has(scheduleOf(command)));
    for (const command of mine) {
      const id = scheduleOf(command);
      const told = [...(this.runs.get(id) ?? []), this.rows.get(id).last_run].filter(Boolean);
      if (told.some((run) => run.command_ids.includes(command.id))) continue;
      clearTimeout(this.soon.get(id));
      this.soon.set(id, setTimeout(() => this.#again(id), SOON_MS));
    }
    if (mine.length) this.onChange();
  }

  /* --- What is done here; each throws what the server refuses --- */

  async save(id, body) {
    const row = await (id ? sendJson("PATCH", `${ADDRESS}/${id}`, body) : sendJson("POST", ADDRESS, body));
    this.rows.set(row.id, row);
    this.#readOn();
    return row;
  }

  async remove(id) {
    await sendJson("DELETE", `${ADDRESS}/${id}`);
    this.rows.delete(id);
    this.runs.delete(id);
    if (this.open === id) this.open = null;
    this.#readOn();
  }

  /** A list that is under way does not know yet what was done here. */
  #readOn() {
    this.onChange();
    this.read({ quietly: this.next !== undefined });
  }

  /** What came of each of its timers. */
  async run(id) {
    const runs = await sendJson("POST", `${ADDRESS}/${id}/run`, {});
    await this.#again(id);
    return runs;
  }
}

export const preview = (body) => sendJson("POST", `${ADDRESS}/preview`, body);
