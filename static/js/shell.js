/** Menus, theme and the password eye: small comforts of every page. Everything here also works without scripts. */

import { gettext } from "fleet/i18n";
import { bindKeys } from "fleet/keys";

const root = document.documentElement;
const ADMIN_THEME = "adminTheme"; // the admin theme's own key: JSON in localStorage
const ICONS = { light: "light_mode", dark: "dark_mode", auto: "contrast" };

/* --- Menus --- */

for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => menu.contains(event.target) || (menu.open = false));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

for (const opener of document.querySelectorAll("[data-opens]")) {
  opener.addEventListener("click", (event) => {
    const menu = document.getElementById(opener.dataset.opens);
    menu.open = !menu.open;
    if (menu.open) menu.querySelector("a, button").focus();
    event.stopPropagation();
  });
}

/* --- Theme: the cookie speaks for our pages, localStorage for the admin; the two are held together --- */

function adminTheme() {
  try {
    return JSON.parse(localStorage.getItem(ADMIN_THEME));
  } catch {
    return null;
  }
}

function useTheme(theme) {
  root.dataset.theme = theme;
  localStorage.setItem(ADMIN_THEME, JSON.stringify(theme));
  for (const button of document.querySelectorAll(".theme-choice button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
  const icon = document.querySelector(".menu.theme summary .icon");
  if (icon) icon.textContent = ICONS[theme];
}

function keepTheme(form, theme) {
  const body = new FormData(form);
  body.set("theme", theme);
  return fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
}

const forms = document.querySelectorAll(".theme-choice");
for (const form of forms) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const theme = event.submitter.value;
    useTheme(theme);
    keepTheme(form, theme);
    form.closest("details.menu")?.removeAttribute("open");
  });
}

const chosenInAdmin = adminTheme();
if (chosenInAdmin in ICONS && chosenInAdmin !== root.dataset.theme && forms.length) {
  useTheme(chosenInAdmin);
  keepTheme(forms[0], chosenInAdmin);
} else if (chosenInAdmin === null) {
  localStorage.setItem(ADMIN_THEME, JSON.stringify(root.dataset.theme));
}

/* --- Forms that come back here: to what is on screen now, not to what was when the page was loaded --- */

for (const field of document.querySelectorAll(".header input[name=next]")) {
  field.form.addEventListener("submit", () => (field.value = location.pathname + location.search));
}

/* --- Password eye --- */

for (const eye of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(eye.dataset.reveal);
  eye.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    eye.setAttribute("aria-pressed", String(!shown));
    eye.querySelector(".icon").textContent = shown ? "visibility" : "visibility_off";
  });
}

/* --- Keys of every page with the header --- */

const places = [["g", "f", gettext("To the fleet"), ".brand"], ["g", "s", gettext("To the schedules"), "#to-schedules"], ["g", "a", gettext("To the alarms"), "#bell"]];
for (const [first, second, label, link] of places) {
  const target = document.querySelector(`.header ${link}`);
  if (target) bindKeys([[[first, second], label, { [`${first} ${second}`]: () => location.assign(target.href) }]]);
}
