/** Where the device is and was: floor plan or outdoor map, whichever its positions call for. */

import { gettext } from "fleet/i18n";
import { mark } from "fleet/fleet/maps";
import { FloorPlan } from "fleet/map/indoor";
import { MarkerLayer } from "fleet/map/markers";
import { outdoorMap } from "fleet/map/outdoor";

const { L } = window;
const FIRST_ZOOM = 16;
export const TRAIL_MS = 3 * 60_000;

export class Place {
  constructor(root, { floors, basemap, tiles }) {
    this.root = root;
    this.options = { basemap, tiles };
    this.floors = floors;
    this.title = root.querySelector("#place-title");
    this.follow = root.querySelector("#follow");
    this.follow.addEventListener("click", () => this.#setFollow(!this.following));
    this.following = true;
    this.layer = new MarkerLayer({ pane: "marks" });
  }

  #setFollow(on) {
    this.following = on;
    this.follow.setAttribute("aria-pressed", String(on));
    if (on && this.last) this.outdoor?.panTo(this.last, { animate: false });
  }

  /** Builds the map that this kind of place needs, once; false where there is none. */
  #ready(kind) {
    if (this.kind === kind) return;
    this.layer.remove();
    this.kind = kind;
    this.root.dataset.kind = kind;
    if (kind === "indoor") {
      this.plan ??= new FloorPlan(this.root.querySelector("#indoor"));
      this.layer.addTo(this.plan.map);
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
    this.layer.showTrail(trail.map((old) => this.#latLng(old, place)));
  }

  #indoor(place) {
    const floor = this.floors.find(({ map_id: id }) => id === place.map);
    this.plan.show(floor ?? { map_id: place.map, name: place.map, image: "" }, [place]);
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
