/* The arrays of an epoch as planes: input, weights, output, target, and how far these are apart. */

import { $, element } from "../elements.js";
import { shapeText } from "../svg.js";
import { NO_WORDS } from "../words.js";
import { Colors, largest, limitOf } from "./numbers.js";
import { planesOf } from "./planes.js";

/**
 * @typedef {import("../words.js").Words} Words
 * @typedef {import("./planes.js").Plane} Plane
 * @typedef {import("./planes.js").Part} Part
 * @typedef {import("./page.js").Epoch} Epoch
 * @typedef {{array: string, at: number}} Cell
 */

const ROOMY = 60; // numbers, up to which their cells are larger

export class Stage {
  /**
   * @param {any} data @param {Epoch[]} epochs @param {{input: number[], target: number[]}} values
   * @param {(cell: Cell) => void} choose
   */
  constructor(data, epochs, values, choose) {
    this.data = data;
    this.values = values;
    this.choose = choose;
    this.spatial = data.input.shape.length - 2;
    this.words = NO_WORDS;
    /** @type {Record<string, Plane[]>} */ this.arrays = {};
    /** @type {Record<string, Plane[]>} */ this.sides = {};
    /** @type {Record<string, number>} */ this.limits = {};
    for (const name of Object.keys(data.arrays)) {
      const numbers = epochs.map(({ arrays }) => arrays[name].before);
      this.limits[name] = limitOf(numbers.slice(0, 1), numbers);
    }
    const outputs = epochs.map(({ output }) => output);
    this.limit = limitOf([values.target, outputs[0]], [values.target, ...outputs]);
    this.inputLimit = largest([values.input]);
  }

  /** Draw the planes, with captions in a language. @param {Words} words */
  lay(words) {
    const { data } = this;
    this.words = words;
    for (const [name, part] of Object.entries(data.arrays))
      this.arrays[name] = this.planesOfArray(name, part);
    const { input, target, output } = data;
    const parts = { input, output, target, difference: output };
    for (const [key, part] of Object.entries(parts)) this.sides[key] = this.planesOfSide(key, part);
    const weights = Object.entries(this.arrays);
    $("#stage").replaceChildren(
      this.group(words("input"), this.sides.input, input),
      ...weights.map(([name, planes]) => this.group(name, planes, data.arrays[name])),
      this.group(words("output"), this.sides.output, output),
      this.group(words("target"), this.sides.target, target),
      this.group(words("difference"), this.sides.difference, output),
    );
    const counts = [...Object.values(data.arrays), input, output].map(({ size }) => product(size));
    const numbers = counts.reduce((sum, count) => sum + count, 0);
    $("#stage").classList.toggle("roomy", numbers <= ROOMY);
  }

  /** @param {string} key @param {Part} part */
  planesOfSide(key, part) {
    const name = this.words(key);
    const isOne = part.size[1] === 1 && this.spatial < 3;
    const caption = (/** @type {number[]} */ [, channel], /** @type {number | null} */ depth) =>
      depth === null
        ? this.words("channel", { name, channel })
        : this.words("channel.depth", { name, channel, depth });
    return planesOf(part, this.spatial, isOne ? () => "" : caption, name, null);
  }

  /** @param {string} name @param {Part} part */
  planesOfArray(name, part) {
    const choose = (/** @type {number} */ at) => this.choose({ array: name, at });
    if (part.size.length === 1) return planesOf(part, 1, () => "", name, choose);
    const isOne = product(part.size.slice(0, -Math.min(this.spatial, 2))) === 1;
    const caption = (/** @type {number[]} */ [to, from], /** @type {number | null} */ depth) =>
      depth === null
        ? this.words("weight", { name, from, to })
        : this.words("weight.depth", { name, from, to, depth });
    return planesOf(part, this.spatial, isOne ? () => "" : caption, name, choose);
  }

  /** @param {string} title @param {Plane[]} planes @param {Part} part */
  group(title, planes, part) {
    const held = { className: "planes", tabIndex: 0, role: "group", "aria-label": title };
    return element(
      "section",
      { className: "group" },
      element("h2", {}, `${title} `, element("small", {}, this.note(part))),
      element("div", held, ...planes.map(({ root }) => root)),
    );
  }

  /** The shape of an array, and which part of it is shown. @param {Part} part */
  note({ shape, size, steps }) {
    const step = Math.max(...steps);
    const notes = [shapeText(shape)];
    if (shape.some((n, d) => steps[d] === 1 && n > size[d]))
      notes.push(this.words("part.first", { size: shapeText(size) }));
    if (step > 1) notes.push(this.words("part", { step }));
    return notes.join(this.words("comma"));
  }

  /** Write the numbers of an epoch. @param {Epoch} epoch @param {Cell} chosen */
  paint({ arrays, output }, chosen) {
    const colors = new Colors();
    const { input, target } = this.values;
    const paint = (
      /** @type {Plane[]} */ planes,
      /** @type {number[]} */ values,
      limit = this.limit,
    ) => {
      for (const plane of planes) plane.paint(values, limit, colors);
    };
    paint(this.sides.input, input, this.inputLimit);
    paint(this.sides.output, output);
    paint(this.sides.target, target);
    const apart = output.map((value, n) => value - target[n]);
    paint(this.sides.difference, apart);
    for (const [name, planes] of Object.entries(this.arrays)) {
      paint(planes, arrays[name].before, this.limits[name]);
      for (const plane of planes) plane.choose(chosen.array === name ? chosen.at : null);
    }
  }
}

/** @param {number[]} numbers */
const product = (numbers) => numbers.reduce((all, number) => all * number, 1);
