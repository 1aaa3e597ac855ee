/* The planes of an array: cells with numbers where there is room, a canvas of colours elsewhere. */

import { element } from "../elements.js";
import { exact, few, isLight } from "./numbers.js";

/**
 * @typedef {import("./numbers.js").Colors} Colors
 * @typedef {{shape: number[], size: number[], steps: number[]}} Part
 */

const MOST_NUMBERED = 64; // cells of a plane that has numbers
const MOST_COLUMNS = 8;
const SMALL_FROM = 30; // cells, from which on they are smaller
const SIDE = 208; // px of a canvas
const SMALL = 600; // px of a window, below which they are smaller

/** One plane of an array: the numbers from `offset` on, in rows. */
export class Plane {
  /**
   * @param {{rows: number, columns: number, offset: number, caption: string, name: string}} place
   * @param {((at: number) => void) | null} choose what a click on a cell does
   */
  constructor({ rows, columns, offset, caption, name }, choose) {
    this.name = name;
    this.rows = rows;
    this.columns = columns;
    this.offset = offset;
    const isNumbered = rows * columns <= MOST_NUMBERED && columns <= MOST_COLUMNS;
    /** @type {HTMLElement[]} */ this.cells = [];
    this.canvas = isNumbered ? null : this.makeCanvas();
    const body = this.canvas ?? this.makeTable(name, choose);
    this.root = element(
      "figure",
      {},
      ...(caption ? [element("figcaption", {}, caption)] : []),
      body,
    );
  }

  makeCanvas() {
    const side = innerWidth < SMALL ? SIDE * 0.7 : SIDE;
    const scale = Math.max(1, Math.min(16, Math.floor(side / Math.max(this.rows, this.columns))));
    const canvas = element("canvas", { width: this.columns, height: this.rows, role: "img" });
    canvas.style.width = `${this.columns * scale}px`;
    canvas.style.height = `${this.rows * (this.rows === 1 ? 24 : scale)}px`;
    return canvas;
  }

  /** @param {string} name @param {((at: number) => void) | null} choose */
  makeTable(name, choose) {
    const rows = [];
    for (let row = 0; row < this.rows; row++) {
      const cells = [];
      for (let column = 0; column < this.columns; column++) {
        const at = this.offset + row * this.columns + column;
        const inner = element(choose ? "button" : "span", choose ? { type: "button" } : {});
        if (choose) inner.addEventListener("click", () => choose(at));
        this.cells.push(element("td", {}, inner));
        cells.push(/** @type {HTMLElement} */ (this.cells.at(-1)));
      }
      rows.push(element("tr", {}, ...cells));
    }
    const small = this.rows * this.columns >= SMALL_FROM ? " small" : "";
    return element(
      "table",
      { className: `grid${small}`, "aria-label": name },
      element("tbody", {}, ...rows),
    );
  }

  /** @param {number[]} values of the whole array @param {number} limit @param {Colors} colors */
  paint(values, limit, colors) {
    const count = this.rows * this.columns;
    const own = values.slice(this.offset, this.offset + count);
    if (this.canvas) return this.paintCanvas(this.canvas, own, limit, colors);
    for (const [n, value] of own.entries()) {
      const cell = this.cells[n];
      const color = colors.of(value, limit);
      cell.style.background = `rgb(${color.join(" ")})`;
      cell.style.color = isLight(color) ? "black" : "white";
      const inner = /** @type {HTMLElement} */ (cell.firstChild);
      inner.textContent = few(value);
      inner.title = exact(value);
    }
  }

  /**
   * @param {HTMLCanvasElement} canvas @param {number[]} own @param {number} limit
   * @param {Colors} colors
   */
  paintCanvas(canvas, own, limit, colors) {
    const context = canvas.getContext("2d");
    if (!context) return;
    const image = context.createImageData(this.columns, this.rows);
    for (const [n, value] of own.entries())
      image.data.set([...colors.of(value, limit), 255], 4 * n);
    context.putImageData(image, 0, 0);
    const sorted = own.filter(Number.isFinite).sort((a, b) => a - b);
    const ends = sorted.length ? `: ${few(sorted[0])}..${few(sorted[sorted.length - 1])}` : "";
    canvas.setAttribute("aria-label", `${this.name}, ${this.rows}\u00d7${this.columns}${ends}`);
  }

  /** Mark one number of the array, or none. @param {number | null} at */
  choose(at) {
    for (const [n, cell] of this.cells.entries())
      cell.classList.toggle("chosen", at === this.offset + n);
  }
}

/**
 * The planes of a part of an array whose last axes are spatial: one for each index before them.
 * @param {Part} part @param {number} spatial axes
 * @param {(index: number[], depth: number | null) => string} captionOf
 * @param {string} name @param {((at: number) => void) | null} choose
 */
export function planesOf({ size, steps }, spatial, captionOf, name, choose) {
  const flat = Math.min(spatial, 2);
  const [rows, columns] = flat === 2 ? size.slice(-2) : [1, size.at(-1) ?? 1];
  const leading = size.slice(0, size.length - flat);
  const count = leading.reduce((product, n) => product * n, 1);
  const planes = [];
  for (let plane = 0; plane < count; plane++) {
    let rest = plane;
    const index = leading.map(() => 0);
    for (let d = leading.length - 1; d >= 0; d--) {
      index[d] = steps[d] * (rest % leading[d]);
      rest = Math.floor(rest / leading[d]);
    }
    const depth = spatial === 3 ? (index.pop() ?? 0) : null;
    const caption = captionOf(index, depth);
    planes.push(
      new Plane(
        { rows, columns, offset: plane * rows * columns, caption, name: caption || name },
        choose,
      ),
    );
  }
  return planes;
}
