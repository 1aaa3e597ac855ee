/*
 * The marks around the focus {panel, index}: an output and the cells that it reads, an input cell
 * and the outputs that read it, a weight and the cells that it is multiplied with.
 */

import { placeOf } from "./place.js";
import { stamped } from "./tap_table.js";

/**
 * The marks of each panel as [place, kind], and the output channel whose kernel is shown.
 * @param {Focus} focus
 * @param {Geometry} geometry
 * @param {number} channelBefore
 * @returns {Marks}
 */
export function marksOf(focus, geometry, channelBefore) {
  if (focus.panel === "output") return outputMarks(focus.index, geometry, focus.term);
  if (focus.panel === "input") return inputMarks(focus.index, geometry, channelBefore);
  return weightMarks(focus.index, geometry);
}

/** @typedef {import("./sums.js").Geometry} Geometry */

/**
 * The marks of an output; the two cells of `term` stand out.
 * @param {number[]} index
 * @param {Geometry} geometry
 * @param {Term} [term]
 * @returns {Marks}
 */
function outputMarks(index, geometry, term) {
  const [channel, ...out] = index;
  const rank = geometry.sizes.length;
  const group = geometry.groupOfOutput(channel);
  /** @type {Marks} */
  const marks = {
    channel,
    group,
    input: [],
    weight: [],
    output: [[placeOf(index, rank), "result"]],
  };
  for (const { tap, cell, landing } of geometry.reads(out)) {
    const padded = !geometry.isReal(landing);
    for (let c = 0; c < geometry.width; c++) {
      const source = group * geometry.width + c;
      if (padded && cell) marks.input.push([placeOf([source, ...cell], rank), "source"]);
      const at = rank === 3 && cell ? [cell[0], ...landing.slice(1)] : landing;
      marks.input.push([placeOf([source, ...at], rank), padded ? "window-padding" : "window"]);
      marks.weight.push([placeOf([c, ...tap], rank), "kernel"]);
      if (term && term.channel === source && `${term.tap}` === `${tap}`)
        for (const list of [marks.input, marks.weight]) list[list.length - 1][1] = "tap";
    }
  }
  return marks;
}

/**
 * The marks of an input cell: the outputs that read it.
 * @param {number[]} index
 * @param {Geometry} geometry
 * @param {number} channelBefore
 * @returns {Marks}
 */
function inputMarks(index, geometry, channelBefore) {
  const [source, ...cell] = index;
  const rank = geometry.sizes.length;
  const group = geometry.groupOfInput(source);
  const channel =
    geometry.groupOfOutput(channelBefore) === group ? channelBefore : group * geometry.depth;
  /** @type {Marks} */
  const marks = { channel, group, input: [[placeOf(index, rank), "tap"]], weight: [], output: [] };
  const reached = geometry.reached(cell);
  for (let o = 0; o < geometry.depth; o++) {
    const target = group * geometry.depth + o;
    for (const out of lostStamps(cell, geometry))
      marks.output.push([placeOf([target, ...out], rank), "lost"]);
    for (const { out } of reached) marks.output.push([placeOf([target, ...out], rank), "result"]);
  }
  for (const { tap } of reached)
    marks.weight.push([placeOf([source - group * geometry.width, ...tap], rank), "kernel"]);
  return marks;
}

/**
 * The outputs of a transposed layer's stamp that padding crops.
 * @param {number[]} cell
 * @param {Geometry} geometry
 * @returns {number[][]}
 */
function lostStamps(cell, geometry) {
  if (!geometry.layer.transposed) return [];
  const stamps = geometry.taps.map((tap) =>
    tap.map((k, d) => stamped(geometry.layer, d, cell[d], k)),
  );
  return stamps.filter((out) => out.some((at, d) => at < 0 || at >= geometry.outs[d]));
}

/**
 * The marks of a weight: what it is multiplied with, and where that goes.
 * @param {number[]} index
 * @param {Geometry} geometry
 * @returns {Marks}
 */
function weightMarks(index, geometry) {
  const [channel, c, ...tap] = index;
  const rank = geometry.sizes.length;
  const group = geometry.groupOfOutput(channel);
  /** @type {Marks} */
  const marks = {
    channel,
    group,
    input: [],
    weight: [[placeOf([c, ...tap], rank), "tap"]],
    output: [],
  };
  for (const { out, landing, cell } of geometry.touchedBy(tap)) {
    const padded = !geometry.isReal(landing);
    const at = rank === 3 && cell[0] < geometry.sizes[0] ? [cell[0], ...landing.slice(1)] : landing;
    marks.input.push([
      placeOf([group * geometry.width + c, ...at], rank),
      padded ? "window-padding" : "window",
    ]);
    marks.output.push([placeOf([channel, ...out], rank), "result"]);
  }
  return marks;
}

/** Kinds of marks that an outline goes around together: a window, and what it gives. */
const OUTLINED = {
  window: ["window", "window-padding", "tap"],
  result: ["result", "lost"],
};

/**
 * The outlines around the marks of one plane: the extent of a window, of a stamp.
 * @param {Mark[]} marks
 * @returns {Box[]}
 */
export function outlines(marks) {
  return Object.entries(OUTLINED).flatMap(([kind, kinds]) => {
    const inside = marks.filter((mark) => kinds.includes(mark.kind));
    if (!inside.length) return [];
    const box = { kind, top: Infinity, left: Infinity, bottom: -Infinity, right: -Infinity };
    for (const { row, col } of inside) {
      box.top = Math.min(box.top, row);
      box.left = Math.min(box.left, col);
      box.bottom = Math.max(box.bottom, row);
      box.right = Math.max(box.right, col);
    }
    return [box];
  });
}
