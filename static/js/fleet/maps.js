/** The two maps of the overview, outdoor and indoor, and the choice of site and floor. One is on screen at a time. */

import { partsOf, put } from "fleet/dom";
import { number } from "fleet/format";
import { gettext, ngettext } from "fleet/i18n";
import { floorPage, headingOfRotate } from "fleet/kinds";
import { FloorData } from "fleet/floor/data";
import { FloorDrawing } from "fleet/floor/drawing";
import { FloorPlan } from "fleet/map/indoor";
import { MarkerLayer } from "fleet/map/markers";
import { outdoorMap } from "fleet/map/outdoor";

const { L } = window;
const CLOSEST_FIT = 15;
const LOCATE_ZOOM = 15;
const TRAIL_MS = 3 * 60_000;
const TRAIL_GAP_MS = 8000;
const ZONES = new Set(["zone"]);

export class Maps {
  /** `floors`: [{workspace_id, map_id, site, name, image, width, height, invert}], in order. */
  constructor(root, { floors, basemap, tiles, state, onSelect, onView, onTilesLost }) {
    this.root = root;
    this.state = state;
    this.onView = onView;
    this.floors = [...floors];
    this.picker = root.querySelector("#floors");
    this.siteSelect = root.querySelector("#site");
    this.outdoor = outdoorMap(root.querySelector("#outdoor"), { basemap, tiles, onTilesLost });
    this.plan = new FloorPlan(root.querySelector("#indoor"));
    this.drawing = new FloorDrawing(this.plan, { pane: "shapes" }).addTo(this.plan.map);
    this.link = root.querySelector("#floor-link");
    this.elsewhere = root.querySelector("#elsewhere");
    this.elsewhere.querySelector("button").addEventListener("click", () => this.locate(this.found));
    this.layers = { outdoor: new MarkerLayer({ pane: "marks" }), indoor: new MarkerLayer({ pane: "marks" }) };
    this.layers.outdoor.addTo(this.outdoor);
    this.layers.indoor.addTo(this.plan.map);
    this.trail = [];
    this.#listen(this.outdoor, this.layers.outdoor, onSelect);
    this.#listen(this.plan.map, this.layers.indoor, onSelect);
    for (const button of root.querySelectorAll("[data-view]")) {
      button.addEventListener("click", () => this.view(button.dataset.view));
    }
    this.picker.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.floor(button.dataset.map);
    });
    this.siteSelect.addEventListener("change", () => {
      const first = this.floors.find((floor) => siteOf(floor) === this.siteSelect.value);
      this.floor(first.map_id);
    });
    new ResizeObserver(() => this.resized()).observe(root);
  }

  #listen(map, layer, onSelect) {
    map.on("click", ({ containerPoint }) => onSelect(layer.hit(containerPoint)));
    map.on("mousemove", ({ containerPoint }) => {
      map.getContainer().style.cursor = layer.hit(containerPoint) === null ? "" : "pointer";
    });
  }

  resized() {
    this.outdoor.invalidateSize({ pan: false });
    if (this.state.view !== "indoor") return;
    this.plan.top = this.root.querySelector(".stage-bar").offsetHeight;
    this.plan.fit();
  }

  get current() {
    return this.state.view === "indoor" ? this.plan.map : this.outdoor;
  }

  view(name) {
    this.state.view = name;
    for (const button of this.root.querySelectorAll("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === name));
    }
    this.root.dataset.view = name;
    if (name === "indoor" && !this.state.floor && this.floors.length) this.state.floor = this.floors[0].map_id;
    this.drawnFloors = "";
    this.resized();
    this.onView();
  }

  floor(mapId) {
    this.state.floor = mapId;
    this.onView();
  }

  stepFloor(step) {
    const here = this.floors.findIndex(({ map_id: id }) => id === this.state.floor);
    const floor = this.floors[here + step];
    if (this.state.view !== "indoor") this.view("indoor");
    else if (floor) this.floor(floor.map_id);
  }

  floorName(mapId) {
    return this.floors.find(({ map_id: id }) => id === mapId)?.name ?? mapId;
  }

  /** `shown`: the devices of the filter. `all` decides which floors exist and what the maps begin with. */
  show(shown, all) {
    this.#learnFloors(all);
    const outside = shown.filter(({ told }) => told.place?.kind === "outdoor");
    const inside = shown.filter(({ told }) => told.place?.kind === "indoor");
    if (this.state.view === "indoor") this.#showIndoor(inside, all);
    else this.layers.outdoor.show(outside.map((device) => mark(device, L.latLng(device.told.place))));
    if (!this.fitted) this.#firstFit(all);
    this.#tellElsewhere(shown.length < all.length, inside, outside);
    this.root.dataset.empty = String(
      this.state.view === "indoor" ? !this.floors.length : !all.some(({ told }) => told.place?.kind === "outdoor"),
    );
  }

  /** What a filter leaves may be on the other map alone. */
  #tellElsewhere(filtered, inside, outside) {
    const indoors = this.state.view === "indoor";
    const [here, there] = indoors ? [inside, outside] : [outside, inside];
    this.elsewhere.hidden = !filtered || here.length > 0 || !there.length;
    if (this.elsewhere.hidden) return;
    const { text, show } = partsOf(this.elsewhere);
    put(text, indoors ? outdoorMatches(there.length) : indoorMatches(there.length));
    put(show, indoors ? gettext("Show outdoors") : gettext("Show indoors"));
    this.found = there[0];
  }

  #showIndoor(inside, all) {
    this.#drawPicker(inside);
    const floor = this.floors.find(({ map_id: id }) => id === this.state.floor) ?? this.floors[0];
    if (!floor) return;
    const here = (device) => device.told.place?.kind === "indoor" && device.told.place.map === floor.map_id;
    this.plan.show(floor, all.filter(here).map(({ told }) => told.place));
    this.#lay(floor);
    this.root.querySelector("#no-plan").hidden = Boolean(floor.image);
    this.root.querySelector("#no-plan b").textContent = floor.map_id;
    this.layers.indoor.show(
      inside.filter(here).map((device) => mark(device, this.plan.at(device.told.place.x, device.told.place.y))),
    );
    this.layers.indoor.showTrail(
      this.trail.map(({ place }) => place && place.map === floor.map_id ? this.plan.at(place.x, place.y) : null),
    );
  }

  /** The zones of the floor on screen, and the way to its own page. */
  #lay(floor) {
    if (this.lying?.floor === floor) return;
    this.lying?.end();
    this.link.hidden = !floor.map_id;
    if (!floor.map_id) return;
    this.link.href = floorPage(floor.workspace_id, floor.map_id);
    const lying = new FloorData(floor, () => lying === this.lying && this.drawing.show(lying.things, ZONES));
    this.lying = lying;
    this.drawing.show({}, ZONES);
    lying.read().catch(() => {});
  }

  /** Documents of the workspaces, which tell of changed zones too. */
  hear(documents) {
    if (this.state.view === "indoor") this.lying?.hear(documents.filter(({ workspace_id: id }) => id === this.lying.floor.workspace_id));
  }

  /** Robots may drive on maps that nobody has entered yet: those become floors without a plan. */
  #learnFloors(all) {
    const known = new Set(this.floors.map(({ map_id: id }) => id));
    for (const { document, told } of all) {
      const id = told.place?.kind === "indoor" ? told.place.map : null;
      if (id === null || known.has(id)) continue;
      known.add(id);
      this.floors.push({ workspace_id: document.workspace_id, map_id: id, site: "", name: id || gettext("Unnamed map"), image: "" });
    }
  }

  #drawPicker(inside) {
    const counts = new Map();
    for (const { told } of inside) counts.set(told.place.map, (counts.get(told.place.map) ?? 0) + 1);
    const sites = [...new Set(this.floors.map(siteOf))];
    const site = siteOf(this.floors.find(({ map_id: id }) => id === this.state.floor) ?? this.floors[0] ?? {});
    const floors = this.floors.filter((floor) => siteOf(floor) === site);
    const key = JSON.stringify([sites, site, this.state.floor, floors.map(({ map_id: id }) => [id, counts.get(id)])]);
    if (key === this.drawnFloors) return;
    this.drawnFloors = key;
    const focused = document.activeElement?.dataset?.map;
    this.siteSelect.parentElement.hidden = sites.length < 1;
    this.siteSelect.replaceChildren(...sites.map((name) => new Option(name, name, false, name === site)));
    this.siteSelect.disabled = sites.length < 2;
    this.picker.replaceChildren(...floors.map((floor) => floorButton(floor, counts.get(floor.map_id) ?? 0, floor.map_id === this.state.floor)));
    if (focused !== undefined) this.picker.querySelector(`[data-map="${CSS.escape(focused)}"]`)?.focus();
  }

  /** The first picture holds everything that is outdoors; later the person's own view stays. */
  #firstFit(all) {
    const places = all.filter(({ told }) => told.place?.kind === "outdoor").map(({ told }) => told.place);
    if (!all.length) return;
    this.fitted = true;
    if (places.length) {
      this.outdoor.fitBounds(L.latLngBounds(places), { padding: [80, 80], maxZoom: CLOSEST_FIT, animate: false });
    }
  }

  /** Ring, trail and, where `move`, the view on one device. */
  select(device, { move = false } = {}) {
    const id = device?.document.device_id ?? null;
    if (id !== this.selected) this.trail = [];
    this.selected = id;
    for (const layer of Object.values(this.layers)) {
      layer.select(id);
      if (!this.trail.length) layer.showTrail([]);
    }
    if (device && move) this.locate(device);
  }

  locate({ told: { place } }) {
    if (!place) return;
    if (place.kind === "indoor") this.state.floor = place.map;
    if (place.kind !== this.state.view || place.kind === "indoor") this.view(place.kind);
    if (place.kind === "outdoor") {
      const zoom = Math.max(this.outdoor.getZoom(), LOCATE_ZOOM);
      this.outdoor.setView(place, zoom, { animate: false });
    } else if (!this.plan.map.getBounds().pad(-0.1).contains(this.plan.at(place.x, place.y))) {
      this.plan.map.panTo(this.plan.at(place.x, place.y), { animate: false });
    }
  }

  /** The selected device's places from before its selection: [{time, told}], oldest first. */
  followed(samples) {
    const first = this.trail[0]?.time ?? Infinity;
    const newer = this.trail;
    this.trail = [];
    for (const { time, told } of samples) if (time < first) this.follow({ told }, time);
    this.trail.push(...newer);
  }

  /** Adds the selected device's newest place to its trail of the last minutes. */
  follow({ told: { place } }, time) {
    const last = this.trail.at(-1);
    if (!place || (last?.place && same(last.place, place))) return;
    if (last && time - last.time > TRAIL_GAP_MS) this.trail.push({ time, place: null });
    this.trail.push({ time, place });
    while (this.trail.length && time - this.trail[0].time > TRAIL_MS) this.trail.shift();
    if (place.kind === "outdoor") {
      this.layers.outdoor.showTrail(this.trail.map(({ place: at }) => at && at.kind === "outdoor" ? L.latLng(at) : null));
    }
  }
}

const indoorMatches = (count) => ngettext("%(count)s match is indoors.", "%(count)s matches are indoors.", count);
const outdoorMatches = (count) => ngettext("%(count)s match is outdoors.", "%(count)s matches are outdoors.", count);
const siteOf = (floor) => floor.site || gettext("Other maps");
const same = (a, b) => a.lat === b.lat && a.lng === b.lng && a.x === b.x && a.y === b.y && a.map === b.map;

export function mark({ document, told, alarm }, latlng) {
  const { place, status, stale } = told;
  const heading = place.kind === "indoor" ? headingOfRotate(place.rotate) : place.heading;
  const aloft = document.kind === "drone" && status === "moving";
  return { id: document.device_id, latlng, status, stale, heading, aloft, label: document.name, alarm: alarm?.severity };
}

function floorButton(floor, count, current) {
  const button = document.createElement("button");
  const badge = document.createElement("span");
  button.type = "button";
  button.dataset.map = floor.map_id;
  button.setAttribute("aria-pressed", String(current));
  button.textContent = floor.name;
  badge.className = "count";
  badge.textContent = number(count);
  button.append(badge);
  return button;
}
