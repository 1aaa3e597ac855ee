/* The lines around the stage: PyTorch, the command, the formula, cells that nothing reads. */

import { $, element } from "./elements.js";
import { axisNames, formula, pytorchLine, sizeFormula } from "./layer.js";

const MOST_LISTED = 8; // cells that a line names

/**
 * Write what follows from the layer.
 * @param {State} state
 * @param {any} contents
 * @param {Translate} words
 */
export function writeLines({ layer, sizes }, contents, words) {
  writeCode($("#pytorch code"), pytorchLine(layer));
  document.title = `${pytorchLine(layer)} - convcli`;
  const symbols = `${words("output")} = ${sizeFormula(layer, { input: words("input") })}`;
  $("#formula").replaceChildren(
    element("p", { className: "symbols" }, symbols),
    ...formulas(layer, sizes).map((line) => element("p", {}, line)),
  );
  writeLegend(layer, contents.plain.geometry);
  const left = leftOver(layer, contents.plain.geometry, words);
  $("#left_over").textContent = left.join(words("semicolon"));
  const note = contents.ticks.note(contents, words);
  $("#see_note").textContent = note;
  $("#see_note").hidden = !note;
}

/**
 * Show the legend of what the layer has.
 * @param {Layer} layer
 * @param {any} geometry
 */
function writeLegend({ axes, transposed }, geometry) {
  const isPadded = axes.some(({ before, after }) => before || after);
  /** @type {Record<string, boolean>} */
  const has = {
    padding: isPadded && !transposed,
    "left-over": geometry.readers.some((/** @type {any[]} */ readers) =>
      readers.some((outs) => outs.length === 0),
    ),
    cropped: axes.some((_, d) => geometry.cropped(d).some(Boolean)),
    added: axes.some(({ output_padding }) => output_padding > 0),
  };
  for (const line of document.querySelectorAll("#legend [data-of]")) {
    const { dataset } = /** @type {HTMLElement} */ (line);
    /** @type {HTMLElement} */ (line).hidden = !has[dataset.of ?? ""];
  }
}

/**
 * H, W:  floor((5 + 1 + 1 - 3)/1) + 1 = 5, once for axes that have the same numbers.
 * @param {Layer} layer
 * @param {number[]} sizes
 */
function formulas(layer, sizes) {
  /** @type {Map<string, string[]>} */
  const axes = new Map();
  for (const [d, name] of axisNames(layer).entries()) {
    const line = formula(layer, d, sizes[d]);
    axes.set(line, [...(axes.get(line) ?? []), name]);
  }
  return [...axes].map(([line, names]) => `${names.join(", ")}:  ${line}`);
}

/**
 * @param {Layer} layer
 * @param {any} geometry
 * @param {Translate} words
 */
function leftOver(layer, geometry, words) {
  const left = geometry.readers.map((/** @type {any[]} */ axisReaders) =>
    axisReaders.flatMap((readers, cell) => (readers.length ? [] : [cell])),
  );
  return left.flatMap((/** @type {number[]} */ cells, /** @type {number} */ d) => {
    if (!cells.length) return [];
    const fields = { axis: axisNames(layer)[d], cells: shortList(cells), size: geometry.sizes[d] };
    return [words("left_over.axis", fields)];
  });
}

/**
 * Write a line of code that breaks between words only.
 * @param {HTMLElement} code
 * @param {string} line
 */
export function writeCode(code, line) {
  if (code.dataset.line === line) return;
  code.dataset.line = line;
  const words = line
    .split(" ")
    .map((word) => element("span", { className: word.length < 32 ? "word" : "" }, word));
  code.replaceChildren(...words.flatMap((word, at) => (at ? [" ", word] : [word])));
}

const shortList = (/** @type {number[]} */ cells) =>
  cells.length > MOST_LISTED ? `${cells.slice(0, MOST_LISTED).join(", ")}, ...` : cells.join(", ");
