/*
 * Reads the cells of a large plane quickly: kinds and places are tables of each axis, numbers come
 * straight from the arrays. The same as Contents.kindOn and valueOn, cell by cell.
 */

import { paddedCell } from "./padded_cells.js";
import { raveled } from "./place.js";

/** Kinds of a cell, by how much they count: a cell has the strongest of its axes. */
const KINDS = ["", "left-over", "padding", "added", "cropped"];

/**
 * What an axis says about each member of a span: its kind and its cell (-1: there is none).
 * @param {any} contents
 * @param {string} name
 * @param {number} d
 * @param {Span} span
 */
function axisTable(contents, name, d, [start, stop]) {
  const { layer, sizes, readers, outs } = contents.geometry;
  const plain = contents.plain.geometry;
  const added = plain.outs[d] - plain.layer.axes[d].output_padding;
  const kinds = new Uint8Array(stop - start);
  const cells = new Int32Array(stop - start);
  for (let at = start; at < stop; at++) {
    const isReal = at >= 0 && at < (name === "input" ? sizes[d] : outs[d]);
    let cell = at;
    if (name === "input" && !isReal)
      cell = layer.transposed ? sizes[d] : paddedCell(at, sizes[d], layer.padding_mode);
    const isThere = name === "input" ? cell < sizes[d] : isReal;
    cells[at - start] = isThere ? cell : -1;
    if (name === "output") kinds[at - start] = isReal ? (at >= added ? 3 : 0) : 4;
    else kinds[at - start] = isReal ? Number(readers[d][at].length === 0) : 2;
  }
  return { kinds, cells };
}

/**
 * The readers of the large plane of the input or the output; null where the numbers are not all at
 * hand as doubles, or a tick changes them.
 * @param {any} contents
 * @param {{name: PanelName, lead: number[], shown: {rows: Span, columns: Span}}} panel
 * @returns {{kind: PlaneContents["kind"], value: PlaneContents["value"]} | null}
 */
export function planeReader(contents, { name, lead, shown }) {
  const { geometry, arrays, outputs, rank } = contents;
  if (name === "weight" || contents.ticks.changesCells || contents.server.address) return null;
  const flat = name === "input" ? arrays.input.flat : null;
  if (name === "input" && !flat) return null;
  const { rows, columns } = shown;
  const across = axisTable(contents, name, rank - 1, columns);
  const down = rank === 1 ? { kinds: [0], cells: [0] } : axisTable(contents, name, rank - 2, rows);
  const deep =
    rank === 3 ? axisTable(contents, name, 0, [lead[1], lead[1] + 1]) : { kinds: [0], cells: [0] };
  /** @type {PlaneContents["kind"]} */
  const kind = (row, col) =>
    KINDS[Math.max(down.kinds[row - rows[0]], across.kinds[col - columns[0]], deep.kinds[0])];
  const shape = name === "input" ? [arrays.input.shape[0], ...geometry.sizes] : outputs.shape;
  const height = rank === 1 ? 1 : shape[shape.length - 2];
  const width = shape[shape.length - 1];
  const plane = rank === 3 ? raveled([lead[0], deep.cells[0]], shape.slice(0, 2)) : lead[0];
  const { missing } = arrays.input;
  /** @type {PlaneContents["value"]} */
  const value = (row, col) => {
    const [r, c] = [down.cells[row - rows[0]], across.cells[col - columns[0]]];
    if (name === "output")
      return r < 0 || c < 0 ? undefined : outputs.rows.get(plane * height + r)?.[c];
    if (r < 0 || c < 0 || deep.cells[0] < 0) return 0;
    const at = (plane * height + r) * width + c;
    return missing?.[at] ? undefined : flat[at];
  };
  return { kind, value };
}
