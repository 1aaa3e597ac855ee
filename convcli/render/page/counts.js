/*
 * How many products each output is the sum of, how many outputs read each input cell, and how many
 * products each weight is in. Along one axis the counts follow from the tap table; the count of a
 * cell is the product of those of its axes. Zeros of the padding are not counted.
 */

import { axisNames, product } from "./layer.js";

const LEVELS = 5; // of the colours of the counts

/** @typedef {import("./sums.js").Geometry} Geometry */

/**
 * The counts along each axis, by panel: counts[d][place].
 * @param {Geometry} geometry
 * @returns {Record<PanelName, number[][]>}
 */
export function axisCounts({ tables, readers, sizes }) {
  const isCell = (/** @type {number} */ cell, /** @type {number} */ d) => cell < sizes[d];
  const reads = (/** @type {number[]} */ row, /** @type {number} */ d) =>
    row.filter((cell) => isCell(cell, d)).length;
  return {
    output: tables.map((table, d) => table.map((row) => reads(row, d))),
    input: readers.map((list) => list.map((pairs) => pairs.length)),
    weight: tables.map((table, d) =>
      table[0].map((_, tap) => table.filter((row) => isCell(row[tap], d)).length),
    ),
  };
}

/**
 * How many products a cell of an infinitely large array is in along an axis, for each of the
 * places that repeat with the stride: the taps k with d*k = place (modulo the stride).
 * @param {Axis} axis
 * @returns {number[]}
 */
export function countsInside({ kernel_size, stride, dilation }) {
  const counts = Array(Math.min(stride, dilation * kernel_size + 1)).fill(0);
  for (let tap = 0; tap < kernel_size; tap++) {
    const place = (tap * dilation) % stride;
    if (place < counts.length) counts[place]++;
  }
  return counts;
}

/** The distinct products of one member of each list, in ascending order. */
const products = (/** @type {number[][]} */ lists) =>
  [
    ...new Set(
      lists.reduce((made, list) => made.flatMap((a) => [...new Set(list)].map((b) => a * b)), [1]),
    ),
  ].sort((a, b) => a - b);

/**
 * 1, 2 or 4
 * @param {number[]} counts
 * @param {Translate} words
 */
function listed(counts, words) {
  const texts = counts.length > 8 ? [...counts.slice(0, 3), "...", counts.at(-1)] : counts;
  const [last, ...rest] = [...texts].reverse();
  return rest.length ? `${rest.reverse().join(words("comma"))}${words("or")}${last}` : `${last}`;
}

/**
 * Where a checkerboard comes from, or why there is none.
 * @param {any} contents
 * @param {Translate} words
 */
function note({ geometry }, words) {
  const { axes, transposed } = geometry.layer;
  const spread = transposed ? "output" : "input";
  const name = (/** @type {keyof Axis} */ parameter) => {
    const values = axes.map((/** @type {Axis} */ axis) => axis[parameter]);
    return new Set(values).size === 1 ? `${values[0]}` : `(${values.join(", ")})`;
  };
  const inside = products(axes.map(countsInside));
  const fields = {
    kernel: name("kernel_size"),
    stride: name("stride"),
    dilation: axes.some((/** @type {Axis} */ axis) => axis.dilation > 1)
      ? words("counts.dilation", { dilation: name("dilation") })
      : "",
    counts: listed(inside, words),
  };
  const kind = inside.length === 1 ? "even" : inside[0] === 0 ? "holes" : "uneven";
  const edges = listed(products(axisCounts(geometry)[spread]), words);
  const here = edges === fields.counts ? "" : ` ${words("counts.here", { counts: edges })}`;
  return words(`counts.${spread}.${kind}`, fields) + here;
}

/**
 * @param {any} contents
 * @param {PanelName} panel
 * @param {number[]} index of the weight: without the output channel
 * @returns {number | undefined}
 */
function countOf(contents, panel, index) {
  const { counts } = countsOf(contents);
  const along = index.slice(1).map((at, d) => counts[panel][d][at]);
  return along.includes(/** @type {any} */ (undefined)) ? undefined : product(along);
}

/** @type {WeakMap<object, any>} the counts of a geometry along its axes, and the most in a panel */
const countsKnown = new WeakMap();

/** @param {any} contents */
function countsOf(contents) {
  const { geometry } = contents;
  let made = countsKnown.get(geometry);
  if (!made) {
    const counts = axisCounts(geometry);
    const most = (/** @type {PanelName} */ panel) =>
      product(counts[panel].map((list) => Math.max(...list)));
    made = {
      counts,
      most: { input: most("input"), weight: most("weight"), output: most("output") },
    };
    countsKnown.set(geometry, made);
  }
  return made;
}

/**
 * H 2 * W 1 = 2, and times the channels that are added.
 * @param {any} contents
 * @param {Focus} focus
 * @param {any[]} lines
 * @param {Translate} words
 */
function explain(contents, { panel, index }, lines, words) {
  const { layer, width, depth } = contents.geometry;
  const own = panel === "weight" ? index.slice(1) : index;
  const count = countOf(contents, panel, own);
  if (count === undefined) return lines;
  const { counts } = countsOf(contents);
  const along = axisNames(layer).map((axis, d) => `${axis} ${counts[panel][d][own[d + 1]]}`);
  const channels = { input: depth, weight: 1, output: width }[panel];
  const factors = along.length > 1 ? `${along.join(" * ")} = ${count}` : along[0];
  const times =
    channels > 1 ? words(`counts.${panel}.channels`, { channels, all: count * channels }) : "";
  const isOne = layer.in_channels * layer.out_channels === 1;
  const shown = isOne ? index.slice(panel === "weight" ? 2 : 1) : index;
  const at = `(${shown.join(", ")})`;
  return [words(`counts.${panel}`, { at, count }), factors + times, ...lines.slice(1)];
}

/** @type {Tick} */
export const COUNTS = {
  name: "counts",
  isButton: true,
  isLens: true,
  value: (contents, panel, index) => countOf(contents, panel, index) ?? null,
  kind: (contents, panel, index) => {
    const count = countOf(contents, panel, index);
    if (count === undefined) return "";
    return `level-${Math.ceil((LEVELS * count) / Math.max(countsOf(contents).most[panel], 1))}`;
  },
  title: (contents, panel, title) =>
    title + contents.words("colon") + contents.words(`counts.${panel}.title`),
  note,
  explain,
};
