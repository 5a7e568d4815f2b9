/**
 * What lies on a floor, painted over its plan: areas, ways, the numbers of their points, and names above everything.
 */

import { KINDS, outline } from "fleet/floor/kinds";
import { CanvasLayer } from "fleet/map/canvas";
import { onPalette, palette } from "fleet/palette";

const { L } = window;
const DISC_PX = 9;
const DOT_PX = 3.5;
const SAME_PX = 4; // points so near are one place
const CROWDED_PX = 3 * DISC_PX; // legs so short leave no room for numbers
const NUMBERS_AT_MOST = 3; // at one place
const REACH_PX = 12;
const LABEL = 11;
const LIGHTER = 0.4;
const STYLES = {
  store: { fill: 0.1, dash: [], width: 1.25 },
  region: { fill: 0.05, dash: [2, 4], width: 1.5 },
  red: { fill: 0.15, dash: [7, 4], width: 2 },
  fence: { fill: 0.05, dash: [14, 5], width: 2.5 },
  off: { fill: 0, dash: [2, 5], width: 1.5 },
};

export const FloorDrawing = CanvasLayer.extend({
  /** `plan`: the FloorPlan underneath, which knows where pixels are. */
  initialize(plan, options) {
    L.setOptions(this, options);
    this.plan = plan;
    this.things = {};
    this.shown = new Set();
    onPalette(() => this.redraw());
  },

  /** `things`: {zone: [...], route: [...], ...} as the API tells them; `draft`: {kind, id, points, fields} being edited. */
  show(things, shown, { selected = null, draft = null } = {}) {
    Object.assign(this, { things, shown, selected, draft });
    this.redraw();
  },

  paint(context) {
    if (!this.plan.floor) return;
    context.lineJoin = context.lineCap = "round";
    const shapes = this.shapes();
    const areas = shapes.filter(({ kind }) => KINDS[kind].closed);
    const ways = shapes.filter(({ kind }) => !KINDS[kind].closed).sort((a, b) => a.selected - b.selected);
    for (const area of areas) this.paintArea(context, area);
    for (const way of ways) this.paintWay(context, way);
    const taken = this.paintStops(context, ways);
    for (const area of areas) this.paintName(context, area, taken);
  },

  /** What is to be painted, in order: {kind, fields, points of the view, selected}. */
  shapes() {
    const told = [];
    for (const kind of ["store", "region", "zone", "route"]) {
      if (!this.shown.has(kind)) continue;
      for (const thing of this.things[kind] ?? []) {
        if (this.draft?.kind === kind && this.draft.id === thing.id) continue;
        const selected = this.selected?.kind === kind && this.selected.id === thing.id;
        told.push({ ...KINDS[kind].read(thing), kind, selected });
      }
    }
    if (this.draft) told.push({ ...this.draft, selected: true });
    return told
      .map((shape) => ({ ...shape, points: this.inView(shape.kind, shape.points) }))
      .filter(({ points }) => points.length);
  },

  inView(kind, points) {
    return outline(kind, points).map(([x, y]) => this._map.latLngToContainerPoint(this.plan.at(x, y)));
  },

  paintArea(context, { kind, fields, points, selected }) {
    const style = STYLES[kind === "zone" ? (fields.active ? fields.kind : "off") : kind];
    const colour = kind === "zone" ? seen(fields.color) : kind === "store" ? palette.accent : palette.info;
    trace(context, points, true);
    context.globalAlpha = style.fill + (selected ? 0.1 : 0);
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    if (selected) outlineWith(context, palette.halo, style.width + 4, []);
    outlineWith(context, colour, style.width + (selected ? 1 : 0), style.dash);
  },

  /** A name in the middle, or beside the points that lie there; those of stores and regions only where they fit in. */
  paintName(context, { kind, fields, points }, taken) {
    if (points.length < 3) return;
    const text = KINDS[kind].label(fields);
    const { width, height } = boundsOf(points);
    context.font = `500 ${LABEL + 1}px ${palette.font}`;
    const wide = context.measureText(text).width;
    if (!text || (kind !== "zone" && (wide + 8 > width || height < 18))) return;
    const { x, y } = freePlace(middle(points), wide, height, taken);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 3.5;
    context.strokeStyle = palette.halo;
    context.strokeText(text, x, y);
    context.fillStyle = palette.text;
    context.fillText(text, x, y);
    context.textAlign = "start";
  },

  paintWay(context, { fields, points, selected }) {
    const colour = seen(fields.color);
    trace(context, points, false);
    if (selected) outlineWith(context, palette.halo, 7, []);
    outlineWith(context, colour, selected ? 3 : 2, selected ? [] : [1, 6]);
  },

  /** Numbers where there is room for them, else dots; the selected way's come first. Answers the boxes of the numbers. */
  paintStops(context, ways) {
    context.font = `600 ${LABEL}px ${palette.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const taken = [];
    const numbered = [];
    for (const { fields, points, selected } of [...ways].reverse()) {
      const colour = seen(fields.color);
      const crowded = !selected && shortestLeg(points) < CROWDED_PX;
      for (const stop of stopsOf(points)) {
        const half = Math.max(DISC_PX, context.measureText(stop.text).width / 2 + 5);
        const space = { left: stop.x - half, right: stop.x + half, top: stop.y - DISC_PX, bottom: stop.y + DISC_PX };
        if (crowded || taken.some((other) => meets(other, space))) {
          paintDot(context, stop, colour);
          continue;
        }
        taken.push(space);
        numbered.unshift([stop, space, colour, selected]);
      }
    }
    for (const number of numbered) paintNumber(context, ...number);
    context.textAlign = "start";
    return taken;
  },

  /** {kind, id} of what is at a point of the view, the smallest first; null where nothing is. */
  hit(point) {
    const found = [];
    for (const kind of this.shown) {
      for (const thing of this.things[kind] ?? []) {
        const points = this.inView(kind, KINDS[kind].read(thing).points);
        if (KINDS[kind].closed ? inside(point, points) : near(point, points)) {
          const { width, height } = boundsOf(points);
          found.push({ kind, id: thing.id, size: KINDS[kind].closed ? width * height : 0 });
        }
      }
    }
    found.sort((a, b) => a.size - b.size);
    return found[0] ?? null;
  },
});

/** The places of a way: points at one place share their numbers, "2·6". */
export function stopsOf(points) {
  const stops = [];
  points.forEach(({ x, y }, at) => {
    const same = stops.find((stop) => Math.hypot(stop.x - x, stop.y - y) < SAME_PX);
    if (same) same.numbers.push(at + 1);
    else stops.push({ x, y, numbers: [at + 1] });
  });
  return stops.map(({ x, y, numbers }) => ({ x, y, text: textOf(numbers) }));
}

const textOf = (numbers) =>
  numbers.slice(0, NUMBERS_AT_MOST).join("·") + (numbers.length > NUMBERS_AT_MOST ? "…" : "");

function shortestLeg(points) {
  const legs = points.slice(1).map(({ x, y }, at) => Math.hypot(x - points[at].x, y - points[at].y));
  return Math.min(...legs.filter((leg) => leg >= SAME_PX), Infinity);
}

function paintNumber(context, { x, y, text }, { left, right, top, bottom }, colour, selected) {
  context.beginPath();
  context.roundRect(left, top, right - left, bottom - top, DISC_PX);
  context.fillStyle = selected ? colour : palette.surface;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = colour;
  context.stroke();
  context.fillStyle = selected ? palette.halo : palette.text;
  context.fillText(text, x, y + 0.5);
}

function paintDot(context, { x, y }, colour) {
  context.beginPath();
  context.arc(x, y, DOT_PX, 0, 7);
  context.fillStyle = colour;
  context.fill();
}

/** Where a name of this width meets no number: in the middle, else above or below it inside the area. */
function freePlace({ x, y }, wide, height, taken) {
  const room = Math.max(0, height / 2 - LABEL);
  const steps = [0, -1, 1, -1.5, 1.5].map((step) => step * 2 * DISC_PX).filter((step) => Math.abs(step) <= room);
  const spaceAt = (step) => ({ left: x - wide / 2, right: x + wide / 2, top: y + step - LABEL / 2, bottom: y + step + LABEL / 2 });
  const step = steps.find((one) => !taken.some((other) => meets(other, spaceAt(one)))) ?? 0;
  return { x, y: y + step };
}

const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** A colour that somebody chose on a light page, lighter where the ground is dark. */
function seen(colour) {
  if (!palette.bg.startsWith("#0")) return colour;
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return `rgb(${parts.map((part) => Math.round(part + (255 - part) * LIGHTER)).join()})`;
}

function trace(context, points, closed) {
  context.beginPath();
  points.forEach(({ x, y }, at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
  if (closed && points.length > 2) context.closePath();
}

function outlineWith(context, colour, width, dash) {
  context.setLineDash(dash);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
  context.setLineDash([]);
}

function boundsOf(points) {
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  return { left: Math.min(...xs), top: Math.min(...ys), width: Math.max(...xs) - Math.min(...xs), height: Math.max(...ys) - Math.min(...ys) };
}

function middle(points) {
  const { left, top, width, height } = boundsOf(points);
  const centre = { x: left + width / 2, y: top + height / 2 };
  if (inside(centre, points)) return centre;
  return { x: points.reduce((sum, { x }) => sum + x, 0) / points.length, y: points.reduce((sum, { y }) => sum + y, 0) / points.length };
}

function inside({ x, y }, points) {
  let within = false;
  points.forEach((a, at) => {
    const b = points[(at + points.length - 1) % points.length];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) within = !within;
  });
  return within;
}

function near(point, points) {
  return points.some((a, at) => {
    const b = points[at + 1] ?? a;
    const length = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
    const share = length ? Math.max(0, Math.min(1, ((point.x - a.x) * (b.x - a.x) + (point.y - a.y) * (b.y - a.y)) / length)) : 0;
    return Math.hypot(point.x - a.x - share * (b.x - a.x), point.y - a.y - share * (b.y - a.y)) < REACH_PX;
  });
}
