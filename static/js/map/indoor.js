/** A floor: its plan as a picture, or a grid of its size. Map pixels have y downwards, Leaflet's plane upwards. */

import { gettext } from "fleet/i18n";
import { FloorGrid } from "fleet/map/grid";

const { L } = window;
const MARGIN_PX = 24;

export class FloorPlan {
  constructor(element) {
    this.top = 0; // pixels that something else covers
    this.map = L.map(element, {
      crs: L.CRS.Simple,
      zoomControl: false,
      attributionControl: false,
      minZoom: -6,
      maxZoom: 4,
      zoomSnap: 0.1,
      zoomDelta: 0.5,
      wheelPxPerZoomLevel: 120,
    });
    L.control.zoom({ position: "bottomright", zoomInTitle: gettext("Zoom in"), zoomOutTitle: gettext("Zoom out") }).addTo(this.map);
    for (const [name, z] of [["plan", 200], ["heat", 250], ["track", 280], ["shapes", 300], ["marks", 450]]) {
      this.map.createPane(name).style.zIndex = z;
      this.map.getPane(name).style.pointerEvents = "none";
    }
    this.map.setView([0, 0], 0);
  }

  /** `floor`: {map_id, image, width, height, invert}; `points`: places known on it, for a floor of unknown size. */
  show(floor, points = []) {
    if (this.floor?.map_id === floor.map_id && this.floor.image === floor.image) return false;
    this.floor = floor;
    this.ground?.remove();
    this.bounds = sheetOf(floor, points);
    this.height = this.bounds.getNorth() + this.bounds.getSouth();
    this.ground = floor.image
      ? L.imageOverlay(floor.image, this.bounds, { pane: "plan", alt: "", className: floor.invert ? "plan invert" : "plan" })
      : new FloorGrid(this.bounds, { pane: "plan" });
    this.ground.addTo(this.map);
    this.fit();
    return true;
  }

  fit() {
    if (!this.bounds) return;
    this.map.invalidateSize({ animate: false });
    this.map.setMaxBounds(this.bounds.pad(0.6));
    this.map.fitBounds(this.bounds, {
      paddingTopLeft: [MARGIN_PX, MARGIN_PX + this.top],
      paddingBottomRight: [MARGIN_PX, MARGIN_PX],
      animate: false,
    });
  }

  at(x, y) {
    return L.latLng(this.height - y, x);
  }

  /** The other way: where on the map a point of Leaflet's plane is. */
  pixels({ lat, lng }) {
    return { x: lng, y: this.height - lat };
  }
}

function sheetOf({ width, height }, points) {
  if (width && height) return L.latLngBounds([0, 0], [height, width]);
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const pad = 100;
  const [left, right] = points.length ? [Math.min(...xs) - pad, Math.max(...xs) + pad] : [0, 1000];
  const [top, bottom] = points.length ? [Math.min(...ys) - pad, Math.max(...ys) + pad] : [0, 700];
  return L.latLngBounds([top, left], [bottom, right]);
}
