/** What is on screen has an address: selection, filter and view live in the query string. */

export function readQuery(defaults) {
  const params = new URLSearchParams(location.search);
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, params.get(name) ?? value]));
}

/** Writes the values that differ from their defaults; other parameters stay. */
export function writeQuery(values, defaults) {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === defaults[name] || value === null || value === undefined || value === "") params.delete(name);
    else params.set(name, value);
  }
  const query = params.toString();
  const wanted = query ? `?${query}` : "";
  if (wanted !== location.search) history.replaceState(null, "", location.pathname + wanted);
}
