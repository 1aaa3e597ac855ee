/* A plane drawn as numbered cells: elements, few of them. */

import { element } from "./elements.js";
import { fontSize } from "./fitting.js";

const LEAST_FOR_TAP = 32; // pixels of a cell that has room for the number of its tap
/** Kinds of a cell that its name tells. */
const TOLD = ["padding", "left-over", "cropped", "added"];
export const isTold = (/** @type {string} */ kind) => TOLD.includes(kind);

/** @implements {Plane} */
export class CellPlane {
  /**
   * @param {PanelName} name
   * @param {number} rank
   * @param {Translate} words
   */
  constructor(name, rank, words) {
    this.name = name;
    this.rank = rank;
    this.words = words;
    this.root = element("div", { className: "grid cells", role: "grid", tabIndex: -1 });
    this.root.setAttribute("aria-readonly", "true");
    this.outlines = element("div", { className: "outlines" });
    this.outlines.setAttribute("aria-hidden", "true");
    /** @type {HTMLElement[][]} */
    this.cells = [];
    /** @type {Map<HTMLElement, Set<string>>} */
    this.marked = new Map();
    this.built = "";
    this.plane = 0;
    /** @type {HTMLElement | null} */
    this.current = null;
  }

  /** @param {Drawing} drawing */
  build({ rows, columns, size, letters }) {
    const font = Math.min(fontSize(size.height), (size.width - 3) / (Math.max(letters, 1) * 0.61));
    for (const [name, value] of Object.entries({ w: size.width, h: size.height, font }))
      this.root.style.setProperty(`--${name}`, `${value}px`);
    this.root.classList.toggle("roomy", size.height >= LEAST_FOR_TAP);
    this.size = size;
    this.rows = rows;
    this.columns = columns;
    const built = `${rows} ${columns}`;
    if (built === this.built) return;
    this.built = built;
    this.cells = [];
    this.marked = new Map();
    this.current = null;
    const lines = [];
    for (let row = rows[0]; row < rows[1]; row++) {
      const line = [];
      for (let col = columns[0]; col < columns[1]; col++)
        line.push(element("span", { className: "cell", role: "gridcell" }));
      for (const [at, cell] of line.entries()) cell.setAttribute("aria-colindex", `${at + 1}`);
      this.cells.push(line);
      lines.push(element("div", { className: "line-of-cells", role: "row" }, ...line));
    }
    this.root.setAttribute("aria-rowcount", `${lines.length}`);
    this.root.setAttribute("aria-colcount", `${columns[1] - columns[0]}`);
    this.root.replaceChildren(...lines, this.outlines);
  }

  /**
   * @param {number} row
   * @param {number} col
   * @returns {HTMLElement | undefined}
   */
  cell(row, col) {
    return this.cells[row - this.rows[0]]?.[col - this.columns[0]];
  }

  /** @param {PlaneContents} contents */
  dress({ plane, label, kind, value, numbers }) {
    this.plane = plane;
    this.numbers = numbers;
    this.marked = new Map();
    this.root.setAttribute("aria-label", label);
    for (const [r, line] of this.cells.entries()) {
      for (const [c, cell] of line.entries()) {
        const [row, col] = [r + this.rows[0], c + this.columns[0]];
        cell.className = `cell ${kind(row, col)}`.trimEnd();
        cell.id = `${this.name}_${plane}_${row}_${col}`;
        this.put(row, col, value(row, col));
      }
    }
    this.outlines.replaceChildren();
  }

  /**
   * Put a number into a cell; undefined if it is unknown.
   * @param {number} row
   * @param {number} col
   * @param {Value} value
   */
  put(row, col, value) {
    const cell = /** @type {any} */ (this.cell(row, col));
    if (!cell) return;
    cell.value = value;
    const isCropped = cell.classList.contains("cropped");
    const isEmpty = isCropped || value === null;
    const text = isEmpty ? "" : value === undefined ? "\u00b7" : this.numbers.inCell(value);
    if (cell.textContent !== text) cell.textContent = text;
    cell.setAttribute("aria-label", this.nameOf(cell, row, col));
  }

  /**
   * row 2, column 3, padding, 0
   * @param {any} cell
   * @param {number} row
   * @param {number} col
   */
  nameOf(cell, row, col) {
    const kinds = TOLD.filter((kind) => cell.classList.contains(kind));
    const place = this.words(this.rank === 1 ? "cell.position" : "cell.place", { row, col });
    const value = (cell.value ?? null) === null ? [] : [this.numbers.text(cell.value)];
    const roles = kinds.map((kind) => this.words(`cell.${kind}`));
    return [place, ...roles, ...(kinds.includes("cropped") ? [] : value)].join(this.words("comma"));
  }

  /**
   * Set the marks of the moment, and remove the earlier ones.
   * @param {Mark[]} marks
   * @param {Box[]} boxes
   */
  mark(marks, boxes) {
    /** @type {Map<HTMLElement, Set<string>>} */
    const wanted = new Map();
    for (const { row, col, kind } of marks) {
      const cell = this.cell(row, col);
      if (!cell) continue;
      const kinds = wanted.get(cell) ?? new Set();
      wanted.set(cell, kinds.add(kind));
    }
    for (const [cell, kinds] of this.marked)
      for (const kind of kinds) if (!wanted.get(cell)?.has(kind)) cell.classList.remove(kind);
    for (const [cell, kinds] of wanted) cell.classList.add(...kinds);
    this.marked = wanted;
    while (this.outlines.children.length > boxes.length) this.outlines.lastChild?.remove();
    while (this.outlines.children.length < boxes.length) this.outlines.append(element("i"));
    for (const [at, box] of boxes.entries()) this.outline(this.outlines.children[at], box);
  }

  /**
   * @param {any} line
   * @param {Box} box
   */
  outline(line, box) {
    const { width, height } = /** @type {CellSize} */ (this.size);
    const [top, left] = [Math.max(box.top, this.rows[0]), Math.max(box.left, this.columns[0])];
    const [bottom, right] = [
      Math.min(box.bottom, this.rows[1] - 1),
      Math.min(box.right, this.columns[1] - 1),
    ];
    line.className = `outline ${box.kind}`;
    line.hidden = bottom < top || right < left;
    const [x, y] = [(left - this.columns[0]) * width, (top - this.rows[0]) * height];
    line.style.transform = `translate(${x}px, ${y}px)`;
    line.style.width = `${(right - left + 1) * width}px`;
    line.style.height = `${(bottom - top + 1) * height}px`;
  }

  /**
   * @param {number} row
   * @param {number} col
   */
  rectangle(row, col) {
    const { left, top } = this.root.getBoundingClientRect();
    const { width, height } = /** @type {CellSize} */ (this.size);
    return new DOMRect(
      left + (col - this.columns[0]) * width,
      top + (row - this.rows[0]) * height,
      width,
      height,
    );
  }

  /**
   * The cell at a point of the window.
   * @param {number} x
   * @param {number} y
   * @returns {[number, number] | null}
   */
  at(x, y) {
    const { left, top } = this.root.getBoundingClientRect();
    const { width, height } = /** @type {CellSize} */ (this.size);
    const row = this.rows[0] + Math.floor((y - top) / height);
    const col = this.columns[0] + Math.floor((x - left) / width);
    const isInside =
      row >= this.rows[0] && row < this.rows[1] && col >= this.columns[0] && col < this.columns[1];
    return isInside ? [row, col] : null;
  }

  /**
   * Set the cell of the keyboard.
   * @param {number} row
   * @param {number} col
   * @param {boolean} isSelected
   */
  setCurrent(row, col, isSelected) {
    const cell = this.cell(row, col);
    this.current?.removeAttribute("aria-selected");
    this.current = cell ?? null;
    if (!cell) return;
    this.root.tabIndex = 0;
    this.root.setAttribute("aria-activedescendant", cell.id);
    if (isSelected) cell.setAttribute("aria-selected", "true");
  }

  focus() {
    this.root.focus({ preventScroll: true });
  }
}
