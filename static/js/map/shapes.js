/** Status marks on a canvas: triangle with heading, disc, disc with bolt, diamond, hollow ring. Colour is never alone. */

import { palette, statusColor } from "fleet/palette";

export const RADIUS = 9;
const TURN = Math.PI / 180;

const ALARM_TOKEN = { critical: "crit", warning: "warn" };

/** `mark`: {status, heading (degrees clockwise from up), stale, aloft, selected, alarm (its severity)}. */
export function drawMark(context, x, y, mark) {
  context.save();
  context.translate(x, y);
  if (mark.alarm) drawAlarmRing(context, mark.alarm);
  if (mark.selected) drawRing(context, mark.alarm ? 22 : 17);
  context.globalAlpha = mark.stale ? 0.45 : 1;
  context.lineJoin = "round";
  context.lineWidth = 2.5;
  context.strokeStyle = palette.halo;
  context.fillStyle = statusColor(mark.status);
  (SHAPES[mark.status] ?? SHAPES.idle)(context, mark);
  context.restore();
  if (mark.stale) drawClock(context, x + RADIUS - 1, y - RADIUS + 1);
  if (mark.alarm) drawBadge(context, x - RADIUS - 3, y - RADIUS - 3, mark.alarm);
}

const SHAPES = {
  moving(context, { heading, aloft }) {
    if (!Number.isFinite(heading)) return SHAPES.idle(context, {});
    if (aloft) disc(context, RADIUS + 4, palette.surface, statusColor("moving"));
    context.fillStyle = statusColor("moving");
    context.rotate(heading * TURN);
    context.beginPath();
    const tall = aloft ? 8 : RADIUS + 2;
    context.moveTo(0, -tall);
    context.lineTo(tall * 0.74, tall * 0.84);
    context.lineTo(0, tall * 0.46);
    context.lineTo(-tall * 0.74, tall * 0.84);
    context.closePath();
    if (!aloft) context.stroke();
    context.fill();
  },
  idle(context, { heading }) {
    disc(context, 6.5, statusColor("idle"), palette.halo);
    nose(context, heading, 6.5);
  },
  charging(context) {
    disc(context, 9, statusColor("charging"), palette.halo);
    context.fillStyle = palette.halo;
    context.beginPath();
    for (const [x, y] of [[1.2, -6], [-4, 1], [-0.6, 1], [-1.4, 6], [4, -1.4], [0.4, -1.4]]) context.lineTo(x, y);
    context.closePath();
    context.fill();
  },
  fault(context) {
    context.beginPath();
    context.moveTo(0, -11);
    context.lineTo(11, 0);
    context.lineTo(0, 11);
    context.lineTo(-11, 0);
    context.closePath();
    context.stroke();
    context.fill();
    context.fillStyle = palette.halo;
    context.fillRect(-1.1, -5.2, 2.2, 6.2);
    context.fillRect(-1.1, 2.6, 2.2, 2.4);
  },
  offline(context) {
    context.beginPath();
    context.arc(0, 0, 6, 0, 7);
    context.lineWidth = 5;
    context.stroke();
    context.lineWidth = 2;
    context.fillStyle = palette.surface;
    context.strokeStyle = statusColor("offline");
    context.fill();
    context.stroke();
  },
};

function disc(context, radius, fill, stroke) {
  context.beginPath();
  context.arc(0, 0, radius, 0, 7);
  context.strokeStyle = stroke;
  context.fillStyle = fill;
  context.lineWidth = 2;
  context.stroke();
  context.fill();
}

/** A small beak outside the disc that shows where a standing robot looks. */
function nose(context, heading, radius) {
  if (!Number.isFinite(heading)) return;
  context.rotate(heading * TURN);
  context.fillStyle = statusColor("idle");
  context.beginPath();
  context.moveTo(0, -radius - 5.5);
  context.lineTo(3.4, -radius - 0.6);
  context.lineTo(-3.4, -radius - 0.6);
  context.closePath();
  context.fill();
}

function drawRing(context, radius) {
  context.beginPath();
  context.arc(0, 0, radius, 0, 7);
  context.lineWidth = 5;
  context.strokeStyle = palette.halo;
  context.stroke();
  context.lineWidth = 2.5;
  context.strokeStyle = palette.accent;
  context.stroke();
}

/** Whole around a critical alarm, broken around a warning. */
function drawAlarmRing(context, severity) {
  context.beginPath();
  context.arc(0, 0, 16, 0, 7);
  context.lineWidth = 6;
  context.strokeStyle = palette.halo;
  context.stroke();
  context.lineWidth = 3;
  context.strokeStyle = palette[ALARM_TOKEN[severity] ?? "warn"];
  if (severity !== "critical") context.setLineDash([5, 4]);
  context.stroke();
  context.setLineDash([]);
}

function drawBadge(context, x, y, severity) {
  context.beginPath();
  context.arc(x, y, 6.5, 0, 7);
  context.fillStyle = palette[ALARM_TOKEN[severity] ?? "warn"];
  context.strokeStyle = palette.halo;
  context.lineWidth = 1.5;
  context.fill();
  context.stroke();
  context.fillStyle = palette.halo;
  context.fillRect(x - 1, y - 4, 2, 4.8);
  context.fillRect(x - 1, y + 1.9, 2, 2);
}

function drawClock(context, x, y) {
  context.beginPath();
  context.arc(x, y, 5, 0, 7);
  context.fillStyle = palette.surface;
  context.strokeStyle = palette.warn;
  context.lineWidth = 1.5;
  context.fill();
  context.stroke();
  context.beginPath();
  context.moveTo(x, y - 2.8);
  context.lineTo(x, y);
  context.lineTo(x + 2, y + 1);
  context.stroke();
}

/** Name beside its mark, with a halo so that it reads on any ground. */
export function drawLabel(context, x, y, text, strong) {
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  context.strokeStyle = palette.halo;
  context.fillStyle = strong ? palette.text : palette.muted;
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}
