/* The arrays of a state: those of the page's data, in the state's shapes, with its edits. */

import { Numbers, Parts } from "./arrays.js";
import { Edited } from "./edited.js";
import { fault } from "./layer.js";

const LEADING = { input: 1, weight: 2 }; // axes of channels
const LARGEST_DOUBLE_INTEGER = 2 ** 53 - 1;
const LARGEST_SUM = 2 ** 63;
const ARANGE = /^arange:[\dx]+(?::(-?\d+))?$/;
const CONSTANT = /^(ones|zeros):[\dx]+$/;

/**
 * The ground that an operand on the command line generates: it fills other shapes too.
 * @param {string} text
 * @param {any} array
 * @param {string[]} rest
 * @returns {Ground | null}
 */
function generatedGround(text, { shape }, rest) {
  if (rest.some((word) => /^--(example|layout)=/.test(word))) return null;
  const constant = CONSTANT.exec(text);
  if (constant) return { kind: constant[1], shape };
  const arange = ARANGE.exec(text);
  return arange ? { kind: "arange", shape, start: Number(arange[1] ?? 0) } : null;
}

/** @param {Value} value */
const isFraction = (value) => typeof value === "number" && !Number.isInteger(value);

export class Operands {
  /** @param {any} data */
  constructor(data) {
    this.data = data;
    this.loadedNumbers = new Numbers(data.dtype, data.wide);
    const parts = (/** @type {any} */ array) =>
      new Parts(array.shape, array.parts, this.loadedNumbers);
    this.originals = { input: parts(data.input), weight: parts(data.weight) };
    /** @type {Value[] | undefined} */
    this.bias = data.bias?.map(this.loadedNumbers.of);
    this.isServed = Boolean(data.server);
    /** @type {Record<string, Numbers>} */
    this.kinds = { [`${data.dtype} ${data.wide}`]: this.loadedNumbers };
    /** @type {Record<string, any>} */
    this.made = {};
    /** @type {any} the edits whose type was looked for last, with the type */
    this.looked = null;
    this.refill = generatedGround(data.command.input ?? "", data.input, data.command.rest ?? []);
  }

  /**
   * The arrays of a state. An array that did not change is the same object as before.
   * @param {State} state
   * @param {number[]} outs the sizes of the output
   * @returns {Arrays}
   */
  of(state, outs) {
    const { layer } = state;
    const numbers = this.numbersOf(state);
    const { input, weight } = this.edited(state, numbers);
    return {
      numbers,
      bias: this.biasOf(state, numbers),
      input,
      weight,
      output: new Parts([layer.out_channels, ...outs], [], numbers),
      originalInput: this.originals.input,
      originalWeight: this.originals.weight,
    };
  }

  /**
   * The numbers of a state: a fraction among int64 makes all of them float64, as in the engine;
   * sums beyond 2^53 take BigInt.
   * @param {State} state
   */
  numbersOf(state) {
    const dtype = this.dtypeOf(state);
    const isWide = dtype === "int64" && (this.data.wide || this.isBeyond(state));
    const key = `${dtype} ${isWide}`;
    this.kinds[key] ??= new Numbers(dtype, isWide);
    return this.kinds[key];
  }

  /** @param {State} state */
  dtypeOf({ edits }) {
    if (this.data.dtype !== "int64") return this.data.dtype;
    if (edits !== this.looked?.edits) {
      const { grounds, ...typed } = edits;
      const isReal =
        Object.values(typed).some((all) => Object.values(all).some(isFraction)) ||
        Object.values(grounds).some((ground) => Array.from(ground?.values ?? []).some(isFraction));
      this.looked = { edits, dtype: isReal ? "float64" : "int64" };
    }
    return this.looked.dtype;
  }

  /**
   * An upper bound of every sum of a state, max|x| * max|w| * count + max|b|.
   * @param {State} state
   */
  bound(state) {
    const { input, weight } = this.edited(state, this.loadedNumbers);
    const count = weight.shape
      .slice(1)
      .reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    const added = (this.biasOf(state, this.loadedNumbers) ?? []).map((b) => Math.abs(Number(b)));
    return input.reach * weight.reach * count + Math.max(0, ...added);
  }

  /**
   * Whether the numbers are the loaded ones, with zeros at most added to the kernel.
   * @param {State} state
   */
  isLoaded({ layer, edits, sizes }) {
    return (
      [edits.input, edits.weight, edits.bias].every((typed) => !Object.keys(typed).length) &&
      !Object.values(edits.grounds).some(Boolean) &&
      ["in_channels", "out_channels", "groups", "bias"].every(
        (name) => /** @type {any} */ (layer)[name] === this.data.layer[name],
      ) &&
      `${sizes}` === `${this.data.sizes}`
    );
  }

  /** @param {State} state */
  isBeyond(state) {
    return !this.isLoaded(state) && this.bound(state) > LARGEST_DOUBLE_INTEGER;
  }

  /**
   * Why a state is illegal: its layer, or sums that int64 cannot hold; null if it is legal.
   * @param {State} state
   * @returns {Reason | null}
   */
  faultOf(state) {
    const wrong = fault(state.layer, state.sizes);
    if (wrong || this.isLoaded(state) || this.dtypeOf(state) !== "int64") return wrong;
    return this.bound(state) >= LARGEST_SUM ? ["edit.bound", {}] : null;
  }

  /**
   * @param {State} state
   * @param {any} numbers
   */
  edited({ layer, sizes, edits }, numbers) {
    const kernel = layer.axes.map((axis) => axis.kernel_size);
    const channels = [layer.out_channels, layer.in_channels / layer.groups];
    const inputShape = [layer.in_channels, ...sizes];
    const isOther = `${inputShape}` !== `${this.originals.input.shape}`;
    const ground = edits.grounds.input ?? (isOther ? this.refill : null);
    return {
      input: this.one("input", inputShape, ground, edits, numbers),
      weight: this.one("weight", [...channels, ...kernel], edits.grounds.weight, edits, numbers),
    };
  }

  /**
   * @param {"input" | "weight"} name
   * @param {number[]} shape
   * @param {Ground | null | undefined} ground
   * @param {Edits} edits
   * @param {any} numbers
   */
  one(name, shape, ground, edits, numbers) {
    const typed = edits[name];
    const key = `${name} ${numbers.name}`;
    const before = this.made[key];
    const isSame =
      before &&
      before.ground === (ground ?? null) &&
      before.typed === typed &&
      `${before.shape}` === `${shape}`;
    if (!isSame || (this.isServed && !before.isWhole))
      this.made[key] = new Edited(this.originals[name], shape, {
        ground,
        typed,
        numbers,
        leading: LEADING[name],
        isCentred: name === "weight",
      });
    return this.made[key];
  }

  /**
   * The bias of each output channel; undefined without one.
   * @param {State} state
   * @param {any} numbers
   */
  biasOf({ layer, edits }, numbers) {
    if (!layer.bias) return undefined;
    return Array.from({ length: layer.out_channels }, (_, channel) =>
      numbers.of(edits.bias[channel] ?? this.bias?.[channel] ?? 0),
    );
  }
}
