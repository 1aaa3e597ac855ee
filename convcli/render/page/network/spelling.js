/* How cells, units and receptive fields are written. */

import { around, sizeOf } from "./boxes.js";
import { countOf } from "./cells.js";

/**
 * @typedef {import("../words.js").Words} Words
 * @typedef {import("./boxes.js").Seen} Seen
 */

const MOST_RUNS = 3; // that are written one by one

/** @param {number} number */
export const grouped = (number) => number.toLocaleString("en-US");

/** @param {number[]} unit */
export const unitText = (unit) => `(${unit.join(", ")})`;

/** The cells of one axis: 3..17. @param {import("./cells.js").Cells} cells @param {Words} words */
function runsText(cells, words) {
  if (cells.length > MOST_RUNS)
    return words("sees.some", {
      first: cells[0][0],
      last: cells.at(-1)?.[1] ?? 0,
      number: countOf(cells),
    });
  return cells
    .map(([first, last]) => (first === last ? `${first}` : `${first}..${last}`))
    .join(words("comma"));
}

/**
 * The cells of each axis: H 3..17, W 0..4.
 * @param {Seen | undefined} seen @param {readonly string[]} axes @param {Words} words
 */
export function cellsText(seen, axes, words) {
  if (!seen?.boxes.length) return words("sees.nothing");
  const box = around(seen.boxes);
  const cells = box.map((runs, d) => `${axes[d]} ${runsText(runs, words)}`).join(words("comma"));
  return seen.boxes.length > 1 ? words("sees.parts", { cells, count: seen.boxes.length }) : cells;
}

/** How many of how many. @param {Seen} seen @param {number[]} sizes @param {Words} words */
export function countText(seen, sizes, words) {
  const total = sizes.reduce((product, size) => product * size, 1);
  const number = sizeOf(seen.boxes);
  const share = Number(((100 * number) / total).toPrecision(3));
  return words("sees.count", { number: grouped(number), total: grouped(total), share });
}

/**
 * Size, jump and start as `convcli stack` prints them: `<=16`, with the sign for it, where a bound
 * is known, `~2` for an average.
 * @param {import("./network.js").Field | null} field
 */
export function fieldTexts(field) {
  if (!field) return { size: "-", jump: "-", start: "-" };
  const { size, jump, start, exact, known } = field;
  const sizes = size.map((each, d) =>
    each === null ? "?" : `${known[d] === "bound" ? "\u2264" : ""}${each}`,
  );
  const jumps = jump.map((each, d) =>
    each === null ? "?" : `${exact.jump[d] ? "" : "~"}${rounded(each)}`,
  );
  const starts = start.map((each, d) => (size[d] === null ? "?" : each === null ? "-" : `${each}`));
  return { size: sizes.join("\u00d7"), jump: alike(jumps), start: alike(starts) };
}

/** @param {number} number */
const rounded = (number) => `${Number(number.toPrecision(4))}`;
/** @param {string[]} texts */
const alike = (texts) => (new Set(texts).size === 1 ? texts[0] : texts.join(", "));
