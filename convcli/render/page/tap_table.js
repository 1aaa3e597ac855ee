/* The tap table, the only convolution arithmetic of this page: taps[out][tap] is the input cell that a tap of an output
 * reads; `size` is the zero cell, for padding and for the gaps of a transposed layer. It is convcli/engine/taps.py again,
 * and the tests hold the two equal. */

import { outputSize } from "./layer.js";

/** Where a tap lands: on the padded input, counted from the first real cell; on the stuffed one of a transposed layer. */
export function landing(layer, d, out, tap) {
  const axis = layer.axes[d];
  if (layer.transposed) return out + axis.before - tap * axis.dilation;
  return out * axis.stride + tap * axis.dilation - axis.before;
}

/** The other way round, of a transposed layer: the output, maybe one that padding crops, on which a tap puts an input cell. */
export function stamped(layer, d, cell, tap) {
  const axis = layer.axes[d];
  return cell * axis.stride + tap * axis.dilation - axis.before;
}

/** The cell that stands at an index of the padded input. */
export function paddedCell(index, size, mode) {
  const last = size - 1;
  if (mode === "reflect") return last - Math.abs(last - Math.abs(index));
  if (mode === "replicate") return Math.min(Math.max(index, 0), last);
  if (mode === "circular") return ((index % size) + size) % size;
  if (mode === "symmetric") return last - fromEdge(last - fromEdge(index));
  return index >= 0 && index <= last ? index : size;
}

/** How far from the edge a cell stands that is `index` cells behind it: 0 1 2 ..., and 0 1 2 ... from -1 on. */
function fromEdge(index) {
  return Math.floor(Math.abs(2 * index + 1) / 2);
}

/** The cell of axis `d` that `tap` of output `out` reads. */
function tapCell(layer, d, size, out, tap) {
  const index = landing(layer, d, out, tap);
  if (!layer.transposed) return paddedCell(index, size, layer.padding_mode);
  const stride = layer.axes[d].stride;
  return index % stride === 0 ? paddedCell(index / stride, size, "zeros") : size;
}

/** The table of axis `d` for an input of `size` cells: a row for each output, a column for each tap. */
export function tapTable(layer, d, size) {
  const taps = [...Array(layer.axes[d].kernel_size).keys()];
  const rows = Array(outputSize(layer, d, size));
  for (let out = 0; out < rows.length; out++)
    rows[out] = taps.map((tap) => tapCell(layer, d, size, out, tap));
  return rows;
}
