/** Where the device is and was: floor plan or outdoor map, whichever its positions call for. */

import { gettext } from "fleet/i18n";
import { mark } from "fleet/fleet/maps";
import { FloorData } from "fleet/floor/data";
import { FloorDrawing } from "fleet/floor/drawing";
import { floorPage } from "fleet/kinds";
import { FloorPlan } from "fleet/map/indoor";
import { MarkerLayer } from "fleet/map/markers";
import { outdoorMap } from "fleet/map/outdoor";

const { L } = window;
const FIRST_ZOOM = 16;
export const TRAIL_MS = 3 * 60_000;

export class Place {
  constructor(root, { device, floors, basemap, tiles }) {
    this.root = root;
    this.device = device;
    this.options = { basemap, tiles };
    this.floors = floors;
    this.title = root.querySelector("#place-title");
    this.follow = root.querySelector("#follow");
    this.follow.addEventListener("click", () => this.#setFollow(!this.following));
    this.following = true;
    this.layer = new MarkerLayer({ pane: "marks" });
    this.track = new MarkerLayer({ pane: "track" }); // on a floor, under the numbers of way points
    this.layers = new Set(["zone", "route"]);
    this.link = root.querySelector("#floor-link");
    for (const button of root.querySelectorAll("[data-layer]")) {
      button.addEventListener("click", () => this.#toggle(button));
    }
  }

  #toggle(button) {
    const { layer } = button.dataset;
    if (!this.layers.delete(layer)) this.layers.add(layer);
    button.setAttribute("aria-pressed", String(this.layers.has(layer)));
    this.#draw();
  }

  /** Of the routes the one that the robot drives; all, while it drives none. */
  #draw() {
    const { zone, route } = this.lying.things;
    const driven = route.filter(({ way_point_id: id }) => id === this.driven);
    this.drawing.show({ zone, route: driven.length ? driven : route }, this.layers);
  }

  /** Zones and routes of the floor that the device has come to. */
  #lay(floor, mapId) {
    if (this.lying?.floor.map_id === mapId) return;
    this.lying?.end();
    const here = floor ?? { workspace_id: this.device.workspace_id, map_id: mapId };
    const lying = new FloorData(here, () => lying === this.lying && this.#draw());
    this.lying = lying;
    this.link.hidden = false;
    this.link.href = floorPage(here.workspace_id, mapId);
    this.root.querySelector("#place-layers").hidden = false;
    lying.read().catch(() => {});
  }

  /** Way-point lists of the floor that the device is on, [{id, name}], by the ids that robots know. */
  routes() {
    return (this.lying?.things.route ?? []).filter(({ available }) => available).map(({ way_point_id: id, name }) => ({ id, name }));
  }

  /** A route's name on this floor, or else the id by which robots know it. */
  routeName(id) {
    return this.lying?.things.route.find(({ way_point_id: known }) => known === id)?.name || id;
  }

  /** The floor that the device is on, null where nobody has entered it. */
  get floorId() {
    return this.lying?.floor.id ?? null;
  }

  /** A floor's name, or else its map id. */
  floorName(mapId) {
    return this.floors.find(({ map_id: id }) => id === mapId)?.name || mapId;
  }

  /** What the workspace tells of its zones and places reaches the robot's own document too. */
  hear(document) {
    this.lying?.hear([document]);
  }

  #setFollow(on) {
    this.following = on;
    this.follow.setAttribute("aria-pressed", String(on));
    if (on && this.last) this.outdoor?.panTo(this.last, { animate: false });
  }

  /** The map that the device is on, "" outdoors and before it said so. */
  get mapId() {
    return this.plan?.floor?.map_id ?? "";
  }

  /** `onPick({x, y})` of the next click on the plan, in map pixels; null where there is no plan or it was given up. */
  pick(onPick) {
    if (!this.plan?.floor) return onPick(null);
    const { map } = this.plan;
    const container = map.getContainer();
    const end = (at) => {
      map.off("click", click);
      removeEventListener("keydown", escape, true);
      container.classList.remove("picking");
      onPick(at);
    };
    const click = ({ latlng }) => end(this.plan.pixels(latlng));
    const escape = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      end(null);
    };
    map.on("click", click);
    addEventListener("keydown", escape, true);
    container.classList.add("picking");
    container.scrollIntoView({ block: "nearest" });
    return undefined;
  }

  /** Rings a pose, {x, y, map_id}, where it is on the plan shown; null takes the ring away. */
  point(pose) {
    this.ring?.remove();
    this.ring = null;
    if (!pose || !this.plan || pose.map_id !== this.mapId) return;
    this.ring = L.circleMarker(this.plan.at(pose.x, pose.y), { radius: 11, className: "pose-ring", interactive: false });
    this.ring.addTo(this.plan.map);
  }

  /** Builds the map that this kind of place needs, once; false where there is none. */
  #ready(kind) {
    if (this.kind === kind) return;
    this.layer.remove();
    this.kind = kind;
    this.root.dataset.kind = kind;
    if (kind === "indoor") {
      this.plan ??= new FloorPlan(this.root.querySelector("#indoor"));
      this.drawing ??= new FloorDrawing(this.plan, { pane: "shapes" }).addTo(this.plan.map);
      this.layer.addTo(this.plan.map);
      this.track.addTo(this.plan.map);
      this.follow.hidden = true;
      new ResizeObserver(() => this.plan.fit()).observe(this.root);
      return;
    }
    this.outdoor ??= this.#makeOutdoor();
    this.layer.addTo(this.outdoor);
    this.follow.hidden = false;
    this.title.textContent = gettext("Map");
  }

  #makeOutdoor() {
    const map = outdoorMap(this.root.querySelector("#outdoor"), this.options);
    map.on("dragstart", () => this.#setFollow(false));
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(this.root);
    return map;
  }

  /** `device`: {document, told} or null in a gap; `trail`: places, oldest first, null between. */
  show(device, trail) {
    const place = device?.told.place;
    if (!place) {
      this.layer.show([]);
      return;
    }
    this.#ready(place.kind);
    const at = place.kind === "indoor" ? this.#indoor(place) : this.#outdoors(place);
    this.layer.show([{ ...mark(device, at), id: 1 }]);
    this.layer.select(1);
    const indoors = place.kind === "indoor";
    (indoors ? this.track : this.layer).showTrail(trail.map((old) => this.#latLng(old, place)));
    if (indoors) this.#drive(device.document.sections?.robot_base_status?.current_way_point_id);
  }

  #drive(id) {
    if (id === undefined || String(id) === this.driven) return;
    this.driven = String(id);
    if (this.lying) this.#draw();
  }

  #indoor(place) {
    const floor = this.floors.find(({ map_id: id }) => id === place.map);
    this.plan.show(floor ?? { map_id: place.map, name: place.map, image: "" }, [place]);
    if (place.map) this.#lay(floor, place.map);
    const name = floor ? [floor.site, floor.name].filter(Boolean).join(" · ") : place.map;
    if (this.title.textContent !== name) this.title.textContent = name || gettext("Unnamed map");
    this.root.querySelector("#no-plan").hidden = Boolean(floor?.image);
    this.root.querySelector("#no-plan b").textContent = place.map;
    return this.plan.at(place.x, place.y);
  }

  #outdoors(place) {
    const at = L.latLng(place.lat, place.lng);
    if (!this.last) this.outdoor.setView(at, FIRST_ZOOM, { animate: false });
    else if (this.following && !this.outdoor.getBounds().pad(-0.3).contains(at)) {
      this.outdoor.panTo(at, { animate: false });
    }
    this.last = at;
    return at;
  }

  #latLng(old, now) {
    if (!old || old.kind !== now.kind) return null;
    if (old.kind === "outdoor") return L.latLng(old.lat, old.lng);
    return old.map === now.map ? this.plan.at(old.x, old.y) : null;
  }
}
