/** Lines under an empty ground: degrees on the globe, pixels on a floor. */

import { CanvasLayer } from "fleet/map/canvas";
import { onPalette, palette } from "fleet/palette";

const { L } = window;
const WORLD_UNTIL = 5;
const GROUND_FROM = 10;
const APART_PX = 110;

/** The roundest step (1, 2 or 5 times a power of ten) whose lines lie at least that far apart. */
export function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= least);
}

/** Meridians and parallels: in the far view for orientation, in the near view because the base map is bare there. */
export const Graticule = CanvasLayer.extend({
  initialize(options) {
    L.setOptions(this, options);
    onPalette(() => this.redraw());
  },

  paint(context, size) {
    const zoom = this._map.getZoom();
    if (zoom > WORLD_UNTIL && zoom < GROUND_FROM) return;
    const bounds = this._map.getBounds();
    const step = roundStep(((bounds.getEast() - bounds.getWest()) * APART_PX) / size.x);
    const labelled = zoom >= GROUND_FROM;
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    context.strokeStyle = palette["map-grid"];
    context.fillStyle = palette.muted;
    context.font = `400 11px ${palette.font}`;
    context.lineWidth = 1;
    for (const lng of marks(bounds.getWest(), bounds.getEast(), step)) {
      const { x } = this._map.latLngToContainerPoint([bounds.getCenter().lat, lng]);
      line(context, x, 0, x, size.y);
      if (labelled && x > 120 && x < size.x - 90) context.fillText(`${lng.toFixed(digits)}°`, x + 4, size.y - 30);
    }
    for (const lat of marks(bounds.getSouth(), bounds.getNorth(), step)) {
      const { y } = this._map.latLngToContainerPoint([lat, bounds.getCenter().lng]);
      line(context, 0, y, size.x, y);
      if (labelled && y > 80 && y < size.y - 60) context.fillText(`${lat.toFixed(digits)}°`, 8, y - 4);
    }
  },
});

/** A floor without a picture: its sheet and a square grid in map pixels, `bounds` being the sheet. */
export const FloorGrid = CanvasLayer.extend({
  initialize(bounds, options) {
    this.sheet = bounds;
    L.setOptions(this, options);
    onPalette(() => this.redraw());
  },

  paint(context) {
    const topLeft = this._map.latLngToContainerPoint(this.sheet.getNorthWest());
    const bottomRight = this._map.latLngToContainerPoint(this.sheet.getSouthEast());
    const width = bottomRight.x - topLeft.x;
    const height = bottomRight.y - topLeft.y;
    context.fillStyle = palette.surface;
    context.strokeStyle = palette.control;
    context.lineWidth = 1;
    context.fillRect(topLeft.x, topLeft.y, width, height);
    const perPixel = width / (this.sheet.getEast() - this.sheet.getWest());
    const step = roundStep(40 / perPixel) * perPixel;
    context.beginPath();
    for (let x = topLeft.x + step; x < bottomRight.x - 1; x += step) context.rect(crisp(x), topLeft.y, 0, height);
    for (let y = topLeft.y + step; y < bottomRight.y - 1; y += step) context.rect(topLeft.x, crisp(y), width, 0);
    context.strokeStyle = palette.hairline;
    context.stroke();
    context.strokeStyle = palette.control;
    context.strokeRect(crisp(topLeft.x), crisp(topLeft.y), width, height);
  },
});

const crisp = (value) => Math.round(value) + 0.5;

function* marks(from, to, step) {
  for (let at = Math.ceil(from / step); at * step <= to; at++) yield at * step;
}

function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(crisp(x1), crisp(y1));
  context.lineTo(crisp(x2), crisp(y2));
  context.stroke();
}
