/* The tap tables of all axes combined, and the worked sums. */

import { paddedCell } from "./padded_cells.js";
import { landing, stamped, tapTable } from "./tap_table.js";

/**
 * Every combination of one member from each list.
 * @template Member
 * @param {Member[][]} lists
 * @returns {Member[][]}
 */
const crossed = (lists) =>
  lists.reduce(
    (rows, list) => rows.flatMap((row) => list.map((next) => [...row, next])),
    /** @type {any[][]} */ ([[]]),
  );

/** A layer on an input of these sizes: its tables, read by output, by input cell and by tap. */
export class Geometry {
  /**
   * @param {Layer} layer
   * @param {number[]} sizes of the spatial axes of the input
   */
  constructor(layer, sizes) {
    this.layer = layer;
    this.sizes = sizes;
    this.tables = sizes.map((size, d) => tapTable(layer, d, size));
    this.outs = this.tables.map((table) => table.length);
    this.readers = this.tables.map((table, d) => readersOf(table, sizes[d]));
    this.width = layer.in_channels / layer.groups; // input channels of a group
    this.depth = layer.out_channels / layer.groups; // output channels of a group
    this.taps = crossed(layer.axes.map((axis) => [...Array(axis.kernel_size).keys()]));
  }

  /** @param {number} channel */
  groupOfOutput(channel) {
    return Math.floor(channel / this.depth);
  }

  /** @param {number} channel */
  groupOfInput(channel) {
    return Math.floor(channel / this.width);
  }

  /**
   * What an output reads, tap by tap: {tap, cell, landing}. A zero of the padding has cell null.
   * Taps in the gaps of a transposed layer are left out.
   * @param {number[]} out
   * @returns {Read[]}
   */
  reads(out) {
    const reads = [];
    for (const tap of this.taps) {
      const cell = tap.map((k, d) => this.tables[d][out[d]][k]);
      const missing = cell.some((at, d) => at === this.sizes[d]);
      if (missing && this.layer.transposed) continue;
      const at = this.layer.transposed
        ? cell
        : tap.map((k, d) => landing(this.layer, d, out[d], k));
      reads.push({ tap, cell: missing ? null : cell, landing: at });
    }
    return reads;
  }

  /** @param {number[]} cell */
  isReal(cell) {
    return cell.every((at, d) => at >= 0 && at < this.sizes[d]);
  }

  /**
   * The cell at an index of the padded input; the zero cell if there is none.
   * @param {number[]} index
   */
  cellAt(index) {
    const { transposed, padding_mode } = this.layer;
    return transposed ? index : index.map((at, d) => paddedCell(at, this.sizes[d], padding_mode));
  }

  /**
   * The outputs that read a cell, each with its tap; for padding, those whose window covers it.
   * @param {number[]} cell
   */
  reached(cell) {
    const real = this.isReal(cell);
    const pairs = cell.map((at, d) => (real ? this.readers[d][at] : this.covering(d, at)));
    return crossed(pairs).map((axes) => ({
      out: axes.map((pair) => pair[0]),
      tap: axes.map((pair) => pair[1]),
    }));
  }

  /**
   * The [output, tap] pairs of axis `d` that lie on an index of the padded input.
   * @param {number} d
   * @param {number} index
   * @returns {number[][]}
   */
  covering(d, index) {
    return this.tables[d].flatMap((row, out) =>
      row.flatMap((_, tap) => (landing(this.layer, d, out, tap) === index ? [[out, tap]] : [])),
    );
  }

  /**
   * The outputs that use a tap, each with the cell that the tap reads for it.
   * @param {number[]} tap
   */
  touchedBy(tap) {
    const columns = tap.map((k, d) => {
      const rows = this.tables[d].map((row, out) => ({
        out,
        cell: row[k],
        at: this.layer.transposed ? row[k] : landing(this.layer, d, out, k),
      }));
      return this.layer.transposed ? rows.filter((row) => row.cell < this.sizes[d]) : rows;
    });
    return crossed(columns).map((rows) => ({
      out: rows.map((r) => r.out),
      landing: rows.map((r) => r.at),
      cell: rows.map((r) => r.cell),
    }));
  }

  /**
   * Whether no output reads a cell.
   * @param {number[]} cell
   */
  isLeftOver(cell) {
    return cell.some((at, d) => this.readers[d][at].length === 0);
  }

  /**
   * Whether output_padding adds an output: it is among the last of an axis.
   * @param {number[]} out
   */
  isAdded(out) {
    const { axes } = this.layer;
    return out.some((at, d) => at >= this.outs[d] - axes[d].output_padding);
  }

  /**
   * The cells that padding crops from a transposed layer's output: [before, after].
   * @param {number} d
   */
  cropped(d) {
    const axis = this.layer.axes[d];
    if (!this.layer.transposed) return [0, 0];
    const last = stamped(this.layer, d, this.sizes[d] - 1, axis.kernel_size - 1);
    return [axis.before, Math.max(0, last + 1 - this.outs[d])];
  }
}

/**
 * The [output, tap] pairs that read each cell.
 * @param {number[][]} table
 * @param {number} size
 */
function readersOf(table, size) {
  /** @type {number[][][]} */
  const readers = Array.from({ length: size }, () => /** @type {number[][]} */ ([]));
  for (const [out, row] of table.entries())
    for (const [tap, cell] of row.entries()) if (cell < size) readers[cell].push([out, tap]);
  return readers;
}

/**
 * The number at an index of the padded input; undefined if it is not in memory.
 * @param {Geometry} geometry
 * @param {Arrays} arrays
 * @param {number[]} index
 * @returns {Value | undefined}
 */
export function paddedInput(geometry, { input, numbers }, [channel, ...index]) {
  const cell = geometry.cellAt(index);
  return cell.some((at, d) => at === geometry.sizes[d])
    ? numbers.zero
    : input.at([channel, ...cell]);
}

/**
 * Call `visit(channel, read, input, weight)` per product; false if a number is not in memory.
 * @param {Geometry} geometry
 * @param {Arrays} arrays
 * @param {number[]} index
 * @param {(channel: number, read: Read, input: Value, weight: Value) => void} visit
 */
function eachProduct(geometry, { numbers, input, weight }, [channel, ...out], visit) {
  const first = geometry.groupOfOutput(channel) * geometry.width;
  const reads = geometry.reads(out);
  for (let c = 0; c < geometry.width; c++) {
    for (const read of reads) {
      const x = read.cell ? input.at([first + c, ...read.cell]) : numbers.zero;
      const w = weight.at([channel, c, ...read.tap]);
      if (x === undefined || w === undefined) return false;
      visit(first + c, read, x, w);
    }
  }
  return true;
}

/**
 * The products of an output, {channel, tap, cell, landing, input, weight, product}; null if a
 * number is not in memory.
 * @param {Geometry} geometry
 * @param {Arrays} arrays
 * @param {number[]} index
 * @returns {Term[] | null}
 */
export function workedTerms(geometry, arrays, index) {
  /** @type {Term[]} */
  const terms = [];
  const whole = eachProduct(geometry, arrays, index, (channel, read, input, weight) =>
    terms.push({ channel, ...read, input, weight, product: arrays.numbers.product(input, weight) }),
  );
  return whole ? terms : null;
}

/**
 * The number at an output; undefined if a number that it needs is not in memory.
 * @param {Geometry} geometry
 * @param {Arrays} arrays
 * @param {number[]} index
 * @returns {Value | undefined}
 */
export function outputValue(geometry, arrays, index) {
  const { numbers, bias } = arrays;
  /** @type {Value[]} */
  const products = [];
  const whole = eachProduct(geometry, arrays, index, (_channel, _read, x, w) =>
    products.push(numbers.product(x, w)),
  );
  if (!whole) return undefined;
  return numbers.total(bias ? [...products, bias[index[0]]] : products);
}
