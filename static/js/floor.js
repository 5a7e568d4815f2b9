/** One floor: its plan with robots, zones, routes, stores and regions; whoever may draws them here. */

import { isFrozen, onState } from "fleet/connection";
import { FloorData } from "fleet/floor/data";
import { FloorDrawing } from "fleet/floor/drawing";
import { Editing } from "fleet/floor/editing";
import { Heat } from "fleet/floor/heat";
import { FloorLists } from "fleet/floor/lists";
import { ORDER } from "fleet/floor/kinds";
import { FloorRobots } from "fleet/floor/robots";
import { gettext } from "fleet/i18n";
import { bindKeys, showKeys } from "fleet/keys";
import { devicePage } from "fleet/kinds";
import { FloorPlan } from "fleet/map/indoor";
import { MarkerLayer } from "fleet/map/markers";
import { failed } from "fleet/notices";
import { readQuery, writeQuery } from "fleet/query";

const LAYERS = ["robots", "zone", "route", "store", "region", "heat"];
const DEFAULTS = { layers: "robots,zone,route,store", selected: "", heat: "seconds", from: "", to: "" };

const page = JSON.parse(document.getElementById("page-data").textContent);
const root = document.getElementById("floor");
const state = readQuery(DEFAULTS);
const layers = new Set(state.layers.split(",").filter((name) => LAYERS.includes(name)));
const [chosenKind, chosenId] = state.selected.split(":");
let selected = ORDER.includes(chosenKind) ? { kind: chosenKind, id: Number(chosenId) } : null;

/* --- Parts --- */

const plan = new FloorPlan(document.getElementById("plan"));
const drawing = new FloorDrawing(plan, { pane: "shapes" });
const marks = new MarkerLayer({ pane: "marks" });
const data = new FloorData(page.floor, () => (editing.refreshed(), draw()));
const lists = new FloorLists(document.getElementById("things"), {
  mayEdit: page.may_edit,
  kinds: page.floor.id ? ORDER : ["zone"],
  onSelect: (kind, id) => select(selected?.kind === kind && selected.id === id ? null : { kind, id }),
  onEdit: (kind, id) => editing.open(kind, id),
  onAdd: (kind) => (showLayer(kind), editing.open(kind, null)),
});
const editing = new Editing(document.getElementById("shape"), { data, plan, lists, onDraw: draw, onOpen: (kind, id) => id && select({ kind, id }) });
const robots = new FloorRobots(page.floor, plan, marks, listOf("robots-here"), (documents) => data.hear(documents));

const heat = page.floor.id ? new Heat(document.getElementById("heat"), { floor: page.floor, plan, state, onChange: keepAddress }) : null;

function listOf(id) {
  const section = document.getElementById(id);
  return { list: section.querySelector("ul"), none: section.querySelector(".none"), count: section.querySelector(".count") };
}

/* --- Drawing --- */

function draw() {
  drawing.show(data.things, layers, { selected, draft: editing.draft && { ...editing.draft.shape, kind: editing.draft.kind, id: editing.draft.id } });
  lists.show(data.things, selected);
}

function select(what) {
  selected = what;
  if (what) showLayer(what.kind);
  keepAddress();
  draw();
}

function keepAddress() {
  state.layers = LAYERS.filter((name) => layers.has(name)).join(",");
  state.selected = selected ? `${selected.kind}:${selected.id}` : "";
  writeQuery(layers.has("heat") ? state : { ...state, from: "", to: "" }, DEFAULTS);
}

/* --- Layers --- */

function showLayer(name, on = true) {
  if (on) layers.add(name);
  else layers.delete(name);
  applyLayers();
  keepAddress();
  robots.draw();
  draw();
}

function applyLayers() {
  robots.shown = layers.has("robots");
  heat?.turn(layers.has("heat"));
  markLayers();
}

function markLayers() {
  for (const button of root.querySelectorAll("[data-layer]")) button.setAttribute("aria-pressed", String(layers.has(button.dataset.layer)));
}

root.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-layer]");
  if (button) showLayer(button.dataset.layer, !layers.has(button.dataset.layer));
});

/* --- Map --- */

if (page.floor.image || page.floor.width) plan.show(page.floor);
drawing.addTo(plan.map);
marks.addTo(plan.map);
new ResizeObserver(() => plan.fit()).observe(document.getElementById("plan"));
plan.map.on("click", ({ containerPoint }) => {
  if (editing.draft) return;
  const robot = layers.has("robots") ? marks.hit(containerPoint) : null;
  if (robot !== null) location.assign(devicePage("robot", robot));
  else select(drawing.hit(containerPoint));
});
plan.map.on("mousemove", ({ containerPoint }) => {
  if (!editing.draft) plan.map.getContainer().style.cursor = marks.hit(containerPoint) !== null || drawing.hit(containerPoint) ? "pointer" : "";
});

/* --- Beginning --- */

onState(() => root.classList.toggle("frozen", isFrozen()));
document.getElementById("floor-switch")?.addEventListener("change", ({ target }) => location.assign(target.value));
applyLayers();
Promise.allSettled([data.read(), robots.there]).then(([read]) => {
  if (read.reason) failed(gettext("What lies on this floor could not be read."), read.reason);
  plan.show(page.floor, [...robots.places(), ...data.points()]); // both say how large a floor is that has no plan
  root.classList.remove("loading");
  robots.draw();
  draw();
});

bindKeys([
  [["m"], gettext("To the map"), { m: () => plan.map.getContainer().focus() }],
  [["r", "z"], gettext("Robots, zones on and off"), { r: () => showLayer("robots", !layers.has("robots")), z: () => showLayer("zone", !layers.has("zone")) }],
  ...(heat ? [[["h"], gettext("Heat on and off"), { h: () => showLayer("heat", !layers.has("heat")) }]] : []),
  ...(page.may_edit ? [[["n"], gettext("New zone"), { n: () => editing.draft || (showLayer("zone"), editing.open("zone", null)) }]] : []),
  [["Ctrl Z"], gettext("Undo while editing"), {}],
  [["Esc"], gettext("End editing, or the selection"), { Escape: () => (editing.draft ? editing.cancel() : selected ? select(null) : false) }],
  [["?"], gettext("This list"), { "?": showKeys }],
]);
