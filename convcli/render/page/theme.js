/* Whether the page is dark: as the system prefers, or as what is around its frame. */

const SYSTEM = "(prefers-color-scheme: dark)";
/** @type {Set<CSSMediaRule>} */
const darkRules = new Set();

/** Whether the page is on its dark ground; on paper it never is. */
export const isDark = () => {
  const { theme } = document.documentElement.dataset;
  return matchMedia("screen").matches && (theme ? theme === "dark" : matchMedia(SYSTEM).matches);
};

/**
 * Take a theme in place of the system's: its rules of CSS hold for every screen, or for none.
 * @param {"light" | "dark"} theme
 */
export function takeTheme(theme) {
  const { documentElement: root } = document;
  root.dataset.theme = theme;
  root.style.colorScheme = theme;
  for (const sheet of document.styleSheets)
    for (const rule of sheet.cssRules) {
      const { media } = /** @type {CSSMediaRule} */ (rule);
      if (media?.mediaText.includes(SYSTEM)) darkRules.add(/** @type {CSSMediaRule} */ (rule));
    }
  for (const { media } of darkRules) media.mediaText = theme === "dark" ? "screen" : "not all";
}
