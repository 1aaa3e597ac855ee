/* What the pointer, the keyboard and the buttons do. */

import { $ } from "./elements.js";
import { indexOf } from "./panels.js";

const PLAIN_KEYS = {
  " ": (page) => page.play(),
  ".": (page) => page.step(1),
  ",": (page) => page.step(-1),
  Home: (page) => page.goTo(0),
  End: (page) => page.goTo(Infinity),
  p: (page) => page.pin(),
  Enter: (page) => page.pin(),
  Escape: (page) => page.pin(false),
  "+": (page) => page.faster(2),
  "=": (page) => page.faster(2),
  "-": (page) => page.faster(0.5),
  i: (page) => goToPanel(page, "input"),
  k: (page) => goToPanel(page, "weight"),
  o: (page) => goToPanel(page, "output"),
};
const MOVES = {
  ArrowLeft: [0, 0, -1],
  ArrowRight: [0, 0, 1],
  ArrowUp: [0, -1, 0],
  ArrowDown: [0, 1, 0],
  PageUp: [-1, 0, 0],
  PageDown: [1, 0, 0],
};

export function listen(page) {
  const stage = $("#stage");
  const cellUnder = (event) => event.target.closest?.(".cell");
  const focusOf = (cell) => {
    const index = indexOf(cell.place, page.data.sizes.length);
    return {
      panel: cell.panel.name,
      index: cell.panel.name === "weight" ? [page.view.channel, ...index] : index,
    };
  };
  stage.addEventListener("pointerover", (event) => {
    const cell = cellUnder(event);
    if (cell && event.pointerType !== "touch" && !cell.classList.contains("cropped"))
      page.hover(focusOf(cell));
  });
  stage.addEventListener("pointerleave", () => page.hovered && page.hover(null));
  const explanation = $("#explanation .text");
  explanation.addEventListener("pointerover", (event) => page.point(event.target.term));
  explanation.addEventListener("pointerleave", () => page.point(null));
  stage.addEventListener("click", (event) => {
    const cell = cellUnder(event);
    if (!cell || cell.classList.contains("cropped")) return;
    const focus = focusOf(cell);
    const again =
      page.state.pinned &&
      `${focus.panel}${focus.index}` === `${page.state.selected.panel}${page.state.selected.index}`;
    page.select(focus, !again);
    cell.closest(".grid").focus({ preventScroll: true });
  });
  stage.addEventListener("focusin", (event) => {
    const panel = page.view.panels[event.target.closest(".panel").id];
    if (event.target.matches(".grid") && panel.name !== page.state.selected.panel)
      page.select(focusOf(panel.current));
  });
  document.addEventListener("keydown", (event) => pressed(page, event));
  const buttons = {
    play: () => page.play(),
    back: () => page.step(-1),
    forward: () => page.step(1),
    first: () => page.goTo(0),
    pin: () => page.pin(),
    slower: () => page.faster(0.5),
    faster: () => page.faster(2),
  };
  for (const [id, act] of Object.entries(buttons)) $(`#${id}`).addEventListener("click", act);
  $("#reset").addEventListener("click", () => page.change({ ...page.initial }));
  for (const button of document.querySelectorAll(".copy"))
    button.addEventListener("click", () => copy(page, button));
  for (const button of document.querySelectorAll(".pager button"))
    button.addEventListener("click", () => turn(page, button));
}

function pressed(page, event) {
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.target.matches("input, select, textarea")
  )
    return;
  if (event.target.matches("button, summary, a") && [" ", "Enter"].includes(event.key)) return;
  const act = PLAIN_KEYS[event.key];
  const move = MOVES[event.key];
  if (!act && !move) return;
  event.preventDefault();
  if (act) act(page);
  else moveBy(page, move);
}

/** Select a neighbour of the selected cell, or the same cell of the next plane. */
function moveBy(page, [planes, rows, cols]) {
  const { panel, index } = page.state.selected;
  const grid = page.view.panels[panel];
  const place = page.placeIn(page.state.selected);
  const number = Math.min(Math.max(grid.planeOf(place.lead) + planes, 0), grid.all.planes[1] - 1);
  const moved = {
    lead: planes ? grid.leadOf(number) : place.lead,
    row: place.row + (page.data.sizes.length > 1 ? rows : 0),
    col: place.col + cols,
  };
  const next = indexOf(moved, page.data.sizes.length);
  page.select({ panel, index: panel === "weight" ? [index[0], ...next] : next });
}

function goToPanel(page, panel) {
  const index = page.shapeOf(panel).map(() => 0);
  if (panel !== "input") index[0] = page.view.channel;
  page.select({ panel, index });
  page.view.panels[panel].grid.focus();
}

/** Draw the next part of a panel that is too large to be drawn whole. */
export function turn(page, button) {
  const panel = page.view.panels[button.closest(".panel").id];
  const { turn: what, by } = button.dataset;
  const [first, last] = panel.shown[what];
  const [start, stop] = panel.all[what];
  const next = Math.min(Math.max(first + Number(by) * (last - first), start), stop - 1);
  const from = { ...panel.shown, [what]: [next] };
  panel.draw({ lead: panel.leadOf(from.planes[0]), row: from.rows[0], col: from.columns[0] }, from);
  page.view.dress();
  page.look(false);
}

async function copy(page, button) {
  const text = button.closest(".line").querySelector("code").textContent;
  const done = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  if (!done) copyBySelection(button.closest(".line").querySelector("code"));
  button.textContent = page.words("copied");
  setTimeout(() => (button.textContent = page.words("copy")), 1500);
}

function copyBySelection(code) {
  const range = document.createRange();
  range.selectNodeContents(code);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  document.execCommand("copy");
}
