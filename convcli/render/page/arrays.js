/* Numbers of the four kinds that a page can hold, and arrays of which a part may be here. */

const ROUND = { float16: Math.f16round ?? Math.fround, float32: Math.fround };
const MOST_PARTS = 64; // of an array that are held at once
const DIGITS = { float16: 5, float32: 9 };

/** How numbers of a type are read, multiplied, added and written; integers beyond 2^53 are BigInt. */
export class Numbers {
  constructor(dtype, wide) {
    this.round = ROUND[dtype] ?? ((value) => value);
    this.of = wide ? BigInt : (value) => this.round(Number(value));
    this.whole = dtype === "int64";
    this.zero = this.of(0);
    this.products = dtype in ROUND ? Math.fround : this.round; // float16 is multiplied in float32
    this.digits = DIGITS[dtype] ?? 17;
  }

  product(a, b) {
    return this.products(a * b);
  }

  /** The sum, added in double precision. */
  total(values) {
    return values.length ? this.round(values.reduce((a, b) => a + b)) : this.zero;
  }

  /** A number as short as it is exact. */
  text(value) {
    if (typeof value === "bigint" || this.digits === 17 || !Number.isFinite(value))
      return String(value);
    for (let digits = 1; digits < this.digits; digits++) {
      const short = Number(value.toPrecision(digits));
      if (this.round(short) === value) return String(short);
    }
    return String(Number(value.toPrecision(this.digits)));
  }

  /** The same with at most `digits` digits, for cells and long sums. */
  short(value, digits = 3) {
    if (value === undefined) return "";
    if (this.whole || !Number.isFinite(value)) return this.text(value);
    return String(Number(value.toPrecision(digits)));
  }

  /** A number for a cell: three digits, or two where that is long. */
  inCell(value) {
    const text = this.short(value);
    return text.length > 6 ? this.short(value, 2) : text;
  }
}

/** An array of which parts are here: each has its first index, its size on each axis, and its numbers in a row. */
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

  /** The number at an index, undefined where it is not here. */
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

/** The weight (C_out, C_in/groups, *kernel_size) of a layer whose kernel may have been made smaller or larger: added taps are 0. */
export class Kernels {
  constructor(given, kernel_size) {
    this.given = given;
    this.shape = [...given.shape.slice(0, 2), ...kernel_size];
  }

  get hasAdded() {
    return this.shape.some((size, d) => size > this.given.shape[d]);
  }

  at(index) {
    return index.some((one, d) => one >= this.given.shape[d])
      ? this.given.numbers.zero
      : this.given.at(index);
  }
}
