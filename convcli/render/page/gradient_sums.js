/*
 * The gradients of L, for G = dL/d(output): a weight's is the sum of G * input over the positions,
 * an input cell's the sum of G * weight over the outputs that read it.
 */

/** @typedef {import("./sums.js").Geometry} Geometry */
/** @typedef {(index: number[]) => Value} Upstream G at an output */

/**
 * The products G * input of a weight's gradient. Taps on zeros of the padding are left out.
 * @param {Geometry} geometry
 * @param {Arrays} arrays
 * @param {Upstream} upstream
 * @param {number[]} index (o, c, *tap)
 * @returns {any[]} {out, cell, input: G, weight: the input, product}
 */
export function weightTerms(geometry, arrays, upstream, [channel, c, ...tap]) {
  const source = geometry.groupOfOutput(channel) * geometry.width + c;
  return geometry
    .touchedBy(tap)
    .filter(({ cell }) => geometry.isReal(cell))
    .map(({ out, cell }) => {
      const g = upstream([channel, ...out]);
      const x = arrays.input.at([source, ...cell]);
      return {
        out: [channel, ...out],
        cell: [source, ...cell],
        input: g,
        weight: x,
        product: arrays.numbers.product(g, x),
      };
    });
}

/**
 * The products G * weight of an input cell's gradient.
 * @param {Geometry} geometry
 * @param {Arrays} arrays
 * @param {Upstream} upstream
 * @param {number[]} index (c, *cell)
 * @returns {any[]} {out, taps: the index of the weight, input: G, weight, product}
 */
export function inputTerms(geometry, arrays, upstream, [source, ...cell]) {
  const group = geometry.groupOfInput(source);
  const c = source - group * geometry.width;
  const reached = geometry.reached(cell);
  return Array.from({ length: geometry.depth }, (_, o) => group * geometry.depth + o).flatMap(
    (channel) =>
      reached.map(({ out, tap }) => {
        const g = upstream([channel, ...out]);
        const w = arrays.weight.at([channel, c, ...tap]);
        return {
          out: [channel, ...out],
          taps: [channel, c, ...tap],
          input: g,
          weight: w,
          product: arrays.numbers.product(g, w),
        };
      }),
  );
}
