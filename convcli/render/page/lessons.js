/* The steps of the first lesson and the cases of the gallery, as states of the page; pure. */

import { noEdits } from "./state.js";

/**
 * What a step or a case sets: sizes and parameters that are the same on both axes.
 * @typedef {{size: number, kernel: number, stride?: number, padding?: number, dilation?: number,
 *   output_padding?: number, transposed?: boolean, ins?: number, outs?: number, groups?: number,
 *   at?: number[]}} Setting
 * @typedef {{name: string, setting: Setting,
 *   isDone: (state: State, outs: number[]) => boolean}} Step
 */

/** @param {number[]} sizes @param {number} size */
const are = (sizes, size) => sizes.every((one) => one === size);

/** @type {Step[]} */
export const LESSON_STEPS = [
  {
    name: "sizes",
    setting: { size: 5, kernel: 3 },
    isDone: ({ sizes }, outs) => are(sizes, 5) && are(outs, 4),
  },
  {
    name: "stride",
    setting: { size: 5, kernel: 3 },
    isDone: ({ sizes }, outs) => are(sizes, 5) && are(outs, 2),
  },
  {
    name: "padding",
    setting: { size: 5, kernel: 3 },
    isDone: ({ layer, sizes }, outs) =>
      `${outs}` === `${sizes}` && layer.axes.every((axis) => axis.before > 0),
  },
  {
    name: "dilation",
    setting: { size: 7, kernel: 3 },
    isDone: ({ layer }) =>
      layer.axes.every((axis) => axis.kernel_size === 3 && axis.dilation === 2),
  },
  {
    name: "channels",
    setting: { size: 4, kernel: 3, ins: 3 },
    isDone: ({ layer }) =>
      layer.groups === 1 &&
      layer.axes.reduce(
        (a, axis) => a * axis.kernel_size,
        layer.in_channels * layer.out_channels,
      ) === 54,
  },
  {
    name: "groups",
    setting: { size: 4, kernel: 3, ins: 4, outs: 4 },
    isDone: ({ layer }) => layer.in_channels > 1 && layer.groups === layer.in_channels,
  },
  {
    name: "transposed",
    setting: { size: 2, kernel: 3, stride: 2, transposed: true },
    isDone: ({ layer, sizes }, outs) => layer.transposed && are(sizes, 2) && are(outs, 3),
  },
  {
    name: "field",
    setting: { size: 9, kernel: 3, stride: 2, at: [0, 3] },
    isDone: ({ layer, selected: { panel, index } }) =>
      panel === "output" &&
      [2, 4].every((first, d) => {
        const { stride, before, dilation, kernel_size } = layer.axes[d];
        return index[d + 1] * stride - before === first && dilation * (kernel_size - 1) === 2;
      }),
  },
];

/**
 * The cases of "A guide to convolution arithmetic for deep learning" (Dumoulin and Visin, 2016), in
 * the numbers of its animations; the transposed ones give back the sizes of the others.
 * @type {{name: string, setting: Setting}[]}
 */
export const CASES = [
  { name: "none", setting: { size: 4, kernel: 3 } },
  { name: "arbitrary", setting: { size: 5, kernel: 4, padding: 2 } },
  { name: "same", setting: { size: 5, kernel: 3, padding: 1 } },
  { name: "full", setting: { size: 5, kernel: 3, padding: 2 } },
  { name: "strides", setting: { size: 5, kernel: 3, stride: 2 } },
  { name: "padding_strides", setting: { size: 5, kernel: 3, stride: 2, padding: 1 } },
  { name: "odd", setting: { size: 6, kernel: 3, stride: 2, padding: 1 } },
  { name: "dilation", setting: { size: 7, kernel: 3, dilation: 2 } },
  { name: "none", setting: { size: 2, kernel: 3, transposed: true } },
  { name: "arbitrary", setting: { size: 6, kernel: 4, padding: 2, transposed: true } },
  { name: "same", setting: { size: 5, kernel: 3, padding: 1, transposed: true } },
  { name: "full", setting: { size: 7, kernel: 3, padding: 2, transposed: true } },
  { name: "strides", setting: { size: 2, kernel: 3, stride: 2, transposed: true } },
  {
    name: "padding_strides",
    setting: { size: 3, kernel: 3, stride: 2, padding: 1, transposed: true },
  },
  {
    name: "odd",
    setting: { size: 3, kernel: 3, stride: 2, padding: 1, output_padding: 1, transposed: true },
  },
];

/**
 * The part of a state that a setting describes, for a layer of two axes: small numbers.
 * @param {Setting} setting
 * @param {Layer} layer
 * @returns {Partial<State>}
 */
export function settingState(setting, layer) {
  const { size, kernel, stride = 1, padding = 0, dilation = 1, output_padding = 0 } = setting;
  const { ins = 1, outs = 1, groups = 1, transposed = false, at = [0, 0] } = setting;
  const axis = { kernel_size: kernel, stride, dilation, before: padding, after: padding };
  const axes = layer.axes.map(() => ({ ...axis, output_padding }));
  const sizes = axes.map(() => size);
  const kind = ins > 1 ? { kind: "random", seed: 3, most: 3 } : { kind: "arange", start: 1 };
  const grounds = {
    input: { ...kind, least: 0, shape: [ins, ...sizes] },
    weight: { ...kind, least: -1, most: 2, shape: [outs, ins / groups, kernel, kernel] },
  };
  return {
    layer: {
      ...layer,
      in_channels: ins,
      out_channels: outs,
      groups,
      bias: false,
      padding_mode: "zeros",
      transposed,
      axes,
    },
    sizes,
    edits: { ...noEdits(), grounds },
    selected: { panel: "output", index: [0, ...at] },
    pinned: false,
  };
}
