// The console keeps its theme in localStorage alone; the pages read it from a cookie. Leaving the console hands it over.
addEventListener("pagehide", () => {
  try {
    const theme = JSON.parse(localStorage.getItem("adminTheme"));
    if (["light", "dark", "auto"].includes(theme)) {
      document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    }
  } catch {
    // Nothing was chosen, or storage is closed to us.
  }
});
