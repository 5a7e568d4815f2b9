/** The colour tokens as a canvas needs them, read again when the theme changes. */

const NAMES = [
  "bg", "surface", "text", "muted", "accent", "ok", "info", "warn", "crit", "off", "control", "hairline", "halo",
  "series-4", "map-sea", "map-land", "map-border", "map-grid", "sunken",
];

export const palette = {};
const listeners = new Set();

function read() {
  const style = getComputedStyle(document.documentElement);
  for (const name of NAMES) palette[name] = style.getPropertyValue(`--${name}`).trim();
  palette.font = style.getPropertyValue("--font");
}

function changed() {
  read();
  for (const listener of listeners) listener(palette);
}

export const STATUS_TOKEN = { moving: "ok", idle: "off", charging: "info", fault: "crit", offline: "off" };
export const statusColor = (status) => palette[STATUS_TOKEN[status] ?? "off"];
export const onPalette = (listener) => listeners.add(listener);
export const calm = matchMedia("(prefers-reduced-motion: reduce)");

read();
new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
