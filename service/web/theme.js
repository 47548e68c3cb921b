/* Light or dark: the system's choice, until someone chooses here. Runs before the first paint, so that nothing flashes. */

(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  let stored = null;
  try {
    stored = localStorage.getItem("theme");
  } catch {
    // A browser may keep storage from the page; the choice then lasts as long as the page.
  }
  if (stored) root.dataset.theme = stored;

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const tell = () => button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      tell();
      try {
        localStorage.setItem("theme", root.dataset.theme);
      } catch {
        // As above.
      }
    });
    system.addEventListener("change", tell);
    tell();
  });
})();
