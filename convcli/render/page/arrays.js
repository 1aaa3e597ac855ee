/* The four number types of a page, and arrays of which the page may hold a part. */

/** @type {Record<string, (value: number) => number>} */
const ROUND = { float16: /** @type {any} */ (Math).f16round ?? Math.fround, float32: Math.fround };
const MOST_PARTS = 64; // of an array, in memory at once
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
    this.dtype = dtype;
    this.name = `${dtype} ${wide}`;
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
