/* The arrays of a state: those of the page's data, in the state's shapes, with its edits. */

import { Edited, Numbers, Parts } from "./arrays.js";

export class Operands {
  /** @param {any} data */
  constructor(data) {
    this.numbers = new Numbers(data.dtype, data.wide);
    const parts = (/** @type {any} */ array) => new Parts(array.shape, array.parts, this.numbers);
    this.originals = { input: parts(data.input), weight: parts(data.weight) };
    /** @type {Value[] | undefined} */
    this.bias = data.bias?.map(this.numbers.of);
    this.isServed = Boolean(data.server);
    /** @type {Record<string, Edited>} */
    this.made = {};
  }

  /**
   * The arrays of a state. An array that did not change is the same object as before.
   * @param {State} state
   * @param {number[]} outs the sizes of the output
   * @returns {Arrays}
   */
  of({ layer, sizes, edits }, outs) {
    const kernel = layer.axes.map((axis) => axis.kernel_size);
    const channels = [layer.out_channels, layer.in_channels / layer.groups];
    return {
      numbers: this.numbers,
      bias: this.biasOf(layer, edits.bias),
      input: this.edited("input", [layer.in_channels, ...sizes], edits.input),
      weight: this.edited("weight", [...channels, ...kernel], edits.weight),
      output: new Parts([layer.out_channels, ...outs], [], this.numbers),
      originalInput: this.originals.input,
      originalWeight: this.originals.weight,
    };
  }

  /**
   * @param {"input" | "weight"} name
   * @param {number[]} shape
   * @param {Typed} typed
   */
  edited(name, shape, typed) {
    const before = this.made[name];
    const isSame = before && before.typed === typed && `${before.shape}` === `${shape}`;
    if (!isSame || (this.isServed && !before.isWhole))
      this.made[name] = new Edited(this.originals[name], shape, typed);
    return this.made[name];
  }

  /**
   * The bias of each output channel; undefined without one.
   * @param {Layer} layer
   * @param {Typed} typed
   */
  biasOf(layer, typed) {
    if (!layer.bias) return undefined;
    return Array.from(
      { length: layer.out_channels },
      (_, channel) => typed[channel] ?? this.bias?.[channel] ?? this.numbers.zero,
    );
  }
}
