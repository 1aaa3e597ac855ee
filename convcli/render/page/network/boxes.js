/*
 * What a unit sees of a layer: boxes, each the cells of every axis. Branches bring boxes of their
 * own, so that what stands is their union and not the rectangle around it.
 */

import { countOf, holds, together } from "./cells.js";

const MOST_BOXES = 16; // more are joined into one, which is a bound

/**
 * One set of cells for each axis; a layer without axes has boxes of none.
 * @typedef {import("./cells.js").Cells[]} Box
 *
 * `exact` is false where the boxes are a bound: the unit sees these cells at most.
 * @typedef {{boxes: Box[], exact: boolean}} Seen
 */

/** @type {Seen} */
export const NOTHING = { boxes: [], exact: true };

/** Two sights as one. @param {Seen} one @param {Seen} other @returns {Seen} */
export function union(one, other) {
  let boxes = one.boxes;
  for (const box of other.boxes) boxes = withBox(boxes, box);
  const exact = one.exact && other.exact;
  if (boxes.length <= MOST_BOXES) return { boxes, exact };
  return { boxes: [around(boxes)], exact: false };
}

/** @param {Box[]} boxes @param {Box} box */
function withBox(boxes, box) {
  if (box.some((cells) => cells.length === 0)) return boxes;
  if (boxes.some((other) => isInside(box, other))) return boxes;
  return [...boxes.filter((other) => !isInside(other, box)), box];
}

/** @param {Box} inner @param {Box} outer */
const isInside = (inner, outer) => inner.every((cells, d) => holds(outer[d], cells));

/** The cells of each axis that any box has. @param {Box[]} boxes @returns {Box} */
export const around = (boxes) =>
  boxes.length === 1 ? boxes[0] : (boxes[0] ?? []).map((_, d) => together(boxes.map((b) => b[d])));

/** How many cells the boxes have together. @param {Box[]} boxes @returns {number} */
export function sizeOf(boxes) {
  if (boxes.length === 1) return boxes[0].reduce((size, cells) => size * countOf(cells), 1);
  if (boxes.length === 0) return 0;
  if (boxes[0].length === 0) return 1;
  // Along the first axis the boxes change at the ends of their runs alone.
  const cuts = [...new Set(boxes.flatMap(([cells]) => cells.flatMap(([a, b]) => [a, b + 1])))];
  cuts.sort((a, b) => a - b);
  let size = 0;
  for (let at = 0; at + 1 < cuts.length; at++) {
    const here = boxes.filter(([cells]) => holds(cells, [[cuts[at], cuts[at]]]));
    const rest = here.map((box) => box.slice(1));
    if (rest.length) size += (cuts[at + 1] - cuts[at]) * (rest[0].length ? sizeOf(rest) : 1);
  }
  return size;
}
