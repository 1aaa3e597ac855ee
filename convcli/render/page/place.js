/* Places: {lead: index of a plane, row, col}. One spatial axis is a plane of one row. */

/**
 * The place of an index (..., *spatial).
 * @param {number[]} index
 * @param {number} rank
 * @returns {Place}
 */
export function placeOf(index, rank) {
  const planar = Math.min(rank, 2);
  const [row, col] = planar === 2 ? index.slice(-2) : [0, index[index.length - 1]];
  return { lead: index.slice(0, index.length - planar), row, col };
}

/**
 * The index of a place.
 * @param {Place} place
 * @param {number} rank
 * @returns {number[]}
 */
export function indexOf({ lead, row, col }, rank) {
  return rank === 1 ? [...lead, col] : [...lead, row, col];
}

/**
 * The index of the n-th member of an array of this shape, in the order of C.
 * @param {number} number
 * @param {number[]} shape
 * @returns {number[]}
 */
export function unraveled(number, shape) {
  const index = Array(shape.length);
  let rest = number;
  for (let d = shape.length - 1; d >= 0; d--) {
    index[d] = rest % shape[d];
    rest = Math.floor(rest / shape[d]);
  }
  return index;
}

/**
 * The number of an index in an array of this shape.
 * @param {number[]} index
 * @param {number[]} shape
 * @returns {number}
 */
export function raveled(index, shape) {
  return index.reduce((number, at, d) => number * shape[d] + at, 0);
}

/**
 * `most` members of [start, stop), among them `at`: the span from `from`, if it holds `at`.
 * @param {Span} span
 * @param {number | undefined} from
 * @param {number} most
 * @param {number} at
 * @returns {Span}
 */
export function spanAround([start, stop], from, most, at) {
  if (stop - start <= most) return [start, stop];
  let first = Math.min(Math.max(from ?? start, start), stop - most);
  if (at < first || at >= first + most)
    first = Math.min(Math.max(at - Math.floor(most / 2), start), stop - most);
  return [first, first + most];
}

/**
 * The rows and columns of a plane with what lies around it: the members before and after each axis.
 * @param {number[]} sizes
 * @param {(d: number) => number[]} around
 * @returns {[Span, Span]}
 */
export function planeSpans(sizes, around) {
  const rank = sizes.length;
  /** @type {Span[]} */
  const spans = sizes.slice(-2).map((size, at, shown) => {
    const [before, after] = around(rank - shown.length + at);
    return [Math.min(-before, 0), size + Math.max(after, 0)];
  });
  return rank === 1 ? [[0, 1], spans[0]] : [spans[0], spans[1]];
}
