/*
 * A transposed layer as an ordinary convolution, with the same outputs: stride - 1 zeros stand
 * between the cells of the input, and the kernel is flipped on each axis.
 */

import { product, pytorchLine } from "./layer.js";
import { unraveled } from "./place.js";

const MOST_FLAT = 2 ** 20; // numbers that are laid out for quick sums

/**
 * The ordinary layer. Its padding is negative where the transposed one crops more than it adds.
 * @param {Layer} layer
 * @returns {Layer}
 */
export function asConvolution(layer) {
  const axes = layer.axes.map(({ kernel_size, dilation, before, after, output_padding }) => {
    const around = dilation * (kernel_size - 1);
    return {
      kernel_size,
      stride: 1,
      dilation,
      before: around - before,
      after: around - after + output_padding,
      output_padding: 0,
    };
  });
  return { ...layer, axes, transposed: false };
}

/** The size of the input with zeros between its cells. */
export const stuffedSize = (/** @type {Axis} */ axis, /** @type {number} */ size) =>
  (size - 1) * axis.stride + 1;

/** An array whose numbers are those of another one, at other places. */
export class Rearranged {
  /**
   * @param {any} array
   * @param {number[]} shape
   * @param {(index: number[]) => Value} at
   */
  constructor(array, shape, at) {
    this.numbers = array.numbers;
    this.isWhole = array.isWhole;
    this.hasAdded = array.hasAdded;
    this.shape = shape;
    this.at = at;
    /** @type {Float64Array | null | undefined} */
    this.dense = undefined;
  }

  /** All numbers in the order of C; null if they are too many, or no doubles. */
  get flat() {
    if (this.dense === undefined) {
      const count = product(this.shape);
      const isDense = count <= MOST_FLAT && typeof this.numbers.zero !== "bigint";
      this.dense = isDense
        ? Float64Array.from({ length: count }, (_, number) =>
            this.at(unraveled(number, this.shape)),
          )
        : null;
    }
    return this.dense;
  }
}

/**
 * The input with zeros between its cells, and the flipped kernel.
 * @param {Arrays} arrays
 * @param {Layer} layer the transposed one
 * @returns {Arrays}
 */
export function stuffedArrays(arrays, { axes }) {
  const { input, weight, numbers } = arrays;
  const [channels, ...sizes] = input.shape;
  const shape = [
    channels,
    ...sizes.map((/** @type {number} */ size, /** @type {number} */ d) =>
      stuffedSize(axes[d], size),
    ),
  ];
  const stuffed = new Rearranged(input, shape, ([channel, ...at]) =>
    isGap(axes, at)
      ? numbers.zero
      : input.at([channel, ...at.map((one, d) => one / axes[d].stride)]),
  );
  const flipped = new Rearranged(weight, weight.shape, ([o, c, ...tap]) =>
    weight.at([o, c, ...tap.map((k, d) => axes[d].kernel_size - 1 - k)]),
  );
  return { ...arrays, input: stuffed, weight: flipped };
}

/** Whether a cell of the stuffed input is one of the zeros in between. */
const isGap = (/** @type {Axis[]} */ axes, /** @type {number[]} */ at) =>
  at.some((one, d) => one % axes[d].stride !== 0);

/** @type {Tick} */
export const STUFFED = {
  name: "stuffed",
  isButton: true,
  isLens: true,
  isOffered: ({ transposed }) => transposed,
  refusal: ({ operands }) =>
    operands.originals.input.isWhole && operands.originals.weight.isWhole ? null : ["see.part", {}],
  layer: (layer, sizes) => ({
    layer: asConvolution(layer),
    sizes: sizes.map((size, d) => stuffedSize(layer.axes[d], size)),
  }),
  arrays: stuffedArrays,
  turned: ({ state }, { panel, index }, isOn) => {
    /** @type {Axis[]} */
    const axes = state.layer.axes;
    const leading = panel === "weight" ? 2 : 1;
    const at = index.slice(leading).map((one, d) => {
      if (panel === "output") return one;
      if (panel === "weight") return axes[d].kernel_size - 1 - one;
      return isOn ? one * axes[d].stride : Math.max(Math.floor(one / axes[d].stride), 0);
    });
    return { panel, index: [...index.slice(0, leading), ...at] };
  },
  kind: (contents, panel, index) => {
    const [, ...at] = index;
    const { axes } = contents.plain.geometry.layer;
    return panel === "input" && contents.geometry.isReal(at) && isGap(axes, at) ? "gap" : "";
  },
  title: (contents, panel, title) =>
    panel === "output"
      ? title
      : title + contents.words("comma") + contents.words(`stuffed.${panel}`),
  note: (contents, words) => {
    const strides = contents.plain.geometry.layer.axes.map(
      (/** @type {Axis} */ axis) => axis.stride - 1,
    );
    const zeros = new Set(strides).size === 1 ? `${strides[0]}` : `(${strides.join(", ")})`;
    return words("stuffed.note", { zeros, layer: pytorchLine(contents.geometry.layer) });
  },
};
