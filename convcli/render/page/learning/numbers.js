/* Numbers of a course: how they are written, and the colours that stand for them. */

const DIGITS = 3; // of a number in a cell

/** @typedef {[number, number, number]} Rgb */

/** A number in few letters. @param {number} value @param {number} digits */
export function few(value, digits = DIGITS) {
  if (!Number.isFinite(value)) return exact(value);
  const rounded = Number(value.toPrecision(digits));
  const text = `${rounded}`;
  if (text.length <= digits + 4) return text;
  const short = rounded.toExponential(Math.max(0, digits - 2));
  return short.length <= digits + 4 ? short : rounded.toExponential(Math.max(0, digits - 3));
}

/** Every digit of a double, as Python writes it. @param {number} value */
export function exact(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e16)) return `${value + 0}`;
  const [digits, power] = value.toExponential().split("e");
  return `${digits}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

/** A number of the data, where infinities and NaN are texts. @param {number | string} value */
export const numberOf = (value) => Number(value);

/** The largest size of finite numbers; 1 where there is none but 0. @param {number[][]} lists */
export function largest(lists) {
  let most = 0;
  for (const values of lists)
    for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most || 1;
}

/**
 * A scale for numbers that may diverge: what is beyond `least` four times is drawn at its end.
 * @param {number[][]} usual @param {number[][]} all
 */
export const limitOf = (usual, all) => Math.min(largest(all), 4 * largest(usual));

/** The colours of the palette that stand for numbers, as they are now. */
export class Colors {
  constructor() {
    const style = getComputedStyle(document.documentElement);
    const of = (/** @type {string} */ name) => rgbOf(style.getPropertyValue(`--${name}`).trim());
    this.negative = of("negative");
    this.zero = of("zero");
    this.positive = of("positive");
    this.none = of("not-a-number");
  }

  /** @param {number} value @param {number} limit @returns {Rgb} */
  of(value, limit) {
    if (Number.isNaN(value)) return this.none;
    const share = Math.max(-1, Math.min(1, value / limit));
    const end = share < 0 ? this.negative : this.positive;
    const mix = (/** @type {number} */ d) =>
      Math.round(this.zero[d] + (end[d] - this.zero[d]) * Math.abs(share));
    return [mix(0), mix(1), mix(2)];
  }
}

/** Whether black letters are easier to read on a colour than white ones. @param {Rgb} color */
export function isLight(color) {
  const [r, g, b] = color.map((part) => (part / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18;
}

/** @param {string} hex @returns {Rgb} */
function rgbOf(hex) {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
