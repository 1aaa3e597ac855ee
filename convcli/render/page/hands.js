/* What the pointer, the keyboard and the buttons do. */

import { listenToEdits } from "./edit_hands.js";
import { $ } from "./elements.js";
import { isFramed, writeClipboard } from "./frame.js";
import { indexOf } from "./place.js";
import { speak } from "./speak.js";

const COPIED_MS = 1500;

/**
 * Keys that act where a panel or the player has the focus.
 * @type {Record<string, (page: any) => void>}
 */
const PLAIN_KEYS = {
  " ": (page) => page.player.play(),
  ".": (page) => page.player.step(1),
  ",": (page) => page.player.step(-1),
  p: (page) => page.pin(),
  Enter: (page) => (isArray(page) ? page.cellEditor.open() : page.pin()),
  Escape: (page) => page.pin(false),
  "+": (page) => page.player.faster(2),
  "=": (page) => page.player.faster(2),
  "-": (page) => page.player.faster(0.5),
  i: (page) => goToPanel(page, "input"),
  k: (page) => goToPanel(page, "weight"),
  o: (page) => goToPanel(page, "output"),
};
/**
 * Keys that act in a panel alone.
 * @type {Record<string, (page: any) => void>}
 */
const PANEL_KEYS = {
  Home: (page) => page.player.goTo(0),
  End: (page) => page.player.goTo(Infinity),
  ArrowLeft: (page) => moveBy(page, 0, 0, -1),
  ArrowRight: (page) => moveBy(page, 0, 0, 1),
  ArrowUp: (page) => moveBy(page, 0, -1, 0),
  ArrowDown: (page) => moveBy(page, 0, 1, 0),
  PageUp: (page) => moveBy(page, -1, 0, 0),
  PageDown: (page) => moveBy(page, 1, 0, 0),
};

/** @param {any} page */
const isArray = (page) => page.state.selected.panel !== "output";

/** @param {any} page */
export function listen(page) {
  listenToStage(page);
  listenToRoom();
  listenToEdits(page);
  const explanation = $("#explanation .text");
  explanation.addEventListener("pointerover", (/** @type {any} */ event) =>
    page.point(event.target.term),
  );
  explanation.addEventListener("pointerleave", () => page.point(undefined));
  document.addEventListener("keydown", (event) => pressed(page, event));
  /** @type {Record<string, () => void>} */
  const buttons = {
    play: () => page.player.play(),
    back: () => page.player.step(-1),
    forward: () => page.player.step(1),
    first: () => page.player.goTo(0),
    pin: () => page.pin(),
    slower: () => page.player.faster(0.5),
    faster: () => page.player.faster(2),
    undo: () => page.history.go(-1),
    language: () => speak(page, $("#language").lang),
    redo: () => page.history.go(1),
    reset: () => page.change({ ...page.initial }),
    projector: () => page.tickBoxes.turn("projector"),
    more: () => openDrawer(!isDrawerOpen()),
  };
  for (const [id, act] of Object.entries(buttons)) $(`#${id}`).addEventListener("click", act);
  for (const button of document.querySelectorAll(".copy"))
    button.addEventListener("click", () => copy(page, button));
  for (const button of document.querySelectorAll(".pager button"))
    button.addEventListener("click", () => turn(page, button));
}

/**
 * The focus under the pointer; null outside of the cells, and on cropped outputs.
 * @param {any} page
 * @param {any} event
 * @returns {Focus | null}
 */
export function focusUnder(page, event) {
  const root = event.target.closest?.(".drawn .grid")?.closest(".panel");
  const panel = root && page.stage.panels[root.id];
  const at = panel?.plane.at(event.clientX, event.clientY);
  if (!at || page.contents.kindOn(panel, at[0], at[1]).includes("cropped")) return null;
  return focusOf(
    page,
    panel,
    indexOf({ lead: panel.lead, row: at[0], col: at[1] }, page.stage.rank),
  );
}

/**
 * @param {any} page
 * @param {any} panel
 * @param {number[]} index
 * @returns {Focus}
 */
function focusOf(page, panel, index) {
  const whole = panel.name === "weight" ? [page.contents.channel, ...index] : index;
  return { panel: panel.name, index: whole };
}

/** The drawer has what is not always in view. */
const isDrawerOpen = () => document.body.classList.contains("drawer-open");

/** @param {boolean} isOpen */
export function openDrawer(isOpen) {
  document.body.classList.toggle("drawer-open", isOpen);
  $("#more").setAttribute("aria-expanded", `${isOpen}`);
}

/** The drawer is open where there is room for it, but in a frame; zooming in closes it. */
function listenToRoom() {
  const roomy = matchMedia("(min-width: 60rem) and (min-height: 40rem)");
  openDrawer(roomy.matches && !isFramed());
  roomy.addEventListener("change", () => openDrawer(roomy.matches && !isFramed()));
}

/** @param {any} page */
function listenToStage(page) {
  const stage = $("#stage");
  const same = (/** @type {Focus | null} */ a, /** @type {Focus | null} */ b) =>
    a?.panel === b?.panel && `${a?.index}` === `${b?.index}`;
  stage.addEventListener("pointermove", (/** @type {any} */ event) => {
    if (event.pointerType === "touch") return;
    const focus = focusUnder(page, event);
    if (!same(focus, page.hovered)) page.hover(focus);
  });
  stage.addEventListener("pointerdown", (/** @type {any} */ event) => {
    if (event.pointerType === "touch") page.hover(focusUnder(page, event));
  });
  stage.addEventListener("pointercancel", () => page.hovered && page.hover(null));
  stage.addEventListener("pointerleave", () => page.hovered && page.hover(null));
  stage.addEventListener("click", (/** @type {any} */ event) => {
    const focus = focusUnder(page, event);
    if (!focus) return;
    page.select(focus, !(page.state.pinned && same(focus, page.state.selected)));
    page.stage.panels[focus.panel].plane.focus();
  });
  stage.addEventListener("focusin", (/** @type {any} */ event) => {
    const panel = page.stage.panels[event.target.closest(".panel")?.id];
    if (event.target.matches(".grid") && panel && panel.name !== page.state.selected.panel)
      page.select(focusOf(page, panel, panel.currentIndex));
  });
}

/**
 * @param {any} page
 * @param {any} event
 */
function pressed(page, event) {
  const { target, key } = event;
  const isTyping = target.matches("textarea, select, input:not([type=range], [type=checkbox])");
  if ((event.ctrlKey || event.metaKey) && !event.altKey) {
    const isRedo = key === "y" || (key === "Z" && event.shiftKey);
    if (isTyping || !(isRedo || key === "z")) return;
    event.preventDefault();
    page.history.go(isRedo ? 1 : -1);
    return;
  }
  const isInPanel = target.matches("#stage .grid");
  const isInPlayer = Boolean(target.closest("#player"));
  if (isTyping || event.altKey || !(isInPanel || isInPlayer)) return;
  if (isInPlayer && [" ", "Enter"].includes(key)) return; // presses the button
  if (isInPanel && isArray(page) && /^[-\d]$/.test(key)) {
    event.preventDefault();
    page.cellEditor.open(key);
    return;
  }
  const act = PLAIN_KEYS[key] ?? (isInPanel ? PANEL_KEYS[key] : undefined);
  if (!act) return;
  event.preventDefault();
  act(page);
}

/**
 * Select a neighbour of the selected cell, or the same cell of another plane.
 * @param {any} page
 * @param {number} planes
 * @param {number} rows
 * @param {number} columns
 */
function moveBy(page, planes, rows, columns) {
  const { panel, index } = page.state.selected;
  const { rank, panels } = page.stage;
  const own = panel === "weight" ? index.slice(1) : index;
  const planar = Math.min(rank, 2);
  const lead = own.slice(0, own.length - planar);
  const at = own.slice(-planar);
  const moved = at.length === 2 ? [at[0] + rows, at[1] + columns] : [at[0] + columns];
  const next = [...(planes ? panels[panel].leadBeside(lead, planes) : lead), ...moved];
  page.select({ panel, index: panel === "weight" ? [index[0], ...next] : next });
}

/**
 * @param {any} page
 * @param {PanelName} name
 */
function goToPanel(page, name) {
  const panel = page.stage.panels[name];
  page.select(focusOf(page, panel, panel.currentIndex));
  panel.plane.focus();
}

/**
 * Draw the next part of a plane that is too large to be drawn whole.
 * @param {any} page
 * @param {any} button
 */
function turn(page, button) {
  const panel = page.stage.panels[button.closest(".panel").id];
  panel.turn(button.dataset.turn, Number(button.dataset.by));
  page.stage.dress();
  page.look(false);
}

/**
 * @param {any} page
 * @param {any} button
 */
async function copy(page, button) {
  const code = button.closest(".line").querySelector("code");
  await writeClipboard(code.textContent, code);
  button.textContent = page.words("copied");
  setTimeout(() => {
    button.textContent = page.words("copy");
  }, COPIED_MS);
}
