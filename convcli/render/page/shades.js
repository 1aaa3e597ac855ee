/* The colours of numbers: greys from the least to the most, or blue and red around a white zero. */

import { SHADE_COLORS } from "./constants.js";
import { isDark } from "./theme.js";

const STEPS = 256;
/** @type {Record<string, Uint8ClampedArray>} */
const tables = {};

/** @param {string} color #rrggbb */
export const channels = (color) =>
  [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

/**
 * The colours of a scale as rgba, STEPS of them, evenly between its stops.
 * @param {string} name
 */
function table(name) {
  const key = `${name} ${isDark()}`;
  if (!tables[key]) {
    const stops = /** @type {any} */ (SHADE_COLORS)[name].map((/** @type {string[]} */ pair) =>
      channels(pair[Number(isDark())]),
    );
    tables[key] = new Uint8ClampedArray(STEPS * 4);
    for (let step = 0; step < STEPS; step++) {
      const place = (step / (STEPS - 1)) * (stops.length - 1);
      const low = Math.min(Math.floor(place), stops.length - 2);
      for (let part = 0; part < 3; part++)
        tables[key][4 * step + part] =
          stops[low][part] + (place - low) * (stops[low + 1][part] - stops[low][part]);
      tables[key][4 * step + 3] = 255;
    }
  }
  return tables[key];
}

/** The scale of an array's numbers: {least, most, isSigned, hasNan}. */
export class Scale {
  /** @param {Iterable<Value>} values undefined and infinite ones are left out */
  constructor(values) {
    this.least = Infinity;
    this.most = -Infinity;
    this.hasNan = false;
    for (const value of values) {
      const number = Number(value);
      if (Number.isNaN(number)) this.hasNan ||= value !== undefined;
      if (value === undefined || !Number.isFinite(number)) continue;
      if (number < this.least) this.least = number;
      if (number > this.most) this.most = number;
    }
    this.isSigned = this.least < 0 && this.most > 0;
    const reach = Math.max(-this.least, this.most);
    this.low = this.isSigned ? -reach : this.least;
    this.span = (this.isSigned ? 2 * reach : this.most - this.least) || 1;
    this.nan = [...channels(SHADE_COLORS.nan[0][Number(isDark())]), 255];
    this.table = table(this.isSigned ? "signed" : "grays");
  }

  /**
   * Write the colour of a number as rgba into `pixels` at `at`.
   * @param {Value} value
   * @param {Uint8ClampedArray} pixels
   * @param {number} at
   */
  paint(value, pixels, at) {
    if (value === undefined) return; // transparent
    const number = Number(value);
    if (Number.isNaN(number)) {
      pixels.set(this.nan, at);
      return;
    }
    const share = Math.min(Math.max((number - this.low) / this.span, 0), 1);
    const from = 4 * Math.round(share * (STEPS - 1));
    for (let part = 0; part < 4; part++) pixels[at + part] = this.table[from + part];
  }
}

/**
 * Draw values (rows of columns) one pixel each into a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {number} rows
 * @param {number} columns
 * @param {(row: number, col: number) => Value} value
 * @param {Scale} scale
 */
export function drawShades(canvas, rows, columns, value, scale) {
  canvas.width = columns;
  canvas.height = rows;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(columns, rows);
  for (let row = 0, at = 0; row < rows; row++)
    for (let col = 0; col < columns; col++, at += 4) scale.paint(value(row, col), image.data, at);
  context.putImageData(image, 0, 0);
}
