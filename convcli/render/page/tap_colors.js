/* A colour and a number for each tap, on the weight, on the cell that it reads, in the sum. */

import { product } from "./layer.js";
import { placeOf, raveled } from "./place.js";

const COLORS = 9; // of the palette, in turn
const MOST_TAPS_COLORED = 49; // that the style sheet has a number for

/**
 * The classes of a tap.
 * @param {number[]} tap
 * @param {any} geometry
 */
function classesOf(tap, { layer }) {
  const kernel = layer.axes.map((/** @type {Axis} */ axis) => axis.kernel_size);
  const number = raveled(tap, kernel);
  return ["hue", `hue-${number % COLORS}`, `no-${number}`];
}

/**
 * Marks of the taps on a weight's cell and on the cells that it joins.
 * @param {any} contents
 * @param {Focus} focus
 * @param {Marks} marks
 */
function colorMarks({ geometry, rank }, { panel, index }, marks) {
  const { width, depth } = geometry;
  const add = (
    /** @type {PanelName} */ name,
    /** @type {number[]} */ at,
    /** @type {number[]} */ tap,
  ) => {
    for (const kind of classesOf(tap, geometry)) marks[name].push([placeOf(at, rank), kind]);
  };
  const own = panel === "weight" ? index.slice(2) : index.slice(1);
  const channels = (/** @type {number} */ count, /** @type {number} */ first) =>
    Array.from({ length: count }, (_, at) => first + at);
  if (panel === "output") {
    for (const { tap, landing, cell } of geometry.reads(own)) {
      const at = rank === 3 && cell ? [cell[0], ...landing.slice(1)] : landing;
      for (const c of channels(width, 0)) {
        add("input", [marks.group * width + c, ...at], tap);
        add("weight", [c, ...tap], tap);
      }
    }
  } else if (panel === "input") {
    for (const { out, tap } of geometry.reached(own)) {
      add("weight", [index[0] - marks.group * width, ...tap], tap);
      for (const o of channels(depth, marks.group * depth)) add("output", [o, ...out], tap);
    }
  } else {
    add("weight", index.slice(1), own);
    for (const { out, landing, cell } of geometry.touchedBy(own)) {
      const at = rank === 3 && geometry.isReal(cell) ? [cell[0], ...landing.slice(1)] : landing;
      add("input", [marks.group * width + index[1], ...at], own);
      add("output", [index[0], ...out], own);
    }
  }
}

/** @type {Tick} */
export const TAP_COLORS = {
  name: "colors",
  isButton: true,
  refusal: ({ state }) => {
    const taps = product(state.layer.axes.map((/** @type {Axis} */ axis) => axis.kernel_size));
    return taps > MOST_TAPS_COLORED ? ["colors.most", { taps, most: MOST_TAPS_COLORED }] : null;
  },
  marks: colorMarks,
  looked: ({ contents }) => {
    for (const span of document.querySelectorAll("#explanation .term")) {
      const { term } = /** @type {any} */ (span);
      const tap = term.taps?.slice(2) ?? term.tap;
      if (tap) span.classList.add(...classesOf(tap, contents.geometry));
    }
  },
};
