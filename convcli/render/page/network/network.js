/*
 * The network: what a unit sees of every layer before it, and which units of the layers behind it
 * see that unit. Layers are called by their place, the input by INPUT.
 */

import { NOTHING, union } from "./boxes.js";
import { allCells, cellsRead, together, unitsReading } from "./cells.js";

export const INPUT = -1;

/**
 * @typedef {import("./boxes.js").Seen} Seen
 * @typedef {import("./boxes.js").Box} Box
 * @typedef {import("./cells.js").Cells} Cells
 * @typedef {{source: number, axes: (number[][] | null)[], exact: boolean}} Link
 * @typedef {{size: (number | null)[], jump: (number | null)[], start: (number | null)[],
 *   exact: Record<string, boolean[]>, known: string[]}} Field
 * @typedef {{name: string, text: string, short: string, kind: string, sources: number[],
 *   shape: number[], units: number[], parameters: number, macs: number | null,
 *   field: Field | null, known: boolean, follows: boolean, links: Link[],
 *   seen: {answers: {axes: Cells[], exact: boolean}[], units: number[]} | null}} Layer
 */

export class Network {
  /**
   * @param {{input: {cells: number[]}, layers: Layer[],
   *   readings: import("./cells.js").Reading[]}} data
   */
  constructor(data) {
    this.layers = data.layers;
    this.cells = data.input.cells;
    this.readings = data.readings;
  }

  /** The units of a layer along each axis. @param {number} at */
  units(at) {
    return at === INPUT ? this.cells : this.layers[at].units;
  }

  /**
   * What one unit sees of each layer before its own, of the input too, by their places.
   * @param {number} at @param {number[]} unit @returns {Map<number, Seen>}
   */
  seen(at, unit) {
    const found = new Map([[at, this.alone(unit)]]);
    for (let place = at; place > INPUT; place--) {
      const here = found.get(place);
      if (!here?.boxes.length) continue;
      const layer = this.layers[place];
      if (!layer.known) return this.guessed(place, unit); // none that is known reads it
      for (const link of layer.links) {
        const read = this.through(link, here, this.units(place));
        found.set(link.source, union(found.get(link.source) ?? NOTHING, read));
      }
    }
    return found;
  }

  /**
   * The units of each layer behind that see one unit, by their places.
   * @param {number} at @param {number[]} unit @returns {Map<number, Seen>}
   */
  reached(at, unit) {
    const found = new Map([[at, this.alone(unit)]]);
    for (let place = at + 1; place < this.layers.length; place++) {
      const { links, known, sources } = this.layers[place];
      const from = known ? links : sources.map(unknownLink);
      for (const link of from) {
        const there = found.get(link.source);
        if (!there?.boxes.length) continue;
        const reads = this.back(link, there, this.units(place));
        found.set(place, union(found.get(place) ?? NOTHING, reads));
      }
    }
    return found;
  }

  /** @param {number[]} unit @returns {Seen} */
  alone(unit) {
    return { boxes: [unit.map((cell) => [[cell, cell]])], exact: true };
  }

  /**
   * What a unit of a layer without links sees: of the input what the page was told, of the layers
   * between at most everything.
   * @param {number} at @param {number[]} unit @returns {Map<number, Seen>}
   */
  guessed(at, unit) {
    const found = new Map([[at, this.alone(unit)]]);
    for (let place = at; place > INPUT; place--)
      for (const source of found.has(place) ? this.layers[place].sources : [])
        found.set(source, { boxes: [this.units(source).map(allCells)], exact: false });
    return found.set(INPUT, this.told(at, unit));
  }

  /** What the page was told that a unit of a layer without links sees. */
  told(/** @type {number} */ place, /** @type {number[]} */ unit) {
    const { seen, units } = this.layers[place];
    if (!seen || unit.length !== units.length)
      return { boxes: [this.cells.map(allCells)], exact: false };
    const number = units.reduce((sum, size, d) => sum * size + unit[d], 0);
    const { axes, exact } = seen.answers[seen.units[number]];
    return { boxes: axes.every((cells) => cells.length) ? [axes] : [], exact };
  }

  /**
   * The units of a link's source that units of its layer read.
   * @param {Link} link @param {Seen} here @param {number[]} units @returns {Seen}
   */
  through(link, here, units) {
    const sizes = this.units(link.source);
    if (link.axes.length !== units.length)
      return { boxes: [sizes.map(allCells)], exact: here.exact && link.exact };
    let seen = NOTHING;
    for (const box of here.boxes) {
      const cells = box.map((of_axis, d) => {
        const ways = link.axes[d];
        return ways === null
          ? allCells(sizes[d])
          : together(ways.map((w) => this.down(w, of_axis)));
      });
      seen = union(seen, { boxes: [cells], exact: true });
    }
    return { boxes: seen.boxes, exact: seen.exact && here.exact && link.exact };
  }

  /**
   * The units of a layer that read units of a link's source.
   * @param {{axes: (number[][] | null)[] | null, exact: boolean}} link @param {Seen} there
   * @param {number[]} units @returns {Seen}
   */
  back(link, there, units) {
    const exact = there.exact && link.exact;
    const { axes } = link;
    if (axes === null || axes.length !== units.length)
      return { boxes: [units.map(allCells)], exact };
    let seen = NOTHING;
    for (const box of there.boxes) {
      const cells = box.map((of_axis, d) => {
        const ways = axes[d];
        return ways === null ? allCells(units[d]) : together(ways.map((w) => this.up(w, of_axis)));
      });
      seen = union(seen, { boxes: [cells], exact: true });
    }
    return { boxes: seen.boxes, exact: seen.exact && exact };
  }

  /** The cells that units read on a way. @param {number[]} way @param {Cells} units */
  down(way, units) {
    return way.reduce((all, r) => cellsRead(this.readings[r], all), units);
  }

  /** The units that read cells on a way. @param {number[]} way @param {Cells} cells */
  up(way, cells) {
    return way.toReversed().reduce((all, r) => unitsReading(this.readings[r], all), cells);
  }
}

/**
 * A link of which no way is known.
 * @param {number} source
 * @returns {{source: number, axes: (number[][] | null)[] | null, exact: boolean}}
 */
const unknownLink = (source) => ({ source, axes: null, exact: false });
