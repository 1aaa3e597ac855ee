/*
 * im2col: the inputs of each output as a column of a matrix, a row for each weight of a kernel. The
 * row of weights times a column is an output. Zeros of the padding, and the gaps of a transposed
 * layer, are 0. A large matrix is cut around the selected output, and a line says so.
 */

import { $, element } from "./elements.js";
import { product } from "./layer.js";
import { raveled, spanAround, unraveled } from "./place.js";

const CELL = { width: 7.2, height: 23, padding: 10 }; // pixels of a letter, of a row, of a cell
const HEAD = 130; // pixels of the names of the rows, with their weights
const AROUND = 96; // pixels of caption, positions and outputs
const SHARE = { wide: 0.5, narrow: 0.4 }; // of the height of the page's main part
const NARROW = 600; // pixels

/**
 * The size of the matrix: weights of a kernel, outputs of a channel.
 * @param {any} geometry
 */
export function matrixSize({ layer, width, outs }) {
  const taps = product(layer.axes.map((/** @type {Axis} */ axis) => axis.kernel_size));
  return { rows: width * taps, columns: product(outs) };
}

/**
 * An entry: the weight (c, *tap), the output, and the input cell (null: a zero).
 * @param {any} geometry
 * @param {number} group
 * @param {number} row
 * @param {number} column
 * @returns {{weight: number[], out: number[], cell: number[] | null}}
 */
export function entryAt(geometry, group, row, column) {
  const { layer, width, outs, tables, sizes } = geometry;
  const kernel = layer.axes.map((/** @type {Axis} */ axis) => axis.kernel_size);
  const [c, ...tap] = unraveled(row, [width, ...kernel]);
  const out = unraveled(column, outs);
  const cell = tap.map((k, d) => tables[d][out[d]][k]);
  const isZero = cell.some((at, d) => at === sizes[d]);
  return { weight: [c, ...tap], out, cell: isZero ? null : [group * width + c, ...cell] };
}

class MatrixView {
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    this.root = element("section", { id: "matrix" });
    this.root.setAttribute("aria-label", page.words("tick.matrix"));
    this.rows = /** @type {Span} */ ([0, 0]);
    this.columns = /** @type {Span} */ ([0, 0]);
    this.key = "";
    /** @type {Set<HTMLElement>} */
    this.lit = new Set();
    $("#stage").after(this.root);
    this.root.addEventListener("pointermove", (/** @type {any} */ event) => this.hover(event));
    this.root.addEventListener("pointerleave", () => page.hovered && page.hover(null));
    this.root.addEventListener("click", (/** @type {any} */ event) => this.click(event));
  }

  get channel() {
    return this.page.contents.channel;
  }

  get group() {
    return this.page.contents.geometry.groupOfOutput(this.channel);
  }

  /**
   * The focus of a cell of the matrix: the output of its column, and the product of its row.
   * @param {any} event
   * @returns {Focus | null}
   */
  focusUnder(event) {
    const cell = event.target.closest("[data-column]");
    if (!cell) return null;
    const row = cell.dataset.row === undefined ? 0 : Number(cell.dataset.row);
    const { geometry } = this.page.contents;
    const entry = entryAt(geometry, this.group, row, Number(cell.dataset.column));
    const [c, ...tap] = entry.weight;
    const term = { channel: this.group * geometry.width + c, tap };
    const isEntry = cell.dataset.row !== undefined;
    return /** @type {any} */ ({
      panel: "output",
      index: [this.channel, ...entry.out],
      ...(isEntry ? { term } : {}),
    });
  }

  /** @param {any} event */
  hover(event) {
    const focus = this.focusUnder(event);
    const before = this.page.hovered;
    const isSame =
      `${focus?.index} ${focus?.term?.tap} ${focus?.term?.channel}` ===
      `${before?.index} ${before?.term?.tap} ${before?.term?.channel}`;
    if (isSame) return;
    if (focus?.term) this.page.stage.point(focus, focus.term); // which shows the weight's plane
    this.page.hover(focus);
  }

  /** @param {any} event */
  click(event) {
    const focus = this.focusUnder(event);
    if (focus) this.page.select({ panel: focus.panel, index: focus.index }, true);
  }

  /**
   * Draw the part around a focus, if it is not drawn yet, and light what belongs to the focus.
   * @param {Focus} focus
   * @param {boolean} isLaid
   */
  show(focus, isLaid) {
    const { geometry } = this.page.contents;
    const { rows, columns } = matrixSize(geometry);
    const kernel = geometry.layer.axes.map((/** @type {Axis} */ axis) => axis.kernel_size);
    const room = this.room();
    const column =
      focus.panel === "output"
        ? raveled(focus.index.slice(1), geometry.outs)
        : Math.min(this.columns[0], columns - 1);
    const { panel, index, term } = focus;
    const own = panel === "weight" ? index.slice(1) : this.page.stage.panels.weight.lead;
    const at = term ? [term.channel - this.group * geometry.width, ...term.tap] : own;
    const row = raveled([...at, 0, 0, 0].slice(0, kernel.length + 1), [geometry.width, ...kernel]);
    const from = row < this.rows[0] || row >= this.rows[1] ? row : this.rows[0];
    this.rows = spanAround([0, rows], from, room.rows, row);
    this.columns = spanAround([0, columns], this.columns[0], room.columns, column);
    const key = `${this.rows} ${this.columns} ${this.channel}`;
    if (isLaid || key !== this.key) this.draw();
    this.key = key;
    this.light(focus);
  }

  /** How many rows and columns there is room for. */
  room() {
    const { outputs } = this.page.contents;
    const main = $("main");
    const letters = Math.max(
      this.page.stage.panels.input.letters,
      this.page.stage.panels.output.letters,
      `${outputs.shape.slice(1).map((/** @type {number} */ size) => size - 1)}`.length,
    );
    const width = CELL.width * letters + CELL.padding;
    const share = main.clientWidth < NARROW ? SHARE.narrow : SHARE.wide;
    const most = (/** @type {number} */ pixels, /** @type {number} */ side) =>
      Math.max(Math.floor(pixels / side), 1);
    return {
      rows: Math.min(most(main.clientHeight * share - AROUND, CELL.height), 64),
      columns: Math.min(most(main.clientWidth - HEAD, width), 64),
    };
  }

  draw() {
    const { contents, words } = this.page;
    const { geometry, arrays } = contents;
    const { numbers } = arrays;
    const write = (/** @type {Value} */ value) =>
      value === undefined ? "?" : numbers.inCell(value);
    const list = (/** @type {Span} */ [from, to]) =>
      Array.from({ length: to - from }, (_, at) => from + at);
    const columns = list(this.columns);
    const head = columns.map((column) => {
      const { out } = entryAt(geometry, this.group, 0, column);
      return tableCell("th", out.join(","), { column, scope: "col" });
    });
    const body = list(this.rows).map((row) => {
      const { weight } = entryAt(geometry, this.group, row, 0);
      const named = geometry.width > 1 ? weight : weight.slice(1);
      const value = arrays.weight.at([this.channel, ...weight]);
      const entries = columns.map((column) => {
        const { cell } = entryAt(geometry, this.group, row, column);
        const text = write(cell ? arrays.input.at(cell) : numbers.zero);
        return tableCell("td", text, { row, column, className: cell ? "" : "zero" });
      });
      const name = tableCell("th", named.join(","), { row, scope: "row" });
      const times = tableCell("td", `${write(value)} \u00d7`, { row, className: "weight" });
      return element("tr", {}, name, times, ...entries);
    });
    const sums = columns.map((column) => {
      const { out } = entryAt(geometry, this.group, 0, column);
      return tableCell("td", write(contents.stored("output", [this.channel, ...out])), { column });
    });
    const isBiased = arrays.bias ? ` + ${write(arrays.bias[this.channel])}` : "";
    this.root.replaceChildren(
      element("p", {}, this.caption()),
      element(
        "table",
        {},
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            tableCell("th", words("matrix.weight"), {}),
            tableCell("td", "", {}),
            ...head,
          ),
        ),
        element("tbody", {}, ...body),
        element(
          "tfoot",
          {},
          element(
            "tr",
            {},
            tableCell("th", `${words("output")}`, { scope: "row" }),
            tableCell("td", `\u03a3${isBiased} =`, {}),
            ...sums,
          ),
        ),
      ),
    );
    this.lit = new Set();
  }

  /** How large the matrix is, and which part is drawn. */
  caption() {
    const { words, contents } = this.page;
    const { geometry } = contents;
    const { rows, columns } = matrixSize(geometry);
    const { groups, transposed } = geometry.layer;
    const part = (
      /** @type {string} */ name,
      /** @type {Span} */ [from, to],
      /** @type {number} */ size,
    ) => (to - from < size ? words(`part.${name}`, { first: from, last: to - 1, size }) : "");
    return [
      words("matrix.size", { rows, columns, channel: this.channel }),
      groups > 1 ? words("matrix.group", { group: this.group, groups }) : "",
      transposed ? words("matrix.transposed") : "",
      part("rows", this.rows, rows),
      part("columns", this.columns, columns),
    ]
      .filter(Boolean)
      .join(words("semicolon"));
  }

  /** @param {Focus} focus */
  light({ panel, index, term }) {
    const { geometry } = this.page.contents;
    const kernel = geometry.layer.axes.map((/** @type {Axis} */ axis) => axis.kernel_size);
    /** @type {(cell: any) => boolean} */
    let isLit = () => false;
    if (panel === "output") {
      const column = `${raveled(index.slice(1), geometry.outs)}`;
      isLit = ({ dataset }) => dataset.column === column;
    } else if (panel === "weight") {
      const row = `${raveled(index.slice(1), [geometry.width, ...kernel])}`;
      isLit = ({ dataset }) => dataset.row === row;
    } else {
      const wanted = `${[index[0], ...geometry.cellAt(index.slice(1))]}`;
      isLit = ({ dataset: { row, column } }) =>
        row !== undefined &&
        column !== undefined &&
        `${entryAt(geometry, this.group, Number(row), Number(column)).cell}` === wanted;
    }
    const pointed = term && [term.channel - this.group * geometry.width, ...term.tap];
    const pointedRow = pointed && `${raveled(pointed, [geometry.width, ...kernel])}`;
    for (const cell of this.lit) cell.classList.remove("lit", "pointed");
    this.lit = new Set();
    for (const cell of this.root.querySelectorAll("[data-row], [data-column]")) {
      const { dataset } = /** @type {HTMLElement} */ (cell);
      const isPointed = pointedRow !== undefined && dataset.row === pointedRow;
      if (!isLit(cell) && !(isPointed && dataset.column === undefined)) continue;
      cell.classList.add(isPointed ? "pointed" : "lit");
      this.lit.add(/** @type {HTMLElement} */ (cell));
    }
  }
}

/**
 * A cell of the table, with its place in the matrix.
 * @param {string} tag
 * @param {string} text
 * @param {{row?: number, column?: number, className?: string, scope?: string}} place
 */
function tableCell(tag, text, { row, column, className = "", scope }) {
  const cell = element(tag, { className }, text);
  if (scope) cell.scope = scope;
  if (row !== undefined) cell.dataset.row = `${row}`;
  if (column !== undefined) cell.dataset.column = `${column}`;
  return cell;
}

/** @type {MatrixView | null} */
let view = null;

/** @type {Tick} */
export const MATRIX = {
  name: "matrix",
  isButton: true,
  isLens: true,
  apply: (page, isOn) => {
    if (isOn) view ??= new MatrixView(page);
    if (view) view.root.hidden = !isOn; // the stage fits itself to the room that is left
  },
  looked: (_page, focus, isLaid) => view?.show(focus, isLaid),
};
