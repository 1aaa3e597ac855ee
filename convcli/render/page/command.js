/* The convcli command that gives what is on the screen. */

import { layerArguments, product, quoted } from "./layer.js";

const MOST_WRITTEN = 200; // numbers of an array that a command spells out
/** The name of the file that an array is saved in, where a command cannot spell it out. */
export const FILES = { input: "input.npy", weight: "kernel.npy" };
const READ_WITH = /^--(?:example|layout|decimal)=/; // how typed arrays are read
const FLIP = "--flip"; // how a typed weight is read

/**
 * `convcli show` with the arrays as typed or as edited: spelled out, or the name of a file that the
 * page saves. The notes say what the line does not.
 * @param {{data: any, state: State, contents: any, ticks: any, words: Translate}} page
 * @returns {{line: string, notes: string[], files: ("input" | "weight")[]}}
 */
export function commandLine({ data, state, contents, ticks, words }) {
  const { layer } = state;
  const { arrays, geometry } = contents.plain;
  const [name, ...options] = layerArguments(layer).map((word) =>
    word.startsWith("--groups=") && layer.groups === data.layer.groups ? data.command.groups : word,
  );
  const isInputTyped = isAsTyped(arrays.input, data.input.shape);
  const isWeightTyped = isWeightAsTyped(arrays.weight, layer, data);
  const rest = data.command.rest.filter(
    (/** @type {string} */ word) => !word.startsWith("--bias=") || isBiasAsTyped(state, data),
  );
  // What tells how to read an array as typed holds for both: then both are spelled out.
  const isReread = rest.some((/** @type {string} */ word) => READ_WITH.test(word));
  const isAnew = isReread && !(isInputTyped && isWeightTyped);
  const texts = {
    input: isInputTyped && !isAnew ? data.command.input : inputText(arrays),
    weight: isWeightTyped && !isAnew ? data.command.weight : weightText(arrays, geometry),
  };
  /** @type {("input" | "weight")[]} */
  const files = [];
  for (const array of /** @type {const} */ (["input", "weight"]))
    if (texts[array] === null) files.push(array);
  const isWeightKept = isWeightTyped && !isAnew;
  const kept = rest.filter((/** @type {string} */ word) =>
    word === FLIP ? isWeightKept : !isAnew || !READ_WITH.test(word),
  );
  const line = [
    "convcli",
    "show",
    name,
    ...options,
    texts.input ?? FILES.input,
    texts.weight ?? FILES.weight,
    ...placeArguments(ticks.plain(state)),
    ...(isBiasAsTyped(state, data) || !layer.bias ? [] : [`--bias=${biasText(arrays)}`]),
    ...kept,
  ];
  const isSpelled = [isInputTyped, isWeightTyped].includes(false) && files.length < 2;
  const { dtype } = arrays.numbers;
  const notes = [
    ...files.map((array) => words("command.file", { name: words(array), file: FILES[array] })),
    ...(isSpelled && /float(16|32)/.test(dtype) ? [words("command.dtype", { dtype })] : []),
  ];
  return { line: line.map(quoted).join(" "), notes, files };
}

/**
 * @param {any} array
 * @param {number[]} shape
 */
const isAsTyped = (array, shape) =>
  !array.ground && !array.isTyped && `${array.shape}` === `${shape}`;

/**
 * @param {any} weight
 * @param {Layer} layer
 * @param {any} data
 */
function isWeightAsTyped(weight, layer, data) {
  const isOneKernel = weight.shape[0] * weight.shape[1] === 1; // both directions store the same
  const isSameWay =
    layer.transposed === data.layer.transposed && layer.groups === data.layer.groups;
  return isAsTyped(weight, data.weight.shape) && (isSameWay || isOneKernel);
}

/**
 * @param {State} state
 * @param {any} data
 */
const isBiasAsTyped = ({ layer, edits }, data) =>
  layer.bias === data.layer.bias &&
  layer.out_channels === data.layer.out_channels &&
  !Object.keys(edits.bias).length;

/** @param {Arrays} arrays */
const biasText = ({ bias, numbers }) => bias.map((value) => numbers.text(value)).join(" ");

/**
 * The input as an operand; null if it is too long to be spelled out.
 * @param {Arrays} arrays
 */
function inputText({ input, numbers }) {
  const shape = input.shape[0] === 1 ? input.shape.slice(1) : input.shape;
  return (
    generatedText(input, shape, numbers) ??
    spelled(shape, (index) =>
      numbers.text(input.at([...(input.shape[0] === 1 ? [0] : []), ...index])),
    )
  );
}

/**
 * The weight as an operand, in torch's layout; null if it is too long to be spelled out.
 * @param {Arrays} arrays
 * @param {any} geometry
 */
function weightText(arrays, geometry) {
  const { weight, numbers } = arrays;
  const { layer, width, depth } = geometry;
  const kernel = weight.shape.slice(2);
  const isOneKernel = weight.shape[0] * weight.shape[1] === 1;
  const shape = layer.transposed
    ? [layer.in_channels, depth, ...kernel]
    : [layer.out_channels, width, ...kernel];
  const { ground } = weight;
  const isNamed = ground?.name && !weight.isTyped && `${kernel}` === `${ground.shape.slice(2)}`;
  if (isNamed && isOneKernel) return `kernel:${ground.name}`;
  if (!layer.transposed || isOneKernel || ground?.kind !== "arange") {
    const generated = generatedText(weight, isOneKernel ? kernel : shape, numbers);
    if (generated) return generated;
  }
  if (isOneKernel) return spelled(kernel, (tap) => numbers.text(weight.at([0, 0, ...tap])));
  return spelled(shape, (index) => weightInTorchsOrder(arrays, geometry, index));
}

/**
 * ones:5x5, of an array that a generator of the command line makes too; null of any other.
 * @param {any} array
 * @param {number[]} shape
 * @param {any} numbers
 */
function generatedText(array, shape, numbers) {
  const { ground, isTyped } = array;
  if (isTyped || !ground || !["ones", "zeros", "arange"].includes(ground.kind)) return null;
  if (numbers.dtype !== "int64") return null; // ones:3x3 are integers
  const size = `${ground.kind}:${shape.join("x")}`;
  return ground.kind === "arange" && ground.start ? `${size}:${ground.start}` : size;
}

/**
 * @param {number[]} shape
 * @param {(index: number[]) => string} at
 * @returns {string | null}
 */
function spelled(shape, at) {
  if (product(shape) > MOST_WRITTEN) return null;
  return JSON.stringify(nested(shape, at)).replaceAll('"', "");
}

/**
 * The options of `convcli show` for the selected cell.
 * @param {State} state
 * @returns {string[]}
 */
function placeArguments({ selected: { panel, index }, layer, sizes }) {
  const [channel, ...place] = index;
  const inside =
    panel === "output" || (layer.transposed && place.every((at, d) => at >= 0 && at < sizes[d]));
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
