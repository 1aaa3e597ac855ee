/* The text under the panels: what the selected cell has to do with the others, and its sum. */

import { element } from "./elements.js";
import { axisNames } from "./layer.js";
import { paddedInput, workedTerms } from "./sums.js";

/** @typedef {import("./sums.js").Geometry} Geometry */
/** @typedef {import("./arrays.js").Numbers} Numbers */
/** @typedef {{ term?: Term, product: string, value: string }} Member */
/**
 * @typedef {object} Parts of a line
 * @property {Term[]} [terms]
 * @property {Value[]} [subtotals]
 * @property {Value[]} [bias]
 * @property {Value} total
 * @property {string} [lead]
 */

const MOST_TERMS = 64; // that a sum spells out
const MOST_PRODUCTS = 24; // listed for an input cell or a weight
const MOST_CHANNELS = 12;

/** @param {number[]} index */
export const position = (index) => `(${index.join(", ")})`;
/** @param {string} text */
const factor = (text) => (text.startsWith("-") ? `(${text})` : text);
/** @param {string[]} texts */
const signed = (texts) =>
  texts
    .map((text, at) =>
      at === 0 ? text : text.startsWith("-") ? ` - ${text.slice(1)}` : ` + ${text}`,
    )
    .join("");

/**
 * The members of a sum: their texts in the first and in the second step.
 * @template Item
 * @param {Item[]} list
 * @param {(item: Item) => Member} write
 * @returns {Member[]}
 */
function members(list, write) {
  const written = list.slice(0, MOST_TERMS).map(write);
  const more = `... (${list.length - written.length})`;
  return list.length > written.length ? [...written, { product: more, value: more }] : written;
}

/**
 * 1*1 + 2*2 = 1 + 4 = 5, of products, subtotals and a bias; without a step that repeats another.
 * A product of the first step is an element with its term: hovering over it marks its two cells.
 * @param {Numbers} numbers
 * @param {Parts} parts
 */
export function workedLine(numbers, { terms = [], subtotals = [], bias = [], total, lead = "" }) {
  const write = (/** @type {Value} */ value) => numbers.short(value, 4);
  const alone = (/** @type {Value} */ value) => ({ product: write(value), value: write(value) });
  const multiplied = (/** @type {Term} */ term) => ({
    term,
    product: `${factor(write(term.input))}*${factor(write(term.weight))}`,
    value: write(term.product),
  });
  const all = [...members(terms, multiplied), ...members(subtotals, alone), ...bias.map(alone)];
  const products = signed(all.map((member) => member.product));
  const later = [signed(all.map((member) => member.value)), write(total)];
  const line = element("p", {}, lead, ...all.flatMap(signedElement));
  const before = [products, ...later];
  const steps = later.filter((step, at) => step && step !== before[at]);
  line.append(all.length ? steps.map((step) => ` = ${step}`).join("") : write(total));
  return line;
}

/**
 * The sign of a member and its text; a product is an element.
 * @param {Member} member
 * @param {number} at
 */
function signedElement({ term, product }, at) {
  const isNegative = at > 0 && product.startsWith("-");
  const sign = isNegative ? " - " : at > 0 ? " + " : "";
  const text = isNegative ? product.slice(1) : product;
  return [
    sign,
    term ? Object.assign(element("span", { className: "term" }, text), { term }) : text,
  ];
}

export class Explanation {
  /**
   * @param {HTMLElement} head the title, which stays when the text is folded
   * @param {HTMLElement} root
   * @param {Translate} words
   */
  constructor(head, root, words) {
    this.head = head;
    this.root = root;
    this.words = words;
  }

  /**
   * Show the text of a focus; returns it as one line, for screen readers.
   * @param {Focus} focus
   * @param {any} contents
   * @returns {string}
   */
  show(focus, contents) {
    const plain = this[focus.panel](focus.index, contents.geometry, contents.arrays);
    const lines = contents.ticks.explain(contents, focus, plain, this.words);
    const [head, ...rest] = lines;
    this.head.textContent = /** @type {string} */ (head);
    this.root.replaceChildren(
      ...rest.map((/** @type {any} */ line) =>
        typeof line === "string" ? element("p", {}, line) : line,
      ),
    );
    return lines.map((/** @type {any} */ line) => line.textContent ?? line).join(". ");
  }

  /**
   * @param {number[]} index
   * @param {Geometry} geometry
   * @param {Arrays} arrays
   * @returns {(string | HTMLElement)[]} the first is the title
   */
  output(index, geometry, arrays) {
    const { numbers } = arrays;
    const [channel, ...out] = index;
    const at = position(geometry.layer.out_channels > 1 ? index : out);
    const terms = workedTerms(geometry, arrays, index);
    if (!terms) return [this.words("at.output", { index: at, value: "?" }), this.words("unknown")];
    const bias = arrays.bias ? [arrays.bias[channel]] : [];
    const total = numbers.total([...terms.map((term) => term.product), ...bias]);
    const head = this.words("at.output", { index: at, value: numbers.text(total) });
    const reads = terms.length ? this.reads(terms, geometry) : this.words("reads.nothing");
    const last = bias.length ? [this.words("last_is_bias")] : [];
    const channels = [...new Set(terms.map((term) => term.channel))];
    if (channels.length < 2)
      return [head, reads, workedLine(numbers, { terms, bias, total }), ...last];
    return [head, reads, ...this.byChannel(numbers, channels, terms, bias, total), ...last];
  }

  /**
   * A line for the sum of each channel, and one for their total.
   * @param {Numbers} numbers
   * @param {number[]} channels
   * @param {Term[]} terms
   * @param {Value[]} bias
   * @param {Value} total
   * @returns {(string | HTMLElement)[]}
   */
  byChannel(numbers, channels, terms, bias, total) {
    const parts = channels.map((channel) => terms.filter((term) => term.channel === channel));
    const subtotals = parts.map((part) => numbers.total(part.map((term) => term.product)));
    /** @type {(string | HTMLElement)[]} */
    const shown = parts.slice(0, MOST_CHANNELS).map((part, at) => {
      const lead = this.words("channel", { channel: channels[at] }) + this.words("colon");
      return workedLine(numbers, { terms: part, total: subtotals[at], lead });
    });
    if (parts.length > shown.length) shown.push("...");
    const lead = this.words("all_channels") + this.words("colon");
    return [...shown, workedLine(numbers, { subtotals, bias, total, lead })];
  }

  /**
   * The cells of the window on each axis, padding included.
   * @param {Term[]} terms
   * @param {Geometry} geometry
   */
  reads(terms, geometry) {
    const names = axisNames(geometry.layer);
    const spans = names.map((name, d) => {
      const at = [...new Set(terms.map((term) => term.landing[d]))].sort((a, b) => a - b);
      const step =
        at.length > 2 && at[1] - at[0] > 1 ? this.words("in_steps", { step: at[1] - at[0] }) : "";
      return at.length === 1 ? `${name} ${at[0]}` : `${name} ${at[0]}..${at.at(-1)}${step}`;
    });
    return this.words("reads", { spans: spans.join(this.words("comma")) });
  }

  /**
   * @param {number[]} index
   * @param {Geometry} geometry
   * @param {Arrays} arrays
   * @returns {(string | HTMLElement)[]} the first is the title
   */
  input(index, geometry, arrays) {
    const [channel, ...cell] = index;
    const value = paddedInput(geometry, arrays, index);
    const group = geometry.groupOfInput(channel);
    const head = this.words("at.input", {
      index: position(geometry.layer.in_channels > 1 ? index : cell),
      value: this.text(value, arrays),
    });
    const reached = geometry.reached(cell);
    const products = (/** @type {number} */ target) =>
      reached
        .slice(0, MOST_PRODUCTS)
        .map(({ out, tap }) =>
          this.product(
            value,
            arrays.weight.at([target, channel - group * geometry.width, ...tap]),
            out,
            arrays,
          ),
        );
    const count = geometry.isReal(cell)
      ? this.words(geometry.layer.transposed ? "stamps" : "reached", { count: reached.length })
      : this.words("is_padding");
    const shown = [...Array(Math.min(geometry.depth, MOST_CHANNELS)).keys()].map((o) => {
      const lead =
        geometry.depth > 1
          ? this.words("to_channel", { channel: group * geometry.depth + o }) + this.words("colon")
          : "";
      return (
        lead +
        products(group * geometry.depth + o).join(", ") +
        (reached.length > MOST_PRODUCTS ? ", ..." : "")
      );
    });
    return [
      head,
      reached.length || !geometry.isReal(cell) ? count : this.words("left_over"),
      ...(reached.length && value !== undefined ? shown : []),
    ];
  }

  /**
   * @param {number[]} index
   * @param {Geometry} geometry
   * @param {Arrays} arrays
   * @returns {(string | HTMLElement)[]} the first is the title
   */
  weight(index, geometry, arrays) {
    const [channel, c, ...tap] = index;
    const value = arrays.weight.at(index);
    const touched = geometry.touchedBy(tap);
    const source = geometry.groupOfOutput(channel) * geometry.width + c;
    const head = this.words("at.weight", {
      index: position(
        geometry.layer.in_channels > 1 || geometry.layer.out_channels > 1 ? index : tap,
      ),
      value: this.text(value, arrays),
    });
    const products = touched.slice(0, MOST_PRODUCTS).map(({ out, cell }) => {
      const x = cell.some((at, d) => at === geometry.sizes[d])
        ? arrays.numbers.zero
        : arrays.input.at([source, ...cell]);
      return this.product(x, value, out, arrays);
    });
    return [
      head,
      this.words("touches", { count: touched.length }),
      products.join(", ") + (touched.length > MOST_PRODUCTS ? ", ..." : ""),
    ];
  }

  /**
   * 3*2 = 6 at (0, 1)
   * @param {Value} x
   * @param {Value} w
   * @param {number[]} out
   * @param {Arrays} arrays
   */
  product(x, w, out, { numbers }) {
    if (x === undefined || w === undefined) return `... ${position(out)}`;
    const write = (/** @type {Value} */ value) => numbers.short(value, 4);
    const factors = `${factor(write(x))}*${factor(write(w))}`;
    return `${factors} = ${write(numbers.product(x, w))} \u2192 ${position(out)}`;
  }

  /**
   * @param {Value | undefined} value
   * @param {Arrays} arrays
   */
  text(value, { numbers }) {
    return value === undefined ? "?" : numbers.text(value);
  }
}
