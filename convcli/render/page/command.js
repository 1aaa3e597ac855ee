/* The convcli command that gives what is on the screen. */

import { layerArguments, product, quoted } from "./layer.js";

const MOST_WRITTEN = 200; // numbers of a weight that a command spells out

/**
 * `convcli show` with the arrays as typed. A changed weight is spelled out; if it is too long for
 * that, the command is `convcli shape`.
 * @param {{data: any, state: State, contents: any, ticks: any}} page
 * @returns {string}
 */
export function commandLine({ data, state, contents, ticks }) {
  const { layer } = state;
  const { arrays, geometry } = contents.plain;
  const [name, ...options] = layerArguments(layer).map((word) =>
    word.startsWith("--groups=") ? data.command.groups : word,
  );
  const places = [...placeArguments(ticks.plain(state), data), ...data.command.rest];
  const show = (/** @type {string} */ weight) =>
    ["convcli", "show", name, ...options, data.command.input, weight, ...places]
      .map(quoted)
      .join(" ");
  const kernel = layer.axes.map((axis) => axis.kernel_size);
  const [channels, original] = [data.weight.shape.slice(0, 2), data.weight.shape.slice(2)];
  const isOneKernel = product(channels) === 1; // then both directions store the same array
  if (`${kernel}` === `${original}` && (layer.transposed === data.layer.transposed || isOneKernel))
    return show(data.command.weight);
  const shape = contents.weightShape(geometry);
  if (product(shape) <= MOST_WRITTEN && arrays.originalWeight.isWhole)
    return show(weightText(shape, arrays, geometry));
  const sizes = [
    `--out-channels=${layer.out_channels}`,
    `--kernel-size=${kernel.join(",")}`,
    ...(layer.bias ? [] : ["--no-bias"]),
  ];
  return ["convcli", "shape", name, arrays.input.shape.join("x"), ...sizes, ...options]
    .map(quoted)
    .join(" ");
}

/**
 * The options of `convcli show` for the selected cell.
 * @param {State} state
 * @param {any} data
 * @returns {string[]}
 */
function placeArguments({ selected: { panel, index }, layer }, data) {
  const [channel, ...place] = index;
  const inside =
    panel === "output" ||
    (layer.transposed && place.every((at, d) => at >= 0 && at < data.sizes[d]));
  if (panel === "weight" || !inside) return [];
  const at = place.some(Boolean) ? [`--at=${place.join(",")}`] : [];
  if (panel === "output") return [...(channel ? [`--channel=${channel}`] : []), ...at];
  const group =
    Math.floor(channel / (layer.in_channels / layer.groups)) * (layer.out_channels / layer.groups);
  return [
    "--view=scatter",
    ...(layer.in_channels > 1 ? [`--channel=${group}`, `--in-channel=${channel}`] : []),
    ...at,
  ];
}

/**
 * Nested lists of this shape, of `at(index)`.
 * @param {number[]} shape
 * @param {(index: number[]) => string} at
 * @param {number[]} index
 * @returns {any}
 */
function nested(shape, at, index = []) {
  if (index.length === shape.length) return at(index);
  return [...Array(shape[index.length]).keys()].map((last) => nested(shape, at, [...index, last]));
}

/**
 * The weight as nested lists, in torch's layout.
 * @param {number[]} shape
 * @param {Arrays} arrays
 * @param {any} geometry
 */
function weightText(shape, arrays, geometry) {
  return JSON.stringify(
    nested(shape, (index) => weightInTorchsOrder(arrays, geometry, index)),
  ).replaceAll('"', "");
}

/**
 * @param {Arrays} arrays
 * @param {any} geometry
 * @param {number[]} index
 * @returns {string}
 */
function weightInTorchsOrder({ weight, numbers }, geometry, index) {
  const [first, second, ...tap] = index;
  if (!geometry.layer.transposed) return numbers.text(weight.at(index));
  const group = geometry.groupOfInput(first);
  return numbers.text(
    weight.at([group * geometry.depth + second, first - group * geometry.width, ...tap]),
  );
}
