/*
 * The tap table, the only convolution arithmetic of this page: table[out][tap] is the input cell
 * that a tap of an output reads. `size` is the zero cell: padding, and the gaps of a transposed
 * layer.
 * The same as engine/geometry/taps.py; tests hold them equal.
 */

import { outputSize } from "./layer.js";
import { paddedCell } from "./padded_cells.js";

/**
 * Where a tap lands on the padded input, or on the stuffed input of a transposed layer.
 * @param {Layer} layer
 * @param {number} d
 * @param {number} out
 * @param {number} tap
 */
export function landing(layer, d, out, tap) {
  const axis = layer.axes[d];
  if (layer.transposed) return out + axis.before - tap * axis.dilation;
  return out * axis.stride + tap * axis.dilation - axis.before;
}

/**
 * The output to which a tap of a transposed layer adds an input cell; padding may crop it.
 * @param {Layer} layer
 * @param {number} d
 * @param {number} cell
 * @param {number} tap
 */
export function stamped(layer, d, cell, tap) {
  const axis = layer.axes[d];
  return cell * axis.stride + tap * axis.dilation - axis.before;
}

/**
 * The cell of axis `d` that a tap of an output reads.
 * @param {Layer} layer
 * @param {number} d
 * @param {number} size
 * @param {number} out
 * @param {number} tap
 */
function tapCell(layer, d, size, out, tap) {
  const index = landing(layer, d, out, tap);
  if (!layer.transposed) return paddedCell(index, size, layer.padding_mode);
  const stride = layer.axes[d].stride;
  return index % stride === 0 ? paddedCell(index / stride, size, "zeros") : size;
}

/**
 * The table of axis `d` for an input of `size` cells: one row per output, one column per tap.
 * @param {Layer} layer
 * @param {number} d
 * @param {number} size
 * @returns {number[][]}
 */
export function tapTable(layer, d, size) {
  const taps = [...Array(layer.axes[d].kernel_size).keys()];
  const rows = Array(outputSize(layer, d, size));
  for (let out = 0; out < rows.length; out++)
    rows[out] = taps.map((tap) => tapCell(layer, d, size, out, tap));
  return rows;
}
