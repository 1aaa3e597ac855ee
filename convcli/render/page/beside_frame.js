/*
 * Beside the frame of a page, in the document of a notebook: tells the page whether the notebook is
 * dark, and gives the frame the height that the page asks for. It runs once, however many frames
 * there are, touches nothing but them, and listens to no key.
 */

(() => {
  const scope = /** @type {any} */ (window);
  if (scope.convcliFrames) {
    scope.convcliFrames();
    return;
  }
  const [LEAST, MOST] = [320, 2000]; // of a height, in CSS pixels
  const CHANGED_MS = 400; // a theme of JupyterLab has loaded its style by then
  /** @returns {any[]} */
  const frames = () => [...document.querySelectorAll("iframe.convcli")];

  /** How light a colour of CSS is, from 0 to 255; undefined for one that is transparent. */
  const lightness = (/** @type {string} */ color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    if (!color.startsWith("rgb") || alpha < 0.5) return undefined;
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  /**
   * Whether the ground around an element is dark: the first that is not transparent. Where all are,
   * as in VS Code, the letters are light on a dark ground.
   */
  const isDark = (/** @type {Element} */ element) => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      const ground = lightness(getComputedStyle(at).backgroundColor);
      if (ground !== undefined) return ground < 128;
    }
    return lightness(getComputedStyle(element.parentElement).color) > 128;
  };

  const tell = () => {
    for (const frame of frames()) {
      const convcli = { theme: isDark(frame) ? "dark" : "light" };
      frame.contentWindow?.postMessage({ convcli }, "*"); // it has no origin to name
    }
  };

  addEventListener("message", ({ data, source }) => {
    const { height, isNew } = data?.convcli ?? {};
    const frame = height && frames().find((each) => each.contentWindow === source);
    if (!frame) return;
    if (isNew) tell();
    if (height >= LEAST && height <= MOST && frame.dataset.height !== "fixed")
      frame.height = `${Math.ceil(height)}`;
  });
  const observer = new MutationObserver(() => {
    tell();
    setTimeout(tell, CHANGED_MS);
  });
  for (const root of [document.documentElement, document.body])
    observer.observe(root, { attributes: true });
  scope.convcliFrames = tell;
  tell();
})();
