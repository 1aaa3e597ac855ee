/*
 * The sizes and the limits of a layer, its line of PyTorch and its convcli options. The same as
 * engine/geometry, report/spelling/pytorch_line.py and layer_arguments.py; tests hold them equal.
 */

import { AXIS_NAMES, LEAST, MOST, MOST_TAPS, OUTPUT_SIZE, PADDING_MODES } from "./constants.js";

const MOST_CELLS = 3 * 2 ** 18; // numbers of an edited array: a picture of 512x512 in RGB

/** @param {number[]} values */
export const product = (values) => values.reduce((a, b) => a * b, 1);
/** @param {Axis} axis */
const extent = (axis) => axis.dilation * (axis.kernel_size - 1) + 1;
/**
 * @param {Layer} layer
 * @returns {string[]}
 */
export const axisNames = (layer) => AXIS_NAMES[layer.axes.length];

/**
 * The largest pad that a padding mode can fill from an axis of `size` cells.
 * @param {string} mode
 * @param {number} size
 * @returns {number}
 */
function largestPad(mode, size) {
  const { limit } = PADDING_MODES[mode];
  return limit === null ? Infinity : size + limit;
}

/**
 * The output size of axis `d`.
 * @param {Layer} layer
 * @param {number} d
 * @param {number} size
 */
export function outputSize(layer, d, size) {
  const axis = layer.axes[d];
  if (layer.transposed)
    return (size - 1) * axis.stride - axis.before - axis.after + extent(axis) + axis.output_padding;
  return Math.floor((size + axis.before + axis.after - extent(axis)) / axis.stride) + 1;
}

/**
 * The formula of the output size; names that have a value are replaced by it.
 * @param {Layer} layer
 * @param {Record<string, any>} values
 * @returns {string}
 */
export function sizeFormula(layer, values) {
  return OUTPUT_SIZE[Number(layer.transposed)].replaceAll(
    /\w+/g,
    (/** @type {string} */ name) => values[name] ?? name,
  );
}

/**
 * The formula of one axis with its numbers: floor((224 + 3 + 3 - 7)/2) + 1 = 112.
 * @param {Layer} layer
 * @param {number} d
 * @param {number} size
 */
export function formula(layer, d, size) {
  const axis = layer.axes[d];
  const numbers = sizeFormula(layer, { ...axis, input: size, extent: extent(axis) });
  return `${numbers} = ${outputSize(layer, d, size)}`;
}

/**
 * Why a layer is illegal for an input of these sizes: [key of a text, fields]; null if legal.
 * @param {Layer} layer
 * @param {number[]} sizes
 * @returns {Reason | null}
 */
export function fault(layer, sizes) {
  if (layer.transposed && layer.padding_mode !== "zeros") return ["fault.mode", {}];
  const most = Math.max(MOST_TAPS, layer.original_taps ?? 0);
  if (product(layer.axes.map((axis) => axis.kernel_size)) > most) return ["fault.taps", { most }];
  const wrong = channelFault(layer) ?? cellFault(layer, sizes);
  if (wrong) return wrong;
  for (const [d, axis] of layer.axes.entries()) {
    const [key, fields] = axisFault(layer, axis, d, sizes[d]) ?? [];
    if (key) return [key, { axis: axisNames(layer)[d], ...fields }];
  }
  return null;
}

/**
 * @param {Layer} layer
 * @returns {Reason | null}
 */
function channelFault({ in_channels, out_channels, groups }) {
  if ([in_channels, out_channels, groups].some((count) => !(count >= 1) || count % 1))
    return ["fault.number", { most: MOST }];
  if (in_channels % groups || out_channels % groups)
    return ["fault.groups", { in_channels, out_channels, groups }];
  return null;
}

/**
 * @param {Layer} layer
 * @param {number[]} sizes
 * @returns {Reason | null}
 */
function cellFault(layer, sizes) {
  if (sizes.some((size) => !(size >= 1) || size % 1)) return ["fault.number", { most: MOST }];
  const most = Math.max(MOST_CELLS, layer.original_cells ?? 0);
  const kernel = product(layer.axes.map((axis) => axis.kernel_size));
  const cells = Math.max(
    layer.in_channels * product(sizes),
    (layer.out_channels * layer.in_channels * kernel) / layer.groups,
  );
  return cells > most ? ["fault.cells", { cells, most }] : null;
}

/**
 * @param {Layer} layer
 * @param {Axis} axis
 * @param {number} d
 * @param {number} size
 * @returns {Reason | null}
 */
function axisFault(layer, axis, d, size) {
  const { kernel_size, stride, dilation, before, after, output_padding } = axis;
  const inRange = (/** @type {[keyof Axis, number]} */ [name, least]) =>
    Number.isSafeInteger(axis[name]) && axis[name] >= least && axis[name] <= MOST;
  if (!(/** @type {[keyof Axis, number][]} */ (Object.entries(LEAST)).every(inRange)))
    return ["fault.number", { most: MOST }];
  if (output_padding && !layer.transposed) return ["fault.output_padding", {}];
  if (output_padding && output_padding >= Math.max(stride, dilation))
    return ["fault.kept", { stride, dilation, output_padding }];
  const largest = Math.max(before, after);
  const most = largestPad(layer.padding_mode, size);
  if (largest > most)
    return ["fault.pad", { mode: layer.padding_mode, most, size, padding: largest }];
  const out = outputSize(layer, d, size);
  if (out >= 1) return null;
  if (layer.transposed) return ["fault.crop", { numbers: formula(layer, d, size) }];
  const padded = `${size} + ${before} + ${after} = ${size + before + after}`;
  return ["fault.fits", { dilation, kernel_size, extent: extent(axis), padded }];
}

/**
 * nn.Conv2d(3, 64, kernel_size=7, stride=2): without defaults, equal axes as one number. Asymmetric
 * padding is a layer of its own; a mode that torch lacks is an index into the input `x`.
 * @param {Layer} layer
 */
export function pytorchLine(layer) {
  const { pad_class, numpy } = PADDING_MODES[layer.padding_mode];
  const plain = layerLine(layer, "zeros", () => 0);
  const isPadded = layer.axes.some((axis) => axis.before || axis.after);
  if (pad_class === null) return isPadded ? `${plain}(${indexedInput(layer, numpy)})` : plain;
  if (layer.axes.every((axis) => axis.before === axis.after && axis.before >= 0))
    return layerLine(layer, layer.padding_mode, (axis) => axis.before);
  const rank = layer.axes.length;
  // A transposed layer crops: its pad layer follows it and takes negative numbers.
  const sign = layer.transposed ? -1 : 1;
  const ends = layer.axes
    .toReversed()
    .flatMap((axis) => [axis.before, axis.after])
    .map((end) => (end ? sign * end : 0));
  const pad = `nn.${pad_class}${rank}d(${tuple(ends)})`;
  return `nn.Sequential(${layer.transposed ? `${plain}, ${pad}` : `${pad}, ${plain}`})`;
}

/**
 * The input `x`, each padded axis indexed by the cells that numpy.pad puts there.
 * @param {Layer} layer
 * @param {string} mode
 */
function indexedInput(layer, mode) {
  const rank = layer.axes.length;
  const indices = layer.axes.map(({ before, after }, d) => {
    if (!before && !after) return "";
    const ends = before === after ? before : `(${before}, ${after})`;
    const cells = `numpy.pad(range(x.shape[${d - rank}]), ${ends}, '${mode}')`;
    return `[..., ${[cells, ...Array(rank - 1 - d).fill(":")].join(", ")}]`;
  });
  return `x${indices.join("")}`;
}

/**
 * @param {Layer} layer
 * @param {string} mode
 * @param {(axis: Axis) => number} padding
 */
function layerLine(layer, mode, padding) {
  const kernel = collapsed(layer.axes.map((axis) => axis.kernel_size));
  const parts = [`${layer.in_channels}, ${layer.out_channels}, kernel_size=${kernel}`];
  /** @type {[string, (axis: Axis) => number, number][]} */
  const perAxis = [
    ["stride", (axis) => axis.stride, 1],
    ["padding", padding, 0],
    ["output_padding", (axis) => axis.output_padding, 0],
    ["dilation", (axis) => axis.dilation, 1],
  ];
  for (const [name, read, usual] of perAxis) {
    const values = layer.axes.map(read);
    if (values.some((value) => value !== usual)) parts.push(`${name}=${collapsed(values)}`);
  }
  if (layer.groups !== 1) parts.push(`groups=${layer.groups}`);
  if (!layer.bias) parts.push("bias=False");
  if (mode !== "zeros") parts.push(`padding_mode='${mode}'`);
  return `nn.Conv${layer.transposed ? "Transpose" : ""}${layer.axes.length}d(${parts.join(", ")})`;
}

/** @param {any[]} values */
const tuple = (values) => `(${values.join(", ")}${values.length === 1 ? "," : ""})`;
/** @param {any[]} values */
const collapsed = (values) => (new Set(values).size === 1 ? values[0] : tuple(values));

/**
 * LAYER and its options on the command line; the weight gives the rest.
 * @param {Layer} layer
 */
export function layerArguments(layer) {
  const pads = layer.axes.map((axis) =>
    axis.before === axis.after ? `${axis.before}` : `${axis.before}:${axis.after}`,
  );
  /** @type {[string, (number | string)[], string][]} */
  const perAxis = [
    ["stride", layer.axes.map((axis) => axis.stride), "1"],
    ["padding", pads, "0"],
    ["dilation", layer.axes.map((axis) => axis.dilation), "1"],
    ["output-padding", layer.axes.map((axis) => axis.output_padding), "0"],
  ];
  const options = perAxis
    .map(([name, values, usual]) => [
      name,
      new Set(values).size === 1 ? `${values[0]}` : values.join(","),
      usual,
    ])
    .filter(([, written, usual]) => written !== usual)
    .map(([name, written]) => `--${name}=${written}`);
  if (layer.groups !== 1) options.push(`--groups=${layer.groups}`);
  if (layer.padding_mode !== "zeros") options.push(`--padding-mode=${layer.padding_mode}`);
  return [`conv${layer.transposed ? "_transpose" : ""}${layer.axes.length}d`, ...options];
}

/**
 * A word for a POSIX shell, in single quotes if it needs them.
 * @param {string} word
 */
export const quoted = (word) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
