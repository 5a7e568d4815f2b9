/** One device, live and back in time: the same page driven by one time cursor. */

import { StopButton } from "fleet/commands/stop";
import { isFrozen, live, onState } from "fleet/connection";
import { Charts } from "fleet/device/charts";
import { TimeCursor } from "fleet/device/clock";
import { Head } from "fleet/device/head";
import { History, rowAt } from "fleet/device/history";
import { Panels } from "fleet/device/panels";
import { Place, TRAIL_MS } from "fleet/device/place";
import { Timeline } from "fleet/device/timeline";
import { Visitors } from "fleet/device/visitors";
import { gettext } from "fleet/i18n";
import { bindKeys, showKeys } from "fleet/keys";
import { STATUS_TEXTS, describe, place as placeOf } from "fleet/kinds";
import { readQuery, writeQuery } from "fleet/query";

const RATE = 10;
const SLOW_MS = 500;
const TRAIL_STEP_MS = 400;
const TRAIL_GAP_MS = 8000;
const DEFAULTS = { t: "", chart: "60s", span: "1h", tab: "events", raw: "values", from: "", to: "", day: "", people: "robot" };

const page = JSON.parse(document.getElementById("page-data").textContent);
const root = document.getElementById("device");
const state = readQuery(DEFAULTS);
const topic = `device:${page.device.id}`;

let newest = null; // the live document
let shown = null; // {document, told, age} on screen; null in a gap
let usualGap;
let liveTrail = [];
let replayRows = [];

const cursor = new TimeCursor(() => live.now(), onCursor);
const history = new History(page.device.id, () => live.now(), STATUS_TEXTS[page.device.kind]);
const charts = new Charts(root, { kind: page.device.kind, history, window: state.chart });
const timeline = new Timeline(document.getElementById("timeline"), {
  kind: page.device.kind,
  history,
  cursor,
  span: state.span,
  brush: [Date.parse(state.from), Date.parse(state.to)],
  onBrush: keepAddress,
});
const place = new Place(document.getElementById("place"), page);
const head = new Head(root, cursor);
const panels = new Panels(root, { page, state, cursor, timeline, place, onChange: () => ((frame.soon = true), keepAddress()) });
const visitors = visitorsByHour();
const stop = stopButton();

function visitorsByHour() {
  const section = document.getElementById("visitors");
  const onChange = () => writeQuery(state, DEFAULTS);
  return section && new Visitors(section, { device: page.device, state, now: () => live.now(), floorId: () => place.floorId, onChange });
}

function stopButton() {
  const element = document.getElementById("stop");
  if (!element) return null;
  const button = new StopButton(element);
  button.target({ id: page.device.id, workspaceId: page.device.workspace_id, name: page.device.name });
  return button;
}

onState(() => root.classList.toggle("frozen", cursor.live && isFrozen()));

/* --- Live documents --- */

function take(document) {
  if (document.removed) return location.assign("/");
  const before = newest?.received_at ? Date.parse(newest.received_at) : NaN;
  const gap = Date.parse(document.received_at) - before;
  if (gap > 0) usualGap = Number.isFinite(usualGap) ? usualGap + 0.2 * (gap - usualGap) : gap;
  const fresh = document.time && document.time !== newest?.time;
  newest = document;
  place.hear(document);
  root.classList.remove("loading");
  if (cursor.live) root.classList.toggle("no-place", charts.any && Boolean(document.time) && !placeOf(document));
  if (!fresh) return;
  charts.push(Date.parse(document.time), document.sections);
  follow(document);
}

function follow(document) {
  const at = placeOf(document);
  const time = Date.parse(document.time);
  if (!at || time - (liveTrail.at(-1)?.time ?? 0) < TRAIL_STEP_MS) return;
  liveTrail.push({ time, at });
  while (time - liveTrail[0].time > TRAIL_MS) liveTrail.shift();
}

/** The trail before the page was opened. */
async function beginTrail() {
  const rows = [...(await history.minute(live.now() - 60_000)), ...(await history.minute(live.now()))];
  const old = rows.map((row) => ({ time: row.at, at: placeOf(row) })).filter(({ at }) => at);
  const first = liveTrail[0]?.time ?? Infinity;
  liveTrail = [...thinned(old).filter(({ time }) => time < first), ...liveTrail];
}

function thinned(trail) {
  let last = -Infinity;
  return trail.filter(({ time }) => time - last >= TRAIL_STEP_MS && ((last = time), true));
}

/* --- What the cursor points at --- */

async function fetchReplay() {
  const time = cursor.at;
  try {
    const rows = [...(await history.minute(time - 60_000)), ...(await history.minute(time))];
    if (!cursor.live && Math.abs(cursor.at - time) < 60_000) replayRows = rows;
    history.minute(Math.min(time + 60_000, live.now())).catch(() => {});
  } catch {
    replayRows = [];
  }
}

function look() {
  if (cursor.live) {
    if (!newest) return null;
    const age = live.now() - Date.parse(newest.received_at);
    return { document: newest, age, told: describe(newest, age, usualGap) };
  }
  const row = rowAt(replayRows, cursor.at);
  if (!row) return null;
  const { at, ...document } = row;
  return { document, age: cursor.at - at, told: describe({ ...document, online: true }, 0) };
}

function trail() {
  if (cursor.live) return broken(liveTrail);
  const rows = replayRows.filter(({ at }) => at <= cursor.at && at > cursor.at - TRAIL_MS);
  return broken(thinned(rows.map((row) => ({ time: row.at, at: placeOf(row) }))));
}

/** Places with null where the device was silent between two of them. */
function broken(places) {
  return places.flatMap(({ time, at }, index) => {
    const silent = index && time - places[index - 1].time > TRAIL_GAP_MS;
    return silent ? [null, at] : [at];
  });
}

/* --- Painting --- */

let frameBefore = performance.now();
let slowBefore = 0;

function frame(now) {
  requestAnimationFrame(frame);
  cursor.tick(now - frameBefore);
  frameBefore = now;
  if (now - (frame.before ?? 0) < (cursor.live ? 100 : 33)) return;
  frame.before = now;
  shown = look();
  place.show(shown, trail());
  charts.draw(cursor.time, shown?.document.sections, live.now());
  if (now - slowBefore > SLOW_MS || frame.soon) {
    slowBefore = now;
    frame.soon = false;
    slow();
  }
}

function slow() {
  if (!cursor.live) fetchReplay();
  head.show(shown, Boolean(newest?.received_at), live.now());
  timeline.point(panels.marks());
  timeline.update();
  charts.describe(cursor.time);
  panels.show({ document: shown?.document, live: cursor.live, time: cursor.time, from: timeline.from, to: timeline.end });
  visitors?.show();
  stop?.disable(!cursor.live);
}

/* --- Controls --- */

function onCursor({ leaving } = {}) {
  if (leaving) replayRows = [];
  if (!cursor.live) fetchReplay();
  frame.soon = true;
  clearTimeout(onCursor.timer);
  onCursor.timer = setTimeout(keepAddress, 300);
}

function keepAddress() {
  state.t = cursor.live ? "" : toSecond(cursor.at);
  state.from = timeline.brush ? toSecond(timeline.brush.from) : "";
  state.to = timeline.brush ? toSecond(timeline.brush.to) : "";
  writeQuery(state, DEFAULTS);
}

const toSecond = (time) => new Date(Math.round(time / 1000) * 1000).toISOString().replace(".000", "");

function choose(name, value, apply) {
  for (const button of root.querySelectorAll(`[data-${name}]`)) {
    button.setAttribute("aria-pressed", String(button.dataset[name] === value));
  }
  state[name] = value;
  apply(value);
  frame.soon = true;
  writeQuery(state, DEFAULTS);
}

const choices = {
  chart: (value) => charts.setWindow(value),
  span: (value) => timeline.setSpan(value),
};

for (const [name, apply] of Object.entries(choices)) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest(`[data-${name}]`);
    if (button) choose(name, button.dataset[name], apply);
  });
  const known = root.querySelector(`[data-${name}="${CSS.escape(state[name])}"]`);
  choose(name, known ? state[name] : DEFAULTS[name], apply);
}

document.getElementById("to-live").addEventListener("click", () => cursor.goLive());
document.getElementById("as-table").addEventListener("click", (event) => {
  const table = document.getElementById("chart-table");
  table.hidden = !table.hidden;
  document.getElementById("charts").hidden = !table.hidden;
  event.currentTarget.setAttribute("aria-pressed", String(!table.hidden));
  frame.soon = true;
});
bindKeys([
  [["Space"], gettext("Play, pause"), { " ": (event) => (event.target.closest("button, a, summary") ? false : cursor.toggle()) }],
  [["←", "→"], gettext("1 s back, forward"), { ArrowLeft: () => cursor.step(-1000), ArrowRight: () => cursor.step(1000) }],
  [["Shift", "←", "→"], gettext("10 s back, forward"), { "Shift+ArrowLeft": () => cursor.step(-10_000), "Shift+ArrowRight": () => cursor.step(10_000) }],
  [[",", "."], gettext("Slower, faster"), { ",": () => cursor.faster(-1), ".": () => cursor.faster(1) }],
  [["b"], gettext("Begin or end a selected span"), { b: () => timeline.markHere() }],
  [["l"], gettext("Back to live"), { l: () => cursor.goLive() }],
  [["Esc"], gettext("To the fleet"), { Escape: () => location.assign(root.querySelector(".back").href) }],
  [["?"], gettext("This list"), { "?": showKeys }],
]);

/* --- Beginning --- */

root.classList.toggle("no-charts", !charts.any);
live.subscribe(topic, { snapshot: take, event: take, refused: () => location.assign("/") }, RATE);
const asked = Date.parse(state.t);
if (Number.isFinite(asked)) cursor.jump(asked);
beginTrail().catch(() => {});
requestAnimationFrame(frame);
