/** What lies on a floor, painted over its plan: areas with names, ways with numbered points. */

import { KINDS, outline } from "fleet/floor/kinds";
import { CanvasLayer } from "fleet/map/canvas";
import { onPalette, palette } from "fleet/palette";

const { L } = window;
const DISC_PX = 9;
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
    for (const kind of ["store", "region", "zone", "route"]) {
      if (!this.shown.has(kind)) continue;
      for (const thing of this.things[kind] ?? []) {
        if (this.draft?.kind === kind && this.draft.id === thing.id) continue;
        this.paintThing(context, kind, { ...KINDS[kind].read(thing), id: thing.id });
      }
    }
    if (this.draft) this.paintThing(context, this.draft.kind, this.draft, true);
  },

  paintThing(context, kind, shape, strong = false) {
    const selected = strong || (this.selected?.kind === kind && this.selected.id === shape.id);
    const points = outline(kind, shape.points).map(([x, y]) => this._map.latLngToContainerPoint(this.plan.at(x, y)));
    if (!points.length) return;
    if (KINDS[kind].closed) this.paintArea(context, kind, shape, points, selected);
    else this.paintWay(context, shape, points, selected);
  },

  paintArea(context, kind, { fields }, points, selected) {
    const style = STYLES[kind === "zone" ? (fields.active ? fields.kind : "off") : kind];
    const colour = kind === "zone" ? seen(fields.color) : kind === "store" ? palette.accent : palette.info;
    trace(context, points, true);
    context.globalAlpha = style.fill + (selected ? 0.1 : 0);
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    if (selected) outlineWith(context, palette.halo, style.width + 4, []);
    outlineWith(context, colour, style.width + (selected ? 1 : 0), style.dash);
    if (points.length > 2) this.paintName(context, middle(points), KINDS[kind].label(fields), boundsOf(points), kind === "zone");
  },

  /** A name in the middle; those of stores and regions only where they fit in. */
  paintName(context, { x, y }, text, { width, height }, always) {
    context.font = `500 ${LABEL + 1}px ${palette.font}`;
    const wide = context.measureText(text).width;
    if (!text || (!always && (wide + 8 > width || height < 18))) return;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 3.5;
    context.strokeStyle = palette.halo;
    context.strokeText(text, x, y);
    context.fillStyle = palette.text;
    context.fillText(text, x, y);
    context.textAlign = "start";
  },

  paintWay(context, { fields }, points, selected) {
    const colour = seen(fields.color);
    trace(context, points, false);
    if (selected) outlineWith(context, palette.halo, 7, []);
    outlineWith(context, colour, selected ? 3 : 2, selected ? [] : [1, 6]);
    context.font = `600 ${LABEL}px ${palette.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    points.forEach(({ x, y }, at) => {
      context.beginPath();
      context.arc(x, y, DISC_PX, 0, 7);
      context.fillStyle = selected ? colour : palette.surface;
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = colour;
      context.stroke();
      context.fillStyle = selected ? palette.halo : palette.text;
      context.fillText(at + 1, x, y + 0.5);
    });
    context.textAlign = "start";
  },

  /** {kind, id} of what is at a point of the view, the smallest first; null where nothing is. */
  hit(point) {
    const found = [];
    for (const kind of this.shown) {
      for (const thing of this.things[kind] ?? []) {
        const points = outline(kind, KINDS[kind].read(thing).points).map(([x, y]) => this._map.latLngToContainerPoint(this.plan.at(x, y)));
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
