/** What lies on one floor: zones, routes, stores and regions; read again when somebody changed them. */

import { getJson, sendJson } from "fleet/api";
import { KINDS } from "fleet/floor/kinds";

const AGAIN_MS = 15_000;
const SOON_MS = 600;
const PAGE = 500;
const REFERENCES = ["red_zone", "way_point_list", "map_store", "robot_region"];
const LISTS = { route: "way_points", store: "stores", region: "regions" };

export class FloorData {
  /** `floor`: {id?, workspace_id, map_id}; without an id nobody has entered the floor, and only zones lie on it. */
  constructor(floor, onChange) {
    this.floor = floor;
    this.onChange = onChange;
    this.things = { zone: [], route: [], store: [], region: [] };
    this.told = "";
    this.again = setInterval(() => document.hidden || this.read().catch(() => {}), AGAIN_MS);
  }

  /** Nobody looks any more. */
  end() {
    clearInterval(this.again);
    clearTimeout(this.timer);
  }

  get place() {
    return { workspaceId: this.floor.workspace_id, mapId: this.floor.map_id, floorId: this.floor.id };
  }

  find(kind, id) {
    return this.things[kind].find((thing) => thing.id === id) ?? null;
  }

  /** Every point of every thing, [{x, y}]: how large a floor is that has no plan. */
  points() {
    return Object.entries(this.things).flatMap(([kind, things]) => things.flatMap((thing) => KINDS[kind].read(thing).points.map(([x, y]) => ({ x, y }))));
  }

  /** What cannot be read stays as it was; throws why, after the rest has been taken. */
  async read() {
    const floor = this.floor.id ? getJson(`/api/fleet/floors/${this.floor.id}`) : {};
    const [zones, places] = await Promise.allSettled([this.#zones(), floor]);
    const things = { ...this.things };
    if (zones.value) things.zone = zones.value;
    if (places.value) for (const [kind, name] of Object.entries(LISTS)) things[kind] = places.value[name] ?? [];
    this.#take(things);
    if (zones.reason ?? places.reason) throw zones.reason ?? places.reason;
  }

  #take(things) {
    const told = JSON.stringify(things);
    if (told === this.told) return;
    this.told = told;
    this.things = things;
    this.onChange();
  }

  async #zones() {
    const asked = { workspace: this.floor.workspace_id, map_id: this.floor.map_id, crs: "map", limit: PAGE };
    const found = [];
    let cursor;
    do {
      const { results, next } = await getJson("/api/fleet/zones", { ...asked, cursor });
      found.push(...results);
      cursor = next;
    } while (cursor);
    return found;
  }

  /** Robots hear of every edit: what they are told says that it is time to read again. */
  hear(documents) {
    const robot = documents.find(({ kind, sections }) => kind === "robot" && sections);
    if (!robot) return;
    const facts = `${robot.device_id}${JSON.stringify(REFERENCES.map((name) => robot.sections[name]))}`;
    const known = this.factsOf?.id === robot.device_id ? this.factsOf.facts : facts;
    this.factsOf = { id: robot.device_id, facts };
    if (facts === known) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.read().catch(() => {}), SOON_MS);
  }

  /** `shape`: as kinds.js tells it; `id` null for a new one. Answers its document; throws a Refusal. */
  async save(kind, id, shape) {
    const { url, body, creating = [] } = KINDS[kind];
    const facts = body(shape, this.place);
    if (id) for (const name of creating) delete facts[name];
    const thing = await sendJson(id ? "PATCH" : "POST", url(id, this.floor.id), facts);
    await this.read().catch(() => {});
    return thing;
  }

  async remove(kind, id) {
    await sendJson("DELETE", KINDS[kind].url(id, this.floor.id));
    await this.read().catch(() => {});
  }
}
