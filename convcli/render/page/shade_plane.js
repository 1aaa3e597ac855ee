/*
 * A plane drawn as a canvas of shades, for cells that are too small for numbers. Marks are drawn on
 * a second canvas above it; one cell of a grid stands for the keyboard and for screen readers.
 */

import { isTold } from "./cell_plane.js";
import { element } from "./elements.js";
import { ScaleLegend } from "./scale_legend.js";
import { channels, drawShades, Scale } from "./shades.js";

const LEAST_OUTLINE = 7; // pixels of the outline around a cell that is smaller
const MOST_FRAMED = 600; // cells of a mark that are framed one by one
const FADE = 0.6; // opacity of what lies over cells that nothing reads
const LEAST_FRAMED = 5; // pixels of a cell that is framed
/** Kinds of cells that show their ground, not their number. */
const GROUNDS = ["padding", "cropped"];
/** The colour of the lines around a mark, a variable of the style sheet. */
const LINES = {
  window: "--window-line",
  "window-padding": "--padding-line",
  tap: "--tap-line",
  kernel: "--kernel-line",
  result: "--result-line",
  source: "--padding-line",
  lost: "--padding-line",
};

/** @implements {Plane} */
export class ShadePlane {
  /**
   * @param {PanelName} name
   * @param {number} rank
   * @param {Translate} words
   */
  constructor(name, rank, words) {
    this.name = name;
    this.rank = rank;
    this.words = words;
    this.values = document.createElement("canvas");
    this.fade = document.createElement("canvas");
    this.isFading = false;
    this.picture = element("canvas", { className: "picture" });
    this.overlay = element("canvas", { className: "overlay" });
    this.cell = element("span", { className: "stand-in", role: "gridcell" });
    this.line = element("div", { role: "row" }, this.cell);
    this.root = element("div", { className: "grid shades", role: "grid", tabIndex: -1 });
    this.root.setAttribute("aria-readonly", "true");
    this.root.append(this.picture, this.overlay, this.line);
    this.legend = new ScaleLegend(words);
    this.plane = 0;
    /** @type {Mark[]} */
    this.marks = [];
    /** @type {Box[]} */
    this.boxes = [];
    this.dirty = false;
  }

  /** @param {Drawing} drawing */
  build({ rows, columns, size }) {
    this.rows = rows;
    this.columns = columns;
    this.size = size;
    const width = (columns[1] - columns[0]) * size.width;
    const height = (rows[1] - rows[0]) * size.height;
    this.ratio = Math.max(1, Math.min(globalThis.devicePixelRatio || 1, 2));
    this.root.style.width = `${width}px`;
    this.root.style.height = `${height}px`;
    for (const canvas of [this.picture, this.overlay]) {
      canvas.width = Math.round(width * this.ratio);
      canvas.height = Math.round(height * this.ratio);
    }
    this.root.setAttribute("aria-rowcount", `${rows[1] - rows[0]}`);
    this.root.setAttribute("aria-colcount", `${columns[1] - columns[0]}`);
  }

  /** @param {PlaneContents} contents */
  dress({ plane, label, kind, value, numbers }) {
    this.plane = plane;
    this.numbers = numbers;
    this.valueOf = value;
    this.kindOf = kind;
    this.root.setAttribute("aria-label", label);
    this.refresh();
  }

  /** Draw the numbers anew, with the scale of those that are known. */
  refresh() {
    const [[top, bottom], [left, right]] = [this.rows, this.columns];
    const [rows, columns] = [bottom - top, right - left];
    /** @type {Value[]} */
    const values = [];
    /** @type {boolean[]} the cells that nothing reads */
    const isLeftOver = [];
    for (let row = top; row < bottom; row++)
      for (let col = left; col < right; col++) {
        const kind = this.kindOf(row, col);
        const isGround = GROUNDS.some((ground) => kind.startsWith(ground));
        isLeftOver.push(kind.startsWith("left-over"));
        values.push(isGround ? undefined : (this.valueOf(row, col) ?? undefined));
      }
    this.scale = new Scale(values);
    drawShades(this.values, rows, columns, (row, col) => values[row * columns + col], this.scale);
    this.drawFade(rows, columns, isLeftOver);
    this.legend.show(this.scale, this.numbers, columns * this.size.width);
    this.paint();
  }

  /**
   * Draw what fades the cells that nothing reads, a pixel each.
   * @param {number} rows
   * @param {number} columns
   * @param {boolean[]} isLeftOver
   */
  drawFade(rows, columns, isLeftOver) {
    this.isFading = isLeftOver.includes(true);
    if (!this.isFading) return;
    this.fade.width = columns;
    this.fade.height = rows;
    const context = /** @type {CanvasRenderingContext2D} */ (this.fade.getContext("2d"));
    const image = context.createImageData(columns, rows);
    const ground = channels(getComputedStyle(this.root).getPropertyValue("--ground").trim());
    const color = [...ground, FADE * 255];
    for (let cell = 0; cell < isLeftOver.length; cell++)
      if (isLeftOver[cell]) image.data.set(color, 4 * cell);
    context.putImageData(image, 0, 0);
  }

  /** Scale the values to the picture; cells that are no numbers keep the ground of their kind. */
  paint() {
    const context = /** @type {CanvasRenderingContext2D} */ (this.picture.getContext("2d"));
    const { width, height } = this.picture;
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = this.size.width < 1;
    context.drawImage(this.values, 0, 0, width, height);
    if (this.isFading) context.drawImage(this.fade, 0, 0, width, height);
  }

  /**
   * Put a number into a cell: all are drawn in the next frame.
   * @param {number} _row
   * @param {number} _col
   * @param {Value} _value
   */
  put(_row, _col, _value) {
    if (this.dirty) return;
    this.dirty = true;
    requestAnimationFrame(() => {
      this.dirty = false;
      this.refresh();
    });
  }

  /**
   * @param {Mark[]} marks
   * @param {Box[]} boxes
   */
  mark(marks, boxes) {
    marks = marks.filter(({ kind }) => kind in LINES); // a tap is too small for its colour
    this.marks = marks;
    this.boxes = boxes;
    const context = /** @type {CanvasRenderingContext2D} */ (this.overlay.getContext("2d"));
    const style = getComputedStyle(this.root);
    const color = (/** @type {string} */ kind) =>
      style.getPropertyValue(/** @type {any} */ (LINES)[kind] ?? "--ink").trim();
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.overlay.width, this.overlay.height);
    const { width, height } = this.size;
    if (Math.min(width, height) >= LEAST_FRAMED && marks.length <= MOST_FRAMED) {
      for (const { row, col, kind } of marks)
        this.frame(
          context,
          { kind, top: row, left: col, bottom: row, right: col },
          1,
          color(kind),
          "",
        );
    }
    const ground = style.getPropertyValue("--ground").trim();
    for (const box of boxes) this.frame(context, box, 2.5, color(box.kind), ground);
    for (const { row, col, kind } of marks)
      if (kind === "tap")
        this.frame(
          context,
          { kind, top: row, left: col, bottom: row, right: col },
          2.5,
          color(kind),
          ground,
        );
  }

  /**
   * An outline, with one of the ground around it that sets it off from the shades.
   * @param {CanvasRenderingContext2D} context
   * @param {Box} box
   * @param {number} thickness
   * @param {string} color
   * @param {string} ground
   */
  frame(context, box, thickness, color, ground) {
    const { width, height } = this.size;
    let x = (Math.max(box.left, this.columns[0]) - this.columns[0]) * width;
    let y = (Math.max(box.top, this.rows[0]) - this.rows[0]) * height;
    let w = (Math.min(box.right, this.columns[1] - 1) + 1 - this.columns[0]) * width - x;
    let h = (Math.min(box.bottom, this.rows[1] - 1) + 1 - this.rows[0]) * height - y;
    if (w <= 0 || h <= 0) return;
    if (ground && w < LEAST_OUTLINE) [x, w] = [x + (w - LEAST_OUTLINE) / 2, LEAST_OUTLINE];
    if (ground && h < LEAST_OUTLINE) [y, h] = [y + (h - LEAST_OUTLINE) / 2, LEAST_OUTLINE];
    if (ground) {
      context.lineWidth = thickness + 2.5;
      context.strokeStyle = ground;
      context.strokeRect(x, y, w, h);
    }
    context.lineWidth = thickness;
    context.strokeStyle = color;
    context.strokeRect(x, y, w, h);
  }

  /**
   * @param {number} row
   * @param {number} col
   */
  rectangle(row, col) {
    const { left, top } = this.root.getBoundingClientRect();
    const { width, height } = this.size;
    const x = left + (col - this.columns[0]) * width;
    return new DOMRect(x, top + (row - this.rows[0]) * height, width, height);
  }

  /**
   * The cell at a point of the window.
   * @param {number} x
   * @param {number} y
   * @returns {[number, number] | null}
   */
  at(x, y) {
    const { left, top } = this.root.getBoundingClientRect();
    const row = this.rows[0] + Math.floor((y - top) / this.size.height);
    const col = this.columns[0] + Math.floor((x - left) / this.size.width);
    const isInside =
      row >= this.rows[0] && row < this.rows[1] && col >= this.columns[0] && col < this.columns[1];
    return isInside ? [row, col] : null;
  }

  /**
   * Set the cell of the keyboard: the one cell of the grid stands there, with its name.
   * @param {number} row
   * @param {number} col
   * @param {boolean} isSelected
   */
  setCurrent(row, col, isSelected) {
    const { cell, line } = this;
    cell.id = `${this.name}_${this.plane}_${row}_${col}`;
    line.setAttribute("aria-rowindex", `${row - this.rows[0] + 1}`);
    cell.setAttribute("aria-colindex", `${col - this.columns[0] + 1}`);
    const [kind] = this.kindOf?.(row, col).split(" ").filter(isTold) ?? [];
    const value = kind === "cropped" ? undefined : (this.valueOf?.(row, col) ?? undefined);
    const place = this.words(this.rank === 1 ? "cell.position" : "cell.place", { row, col });
    const role = kind ? [this.words(`cell.${kind}`)] : [];
    const number = value === undefined ? [] : [this.numbers.text(value)];
    cell.setAttribute("aria-label", [place, ...role, ...number].join(this.words("comma")));
    if (isSelected) cell.setAttribute("aria-selected", "true");
    else cell.removeAttribute("aria-selected");
    this.root.tabIndex = 0;
    this.root.setAttribute("aria-activedescendant", cell.id);
  }

  focus() {
    this.root.focus({ preventScroll: true });
  }
}
