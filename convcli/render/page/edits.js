/* What a person does to the arrays: types, pastes, fills, resizes. Every edit is one change. */

import { namedGround } from "./edit_link.js";
import { arrayOf, numberOf } from "./edit_numbers.js";
import { product } from "./layer.js";
import { raveled, unraveled } from "./place.js";

/** @typedef {"input" | "weight"} ArrayName */
/** @typedef {{shape?: number[], values?: ArrayLike<Value>}} NumberArray */

export class Editing {
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    this.seed = 0;
  }

  /** @returns {State} */
  get state() {
    return this.page.state;
  }

  /** The arrays of the state, even if a tick draws others. */
  get arrays() {
    return (this.page.contents.plain ?? this.page.contents).arrays;
  }

  /**
   * Refuse with a reason. Returns false.
   * @param {string} key
   * @param {Record<string, any>} fields
   */
  refuse(key, fields = {}) {
    this.page.notify(this.page.words(key, fields), "refusal");
    return false;
  }

  /**
   * Whether a cell can be edited; a notice says why it cannot.
   * @param {PanelName} panel
   * @param {number[]} index
   */
  admits(panel, index) {
    if (panel === "output") return this.refuse("edit.output");
    if (this.page.contents.asksForOutputs) return this.refuse("edit.served");
    if (this.arrays !== this.page.contents.arrays) return this.refuse("edit.lens");
    const { shape } = this.arrays[panel];
    if (!index.every((at, d) => at >= 0 && at < shape[d])) return this.refuse("edit.padding");
    return true;
  }

  /**
   * Change the edits; what follows for the type of the numbers is said.
   * @param {Partial<Edits>} edits
   * @param {Partial<State>} part
   * @param {string} kind
   * @returns {boolean}
   */
  change(edits, part = {}, kind = "") {
    if (this.page.contents.asksForOutputs) return this.refuse("edit.served");
    const before = this.arrays.numbers.dtype;
    const next = { ...this.state.edits, ...edits };
    if (!this.page.change({ ...part, edits: next }, kind)) return false;
    const { dtype } = this.arrays.numbers;
    if (dtype !== before)
      this.page.notify(this.page.words("edit.dtype", { before, dtype }), "edit");
    return true;
  }

  /**
   * Type a number into a cell. Returns whether it was taken.
   * @param {ArrayName} name
   * @param {number[]} index
   * @param {string} text
   */
  type(name, index, text) {
    if (!this.admits(name, index)) return false;
    const { value, why } = numberOf(text);
    if (why) return this.refuse(...why);
    const array = this.arrays[name];
    if (array.numbers.text(array.at(index)) === `${value}`) return true;
    const typed = { ...this.state.edits[name], [array.keyOf(index)]: value };
    if (!this.change({ [name]: typed })) return false;
    this.sayRounded(value);
    return true;
  }

  /**
   * Say what a number became in the type of the page.
   * @param {Value} value
   */
  sayRounded(value) {
    const { numbers } = this.arrays;
    const kept = numbers.text(numbers.of(value));
    if (Number(kept) === Number(value)) return;
    const fields = { text: `${value}`, kept, dtype: numbers.dtype };
    this.page.notify(this.page.words("edit.rounded", fields), "edit");
  }

  /**
   * Put the text of an array at a cell; where it does not fit, offer to replace the whole array.
   * @param {ArrayName} name
   * @param {number[]} index
   * @param {string} text
   */
  paste(name, index, text) {
    if (!this.admits(name, index)) return false;
    const array = arrayOf(text);
    if (array.why) return this.refuse(...array.why);
    const { shape, values } = array;
    if (product(shape) === 1) return this.type(name, index, `${values[0]}`);
    const { shape: own } = this.arrays[name];
    const axes = shape.length > own.length ? shape.slice(shape.length - own.length) : shape;
    const first = own.length - axes.length;
    const isFitting =
      product(axes) === values.length &&
      axes.every((size, d) => index[first + d] + size <= own[first + d]);
    if (!isFitting) {
      this.refuse("edit.paste.fits", { size: axes.join("\u00d7"), room: own.join("\u00d7") });
      this.page.notice.offer(this.page.words(`edit.whole.${name}`), () => this.whole(name, array));
      return false;
    }
    const typed = { ...this.state.edits[name] };
    for (const [number, value] of values.entries()) {
      const at = unraveled(number, axes);
      const place = index.map((start, d) => start + (at[d - first] ?? 0));
      typed[this.arrays[name].keyOf(place)] = value;
    }
    return this.change({ [name]: typed });
  }

  /**
   * Replace a whole array by that of a text.
   * @param {ArrayName} name
   * @param {string} text
   */
  wholeText(name, text) {
    const array = arrayOf(text);
    return array.why ? this.refuse(...array.why) : this.whole(name, array);
  }

  /**
   * Replace a whole array, and with it the sizes that it decides.
   * @param {ArrayName} name
   * @param {NumberArray} array in torch's layout; channels may be left out
   * @param {string} kind
   */
  whole(name, array, kind = "values") {
    const { layer, sizes } = this.state;
    const rank = sizes.length;
    const axes = rank + (name === "weight" ? 2 : 1);
    let { shape, values } = array;
    while (shape.length > axes && shape[0] === 1) shape = shape.slice(1);
    if (shape.length > axes)
      return this.refuse("edit.axes", { shape: shape.join("\u00d7"), most: axes });
    shape = [...Array(axes - shape.length).fill(1), ...shape];
    const spatial = shape.slice(-rank);
    if (name === "input") {
      const channels = shape[0] > 1 ? shape[0] : layer.in_channels;
      return this.change(
        { input: {}, grounds: { ...this.state.edits.grounds, input: { kind, shape, values } } },
        { sizes: spatial, layer: { ...layer, in_channels: channels } },
      );
    }
    const [first, second] = shape;
    if (layer.transposed && first * second > 1)
      ({ shape, values } = inPagesLayout(shape, values, layer.groups));
    const [outs, width] = shape;
    const isMore = first * second > 1;
    const changed = {
      ...layer,
      out_channels: isMore ? outs : layer.out_channels,
      in_channels: isMore ? width * layer.groups : layer.in_channels,
    };
    return this.setKernel({ kind, shape, values }, changed, spatial);
  }

  /**
   * @param {Ground} ground
   * @param {Layer} layer
   * @param {number[]} kernel
   */
  setKernel(ground, layer, kernel) {
    const axes = layer.axes.map((axis, d) => ({ ...axis, kernel_size: kernel[d] }));
    return this.change(
      { weight: {}, grounds: { ...this.state.edits.grounds, weight: ground } },
      { layer: { ...layer, axes } },
    );
  }

  /**
   * Fill an array: as loaded, by a generator, with a kernel by its name.
   * @param {ArrayName} name
   * @param {string} choice
   */
  fill(name, choice) {
    const { layer } = this.state;
    const { shape } = this.arrays[name];
    const [kind, kernel] = choice.split(":");
    if (kind === "named") {
      const ground = namedGround(kernel, this.page.data.kernels[kernel]);
      return this.setKernel(ground, layer, ground.shape.slice(2));
    }
    if (kind === "loaded") return this.restore(name);
    /** @type {Ground} */
    const ground = { kind, shape };
    if (kind === "arange") ground.start = 1;
    if (kind === "random") {
      this.seed += 1;
      const limits = name === "input" ? { least: 0, most: 9 } : { least: -3, most: 3 };
      Object.assign(ground, { seed: this.seed, ...limits });
    }
    return this.change({ [name]: {}, grounds: { ...this.state.edits.grounds, [name]: ground } });
  }

  /**
   * The array as it was loaded, in its own sizes.
   * @param {ArrayName} name
   */
  restore(name) {
    const { layer, sizes } = this.page.initial;
    /** @type {any} */
    const edits = { [name]: {}, grounds: { ...this.state.edits.grounds, [name]: null } };
    if (name === "input")
      return this.change(edits, {
        sizes,
        layer: { ...this.state.layer, in_channels: layer.in_channels },
      });
    const axes = this.state.layer.axes.map((axis, d) => ({
      ...axis,
      kernel_size: layer.axes[d].kernel_size,
    }));
    return this.change(edits, { layer: { ...this.state.layer, axes } });
  }

  /**
   * The bias of each output channel, as a text of numbers; an empty text is no bias.
   * @param {string} text
   */
  setBias(text) {
    const { layer } = this.state;
    if (!text.trim()) return this.change({ bias: {} }, { layer: { ...layer, bias: false } });
    const array = arrayOf(text);
    if (array.why) return this.refuse(...array.why);
    const { values } = array;
    if (![1, layer.out_channels].includes(values.length))
      return this.refuse("edit.bias.count", { count: values.length, most: layer.out_channels });
    /** @type {Typed} */
    const bias = {};
    for (let o = 0; o < layer.out_channels; o++) bias[o] = values[o % values.length];
    return this.change({ bias }, { layer: { ...layer, bias: true } });
  }
}

/**
 * A weight of a transposed layer, (C_in, C_out/groups, *k), as the page keeps it:
 * (C_out, C_in/groups, *k).
 * @param {number[]} shape
 * @param {ArrayLike<Value>} values
 * @param {number} groups
 */
function inPagesLayout([ins, depth, ...kernel], values, groups) {
  const shape = [depth * groups, Math.max(1, Math.floor(ins / groups)), ...kernel];
  const width = shape[1];
  const moved = Array.from({ length: product(shape) }, (_, number) => {
    const [out, c, ...tap] = unraveled(number, shape);
    const group = Math.floor(out / depth);
    const from = [group * width + c, out - group * depth, ...tap];
    return values[raveled(from, [ins, depth, ...kernel])];
  });
  return { shape, values: moved };
}
