/*
 * The outputs of a layer on demand. The sums are those of sums.js: a whole row at a time where all
 * numbers are in memory as doubles, in the same order, so that both give the same numbers.
 */

import { raveled } from "./place.js";
import { outputValue } from "./sums.js";

/** @typedef {import("./sums.js").Geometry} Geometry */

export class Outputs {
  /**
   * @param {Geometry} geometry
   * @param {Arrays} arrays
   */
  constructor(geometry, arrays) {
    this.geometry = geometry;
    this.arrays = arrays;
    this.shape = [geometry.layer.out_channels, ...geometry.outs];
    this.columns = this.shape[this.shape.length - 1];
    /** @type {Map<number, Value[]>} by the number of the row */
    this.rows = new Map();
    /** @type {Map<string, Value>} */
    this.single = new Map();
  }

  /**
   * The number at an output; undefined if a number that it needs is not in memory.
   * @param {number[]} index
   * @returns {Value}
   */
  at(index) {
    const row = this.rows.get(raveled(index.slice(0, -1), this.shape.slice(0, -1)));
    if (row) return row[index[index.length - 1]];
    const key = index.join();
    if (!this.single.has(key)) {
      const value = outputValue(this.geometry, this.arrays, index);
      if (value === undefined) return undefined;
      this.single.set(key, value);
    }
    return this.single.get(key);
  }

  /**
   * The number at an output, if it was computed.
   * @param {number[]} index
   * @returns {Value}
   */
  known(index) {
    const row = this.rows.get(raveled(index.slice(0, -1), this.shape.slice(0, -1)));
    return row ? row[index[index.length - 1]] : this.single.get(index.join());
  }

  /**
   * The row (o, ..., *) of outputs before the last axis; null if it cannot be summed as a whole.
   * @param {number[]} lead
   * @returns {Value[] | null}
   */
  row(lead) {
    const number = raveled(lead, this.shape.slice(0, -1));
    const known = this.rows.get(number);
    if (known) return known;
    const { input, weight } = this.arrays;
    if (!input.flat || !weight.flat || weight.missing) return null;
    const row = this.summed(lead, input.flat, weight.flat);
    this.rows.set(number, row);
    return row;
  }

  /**
   * @param {number[]} lead
   * @param {Float64Array} input
   * @param {Float64Array} weight
   */
  summed([channel, ...out], input, weight) {
    const { geometry, arrays } = this;
    const { numbers, bias } = arrays;
    const last = geometry.tables[geometry.tables.length - 1];
    const lines = this.lines(channel, out);
    const isTransposed = geometry.layer.transposed;
    const size = geometry.sizes[geometry.sizes.length - 1];
    const { missing } = arrays.input;
    /** @type {Value[]} */
    const row = Array(this.columns);
    const added = bias ? Number(bias[channel]) : 0;
    for (let col = 0; col < row.length; col++) {
      let total = 0;
      let isKnown = true;
      for (const { from, weights } of lines) {
        for (let tap = 0; tap < last[col].length; tap++) {
          const cell = last[col][tap];
          if ((from < 0 || cell === size) && isTransposed) continue;
          const isZero = from < 0 || cell === size;
          if (missing && !isZero && missing[from + cell]) isKnown = false;
          const x = isZero ? 0 : input[from + cell];
          total += numbers.products(x * weight[weights + tap]);
        }
      }
      row[col] = isKnown ? numbers.round(total + added) : undefined;
    }
    return row;
  }

  /**
   * For each channel and each tap of the axes before the last: where its line of the input begins
   * (-1: zeros of the padding, or a gap), and where its weights begin.
   * @param {number} channel
   * @param {number[]} out the output's place on the axes before the last
   */
  lines(channel, out) {
    const { geometry } = this;
    const { sizes, layer, width } = geometry;
    const kernel = layer.axes.map((axis) => axis.kernel_size);
    const first = geometry.groupOfOutput(channel) * width;
    const outer = out.length;
    const taps = kernel.slice(0, outer).reduce((a, b) => a * b, 1);
    const lines = [];
    for (let c = 0; c < width; c++) {
      for (let number = 0; number < taps; number++) {
        let rest = number;
        let from = first + c;
        let isZero = false;
        const at = Array(outer);
        for (let d = outer - 1; d >= 0; d--) {
          at[d] = rest % kernel[d];
          rest = Math.floor(rest / kernel[d]);
        }
        for (let d = 0; d < outer; d++) {
          const cell = geometry.tables[d][out[d]][at[d]];
          isZero ||= cell === sizes[d];
          from = from * sizes[d] + cell;
        }
        lines.push({
          from: isZero ? -1 : from * sizes[outer],
          weights: ((channel * width + c) * taps + number) * kernel[outer],
        });
      }
    }
    return lines;
  }
}
