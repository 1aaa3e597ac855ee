/*
 * Sets of cells of one axis, and readings: which cells each unit of an axis reads. The same as
 * engine/geometry/tap_patterns.py; tests hold them equal.
 */

import { paddedCell } from "../padded_cells.js";

/**
 * Disjoint runs [first, last] of cells, ascending.
 * @typedef {[number, number][]} Cells
 *
 * Unit period*a + b reads the padded cells step*a + windows[b], each a range start, stop, step.
 * @typedef {{windows: [number, number, number][], step: number, size: number, outputs: number,
 *   mode: string}} Reading
 */

/** Cells of an axis, all of them. @param {number} size @returns {Cells} */
export const allCells = (size) => (size > 0 ? [[0, size - 1]] : []);

/** How many cells there are. @param {Cells} cells */
export const countOf = (cells) => cells.reduce((sum, [first, last]) => sum + last - first + 1, 0);

/** @param {Cells} one @param {Cells} other */
export const isSame = (one, other) =>
  one === other ||
  (one.length === other.length &&
    one.every(([first, last], at) => first === other[at][0] && last === other[at][1]));

/** Whether every cell of `inner` is one of `outer`. @param {Cells} outer @param {Cells} inner */
export function holds(outer, inner) {
  let at = 0;
  for (const [first, last] of inner) {
    while (at < outer.length && outer[at][1] < first) at++;
    if (at === outer.length || outer[at][0] > first || outer[at][1] < last) return false;
  }
  return true;
}

/** The cells of several sets. @param {Cells[]} sets @returns {Cells} */
export function together(sets) {
  if (sets.length === 1) return sets[0];
  const runs = sets.flat().sort((a, b) => a[0] - b[0]);
  /** @type {Cells} */
  const joined = [];
  for (const [first, last] of runs) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/**
 * The real cells that units read.
 * @param {Reading} reading @param {Cells} units @returns {Cells}
 */
export function cellsRead(reading, units) {
  const { windows, step, size, mode } = reading;
  if (windows.length === 1 && mode === "zeros" && windows[0][2] === 1) {
    const [start, stop] = windows[0];
    if (start < stop && step >= 0 && step <= stop - start)
      return together(units.map(([a, b]) => within(start + step * a, stop - 1 + step * b, size)));
  }
  const marks = new Uint8Array(size);
  for (const [first, last] of units)
    for (let unit = first; unit <= last; unit++)
      eachCell(reading, unit, (cell) => (marks[cell] = 1));
  return runsOf(marks);
}

/**
 * The units that read at least one of the cells.
 * @param {Reading} reading @param {Cells} cells @returns {Cells}
 */
export function unitsReading(reading, cells) {
  const wanted = new Uint8Array(reading.size);
  for (const [first, last] of cells) wanted.fill(1, first, last + 1);
  const marks = new Uint8Array(reading.outputs);
  for (let unit = 0; unit < marks.length; unit++)
    eachCell(reading, unit, (cell) => (marks[unit] |= wanted[cell]));
  return runsOf(marks);
}

/** @param {Reading} reading @param {number} unit @param {(cell: number) => void} take */
function eachCell({ windows, step, size, mode }, unit, take) {
  const turn = Math.floor(unit / windows.length);
  const [start, stop, stride] = windows[unit - turn * windows.length];
  const moved = step * turn;
  for (let index = start; stride > 0 ? index < stop : index > stop; index += stride) {
    const cell = paddedCell(index + moved, size, mode);
    if (cell < size) take(cell);
  }
}

/** @param {number} first @param {number} last @param {number} size @returns {Cells} */
function within(first, last, size) {
  const [low, high] = [Math.max(first, 0), Math.min(last, size - 1)];
  return low <= high ? [[low, high]] : [];
}

/** The places of a list that are not 0. @param {Uint8Array} marks @returns {Cells} */
function runsOf(marks) {
  /** @type {Cells} */
  const runs = [];
  for (let at = marks.indexOf(1); at >= 0; ) {
    let end = marks.indexOf(0, at);
    if (end < 0) end = marks.length;
    runs.push([at, end - 1]);
    at = marks.indexOf(1, end);
  }
  return runs;
}
