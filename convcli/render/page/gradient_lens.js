/*
 * The gradients on the stage: those of the weights beside input and G, or those of the input cells
 * beside kernel and G. G is 1 everywhere (L is the sum of the outputs), or the output itself (L is
 * half the sum of its squares).
 */

import { position, workedLine } from "./explanation.js";
import { refusalOfProducts } from "./fill_in.js";
import { inputTerms, weightTerms } from "./gradient_sums.js";
import { product } from "./layer.js";
import { placeOf, unraveled } from "./place.js";
import { workedTerms } from "./sums.js";

const MOST_SHOWN = 24; // products of a list
const MOST_LINES = 12; // channels of a sum

/** @typedef {import("./gradient_sums.js").Upstream} Upstream */

/**
 * G of the contents.
 * @param {any} contents
 * @returns {Upstream}
 */
const upstreamOf = (contents) =>
  contents.ticks.page.state.ticks.own_gradient
    ? (index) => contents.stored("output", index)
    : () => contents.arrays.numbers.of(1);

/** @type {WeakMap<object, Map<string, Value>>} by contents */
const sumsKnown = new WeakMap();

/**
 * The gradient of a weight (o, c, ...) or of an input cell (c, ...).
 * @param {any} contents
 * @param {"input" | "weight"} panel
 * @param {number[]} index
 * @returns {Value}
 */
function gradientAt(contents, panel, index) {
  const { geometry, arrays } = contents;
  const known = sumsKnown.get(contents) ?? new Map();
  sumsKnown.set(contents, known);
  const key = `${panel} ${index} ${contents.ticks.page.state.ticks.own_gradient}`;
  if (!known.has(key)) {
    const terms = panel === "weight" ? weightTerms : inputTerms;
    const list = terms(geometry, arrays, upstreamOf(contents), index);
    known.set(key, arrays.numbers.total(list.map((term) => term.product)));
  }
  return known.get(key);
}

/**
 * What a cell shows: G, the gradient of the panel `of`, or its number.
 * @param {"input" | "weight"} of
 * @returns {NonNullable<Tick["value"]>}
 */
const shownFor = (of) => (contents, panel, index, value) => {
  if (panel === "output") return contents.isOutput(index) ? upstreamOf(contents)(index) : value;
  if (panel !== of) return value;
  if (panel === "weight") return gradientAt(contents, panel, [contents.channel, ...index]);
  return contents.geometry.isReal(index.slice(1)) ? gradientAt(contents, panel, index) : null;
};

/**
 * The parts of the text that a focus of a gradient has.
 * @param {any} contents
 */
function writer(contents) {
  const { arrays, geometry } = contents;
  const { numbers } = arrays;
  const write = (/** @type {Value} */ value) => numbers.short(value, 4);
  const factor = (/** @type {Value} */ value) =>
    write(value).startsWith("-") ? `(${write(value)})` : write(value);
  const isOne = geometry.layer.in_channels * geometry.layer.out_channels === 1;
  return {
    numbers,
    at: (/** @type {number[]} */ index, leading = 1) =>
      position(isOne ? index.slice(leading) : index),
    /** 2*3 = 6 → (0, 1), ... */
    list: (/** @type {[Value, Value, string][]} */ triples) =>
      triples
        .slice(0, MOST_SHOWN)
        .map(
          ([a, b, at]) =>
            `${factor(a)}*${factor(b)} = ${write(numbers.product(a, b))} \u2192 ${at}`,
        )
        .join(", ") + (triples.length > MOST_SHOWN ? ", ..." : ""),
  };
}

/**
 * The lines of an output in a lens: what its G is added to.
 * @param {"input" | "weight"} of
 * @param {any} contents
 * @param {number[]} index
 * @param {Translate} words
 */
function outputLines(of, contents, index, words) {
  const { geometry, arrays } = contents;
  const { at, list, numbers } = writer(contents);
  const g = upstreamOf(contents)(index);
  const first = geometry.groupOfOutput(index[0]) * geometry.width;
  const terms = (workedTerms(geometry, arrays, index) ?? []).filter((term) => term.cell);
  /** @type {[Value, Value, string][]} */
  const triples = terms.map((term) =>
    of === "weight"
      ? [g, term.input, at([index[0], term.channel - first, ...term.tap], 2)]
      : [g, term.weight, at([term.channel, ...(term.cell ?? [])])],
  );
  return [
    words("gradient.of_output", { at: at(index), value: numbers.text(g) }),
    words(`gradient.${of}.from_output`),
    list(triples),
  ];
}

/**
 * @param {any} contents
 * @param {Focus} focus
 * @param {any[]} lines
 * @param {Translate} words
 */
function explainWeights(contents, { panel, index }, lines, words) {
  const { geometry, arrays } = contents;
  const { at, list, numbers } = writer(contents);
  if (panel === "output") return outputLines("weight", contents, index, words);
  const upstream = upstreamOf(contents);
  if (panel === "input") {
    const [source, ...cell] = index;
    if (!geometry.isReal(cell)) return lines;
    const c = source - geometry.groupOfInput(source) * geometry.width;
    const x = arrays.input.at(index);
    /** @type {[Value, Value, string][]} */
    const triples = geometry
      .reached(cell)
      .map((/** @type {any} */ { out, tap }) => [
        upstream([contents.channel, ...out]),
        x,
        at([contents.channel, c, ...tap], 2),
      ]);
    return [lines[0], words("gradient.weight.from_input"), list(triples)];
  }
  const terms = weightTerms(geometry, arrays, upstream, index);
  const total = numbers.total(terms.map((term) => term.product));
  return [
    words("gradient.of_weight", { at: at(index, 2), value: numbers.text(total) }),
    words("gradient.weight.sum", { count: terms.length }),
    workedLine(numbers, { terms, total }),
    ...biasLine(contents, index[0], words),
  ];
}

/**
 * The bias of a channel: its gradient is the sum of G.
 * @param {any} contents
 * @param {number} channel
 * @param {Translate} words
 */
function biasLine(contents, channel, words) {
  const { numbers, bias } = contents.arrays;
  if (!bias) return [];
  const shape = contents.outputs.shape.slice(1);
  const upstream = upstreamOf(contents);
  const all = Array.from({ length: product(shape) }, (_, number) =>
    upstream([channel, ...unraveled(number, shape)]),
  );
  return [words("gradient.bias", { channel, value: numbers.text(numbers.total(all)) })];
}

/**
 * @param {any} contents
 * @param {Focus} focus
 * @param {any[]} lines
 * @param {Translate} words
 */
function explainInputs(contents, { panel, index }, lines, words) {
  const { geometry, arrays } = contents;
  const { at, list, numbers } = writer(contents);
  if (panel === "output") return outputLines("input", contents, index, words);
  const upstream = upstreamOf(contents);
  if (panel === "weight") {
    const [channel, c, ...tap] = index;
    const w = arrays.weight.at(index);
    const source = geometry.groupOfOutput(channel) * geometry.width + c;
    /** @type {[Value, Value, string][]} */
    const triples = geometry
      .touchedBy(tap)
      .filter((/** @type {any} */ { cell }) => geometry.isReal(cell))
      .map((/** @type {any} */ { out, cell }) => [
        upstream([channel, ...out]),
        w,
        at([source, ...cell]),
      ]);
    return [lines[0], words("gradient.input.from_weight"), list(triples)];
  }
  if (!geometry.isReal(index.slice(1))) {
    const kind = geometry.layer.padding_mode === "zeros" ? "dropped" : "moved";
    return [lines[0], words(`gradient.padding.${kind}`)];
  }
  const terms = inputTerms(geometry, arrays, upstream, index);
  const total = numbers.total(terms.map((term) => term.product));
  const channels = [...new Set(terms.map((term) => term.out[0]))];
  const parts = channels.map((channel) => terms.filter((term) => term.out[0] === channel));
  const subtotals = parts.map((part) => numbers.total(part.map((term) => term.product)));
  const shown = parts.slice(0, MOST_LINES).map((part, o) => {
    const lead =
      parts.length > 1 ? words("channel", { channel: channels[o] }) + words("colon") : "";
    return workedLine(numbers, { terms: part, total: subtotals[o], lead });
  });
  const lead = words("all_channels") + words("colon");
  const whole = parts.length > 1 ? [workedLine(numbers, { subtotals, total, lead })] : [];
  return [
    words("gradient.of_input", { at: at(index), value: numbers.text(total) }),
    words("gradient.input.sum", { count: terms.length }),
    ...shown,
    ...(parts.length > shown.length ? ["..."] : []),
    ...whole,
  ];
}

/**
 * Mark the two cells of the product that the pointer is on.
 * @param {any} contents
 * @param {Focus} focus
 * @param {Marks} marks
 */
function markTerm({ rank }, { term }, marks) {
  const { cell, taps, out } = /** @type {any} */ (term ?? {});
  if (!out) return;
  marks.output.push([placeOf(out, rank), "tap"]);
  if (cell) marks.input.push([placeOf(cell, rank), "tap"]);
  if (taps) marks.weight.push([placeOf(taps.slice(1), rank), "tap"]);
}

/**
 * @param {"input" | "weight"} of
 * @param {NonNullable<Tick["explain"]>} explain
 * @returns {Tick}
 */
function gradientLens(of, explain) {
  const name = `${of}_gradient`;
  return {
    name,
    isButton: true,
    isLens: true,
    refusal: (page) => refusalOfProducts(page),
    value: shownFor(of),
    kind: (_contents, panel) => (panel === of ? "gradient" : ""),
    title: (contents, panel, title) => {
      const sign = { output: "G", [of]: contents.words(`tick.${name}`) }[panel];
      return sign ? title + contents.words("colon") + sign : title;
    },
    turned: (page, focus, isOn) => {
      if (!isOn || focus.panel === of) return focus;
      const own = page.stage.panels[of].currentIndex;
      return { panel: of, index: of === "weight" ? [page.contents.channel, ...own] : own };
    },
    note: (contents, words) => {
      const isOwn = contents.ticks.page.state.ticks.own_gradient;
      return words(`gradient.${of}.note`) + words(isOwn ? "gradient.own" : "gradient.ones");
    },
    explain,
    marks: markTerm,
  };
}

export const WEIGHT_GRADIENT = gradientLens("weight", explainWeights);
export const INPUT_GRADIENT = gradientLens("input", explainInputs);

/** @type {Tick} */
export const OWN_GRADIENT = {
  name: "own_gradient",
  isButton: true,
  isOffered: (_layer, ticks) => ticks.weight_gradient || ticks.input_gradient,
};
