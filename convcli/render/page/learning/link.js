/* The fragment of the address: the epoch, the chosen weight, what differs from the start. */

/**
 * `epoch` is the place of an epoch among those that the page has; the last one is the end.
 * @typedef {{epoch: number, cell: {array: string, at: number}, logarithmic: boolean,
 *   language: string}} State
 *
 * @typedef {{numbers: number[], arrays: Record<string, {size: number[]}>,
 *   languages: Record<string, unknown>}} Known
 */

/** @param {State} state @param {State} initial @param {number[]} numbers of the epochs */
export function fragmentOf(state, initial, numbers) {
  const { epoch, cell, logarithmic, language } = state;
  const words = [];
  if (epoch !== initial.epoch)
    words.push(`epoch=${epoch === numbers.length - 1 ? "end" : numbers[epoch]}`);
  if (cell.array !== initial.cell.array || cell.at !== initial.cell.at)
    words.push(`cell=${cell.array}:${cell.at}`);
  if (logarithmic !== initial.logarithmic) words.push(`logarithmic=${logarithmic}`);
  if (language !== initial.language) words.push(`language=${language}`);
  return words.join("&");
}

/**
 * The state of a fragment, from `initial`; words that cannot be read are `refused`.
 * @param {string} fragment @param {State} initial @param {Known} known
 */
export function stateOf(fragment, initial, { numbers, arrays, languages }) {
  const state = { ...initial };
  const refused = [];
  for (const word of fragment.replace(/^#/, "").split("&").filter(Boolean)) {
    const [name, text = ""] = word.split("=");
    const [array, at = ""] = text.split(":");
    const count = Object.hasOwn(arrays, array) ? arrays[array].size.reduce((n, m) => n * m, 1) : 0;
    if (name === "epoch" && text === "end") state.epoch = numbers.length - 1;
    else if (name === "epoch" && /^\d{1,9}$/.test(text))
      state.epoch = nearest(numbers, Number(text));
    else if (name === "cell" && /^\d{1,6}$/.test(at) && Number(at) < count)
      state.cell = { array, at: Number(at) };
    else if (name === "logarithmic") state.logarithmic = text === "true";
    else if (name === "language" && Object.hasOwn(languages, text)) state.language = text;
    else refused.push(word);
  }
  return { state, refused };
}

/**
 * The place of the epoch that is nearest to a number.
 * @param {number[]} numbers @param {number} number
 */
export function nearest(numbers, number) {
  const distances = numbers.map((each) => Math.abs(each - number));
  return distances.indexOf(Math.min(...distances));
}
