/** All alarms: open or past, filtered by the address, answered one by one or several at once. */

import { getJson } from "fleet/api";
import { acknowledge, acknowledgeAll, clear } from "fleet/alarms/actions";
import { setSound, soundOn, play } from "fleet/alarms/sound";
import { alarms } from "fleet/alarms/store";
import { AlarmTable } from "fleet/alarms/table";
import { live } from "fleet/connection";
import { partsOf, put } from "fleet/dom";
import { gettext, ngettext } from "fleet/i18n";
import { bindKeys, showKeys } from "fleet/keys";
import { devicePage } from "fleet/kinds";
import { workspaces } from "fleet/me";
import { notice, reason } from "fleet/notices";
import { readQuery, writeQuery } from "fleet/query";

const PAGE = 50;
const DEFAULTS = { state: "open", severity: "", workspace: "", device: "" };
const STATES = { open: "raised,acknowledged", all: "" };

const root = document.getElementById("alerts");
const parts = partsOf(root);
const state = readQuery(DEFAULTS);
let next = null;
let serial = 0;

const table = new AlarmTable(root.querySelector("table"), { workspaces: workspaces.length > 1, onChoice: showChoice, now: () => live.now() });

/* --- Reading --- */

function filters() {
  const { severity, workspace, device } = state;
  return { state: STATES[state.state] ?? state.state, severity, workspace, device };
}

async function load(cursor) {
  const mine = ++serial;
  root.classList.add("loading");
  try {
    const page = await getJson("/api/fleet/alarms", { ...filters(), cursor, limit: PAGE });
    if (mine !== serial) return;
    if (!cursor) table.clear();
    table.put(page.results);
    next = page.next;
    parts.failed.hidden = true;
    nameDevice(page.results);
  } catch (error) {
    if (mine !== serial) return;
    put(parts.why, reason(error));
    parts.failed.hidden = false;
  }
  root.classList.remove("loading");
  showEnds();
}

/** A filter by device is named by the first row; without rows by its number. */
function nameDevice([first]) {
  parts.device.hidden = !state.device;
  put(parts.deviceName, first?.device_name ?? `#${state.device}`);
}

function matches(alarm) {
  const states = (STATES[state.state] ?? state.state).split(",");
  return (
    (states.includes(alarm.state) || states[0] === "") &&
    (!state.severity || alarm.severity === state.severity) &&
    (!state.workspace || String(alarm.workspace_id) === state.workspace) &&
    (!state.device || String(alarm.device_id) === state.device)
  );
}

/** Rows that are here change in place and stay, though their state no longer fits the filter. */
function onChange(changed) {
  const wanted = changed.filter((alarm) => table.has(alarm.id) || (table.loaded && matches(alarm)));
  if (wanted.length) table.put(wanted);
  showEnds();
}

/* --- Writing --- */

function showEnds() {
  parts.more.hidden = !next;
  const filtered = state.severity || state.workspace || state.device;
  parts.empty.hidden = root.classList.contains("loading") || table.size > 0 || !parts.failed.hidden;
  put(parts.emptyTitle, filtered ? gettext("No alarm matches") : state.state === "open" ? gettext("No open alarms") : gettext("No alarms"));
  parts.clearFilters.hidden = !filtered;
  root.querySelector("table").hidden = !table.size;
}

function showChoice(chosen) {
  parts.bulk.hidden = !chosen.length;
  put(parts.chosen, ngettext("%(count)s chosen", "%(count)s chosen", chosen.length));
}

/** What fails stays chosen. */
async function answerAll(answer) {
  parts.bulk.inert = true;
  const done = await answer();
  parts.bulk.inert = false;
  if (!done) return;
  parts.note.value = "";
  table.chooseAll(false);
  notice(ngettext("%(count)s alarm answered", "%(count)s alarms answered", done));
}

const answerChosen = () => answerAll(() => acknowledgeAll(table.chosen.filter((alarm) => alarm.state === "raised"), parts.note.value.trim()));
const clearChosen = () => answerAll(() => clearAll(table.chosen));

async function clearAll(chosen) {
  let done = 0;
  for (const alarm of chosen) done += await clear(alarm);
  return done;
}

function answerCurrent() {
  if (table.chosen.length) return answerChosen();
  const alarm = table.current;
  if (alarm?.state === "raised") return acknowledge(alarm);
  return table.step(alarm ? 1 : 0);
}

/* --- Filters --- */

function filter(changes) {
  Object.assign(state, changes);
  markFilters();
  writeQuery(state, DEFAULTS);
  next = null;
  table.loaded = false;
  table.clear();
  load().then(() => (table.loaded = true));
}

function markFilters() {
  for (const button of root.querySelectorAll("[data-state-filter]")) {
    button.setAttribute("aria-pressed", String(button.dataset.stateFilter === state.state));
  }
  for (const select of root.querySelectorAll("select[data-filter]")) select.value = state[select.dataset.filter];
  const told = Object.entries(filters()).filter(([, value]) => value);
  parts.csv.href = `/api/fleet/alarms?${new URLSearchParams([["format", "csv"], ...told])}`;
}

root.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-state-filter]");
  if (button) filter({ state: button.dataset.stateFilter });
});
for (const select of root.querySelectorAll("select[data-filter]")) {
  select.addEventListener("change", () => filter({ [select.dataset.filter]: select.value }));
}
parts.clearFilters.addEventListener("click", () => filter({ severity: "", workspace: "", device: "" }));
parts.dropDevice.addEventListener("click", () => filter({ device: "" }));
parts.more.addEventListener("click", () => load(next));
parts.again.addEventListener("click", () => filter({}));
parts.answer.addEventListener("click", answerChosen);
parts.clear.addEventListener("click", clearChosen);
parts.sound.checked = soundOn();
parts.sound.addEventListener("change", () => {
  setSound(parts.sound.checked);
  play();
});

bindKeys([
  [["j", "k"], gettext("Next, previous alarm"), { j: () => table.step(1), k: () => table.step(-1) }],
  [["x"], gettext("Choose the alarm"), { x: () => table.togglePick() }],
  [["a"], gettext("Acknowledge the chosen alarms, or this one"), { a: () => void answerCurrent() }],
  [["Enter"], gettext("Open the device"), { Enter: ({ target }) => (target.matches("tr") && table.current ? location.assign(devicePage(table.current.kind, table.current.device_id)) : false) }],
  [["?"], gettext("This list"), { "?": showKeys }],
]);

markFilters();
alarms.listen(onChange);
filter({});
