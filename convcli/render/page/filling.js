/* Computes the outputs of the large plane over several frames: the page stays responsive. */

import { indexOf } from "./place.js";

const FILL_MS = 8; // of a frame
const REQUEST_STEP = 24; // cells; a part of the server's answer is larger
const FIRST_FILL_MS = 40; // before the first frame: most layers are whole then

/**
 * Compute what the output's panel shows, and draw it once it is whole. Ends the filling before it.
 * @param {any} contents
 * @param {any} panel
 * @param {{frame: number}} before
 * @returns {{frame: number}}
 */
export function fillOutputs(contents, panel, before) {
  cancelAnimationFrame(before.frame);
  const filling = { frame: 0 };
  const { rank, outputs } = contents;
  const [rows, columns] = rank === 1 ? [1, outputs.shape[1]] : outputs.shape.slice(-2);
  const { lead, shown, size } = panel;
  const [left, right] = [Math.max(shown.columns[0], 0), Math.min(shown.columns[1], columns)];
  const stop = size.isNumbered ? 0 : Math.min(shown.rows[1], rows); // numbers are written already
  let row = Math.max(shown.rows[0], 0);
  const asks = contents.asksForOutputs;
  if (asks) row = stop; // the server computes them
  const work = (/** @type {number} */ budget) => {
    const until = performance.now() + budget;
    for (; row < stop && performance.now() < until; row++) {
      if (!asks && outputs.row(indexOf({ lead, row, col: 0 }, rank).slice(0, -1))) continue;
      for (let col = left; col < right; col++)
        contents.valueAt("output", indexOf({ lead, row, col }, rank));
    }
    if (row < stop) {
      filling.frame = requestAnimationFrame(() => work(FILL_MS));
      return;
    }
    if (!size.isNumbered) panel.plane.refresh();
    document.body.dataset.state = "ready";
  };
  document.body.dataset.state = "working";
  work(FIRST_FILL_MS);
  return filling;
}

/**
 * Request what a plane of shades shows from the server, which answers in parts: a cell every few.
 * @param {any} contents
 * @param {any} panel
 */
export function requestPlane(contents, { name, lead, shown }) {
  const steps = (/** @type {Span} */ [start, stop]) => {
    const count = Math.ceil((stop - start) / REQUEST_STEP);
    return [...Array(count).keys()].map((at) => start + at * REQUEST_STEP).concat(stop - 1);
  };
  for (const row of steps(shown.rows))
    for (const col of steps(shown.columns))
      contents.valueAt(name, indexOf({ lead, row, col }, contents.rank));
}

/**
 * Write the numbers of a panel again: a tick shows others after each step.
 * @param {any} contents
 * @param {any} panel
 */
export function refill(contents, panel) {
  const { rows, columns } = panel.shown;
  for (let row = rows[0]; row < rows[1]; row++)
    for (let col = columns[0]; col < columns[1]; col++) {
      panel.plane.put(row, col, contents.valueOn(panel, panel.lead, row, col, true));
      if (!panel.size.isNumbered) return; // which draws itself anew
    }
}
