/** Texts by Django's own catalogue (/jsi18n/). Names in a text are written %(name)s. */

const fill = (text, values) =>
  values ? text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole) : text;

export const language = document.documentElement.lang || "en";

export function gettext(text, values) {
  return fill(window.gettext ? window.gettext(text) : text, values);
}

export function ngettext(one, many, count, values) {
  const said = window.ngettext ? window.ngettext(one, many, count) : count === 1 ? one : many;
  return fill(said, { count, ...values });
}
