/** Making and changing nodes; a node is touched only where it differs. */

const SVG = "http://www.w3.org/2000/svg";

/** `make("button", {class: "button", type: "button", onclick}, "text", node, null)`; on* are listeners. */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** A symbol of Material Symbols, beside a text that says the same. */
export const icon = (name) => make("span", { class: "icon", "aria-hidden": "true" }, name);

/** One of the shapes in partials/glyphs.html. */
export function glyph(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "glyph");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS(SVG, "use")).setAttribute("href", `#glyph-${name}`);
  return svg;
}

/** The nodes in `root` by their data-part. */
export const partsOf = (root) =>
  Object.fromEntries([...root.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]));

export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function set(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Puts `rows` into `parent` in their order without moving those that stand right, so that focus stays. */
export function arrange(parent, rows) {
  const wanted = new Set(rows);
  for (const row of [...parent.children]) if (!wanted.has(row)) row.remove();
  rows.forEach((row, index) => {
    if (parent.children[index] !== row) parent.insertBefore(row, parent.children[index] ?? null);
  });
}
