/* The pointer and the keys on the planes. */

import { $ } from "../elements.js";
import { planeOf } from "./planes.js";

/** @typedef {import("./page.js").NetworkPage} NetworkPage */

/** Listen to the stage. @param {NetworkPage} page */
export function listen(page) {
  const stage = $("#stage svg");
  stage.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (event.pointerType === "mouse") hover(page, event);
  });
  stage.addEventListener("pointerleave", () => page.hover(null));
  stage.addEventListener("click", (/** @type {PointerEvent} */ event) => click(page, event));
  stage.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => key(page, event));
  addEventListener("resize", () => page.lay());
}

/**
 * The plane and the unit below the pointer.
 * @param {NetworkPage} page @param {PointerEvent} event
 */
function under(page, event) {
  const target = /** @type {Element} */ (event.target).closest("[data-plane]");
  if (!target) return null;
  const plane = Number(target.getAttribute("data-plane"));
  const { at } = page.planes[plane];
  const place = page.drawing.unitAt(plane, event);
  // a face has two axes; of a volume the depth stays
  const unit = place && [...page.alike(at).slice(0, -place.length), ...place];
  return { at, unit, plane };
}

/** @param {NetworkPage} page @param {PointerEvent} event */
function hover(page, event) {
  const place = under(page, event);
  page.hover(place?.unit ? { at: place.at, unit: place.unit } : null);
}

/** @param {NetworkPage} page @param {PointerEvent} event */
function click(page, event) {
  const place = under(page, event);
  if (!place) return;
  if (place.unit) page.change({ at: place.at, unit: place.unit });
  else page.choose(place.at);
  page.drawing.focus(place.plane);
}

/** @param {NetworkPage} page @param {KeyboardEvent} event */
function key(page, event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const act = event.shiftKey ? leaps(page)[event.key] : moves(page)[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/**
 * By key, the way to another plane.
 * @param {NetworkPage} page @returns {Record<string, () => void>}
 */
function leaps(page) {
  const leap = (/** @type {number} */ by) => {
    const plane = planeOf(page.planes, page.state.at) + by;
    if (!page.planes[plane]) return;
    page.choose(page.planes[plane].at);
    page.drawing.focus(plane);
  };
  return { ArrowLeft: () => leap(-1), ArrowRight: () => leap(1) };
}

/**
 * By key, the way to another unit.
 * @param {NetworkPage} page @returns {Record<string, () => void>}
 */
function moves(page) {
  const { at, unit } = page.state;
  const units = page.network.units(at);
  const [column, row] = [units.length - 1, Math.max(0, units.length - 2)];
  const move = (/** @type {number} */ d, /** @type {number} */ by) => () =>
    page.change({ unit: unit.map((place, e) => (e === d ? place + by : place)) });
  return {
    ArrowLeft: move(column, -1),
    ArrowRight: move(column, 1),
    ArrowUp: move(row, -1),
    ArrowDown: move(row, 1),
    Home: () => page.change({ unit: units.map(() => 0) }),
    End: () => page.change({ unit: units.map((size) => size - 1) }),
    Enter: () => page.hovered && page.change(page.hovered),
  };
}
