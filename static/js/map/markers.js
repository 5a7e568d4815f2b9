/**
 * The devices on a map: one canvas, positions eased between updates, names where they fit, trail of the selected one.
 * Above 300 marks, or where the person asked for less motion, nothing is eased.
 */

import { CanvasLayer } from "fleet/map/canvas";
import { RADIUS, drawLabel, drawMark } from "fleet/map/shapes";
import { calm, onPalette, palette } from "fleet/palette";

const { L } = window;
const EASED_AT_MOST = 300;
const NAMED_AT_MOST = 60;
const LONGEST_EASE_MS = 2200;
const JUMP_PX = 240;
const REACH_PX = 18;
const LONGEST_NAME = 22;
const RANK = { fault: 3, moving: 2, charging: 1, idle: 1, offline: 0 };

export const MarkerLayer = CanvasLayer.extend({
  initialize(options) {
    L.setOptions(this, options);
    this.items = new Map();
    this.trail = [];
    onPalette(() => this.redraw());
  },

  /** `marks`: [{id, latlng, status, heading, stale, aloft, label, alarm}]; what is not among them goes. */
  show(marks) {
    const now = performance.now();
    const seen = new Set();
    for (const mark of marks) {
      seen.add(mark.id);
      this.items.set(mark.id, this.moved(this.items.get(mark.id), mark, now));
    }
    for (const id of this.items.keys()) if (!seen.has(id)) this.items.delete(id);
    this.redraw();
  },

  moved(item, mark, now) {
    const { lat, lng } = mark.latlng;
    if (!item) return { mark, from: mark.latlng, at: mark.latlng, start: now, ease: 0, changed: now };
    if (item.mark.latlng.lat === lat && item.mark.latlng.lng === lng) return Object.assign(item, { mark });
    const ease = this.eases(item, mark) ? Math.min(LONGEST_EASE_MS, now - item.changed) : 0;
    return { mark, from: item.at, at: item.at, start: now, ease, changed: now };
  },

  eases(item, mark) {
    if (calm.matches || this.items.size > EASED_AT_MOST || !this._map) return false;
    const from = this._map.latLngToContainerPoint(item.at);
    return from.distanceTo(this._map.latLngToContainerPoint(mark.latlng)) < JUMP_PX;
  },

  select(id) {
    this.selected = id;
    this.redraw();
  },

  /** `trail`: oldest first; null is a gap. */
  showTrail(trail) {
    this.trail = trail;
    this.redraw();
  },

  /** The id of the mark at a point of the view, the nearest within reach. */
  hit(point) {
    let best = null;
    let reach = REACH_PX;
    for (const [id, item] of this.items) {
      const distance = item.point ? point.distanceTo(item.point) : Infinity;
      if (distance < reach) [best, reach] = [id, distance];
    }
    return best;
  },

  paint(context, size) {
    const now = performance.now();
    const seen = L.bounds([-30, -30], [size.x + 30, size.y + 30]);
    const drawn = [];
    let moving = false;
    for (const item of this.items.values()) {
      const share = item.ease ? Math.min(1, (now - item.start) / item.ease) : 1;
      moving ||= share < 1;
      item.at = between(item.from, item.mark.latlng, share);
      item.point = this._map.latLngToContainerPoint(item.at);
      if (seen.contains(item.point)) drawn.push(item);
    }
    this.paintTrail(context);
    drawn.sort((a, b) => this.rank(a) - this.rank(b));
    for (const item of drawn) {
      drawMark(context, item.point.x, item.point.y, { ...item.mark, selected: item.mark.id === this.selected });
    }
    this.paintNames(context, drawn, size);
    if (moving) this.redraw();
  },

  rank(item) {
    if (item.mark.id === this.selected) return 9;
    return item.mark.alarm ? 4 : (RANK[item.mark.status] ?? 0);
  },

  paintTrail(context) {
    if (this.trail.length < 2) return;
    context.beginPath();
    let pen = false;
    for (const place of this.trail) {
      if (!place) {
        pen = false;
        continue;
      }
      const { x, y } = this._map.latLngToContainerPoint(place);
      if (pen) context.lineTo(x, y);
      else context.moveTo(x, y);
      pen = true;
    }
    const head = this.items.get(this.selected);
    if (head?.point && pen) context.lineTo(head.point.x, head.point.y);
    context.lineJoin = context.lineCap = "round";
    context.lineWidth = 6;
    context.strokeStyle = palette.halo;
    context.stroke();
    context.lineWidth = 3;
    context.strokeStyle = palette.accent;
    context.stroke();
  },

  /** Names of the important first; a name that would lie on another, or on a mark, is left out. */
  paintNames(context, drawn, size) {
    if (drawn.length > NAMED_AT_MOST) drawn = drawn.filter((item) => item.mark.id === this.selected);
    context.font = `500 12px ${palette.font}`;
    context.textBaseline = "middle";
    const taken = drawn.map(({ point }) => box(point.x - RADIUS, point.y - RADIUS, RADIUS * 2, RADIUS * 2));
    for (const item of [...drawn].reverse()) {
      const selected = item.mark.id === this.selected;
      const text = shortened(item.mark.label);
      const space = this.nameSpace(item, context.measureText(text).width, size, selected);
      if (!selected && taken.some((other) => meets(other, space))) continue;
      taken.push(space);
      drawLabel(context, space.x, space.y + 7.5, text, selected);
    }
  },

  /** Right of the mark, else left of it, else below. */
  nameSpace({ point, mark }, width, size, selected) {
    const off = (selected ? 22 : mark.aloft ? 18 : 15) + (mark.alarm ? 5 : 0);
    if (point.x + off + width < size.x - 4) return box(point.x + off, point.y - 7, width, 14);
    if (point.x - off - width > 4) return box(point.x - off - width, point.y - 7, width, 14);
    return box(Math.max(4, Math.min(size.x - width - 4, point.x - width / 2)), point.y + off, width, 14);
  },
});

const shortened = (name) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1).trimEnd()}…` : name);
const box = (x, y, width, height) => ({ x, y, right: x + width, bottom: y + height });
const meets = (a, b) => a.x < b.right && b.x < a.right && a.y < b.bottom && b.y < a.bottom;

const between = (from, to, share) =>
  share >= 1 ? to : L.latLng(from.lat + (to.lat - from.lat) * share, from.lng + (to.lng - from.lng) * share);
