/** The theme of the API's page: Swagger's own dark colours follow the platform's choice, or the system's. */

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

function follow() {
  const { theme } = root.dataset;
  root.classList.toggle("dark-mode", theme === "dark" || (theme === "auto" && system.matches));
}

system.addEventListener("change", follow);
follow();
