/* What padding modes put around the cells of an axis, the same as engine/geometry/padding.py. */

/**
 * By padding mode, the cell at an index of the padded input that is no real cell.
 * @type {Record<string, (index: number, size: number) => number>}
 */
const PADDED_CELLS = {
  zeros: (_index, size) => size,
  reflect: (index, size) => (index < 0 ? -index : 2 * (size - 1) - index), // 3 2 [1 2 3 4] 3 2
  replicate: (index, size) => (index < 0 ? 0 : size - 1), // 1 1 [1 2 3 4] 4 4
  circular: (index, size) => (index < 0 ? size + index : index - size), // 3 4 [1 2 3 4] 1 2
  symmetric: (index, size) => (index < 0 ? -index - 1 : 2 * size - 1 - index), // 2 1 [1 2 3 4] 4 3
};

/**
 * The cell at an index of the padded input; `size` stands for zeros.
 * @param {number} index
 * @param {number} size
 * @param {string} mode
 */
export function paddedCell(index, size, mode) {
  return index >= 0 && index < size ? index : PADDED_CELLS[mode](index, size);
}
