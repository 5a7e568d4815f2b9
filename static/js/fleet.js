/** Fleet overview: the live picture of every workspace of the person, as list and map. */

import { AlarmDrawer } from "fleet/alarms/drawer";
import { alarms } from "fleet/alarms/store";
import { byNeed } from "fleet/alarms/words";
import { getJson } from "fleet/api";
import { StopButton } from "fleet/commands/stop";
import { StopAll } from "fleet/commands/stopall";
import { isFrozen, live, onState } from "fleet/connection";
import { DeviceCard } from "fleet/fleet/card";
import { Filters } from "fleet/fleet/filters";
import { DeviceList } from "fleet/fleet/list";
import { Maps } from "fleet/fleet/maps";
import { iso } from "fleet/format";
import { gettext, language, ngettext } from "fleet/i18n";
import { bindKeys, showKeys } from "fleet/keys";
import { MOVING, describe, devicePage } from "fleet/kinds";
import { may } from "fleet/me";
import { readQuery, writeQuery } from "fleet/query";

const RATE = 5;
const LIST_MS = 1000;
const GAP_WEIGHT = 0.2;
const DEFAULTS = { kind: "", status: "", q: "", workspace: "", selected: "", view: "", floor: "", alarms: "" };

const page = JSON.parse(document.getElementById("page-data").textContent);
const root = document.getElementById("fleet");
const state = readQuery(DEFAULTS);
const devices = new Map();
const byName = new Intl.Collator(language, { numeric: true });
let selected = Number(state.selected) || null;
let waiting = new Set(page.workspaces.map(({ id }) => id));
let dirty = false;

const pageOf = ({ document: { kind, device_id: id } }) => devicePage(kind, id);
const current = () => devices.get(selected);
const open = (device) => device && location.assign(pageOf(device));

/* --- Parts --- */

onState(() => root.classList.toggle("frozen", isFrozen()));
const filters = new Filters(root, state, () => (refresh(), drawer.show()));
const list = new DeviceList(document.getElementById("list"), {
  onSelect: (id) => select(id, { move: true }),
  onOpen: (id) => open(devices.get(id)),
});
const card = new DeviceCard(document.getElementById("card"), {
  onClose: () => select(null),
  onLocate: () => current() && maps.locate(current()),
});
const maps = new Maps(document.getElementById("stage"), {
  ...page,
  state,
  onSelect: (id) => select(id),
  onView: () => refresh(),
  onTilesLost: () => (document.getElementById("tiles-lost").hidden = false),
});

const stop = new StopButton(document.getElementById("card-stop"));
new StopAll(document.getElementById("stop-all-open"), document.getElementById("stop-all"), {
  moving: (workspaceId) => [...devices.values()].filter(({ document: { workspace_id: id, online, kind } }) => id === workspaceId && online && MOVING.has(kind)).length,
  chosen: () => Number(state.workspace) || current()?.document.workspace_id,
});
const drawer = new AlarmDrawer(document.getElementById("alarms"), {
  open: state.alarms === "open",
  onToggle: (isOpen) => {
    state.alarms = isOpen ? "open" : "";
    keepAddress();
  },
  passes: ({ workspace_id: id }) => !state.workspace || String(id) === state.workspace,
});

/* --- Documents in --- */

function take(document) {
  const known = devices.get(document.device_id);
  if (document.removed) {
    devices.delete(document.device_id);
    return;
  }
  const received = document.received_at ? Date.parse(document.received_at) : NaN;
  const gap = known && received > known.received ? received - known.received : NaN;
  const usual = Number.isFinite(gap) ? ease(known.usual, gap) : known?.usual;
  devices.set(document.device_id, look({ document, received, usual }));
}

const ease = (usual, gap) => (Number.isFinite(usual) ? usual + GAP_WEIGHT * (gap - usual) : gap);

function look(device) {
  device.age = live.now() - device.received;
  device.told = describe(device.document, device.age, device.usual);
  device.alarm = alarms.worstOf(device.document.device_id);
  return device;
}

function onSnapshot(workspaceId, documents) {
  const here = new Set(documents.map(({ device_id: id }) => id));
  for (const [id, { document }] of devices) {
    if (document.workspace_id === workspaceId && !here.has(id)) devices.delete(id);
  }
  documents.forEach(take);
  if (waiting.delete(workspaceId) && !waiting.size) begin();
  refresh();
}

function onBatch(documents) {
  documents.forEach(take);
  maps.hear(documents);
  const device = current();
  if (device && documents.some(({ device_id: id }) => id === selected)) {
    maps.follow(device, live.now());
    if (device.document.online) card.sample(device.told, Date.parse(device.document.time));
  }
  soon();
}

/** Once everything is there: the view that shows something, and the selection of the address. */
function begin() {
  root.classList.remove("loading");
  const outdoors = [...devices.values()].some(({ told }) => told.place?.kind === "outdoor");
  const indoors = [...devices.values()].some(({ told }) => told.place?.kind === "indoor");
  const asked = state.view;
  maps.view(asked || (outdoors || !indoors ? "outdoor" : "indoor"));
  if (selected) select(selected, { move: !asked });
}

/* --- Out to the page: the map each frame that brought something, the list once a second --- */

function soon() {
  if (dirty) return;
  dirty = true;
  requestAnimationFrame(() => {
    dirty = false;
    maps.show(filters.pick([...devices.values()]), [...devices.values()]);
  });
}

function refresh() {
  const all = [...devices.values()];
  all.forEach(look);
  const shown = filters.pick(all).sort(inOrder);
  list.show(shown, ({ told }) => (told.place?.kind === "indoor" ? maps.floorName(told.place.map) : ""));
  maps.show(shown, all);
  if (current()) card.update(current(), live.now());
  showEmpty(shown.length, all.length);
  keepAddress();
}

function keepAddress() {
  writeQuery({ ...state, selected: selected ? String(selected) : "" }, DEFAULTS);
}

/** Devices in alarm first, the more urgent before the others; then those at fault; each by name. */
const inOrder = (a, b) =>
  Boolean(b.alarm) - Boolean(a.alarm) ||
  (a.alarm && byNeed(a.alarm, b.alarm)) ||
  (b.told.status === "fault") - (a.told.status === "fault") ||
  byName.compare(a.document.name, b.document.name);

function showEmpty(shown, all) {
  if (waiting.size) return;
  document.getElementById("no-devices").hidden = all > 0;
  document.getElementById("no-match").hidden = shown > 0 || !all;
  document.getElementById("no-match-text").textContent = ngettext(
    "The one device does not match.",
    "0 of %(count)s devices match.",
    all,
  );
}

function select(id, options = {}) {
  selected = devices.has(id) ? id : null;
  const device = current();
  const hadCard = root.classList.contains("has-card");
  list.select(selected);
  card.open(device, device ? pageOf(device) : "");
  aimStop(device?.document);
  if (root.classList.toggle("has-card", Boolean(device)) !== hadCard) maps.resized();
  maps.select(device, options);
  if (device) prefill(device);
  refresh();
}

function aimStop(document) {
  const allowed = document && MOVING.has(document.kind) && may("command.send", document.workspace_id);
  stop.root.hidden = !allowed;
  stop.target(allowed ? { id: document.device_id, workspaceId: document.workspace_id, name: document.name } : null);
}

/** The minute before the selection, for the charts and the trail. A refusal leaves them to fill by themselves. */
async function prefill({ document: { device_id: id } }) {
  const params = { from: iso(live.now() - 60_000), limit: 1000 };
  const { results } = await getJson(`/api/fleet/devices/${id}/telemetry`, params).catch(() => ({ results: [] }));
  if (id !== selected) return;
  const samples = results.map((sample) => ({
    time: Date.parse(sample.time),
    told: describe({ ...sample, online: true }, 0),
  }));
  card.before(samples);
  maps.followed(samples);
}

/* --- Beginning --- */

for (const button of document.querySelectorAll("[data-clear]")) button.addEventListener("click", () => filters.clear());
for (const { id } of page.workspaces) {
  live.subscribe(
    `workspace:${id}`,
    { snapshot: (documents) => onSnapshot(id, documents), batch: onBatch, refused: () => onSnapshot(id, []) },
    RATE,
  );
}
for (const chip of document.querySelectorAll(".chip[data-status=alarm]")) chip.hidden = !alarms.allowed;
alarms.listen(() => waiting.size || refresh());
setInterval(() => document.hidden || waiting.size || refresh(), LIST_MS);

bindKeys([
  [["/", "Ctrl K"], gettext("Search"), { "/": () => filters.search.focus() }],
  [["j", "k"], gettext("Next, previous device"), { j: () => select(list.neighbour(1), { move: true }), k: () => select(list.neighbour(-1), { move: true }) }],
  [["Enter"], gettext("Open the device"), { Enter: (event) => (current() && !event.target.closest("a, button, summary") ? open(current()) : false) }],
  [["m"], gettext("To the map"), { m: () => maps.current.getContainer().focus() }],
  [["o", "i"], gettext("Outdoor, indoor"), { o: () => maps.view("outdoor"), i: () => maps.view("indoor") }],
  [["[", "]"], gettext("Floor down, up"), { "[": () => maps.stepFloor(-1), "]": () => maps.stepFloor(1) }],
  [["a"], gettext("To the first unanswered alarm; again: acknowledge it"), { a: () => void drawer.answer() }],
  [["Esc"], gettext("Close the card"), { Escape: () => (selected ? select(null) : false) }],
  [["?"], gettext("This list"), { "?": showKeys }],
]);
document.addEventListener("keydown", (event) => {
  if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  filters.search.focus();
});
filters.search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.target.blur();
  if (event.key !== "Enter" || !list.order.length) return;
  select(list.order[0], { move: true });
  list.element.focus();
  event.preventDefault();
  event.stopPropagation();
});
