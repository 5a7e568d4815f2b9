/** When robots drive by themselves: the schedules that the reader may see, planned and run by whoever may. */

import { onState } from "fleet/connection";
import { stateTone } from "fleet/commands/words";
import { arrange, partsOf, put } from "fleet/dom";
import { gettext, ngettext } from "fleet/i18n";
import { bindKeys, showKeys } from "fleet/keys";
import { failed, notice, reason } from "fleet/notices";
import { readQuery, writeQuery } from "fleet/query";
import { ScheduleCard } from "fleet/schedules/card";
import { ScheduleForm } from "fleet/schedules/form";
import { ScheduleStore } from "fleet/schedules/store";

const DEFAULTS = { floor: "", robot: "", state: "all", schedule: "", form: "" };

const page = JSON.parse(document.getElementById("page-data").textContent);
const root = document.getElementById("schedules");
const parts = partsOf(root);
const state = readQuery(DEFAULTS);
const cards = new Map();
const busy = new Set();
const notes = new Map();

const floors = new Map(page.floors.map((floor) => [floor.id, floor]));
const robots = new Map(page.robots.map((robot) => [robot.robot_id, robot]));
const planned = { floor: (id) => floors.get(id), robot: (name) => robots.get(name) };
const managed = new Set(page.workspaces.filter((place) => place.may_manage).map(({ id }) => id));

const store = new ScheduleStore(page.workspaces.map(({ id }) => id), { onChange: draw });
const form = document.getElementById("schedule-form") && new ScheduleForm(document.getElementById("schedule-form"), {
  page,
  save: (id, body) => store.save(id, body),
  onDone: saved,
  onCancel: () => closeForm(),
});

/* --- The list --- */

/** Of a robot: the schedules that name it, and those for all robots of its workspace. */
function concerns(schedule, robot) {
  return schedule.workspace_id === robot.workspace_id && (!schedule.robots.length || schedule.robots.includes(robot.robot_id));
}

function shown() {
  const robot = page.robots.find(({ id }) => String(id) === state.robot);
  return store.list().filter((schedule) =>
    schedule.id === store.open ||
    ((!state.floor || String(schedule.floor_id) === state.floor) &&
      (!robot || concerns(schedule, robot)) &&
      (state.state === "all" || schedule.state === state.state)));
}

function draw() {
  root.classList.toggle("loading", !store.failed && store.next === undefined);
  if (!store.open && state.schedule && !root.classList.contains("loading")) keep({ schedule: "" });
  const rows = shown();
  for (const id of cards.keys()) if (!store.rows.has(id)) cards.delete(id);
  arrange(parts.list, rows.map((schedule) => card(schedule).element));
  form?.heard(store.rows.get(form.id));
  openAsked();
  drawEnds(rows);
}

function card(schedule) {
  let made = cards.get(schedule.id);
  if (!made) {
    made = new ScheduleCard(schedule, { planned, may: managed.has(schedule.workspace_id), on: { open: toggle, edit: (row) => openForm(row), turn, run, remove } });
    cards.set(schedule.id, made);
  }
  made.update(schedule, { open: store.open === schedule.id, runs: store.runs.get(schedule.id), busy: busy.has(schedule.id), note: notes.get(schedule.id) });
  return made;
}

function drawEnds(rows) {
  const filtered = state.floor || state.robot || state.state !== "all";
  parts.failed.hidden = !store.failed;
  if (store.failed) put(parts.why, reason(store.failed));
  parts.more.hidden = !store.next;
  parts.empty.hidden = rows.length > 0 || store.failed || root.classList.contains("loading");
  put(parts.emptyTitle, filtered ? gettext("No schedule matches") : gettext("No schedules yet"));
  parts.emptyText.hidden = Boolean(filtered);
  parts.clearFilters.hidden = !filtered;
  if (store.missing) {
    notice(gettext("There is no schedule %(id)s, or you may not see it.", { id: store.missing }), { error: true });
    store.missing = null;
  }
}

/** The address may ask for the form of one that had to be read first. */
function openAsked() {
  if (!form || form.isOpen || !state.form || root.classList.contains("loading")) return;
  const row = store.rows.get(Number(state.form));
  if (state.form === "new") openForm(null);
  else if (row && managed.has(row.workspace_id)) openForm(row);
  else keep({ form: "" });
}

function keep(changes) {
  Object.assign(state, changes);
  writeQuery(state, DEFAULTS);
}

function toggle(id) {
  const open = store.open === id ? null : id;
  keep({ schedule: open ? String(open) : "" });
  store.show(open);
}

/* --- The form --- */

function openForm(row) {
  keep({ form: row ? String(row.id) : "new" });
  form.open(row, Number(state.floor) || undefined);
  parts.add.disabled = true;
  form.root.scrollIntoView({ block: "start" });
}

function closeForm(row = store.rows.get(form.id)) {
  form.close();
  keep({ form: "" });
  parts.add.disabled = false;
  (row ? cards.get(row.id)?.opener ?? parts.add : parts.add).focus();
}

function saved(row) {
  notice(gettext("“%(title)s” was saved.", row));
  keep({ schedule: String(row.id) });
  store.show(row.id);
  closeForm(row);
}

/* --- What is done to one: said as the server tells it, never before --- */

async function act(schedule, what, done) {
  const stood = document.activeElement; // a button that is disabled loses the focus
  busy.add(schedule.id);
  notes.delete(schedule.id);
  draw();
  try {
    await done();
  } catch (error) {
    failed(what, error);
  }
  busy.delete(schedule.id);
  draw();
  if (stood.isConnected && document.activeElement === document.body) stood.focus();
}

const turn = (schedule, on) =>
  act(schedule, gettext("“%(title)s” was not changed.", schedule), () => store.save(schedule.id, { state: on ? "active" : "paused" }));

const remove = (schedule) =>
  act(schedule, gettext("“%(title)s” was not deleted.", schedule), async () => {
    if (form?.isOpen && form.id === schedule.id) closeForm();
    await store.remove(schedule.id);
    notice(gettext("“%(title)s” was deleted.", schedule));
    document.getElementById("content").focus(); // no button: the key that was held may still be down
  });

const run = (schedule) =>
  act(schedule, gettext("“%(title)s” was not run.", schedule), async () => {
    const runs = await store.run(schedule.id);
    const asked = runs.reduce((sum, { command_ids: ids }) => sum + ids.length, 0);
    const bad = runs.filter((one) => one.state !== "fired");
    const why = [...new Set(bad.map(({ detail }) => detail))].join(" ");
    const text = asked ? ngettext("%(count)s command was sent off.", "%(count)s commands were sent off.", asked) : gettext("Nothing was sent off.");
    notes.set(schedule.id, { text: [text, why].join(" ").trim(), tone: stateTone(bad.length ? "failed" : "done") });
  });

/* --- Filters --- */

function filter(changes) {
  keep(changes);
  markFilters();
  if ("floor" in changes) return load();
  return draw();
}

function load() {
  store.floor = state.floor;
  store.failed = null;
  store.next = undefined;
  store.pages = 1;
  draw();
  return store.read();
}

function markFilters() {
  for (const button of root.querySelectorAll("[data-state-filter]")) button.setAttribute("aria-pressed", String(button.dataset.stateFilter === state.state));
  parts.floorFilter.value = state.floor;
  const robot = page.robots.find(({ id }) => String(id) === state.robot);
  parts.robot.hidden = !state.robot;
  put(parts.robotName, robot?.name ?? `#${state.robot}`);
}

function fillFloors() {
  const options = (place) => page.floors.filter((floor) => floor.workspace_id === place.id).map((floor) => new Option(floor.title, floor.id));
  for (const place of page.workspaces) {
    if (page.workspaces.length === 1) parts.floorFilter.append(...options(place));
    else {
      const group = document.createElement("optgroup");
      group.label = place.name;
      group.append(...options(place));
      if (group.childElementCount) parts.floorFilter.append(group);
    }
  }
}

root.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-state-filter]");
  if (button) filter({ state: button.dataset.stateFilter });
});
parts.floorFilter.addEventListener("change", () => filter({ floor: parts.floorFilter.value }));
parts.dropRobot.addEventListener("click", () => filter({ robot: "" }));
parts.clearFilters.addEventListener("click", () => filter({ floor: "", robot: "", state: "all" }));
parts.again.addEventListener("click", load);
parts.more.addEventListener("click", () => ((store.pages += 1), store.read()));
parts.add?.addEventListener("click", () => openForm(null));

/** After a break of the connection runs may have gone by unheard. */
let phase = "";
onState(({ phase: now }) => {
  if (now === "live" && phase && phase !== "live" && phase !== "connecting") store.refresh();
  phase = now;
});

function step(by) {
  const openers = [...parts.list.querySelectorAll(".schedule-open")];
  const at = openers.indexOf(document.activeElement?.closest(".schedule")?.querySelector(".schedule-open"));
  openers[at < 0 ? 0 : Math.min(openers.length - 1, Math.max(0, at + by))]?.focus();
}

bindKeys([
  [["j", "k"], gettext("Next, previous schedule"), { j: () => step(1), k: () => step(-1) }],
  ...(form ? [[["n"], gettext("New schedule"), { n: () => form.isOpen || openForm(null) }]] : []),
  [["?"], gettext("This list"), { "?": showKeys }],
]);

/* --- Beginning --- */

fillFloors();
markFilters();
store.open = Number(state.schedule) || null;
load().then(() => {
  const asked = cards.get(store.open)?.element;
  if (asked && !form?.isOpen && asked.getBoundingClientRect().top > innerHeight / 2) asked.scrollIntoView({ block: "start" });
});
