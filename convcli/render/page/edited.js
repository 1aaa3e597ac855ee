/*
 * The arrays of the page with what was done to them: a ground (the loaded array, or one that was
 * chosen or pasted) in the shape of the state, with numbers typed over it.
 *
 * A ground with numbers of its own stands in a larger array at an offset: a kernel around its
 * centre, an input at its first corner, zeros elsewhere; more channels repeat those that there are.
 * A generated ground (ones, arange, random, ...) fills any shape. A typed number is kept by its
 * index on the ground, so that it stays where it was when a kernel grows.
 */

import { product } from "./layer.js";
import { raveled } from "./place.js";

const MOST_DENSE = 2 ** 20; // numbers of an array that is laid out for quick sums
const MIXED = [0x9e3779b1, 0x85ebca6b]; // odd multipliers that scatter the bits of a hash

/**
 * A small integer that a seed gives to an index.
 * @param {number[]} index
 * @param {number} seed
 */
function scattered(index, seed) {
  let hash = Math.imul(seed + 1, MIXED[0]);
  for (const at of index) {
    hash = Math.imul(hash ^ (at + 0x7f4a7c15), MIXED[1]);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), MIXED[0]);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The grounds that fill any shape: their number at an index.
 * @type {Record<string, (index: number[], shape: number[], ground: any, leading: number) =>
 *   number>}
 */
const GENERATED = {
  zeros: () => 0,
  ones: () => 1,
  arange: (index, shape, { start = 0 }) => start + raveled(index, shape),
  impulse: (index, shape, _ground, leading) =>
    Number(index.every((at, d) => d < leading || at === Math.floor((shape[d] - 1) / 2))),
  random: (index, _shape, { seed = 0, least = 0, most = 9 }) =>
    least + (scattered(index, seed) % (most - least + 1)),
};
/** The names of the grounds that fill any shape. */
export const GENERATORS = Object.keys(GENERATED);

/**
 * Where an array of the size `before` begins in one of the size `now`, around the centre.
 * @param {number} now
 * @param {number} before
 */
export const centred = (now, before) => Math.trunc((now - before) / 2);

export class Edited {
  /**
   * @param {any} original the loaded array
   * @param {number[]} shape
   * @param {{ground?: Ground | null, typed?: Typed, numbers?: any, leading?: number,
   *   isCentred?: boolean}} edits
   */
  constructor(original, shape, edits = {}) {
    const { ground, typed, numbers, leading = 1, isCentred = false } = edits;
    this.shape = shape;
    this.ground = ground ?? null;
    this.typed = typed ?? {};
    this.numbers = numbers ?? original.numbers;
    this.isTyped = Object.keys(this.typed).length > 0;
    this.generated = this.ground ? GENERATED[this.ground.kind] : undefined;
    this.source = this.ground?.values ? new Dense(this.ground) : original;
    this.leading = leading;
    const own = this.ground?.shape ?? original.shape;
    this.own = own;
    this.offset = shape.map((size, d) => (d >= leading && isCentred ? centred(size, own[d]) : 0));
    /** Whether no number has to be found, shifted or converted: the loaded array as it is. */
    this.isPlain =
      !this.generated &&
      !this.isTyped &&
      `${shape}` === `${own}` &&
      this.source === original &&
      this.numbers === original.numbers;
    /** @type {Float64Array | null | undefined} */
    this.dense = undefined;
    /** @type {Uint8Array | null} 1 where a number of `flat` is not in memory */
    this.missing = null;
  }

  /** Whether cells were added around the ground. */
  get hasAdded() {
    return !this.generated && this.shape.some((size, d) => d >= this.leading && size > this.own[d]);
  }

  /** Whether channels repeat others. */
  get hasRepeated() {
    return !this.generated && this.shape.some((size, d) => d < this.leading && size > this.own[d]);
  }

  /** Whether every number is in memory. */
  get isWhole() {
    return Boolean(this.generated) || this.source.isWhole;
  }

  /**
   * The key of an index among the typed numbers.
   * @param {number[]} index
   */
  keyOf(index) {
    return index.map((at, d) => at - this.offset[d]).join();
  }

  /**
   * The number at an index; undefined if it is not in memory.
   * @param {number[]} index
   * @returns {Value}
   */
  at(index) {
    if (this.isPlain) return this.source.at(index);
    if (this.isTyped) {
      const typed = this.typed[this.keyOf(index)];
      if (typed !== undefined) return this.numbers.of(typed);
    }
    return this.grounded(index);
  }

  /**
   * The number of the ground at an index.
   * @param {number[]} index
   * @returns {Value}
   */
  grounded(index) {
    if (this.generated)
      return this.numbers.of(this.generated(index, this.shape, this.ground, this.leading));
    const own = index.map((at, d) => (d < this.leading ? at % this.own[d] : at - this.offset[d]));
    if (own.some((at, d) => at < 0 || at >= this.own[d])) return this.numbers.zero;
    const value = this.source.at(own);
    return value === undefined ? undefined : this.numbers.of(value);
  }

  /**
   * All numbers in the order of C, for quick sums, NaN where one is not in memory; null if they are
   * too many or no doubles.
   * @returns {Float64Array | null}
   */
  get flat() {
    if (this.dense === undefined) this.dense = this.densely();
    return this.dense;
  }

  densely() {
    const count = product(this.shape);
    if (count > MOST_DENSE || typeof this.numbers.zero === "bigint") return null;
    const values = this.groundedDensely(count);
    for (const [key, value] of Object.entries(this.typed)) {
      const index = key.split(",").map((at, d) => Number(at) + this.offset[d]);
      if (!index.every((at, d) => at >= 0 && at < this.shape[d])) continue;
      const number = raveled(index, this.shape);
      values[number] = this.numbers.of(value);
      if (this.missing) this.missing[number] = 0;
    }
    return values;
  }

  /** @param {number} count */
  groundedDensely(count) {
    const isSame = !this.generated && `${this.shape}` === `${this.own}`;
    const whole =
      isSame && this.source.parts.find((/** @type {any} */ part) => part.values.length === count);
    if (whole) return Float64Array.from(whole.values, (value) => this.numbers.of(value));
    const values = new Float64Array(count);
    const index = this.shape.map(() => 0);
    for (let number = 0; number < count; number++) {
      const value = this.grounded(index);
      values[number] = value;
      if (value === undefined) this.missing ??= new Uint8Array(count);
      if (value === undefined) this.missing[number] = 1;
      for (let d = index.length - 1; d >= 0 && ++index[d] === this.shape[d]; d--) index[d] = 0;
    }
    return values;
  }

  /** The largest absolute value; an upper bound if the numbers are generated or not in memory. */
  get reach() {
    if (this.most === undefined) {
      const typed = Object.values(this.typed).map((value) => Math.abs(Number(value)));
      this.most = Math.max(0, ...typed, this.reachOfGround());
    }
    return this.most;
  }

  reachOfGround() {
    const { ground } = this;
    if (this.generated)
      return Math.max(
        Math.abs(ground?.start ?? 0) + (ground?.kind === "arange" ? product(this.shape) : 1),
        Math.abs(ground?.least ?? 0),
        ground?.most ?? 0,
      );
    let most = 0;
    for (const { values } of this.source.parts)
      for (const value of values) most = Math.max(most, Math.abs(Number(value)) || 0);
    return most;
  }
}

/** A pasted or named array, like the loaded one. */
class Dense {
  /** @param {Ground} ground */
  constructor({ shape, values }) {
    this.shape = shape;
    this.values = /** @type {ArrayLike<Value>} */ (values);
    this.isWhole = true;
    this.parts = [{ values: this.values }];
  }

  /** @param {number[]} index */
  at(index) {
    return this.values[raveled(index, this.shape)];
  }
}
