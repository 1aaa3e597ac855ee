/*
 * The page in the frame of a notebook: it tells what is around it how high it wants to be, and
 * takes the theme from there. In other frames nobody answers.
 */

import { $ } from "./elements.js";
import { isFramed } from "./frame.js";
import { takeTheme } from "./theme.js";

const TALLEST_STAGE = 460; // CSS pixels
const LEAST_STAGE = 426; // a lower one is compact
const NEWS = 8; // a change of fewer pixels is none

/** @param {any} page */
export function embed(page) {
  if (!isFramed()) return;
  const { stage } = page;
  document.body.classList.add("framed");
  let told = { width: 0, height: 0 };
  const tell = (isNew = false) => {
    const width = innerWidth;
    if (width === told.width && !isNew) return;
    const around = innerHeight - $("#stage").clientHeight + hidden($("#explanation"));
    const height = Math.ceil(around + wanted(stage));
    if (!isNew && Math.abs(height - told.height) < NEWS) return;
    told = { width, height };
    parent.postMessage({ convcli: { height, isNew } }, "*"); // a notebook's origin is unknown
  };
  addEventListener("message", ({ data, source }) => {
    const theme = data?.convcli?.theme;
    if (source !== parent || !["light", "dark"].includes(theme)) return;
    if (theme === document.documentElement.dataset.theme) return;
    takeTheme(theme);
    page.refit();
  });
  new ResizeObserver(() => tell()).observe(document.body);
  tell(true);
}

/** How much of an element is out of view. @param {HTMLElement} element */
const hidden = (element) => element.scrollHeight - element.clientHeight;

/** The height of a stage that shows its cells in full size. @param {any} stage */
const wanted = (stage) =>
  Math.max(LEAST_STAGE, Math.min(stage.heightIn(TALLEST_STAGE), TALLEST_STAGE));
