/**
 * What a device document says, per kind of device: its status (colour + shape + word) and the facts worth showing.
 * Statuses: moving, idle, charging, fault, offline. Nothing here touches the page.
 */

import { quantity, number, DASH } from "fleet/format";
import { gettext } from "fleet/i18n";

export const STATUSES = ["fault", "moving", "charging", "idle", "offline"];
const LOW_BATTERY = 20;
const CRITICAL_BATTERY = 10;

export const kindNames = () => ({
  robot: gettext("Robot"),
  drone: gettext("Drone"),
  remote_controller: gettext("Remote controller"),
  depot: gettext("Depot"),
  base_station: gettext("Base station"),
});

export const KIND_ICONS = {
  robot: "smart_toy",
  drone: "travel",
  remote_controller: "sports_esports",
  depot: "warehouse",
  base_station: "cell_tower",
};

/** A map id is whatever robots say, slashes included. */
export const floorPage = (workspaceId, mapId) => `/sites/${workspaceId}/floors/${mapId.split("/").map(encodeURIComponent).join("/")}/`;

/** Kinds that drive or fly: what can be told to stop. */
export const MOVING = new Set(["robot", "drone"]);

export const devicePage = (kind, id) => (kind === "robot" ? `/robots/${id}/` : `/devices/${id}/`);

const finite = (...values) => values.find((value) => Number.isFinite(value));

/* --- Robots --- */

const DRIVE_WORDS = [
  [/charg/i, "charging", () => gettext("Charging")],
  [/fault|error|emergency|abnormal|fail/i, "fault", () => gettext("Fault")],
  [/driv|mov|run/i, "moving", () => gettext("Driving")],
  [/pause/i, "idle", () => gettext("Paused")],
  [/stop/i, "idle", () => gettext("Stopped")],
];

/** [status, word] of what a robot says it does; a text that nobody knows is shown as it is. */
export function driveWord(said) {
  const known = DRIVE_WORDS.find(([pattern]) => pattern.test(said ?? ""));
  return known ? [known[1], known[2]()] : ["idle", said];
}

/** Where a robot says what it does; the first that is there counts. */
export const STATUS_TEXTS = { robot: ["robot_base_status.drive_status", "pose.drive_status"] };

function robotStatus(sections) {
  const said = sections.robot_base_status?.drive_status ?? sections.pose?.drive_status;
  if (DRIVE_WORDS.some(([pattern]) => pattern.test(said ?? ""))) return driveWord(said);
  const speed = sections.robot_base_status?.speed;
  if (!said && speed > 0.02) return ["moving", gettext("Driving")];
  return ["idle", gettext("Idle")];
}

function robot(document) {
  const { sections } = document;
  const base = sections.robot_base_status ?? {};
  const [status, word] = robotStatus(sections);
  return {
    status,
    word,
    battery: finite(base.battery),
    speed: finite(base.speed),
    network: base.network,
    headline: status === "moving" && Number.isFinite(base.speed) ? quantity(base.speed, "m/s", 1) : "",
  };
}

/* --- Aircraft: DJI's mode codes --- */

const ON_GROUND = new Set([0, 1, 2, 13, 14, 19]);
const FORCED_LANDING = 11;

const modeWords = () => ({
  4: gettext("Taking off"),
  5: gettext("On its route"),
  9: gettext("Returning home"),
  10: gettext("Landing"),
  11: gettext("Forced landing"),
  12: gettext("Forced landing"),
  13: gettext("Updating"),
});

function droneStatus(osd) {
  const mode = osd.mode_code;
  if (mode === FORCED_LANDING || mode === 12) return ["fault", modeWords()[mode]];
  const aloft = Number.isInteger(mode)
    ? !ON_GROUND.has(mode)
    : osd.elevation > 1 || osd.horizontal_speed > 0.5;
  if (aloft) return ["moving", modeWords()[mode] ?? gettext("Flying")];
  return ["idle", modeWords()[mode] ?? gettext("Standby")];
}

function drone(document) {
  const osd = document.sections.osd ?? {};
  const [status, word] = droneStatus(osd);
  const height = finite(osd.elevation, osd.height, document.position?.height);
  return {
    status,
    word,
    battery: finite(osd.battery?.capacity_percent, osd.capacity_percent),
    speed: finite(osd.horizontal_speed),
    height,
    satellites: finite(osd.position_state?.gps_number),
    home: finite(osd.home_distance),
    headline: status === "moving" && Number.isFinite(height) ? quantity(height, "m") : "",
  };
}

const other = (document) => ({
  status: "idle",
  word: gettext("Ready"),
  battery: finite(document.sections.osd?.capacity_percent),
  headline: "",
});

const DEPOT_STATES = () => ({
  ready: ["idle", gettext("Ready")],
  running: ["moving", gettext("At work")],
  protect: ["fault", gettext("Protection")],
  error: ["fault", gettext("Fault")],
});

function depot(document) {
  const [status, word] = DEPOT_STATES()[document.sections.depot_status?.status] ?? ["idle", gettext("Ready")];
  return { status, word, headline: "" };
}

const READERS = { robot, drone, depot, remote_controller: other, base_station: other };

/** One device as the pages show it. `age`: milliseconds since the server received its newest sample. */
export function describe(document, age, usualGap = NaN) {
  const sections = document.sections ?? {};
  const told = (READERS[document.kind] ?? other)({ ...document, sections });
  const stale = document.online && isStale(age, usualGap, document.kind);
  if (!document.online) Object.assign(told, { status: "offline", word: gettext("Offline"), headline: "" });
  return { ...told, stale, place: place(document), level: batteryLevel(told.battery) };
}

/**
 * Late for this device: a drone that reports every two seconds is not late after three. Before its pace is known a
 * vehicle is given ten seconds; what stands still is late only when the server says so (online).
 */
function isStale(age, usualGap, kind) {
  if (Number.isFinite(usualGap)) return age > Math.max(3000, 4 * usualGap);
  return age > 10_000 && (kind === "robot" || kind === "drone");
}

const batteryLevel = (percent) =>
  !Number.isFinite(percent) ? "none" : percent < CRITICAL_BATTERY ? "crit" : percent < LOW_BATTERY ? "warn" : "ok";

/** Where it is: {kind: "outdoor", lat, lng, heading} or {kind: "indoor", map, x, y, rotate}; null without a position. */
export function place(document) {
  const at = document.position;
  if (!at) return null;
  if (Number.isFinite(at.latitude) && Number.isFinite(at.longitude)) {
    return { kind: "outdoor", lat: at.latitude, lng: at.longitude, heading: at.heading };
  }
  if (Number.isFinite(at.x) && Number.isFinite(at.y)) {
    return { kind: "indoor", map: at.map_id ?? "", x: at.x, y: at.y, rotate: at.rotate };
  }
  return null;
}

/**
 * A robot's `rotate` -> degrees clockwise from the top of the screen, as headings are. `rotate` counts degrees
 * clockwise on the plan from its x axis, which points right: 90 looks down.
 */
export const headingOfRotate = (rotate) => (Number.isFinite(rotate) ? rotate + 90 : undefined);

/** Half a turn to the left is half a turn to the right: one name for it. */
const degrees = (value) => (Number.isFinite(value) ? `${number(Math.round(value) === -180 ? 180 : value)}°` : DASH);

const NETWORK_WORDS = () => ({ GOOD: gettext("Good"), NORMAL: gettext("Normal"), BAD: gettext("Poor") });

/** A word that nobody knows is shown as the robot said it. */
const networkWord = (said) => NETWORK_WORDS()[said.toUpperCase()] ?? said;

/** The facts of one device for cards and key-figure strips: [key, label, text with unit]. */
export function facts(document, told) {
  const rows = [];
  const add = (key, label, text) => text !== DASH && rows.push([key, label, text]);
  add("battery", gettext("Battery"), quantity(told.battery, "%"));
  add("speed", gettext("Speed"), quantity(told.speed, "m/s", 1));
  add("height", gettext("Height"), quantity(told.height, "m"));
  if (told.network) add("network", gettext("Network"), networkWord(String(told.network)));
  add("home", gettext("From home"), quantity(told.home, "m"));
  add("satellites", gettext("Satellites"), number(told.satellites));
  const at = told.place;
  if (at?.kind === "outdoor") {
    add("place", gettext("Position"), `${at.lat.toFixed(5)}, ${at.lng.toFixed(5)}`);
    add("heading", gettext("Heading"), degrees((at.heading + 360) % 360));
  } else if (at) {
    add("place", gettext("Position"), `x${"\u2009"}${Math.round(at.x)} · y${"\u2009"}${Math.round(at.y)}`);
    add("heading", gettext("Rotation"), degrees(at.rotate));
  }
  const weather = document.sections?.weather;
  if (weather) {
    add("temperature", gettext("Temperature"), quantity(weather.T, "°C", 1));
    add("humidity", gettext("Humidity"), quantity(weather.RH, "%"));
    add("wind", gettext("Wind"), quantity(weather.WS, "m/s", 1));
  }
  const station = document.sections?.environment;
  if (station) {
    add("temperature", gettext("Temperature"), quantity(station.temperature, "°C", 1));
    add("humidity", gettext("Humidity"), quantity(station.humidity, "%"));
    add("brightness", gettext("Brightness"), number(station.brightness));
    add("noise", gettext("Noise"), quantity(station.noise, "dB"));
  }
  return rows;
}
