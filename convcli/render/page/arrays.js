/* The four number types of a page, and arrays of which the page may hold a part. */

const ROUND = { float16: Math.f16round ?? Math.fround, float32: Math.fround };
const MOST_PARTS = 64; // of an array, in memory at once
// Digits that tell numbers of a type apart: ceil(1 + bits*log10(2)), IEEE 754; 17 for a double
const DIGITS = { float16: 5, float32: 9 };

/** Reads, multiplies, adds and writes numbers of a type. Integers beyond 2^53 are BigInt. */
export class Numbers {
  constructor(dtype, wide) {
    this.round = ROUND[dtype] ?? ((value) => value);
    this.of = wide ? BigInt : (value) => this.round(Number(value));
    this.whole = dtype === "int64";
    this.zero = this.of(0);
    // The engine multiplies float16 in float32.
    this.products = dtype in ROUND ? Math.fround : this.round;
    this.digits = DIGITS[dtype] ?? 17;
  }

  product(a, b) {
    return this.products(a * b);
  }

  /** The sum, added in double precision and rounded once. */
  total(values) {
    return values.length ? this.round(values.reduce((a, b) => a + b)) : this.zero;
  }

  /** The shortest text that reads back as the same number. */
  text(value) {
    if (typeof value === "bigint" || this.digits === 17 || !Number.isFinite(value))
      return String(value);
    for (let digits = 1; digits < this.digits; digits++) {
      const short = Number(value.toPrecision(digits));
      if (this.round(short) === value) return String(short);
    }
    return String(Number(value.toPrecision(this.digits)));
  }

  /** A text with at most `digits` significant digits, for cells and long sums. */
  short(value, digits = 3) {
    if (value === undefined) return "";
    if (this.whole || !Number.isFinite(value)) return this.text(value);
    return String(Number(value.toPrecision(digits)));
  }

  /** A text for a cell: three significant digits, or two if three take more than six letters. */
  inCell(value) {
    const text = this.short(value);
    return text.length > 6 ? this.short(value, 2) : text;
  }
}

/** An array of which some parts are in memory: {first index, size, values in the order of C}. */
export class Parts {
  constructor(shape, parts, numbers) {
    this.shape = shape;
    this.numbers = numbers;
    this.parts = [];
    for (const part of parts) this.add(part);
  }

  add({ first, size, values }) {
    this.parts.unshift({ first, size, values: values.map(this.numbers.of) });
    this.parts.length = Math.min(this.parts.length, MOST_PARTS);
  }

  get isWhole() {
    return this.parts.some((part) => part.size.every((size, d) => size === this.shape[d]));
  }

  /** The number at an index; undefined if it is not in memory. */
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

/** The weight (C_out, C_in/groups, *kernel_size) in the size of the sliders: new taps are 0. */
export class Kernels {
  constructor(original, kernel_size) {
    this.original = original;
    this.shape = [...original.shape.slice(0, 2), ...kernel_size];
  }

  get hasAdded() {
    return this.shape.some((size, d) => size > this.original.shape[d]);
  }

  at(index) {
    return index.some((at, d) => at >= this.original.shape[d])
      ? this.original.numbers.zero
      : this.original.at(index);
  }
}
