/* The four number types of a page, and arrays of which the page may hold a part. */

/** @type {Record<string, (value: number) => number>} */
const ROUND = { float16: /** @type {any} */ (Math).f16round ?? Math.fround, float32: Math.fround };
const MOST_PARTS = 64; // of an array, in memory at once
const MOST_DENSE = 2 ** 20; // numbers of an array that is laid out for quick sums
// Digits that tell numbers of a type apart: ceil(1 + bits*log10(2)), IEEE 754; 17 for a double
/** @type {Record<string, number>} */
const DIGITS = { float16: 5, float32: 9 };

/** Reads, multiplies, adds and writes numbers of a type. Integers beyond 2^53 are BigInt. */
export class Numbers {
  /**
   * @param {string} dtype
   * @param {boolean} wide
   */
  constructor(dtype, wide) {
    this.round = ROUND[dtype] ?? ((value) => value);
    /** @type {(value: any) => Value} */
    this.of = wide ? BigInt : (value) => this.round(Number(value));
    this.whole = dtype === "int64";
    this.zero = this.of(0);
    // The engine multiplies float16 in float32.
    this.products = dtype in ROUND ? Math.fround : this.round;
    this.digits = DIGITS[dtype] ?? 17;
  }

  /**
   * @param {Value} a
   * @param {Value} b
   * @returns {Value}
   */
  product(a, b) {
    return this.products(a * b);
  }

  /**
   * The sum, added in double precision and rounded once.
   * @param {Value[]} values
   * @returns {Value}
   */
  total(values) {
    return values.length ? this.round(values.reduce((a, b) => a + b)) : this.zero;
  }

  /**
   * The shortest text that reads back as the same number.
   * @param {Value} value
   * @returns {string}
   */
  text(value) {
    if (typeof value === "bigint" || this.digits === 17 || !Number.isFinite(value))
      return String(value);
    for (let digits = 1; digits < this.digits; digits++) {
      const short = Number(value.toPrecision(digits));
      if (this.round(short) === value) return String(short);
    }
    return String(Number(value.toPrecision(this.digits)));
  }

  /**
   * A text with at most `digits` significant digits, for cells and long sums.
   * @param {Value} value
   * @param {number} digits
   * @returns {string}
   */
  short(value, digits = 3) {
    if (value === undefined) return "";
    if (this.whole || !Number.isFinite(value)) return this.text(value);
    return String(Number(value.toPrecision(digits)));
  }

  /**
   * A text for a cell: three significant digits, or two if three take more than six letters.
   * @param {Value} value
   * @returns {string}
   */
  inCell(value) {
    const text = this.short(value);
    return text.length > 6 ? this.short(value, 2) : text;
  }
}

/** An array of which some parts are in memory: {first index, size, values in the order of C}. */
export class Parts {
  /**
   * @param {number[]} shape
   * @param {Part[]} parts
   * @param {Numbers} numbers
   */
  constructor(shape, parts, numbers) {
    this.shape = shape;
    this.numbers = numbers;
    /** @type {Part[]} */
    this.parts = [];
    for (const part of parts) this.add(part);
  }

  /** @param {Part} part */
  add({ first, size, values }) {
    this.parts.unshift({ first, size, values: values.map(this.numbers.of) });
    this.parts.length = Math.min(this.parts.length, MOST_PARTS);
  }

  get isWhole() {
    return this.parts.some((part) => part.size.every((size, d) => size === this.shape[d]));
  }

  /**
   * The number at an index; undefined if it is not in memory.
   * @param {number[]} index
   * @returns {Value}
   */
  at(index) {
    for (const { first, size, values } of this.parts) {
      let place = 0;
      let inside = true;
      for (let d = 0; d < size.length && inside; d++) {
        const offset = index[d] - first[d];
        inside = offset >= 0 && offset < size[d];
        place = place * size[d] + offset;
      }
      if (inside) return values[place];
    }
    return undefined;
  }
}

/**
 * An array as it was loaded, in another shape and with numbers typed over it. A larger array is
 * filled up with zeros behind the loaded one; a typed number stands at its index in the loaded one.
 */
export class Edited {
  /**
   * @param {Parts} original
   * @param {number[]} shape
   * @param {Typed} typed
   */
  constructor(original, shape, typed = {}) {
    this.original = original;
    this.shape = shape;
    this.typed = typed;
    this.numbers = original.numbers;
    this.isTyped = Object.keys(typed).length > 0;
    /** @type {Float64Array | null | undefined} */
    this.dense = undefined;
    /** @type {Uint8Array | null} 1 where a number of `flat` is not in memory */
    this.missing = null;
  }

  /** Whether cells were added to the loaded array. */
  get hasAdded() {
    return this.shape.some((size, d) => size > this.original.shape[d]);
  }

  /** Whether every number is in memory. */
  get isWhole() {
    return this.original.isWhole;
  }

  /**
   * The number at an index; undefined if it is not in memory.
   * @param {number[]} index
   * @returns {Value}
   */
  at(index) {
    if (this.isTyped) {
      const typed = this.typed[index.join()];
      if (typed !== undefined) return typed;
    }
    return index.some((at, d) => at >= this.original.shape[d])
      ? this.numbers.zero
      : this.original.at(index);
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
    const count = this.shape.reduce((a, b) => a * b, 1);
    if (count > MOST_DENSE || typeof this.numbers.zero === "bigint") return null;
    const [part] = this.original.parts;
    const isAsLoaded = `${this.shape}` === `${this.original.shape}`;
    if (isAsLoaded && !this.isTyped && part?.values.length === count)
      return Float64Array.from(part.values);
    const values = new Float64Array(count);
    const index = this.shape.map(() => 0);
    for (let number = 0; number < count; number++) {
      const value = this.at(index);
      values[number] = value;
      if (value === undefined) this.missing ??= new Uint8Array(count);
      if (value === undefined) this.missing[number] = 1;
      for (let d = index.length - 1; d >= 0 && ++index[d] === this.shape[d]; d--) index[d] = 0;
    }
    return values;
  }
}
