/** One device, live and back in time: the same page driven by one time cursor. */

import { showSignedOut, stillSignedIn } from "fleet/api";
import { showState } from "fleet/badge";
import { Charts } from "fleet/device/charts";
import { TimeCursor } from "fleet/device/clock";
import { History, rowAt } from "fleet/device/history";
import { Place, TRAIL_MS } from "fleet/device/place";
import { Timeline } from "fleet/device/timeline";
import { Values } from "fleet/device/values";
import { ago, dayAndClock } from "fleet/format";
import { gettext } from "fleet/i18n";
import { bindKeys, showKeys } from "fleet/keys";
import { describe, facts, place as placeOf } from "fleet/kinds";
import { Live } from "fleet/live";
import { readQuery, writeQuery } from "fleet/query";

const RATE = 10;
const SLOW_MS = 500;
const TRAIL_STEP_MS = 400;
const TRAIL_GAP_MS = 8000;
const DEFAULTS = { t: "", chart: "60s", span: "1h", tab: "values" };

const page = JSON.parse(document.getElementById("page-data").textContent);
const root = document.getElementById("device");
const state = readQuery(DEFAULTS);
const topic = `device:${page.device.id}`;
const kpis = document.getElementById("kpis");

let newest = null; // the live document
let shown = null; // {document, told, age} on screen; null in a gap
let usualGap;
let liveTrail = [];
let replayRows = [];
let kpiKeys = "";

const live = new Live({
  onState: (told) => {
    showState(told);
    root.classList.toggle("frozen", cursor.live && document.body.classList.contains("frozen"));
  },
  onEnded: showSignedOut,
  stillSignedIn,
});
const cursor = new TimeCursor(() => live.now(), onCursor);
const history = new History(page.device.id, () => live.now());
const charts = new Charts(root, { kind: page.device.kind, history, window: state.chart });
const timeline = new Timeline(document.getElementById("timeline"), { kind: page.device.kind, history, cursor, span: state.span });
const place = new Place(document.getElementById("place"), page);
const values = new Values(root);

/* --- Live documents --- */

function take(document) {
  if (document.removed) return location.assign("/");
  const before = newest?.received_at ? Date.parse(newest.received_at) : NaN;
  const gap = Date.parse(document.received_at) - before;
  if (gap > 0) usualGap = Number.isFinite(usualGap) ? usualGap + 0.2 * (gap - usualGap) : gap;
  const fresh = document.time && document.time !== newest?.time;
  newest = document;
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
  showHead();
  showKpis();
  timeline.update();
  charts.describe(cursor.time);
  values.show(shown?.document, state.tab);
  document.getElementById("csv").href = history.csvUrl(timeline.from, timeline.end);
}

function showHead() {
  const pill = document.getElementById("state");
  const status = shown?.told.status ?? "offline";
  pill.dataset.status = status;
  pill.querySelector("use").setAttribute("href", `#glyph-${status}`);
  put(pill.lastElementChild, shown ? shown.told.word : gettext("No data"));
  const stamp = document.getElementById("stamp");
  stamp.classList.toggle("late", Boolean(shown?.told.stale));
  put(stamp, shownAge());
  document.getElementById("replay").hidden = cursor.live;
  root.classList.toggle("replaying", !cursor.live);
  if (!cursor.live) {
    put(document.getElementById("replay-time"), gettext("Replay %(time)s — not live", { time: dayAndClock(cursor.at) }));
    document.getElementById("replay-gap").hidden = Boolean(shown);
  }
}

function shownAge() {
  if (!cursor.live) return "";
  return newest?.received_at ? ago(shown.age, live.now()) : gettext("No data yet");
}

function showKpis() {
  const rows = shown ? facts(shown.document, shown.told) : [];
  const keys = rows.map(([key]) => key).join();
  if (rows.length && keys !== kpiKeys) {
    kpiKeys = keys;
    kpis.replaceChildren(...rows.map(([key, label]) => kpi(key, label)));
  }
  kpis.hidden = !kpiKeys;
  if (!rows.length) for (const line of kpis.children) put(line.lastChild, "–");
  rows.forEach(([key, , text], index) => {
    const cell = kpis.children[index].lastChild;
    put(cell, text);
    if (key === "battery") cell.dataset.level = shown.told.level;
  });
}

function kpi(key, label) {
  const line = document.createElement("div");
  line.dataset.fact = key;
  line.append(Object.assign(document.createElement("dt"), { textContent: label }));
  line.append(Object.assign(document.createElement("dd"), { className: "num" }));
  return line;
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
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
  state.t = cursor.live ? "" : new Date(Math.round(cursor.at / 1000) * 1000).toISOString().replace(".000", "");
  writeQuery(state, DEFAULTS);
}

function choose(name, value, apply) {
  for (const button of root.querySelectorAll(`[data-${name}]`)) {
    const attribute = button.getAttribute("role") === "tab" ? "aria-selected" : "aria-pressed";
    button.setAttribute(attribute, String(button.dataset[name] === value));
  }
  state[name] = value;
  apply(value);
  frame.soon = true;
  writeQuery(state, DEFAULTS);
}

const choices = {
  chart: (value) => charts.setWindow(value),
  span: (value) => timeline.setSpan(value),
  tab: (value) => {
    for (const panel of root.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== value;
  },
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
root.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  const tabs = [...event.currentTarget.querySelectorAll("[role=tab]")];
  const next = tabs[(tabs.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
  next.focus();
  next.click();
  event.preventDefault();
  event.stopPropagation();
});

bindKeys([
  [["Space"], gettext("Play, pause"), { " ": (event) => (event.target.closest("button, a, summary") ? false : cursor.toggle()) }],
  [["←", "→"], gettext("1 s back, forward"), { ArrowLeft: () => cursor.step(-1000), ArrowRight: () => cursor.step(1000) }],
  [["Shift", "←", "→"], gettext("10 s back, forward"), { "Shift+ArrowLeft": () => cursor.step(-10_000), "Shift+ArrowRight": () => cursor.step(10_000) }],
  [[",", "."], gettext("Slower, faster"), { ",": () => cursor.faster(-1), ".": () => cursor.faster(1) }],
  [["l"], gettext("Back to live"), { l: () => cursor.goLive() }],
  [["Esc"], gettext("To the fleet"), { Escape: () => location.assign(root.querySelector(".back").href) }],
  [["?"], gettext("This list"), { "?": showKeys }],
]);

/* --- Beginning --- */

root.classList.toggle("no-charts", !charts.any);
live.subscribe(topic, { snapshot: take, event: take, refused: () => location.assign("/") }, RATE);
const asked = Date.parse(state.t);
if (Number.isFinite(asked)) cursor.seek(asked);
beginTrail().catch(() => {});
requestAnimationFrame(frame);
