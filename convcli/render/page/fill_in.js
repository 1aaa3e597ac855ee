/*
 * Outputs that fill in while it plays: those of the positions up to the selected one. From an input
 * cell or a weight, the products up to the selected one add up: stamps that accumulate.
 */

import { outputSize, product } from "./layer.js";
import { raveled, unraveled } from "./place.js";

const MOST_ADDED = 2 ** 22; // that are added when it goes to the end

/** @typedef {import("./sums.js").Geometry} Geometry */

/** The products of a layer. */
export function productsOf(/** @type {Layer} */ layer, /** @type {number[]} */ outs) {
  const taps = product(layer.axes.map((axis) => axis.kernel_size));
  return (layer.out_channels * layer.in_channels * taps * product(outs)) / layer.groups;
}

/** The sums of the products of the first members of the input, or of the weight. */
export class Accumulated {
  /**
   * @param {Geometry} geometry
   * @param {Arrays} arrays
   * @param {"input" | "weight"} panel
   */
  constructor(geometry, arrays, panel) {
    this.geometry = geometry;
    this.arrays = arrays;
    this.panel = panel;
    this.outs = [geometry.layer.out_channels, ...geometry.outs];
    this.begin();
  }

  begin() {
    /** How many members were added. */
    this.count = 0;
    /** @type {Value[]} by the number of the output; undefined where nothing was added */
    this.sums = [];
  }

  /**
   * The sum at an output after the first `count` members; undefined if nothing reached it.
   * @param {number[]} index
   * @param {number} count
   * @returns {Value}
   */
  at(index, count) {
    if (count < this.count) this.begin();
    const { shape } = this.arrays[this.panel];
    for (; this.count < count; this.count++) this.add(unraveled(this.count, shape));
    return this.sums[raveled(index, this.outs)];
  }

  /** @param {number[]} index of a member */
  add(index) {
    const { geometry, arrays } = this;
    const value = arrays[this.panel].at(index);
    if (this.panel === "weight") {
      const [channel, c, ...tap] = index;
      const source = geometry.groupOfOutput(channel) * geometry.width + c;
      for (const { out, cell } of geometry.touchedBy(tap))
        if (geometry.isReal(cell))
          this.put([channel, ...out], arrays.input.at([source, ...cell]), value);
      return;
    }
    const [source, ...cell] = index;
    const group = geometry.groupOfInput(source);
    const c = source - group * geometry.width;
    for (const { out, tap } of geometry.reached(cell))
      for (let o = group * geometry.depth; o < (group + 1) * geometry.depth; o++)
        this.put([o, ...out], value, arrays.weight.at([o, c, ...tap]));
  }

  /**
   * @param {number[]} index of an output
   * @param {Value} x
   * @param {Value} w
   */
  put(index, x, w) {
    const { numbers } = this.arrays;
    const at = raveled(index, this.outs);
    this.sums[at] = (this.sums[at] ?? numbers.zero) + numbers.product(x, w);
  }
}

/** @type {Accumulated | null} */
let accumulated = null;

/**
 * What an output shows: null before it is reached.
 * @param {any} contents
 * @param {PanelName} panel
 * @param {number[]} index
 * @param {Value} value
 */
function filled(contents, panel, index, value) {
  if (panel !== "output" || value === undefined || !contents.isOutput(index)) return value;
  const { arrays, geometry } = contents;
  const { selected } = contents.ticks.page.state;
  const shape = selected.panel === "output" ? contents.outputs.shape : arrays[selected.panel].shape;
  const inside = selected.index.map((/** @type {number} */ at, /** @type {number} */ d) =>
    Math.min(Math.max(at, 0), shape[d] - 1),
  );
  const count = raveled(inside, shape) + 1;
  if (count === product(shape)) return value;
  if (selected.panel === "output") return raveled(index, shape) < count ? value : null;
  const isOther = accumulated?.arrays !== arrays || accumulated.panel !== selected.panel;
  if (isOther) accumulated = new Accumulated(geometry, arrays, selected.panel);
  const sum = /** @type {Accumulated} */ (accumulated).at(index, count);
  return sum === undefined
    ? null
    : arrays.numbers.total(arrays.bias ? [sum, arrays.bias[index[0]]] : [sum]);
}

/**
 * The letters of the longest sum on the way, where products of both signs may add up to more than
 * the outputs.
 * @param {any} contents
 * @param {PanelName} panel
 */
function letters({ arrays, outputs }, panel) {
  if (panel !== "output") return undefined;
  const { numbers, input, weight } = arrays;
  if (!numbers.whole) return 7; // -1.2e+5
  const [low, high] = extremes(input);
  const [least, most] = extremes(weight);
  if (low >= 0 && least >= 0) return undefined;
  const largest = [low, high].flatMap((x) => [x * least, x * most]);
  const taps = numbers.of(product(weight.shape) / outputs.shape[0]);
  return Math.max(...largest.map((value) => numbers.text(value * taps).length));
}

/**
 * The least and the largest number of an array.
 * @param {any} array
 */
function extremes(array) {
  let [least, most] = [array.numbers.zero, array.numbers.zero];
  const numbers = product(array.shape);
  for (let number = 0; number < numbers; number++) {
    const value = array.flat?.[number] ?? array.at(unraveled(number, array.shape));
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

/** @type {Tick} */
export const FILL = {
  name: "fill",
  isButton: true,
  isFollowing: true,
  refusal: (page) => refusalOfProducts(page, MOST_ADDED),
  value: filled,
  letters,
};

/**
 * Why the page does not go through all products of a layer: too many, or numbers that it lacks.
 * @param {any} page
 * @param {number} most
 * @returns {[string, Record<string, any>] | null}
 */
export function refusalOfProducts({ operands, state }, most = MOST_ADDED) {
  const { input, weight } = operands.originals;
  if (!input.isWhole || !weight.isWhole) return ["see.part", {}];
  const { layer, sizes } = state;
  const outs = sizes.map((/** @type {number} */ size, /** @type {number} */ d) =>
    outputSize(layer, d, size),
  );
  const count = productsOf(layer, outs);
  return count > most ? ["see.products", { count, most }] : null;
}
