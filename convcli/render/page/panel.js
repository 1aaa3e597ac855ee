/* A panel: the large plane of an array with its rulers, and thumbnails of the others. */

import { CellPlane } from "./cell_plane.js";
import { element } from "./elements.js";
import { placeOf, raveled, spanAround, unraveled } from "./place.js";
import { Rulers } from "./rulers.js";
import { ShadePlane } from "./shade_plane.js";
import { Thumbnails } from "./thumbnails.js";

const MOST_SIDE = 512; // rows and columns of a drawn plane
const TITLE_LETTERS = { latin: 8, wide: 14 }; // pixels of a letter of a title
export const MOST_NUMBERED = 1600; // cells of a plane that is drawn with numbers

export class Panel {
  /**
   * @param {PanelName} name
   * @param {number} rank
   * @param {Translate} words
   * @param {(panel: Panel, axis: number, at: number) => void} chosen
   */
  constructor(name, rank, words, chosen) {
    this.name = name;
    this.rank = rank;
    this.words = words;
    this.root = /** @type {HTMLElement} */ (document.getElementById(name));
    this.rulers = new Rulers();
    /** @type {any} */
    this.cellPlane = new CellPlane(name, rank, words);
    /** @type {any} */
    this.shadePlane = new ShadePlane(name, rank, words);
    this.plane = this.cellPlane;
    this.drawn = element(
      "div",
      { className: "drawn" },
      this.rulers.top.root,
      this.rulers.side.root,
      this.shadePlane.legend.root,
    );
    const strips = rank === 3 ? [0, 1] : [0];
    this.strips = strips.map((axis) => new Thumbnails(axis, (d, at) => chosen(this, d, at)));
    const stripRoots = element("div", { className: "strips" });
    const named = (/** @type {Thumbnails} */ strip) => {
      const name = words(strip.axis === 0 ? "strip.name.channel" : "strip.name.depth");
      const title = element("span", { className: "strip-name", hidden: rank < 3 }, name);
      return element("div", { className: "strip" }, title, strip.root);
    };
    stripRoots.append(...this.strips.map(named));
    this.part(".planes").replaceChildren(this.drawn, stripRoots);
    /** @type {number[]} */
    this.leads = [];
    /** @type {number[]} */
    this.lead = strips.map(() => 0);
    this.all = { rows: /** @type {Span} */ ([0, 1]), columns: /** @type {Span} */ ([0, 1]) };
    this.shown = this.all;
    this.letters = 1;
    this.title = "";
    /** @type {CellSize} */
    this.size = { width: 24, height: 24, isNumbered: true };
  }

  /**
   * @param {string} selector
   * @returns {any}
   */
  part(selector) {
    return this.root.querySelector(selector);
  }

  /**
   * Set the sizes of the leading axes, and the rows and columns: padding begins below 0.
   * @param {number[]} leads
   * @param {Span} rows
   * @param {Span} columns
   * @param {Place | undefined} around the place that a large plane is cut around at first
   */
  lay(leads, rows, columns, around) {
    this.leads = leads;
    this.all = { rows, columns };
    this.lead = this.lead.map((at, d) => Math.min(Math.max(at, 0), leads[d] - 1));
    const from = around ? null : this.shown;
    this.cut(around ?? { lead: [], row: this.shown.rows[0], col: this.shown.columns[0] }, from);
  }

  /**
   * Cut the part of the plane that is drawn, around a place. Returns whether it changed.
   * @param {Place} place
   * @param {{rows: Span, columns: Span} | null} from the part that stays, if it holds the place
   */
  cut({ row, col }, from = this.shown) {
    const before = `${this.shown.rows} ${this.shown.columns}`;
    this.shown = {
      rows: spanAround(this.all.rows, from?.rows[0] ?? row - MOST_SIDE / 2, MOST_SIDE, row),
      columns: spanAround(
        this.all.columns,
        from?.columns[0] ?? col - MOST_SIDE / 2,
        MOST_SIDE,
        col,
      ),
    };
    return before !== `${this.shown.rows} ${this.shown.columns}`;
  }

  /** @returns {PanelNeeds} */
  get needs() {
    const { rows, columns } = this.shown;
    const [height, width] = [rows[1] - rows[0], columns[1] - columns[0]];
    return {
      rows: height,
      columns: width,
      letters: height * width > MOST_NUMBERED ? Infinity : this.letters,
      strips: this.leads.filter((size) => size > 1),
      digits: Math.max(`${rows[0]}`.length, `${rows[1] - 1}`.length),
      isRow: this.rank === 1,
      title: widthOf(this.title) + 24,
    };
  }

  /**
   * Draw the plane with cells of this size, as numbers or as shades.
   * @param {CellSize} size
   * @param {{least: number, side: number}} [frame] pixels of its width, and of its ruler of rows
   */
  build(size, frame) {
    this.size = size;
    for (const [name, value] of Object.entries(frame ?? {}))
      this.root.style.setProperty(`--${name}`, `${value}px`);
    const hadFocus = this.plane.root === document.activeElement;
    this.plane = size.isNumbered ? this.cellPlane : this.shadePlane;
    this.shadePlane.legend.root.hidden = size.isNumbered;
    const drawing = { ...this.shown, size, letters: this.letters };
    this.plane.build(drawing);
    this.rulers.build(drawing);
    if (this.plane.root.parentNode !== this.drawn) {
      this.drawn.querySelector(".grid")?.remove();
      this.drawn.append(this.plane.root);
    }
    if (hadFocus) this.plane.focus();
  }

  /**
   * Show another plane, or another part of a plane that is too large. Returns whether it changed.
   * @param {number[]} lead
   * @param {Place | undefined} place
   */
  show(lead, place) {
    const isOther = `${lead}` !== `${this.lead}`;
    this.lead = lead.map((at, d) => Math.min(Math.max(at, 0), this.leads[d] - 1));
    const isCut = place !== undefined && this.cut(place);
    if (isCut) this.build(this.size);
    return isOther || isCut;
  }

  /**
   * Set the kinds and the numbers of all cells.
   * @param {Omit<PlaneContents, "plane">} contents
   * @param {string} shape
   * @param {string} notice
   */
  dress(contents, shape, notice) {
    this.plane.dress({ ...contents, plane: raveled(this.lead, this.leads) });
    this.part(".title").textContent = contents.label;
    this.part(".shape").textContent = shape;
    this.part(".notice").textContent = [this.cutNotice, notice].filter(Boolean).join(". ");
    for (const button of this.root.querySelectorAll(".pager button")) {
      const what = /** @type {"rows" | "columns"} */ (/** @type {any} */ (button).dataset.turn);
      /** @type {any} */ (button).hidden = `${this.shown[what]}` === `${this.all[what]}`;
    }
  }

  /** Which part is drawn; empty for the whole. */
  get cutNotice() {
    const say = (/** @type {"rows" | "columns"} */ what) => {
      const [[first, stop], [start, end]] = [this.shown[what], this.all[what]];
      if (first === start && stop === end) return "";
      return this.words(`part.${what}`, { first, last: stop - 1, size: end - start });
    };
    return [say("rows"), say("columns")].filter(Boolean).join(this.words("comma"));
  }

  /**
   * Draw the next part of a plane that is too large to be drawn whole.
   * @param {"rows" | "columns"} what
   * @param {number} by
   */
  turn(what, by) {
    const [first, last] = this.shown[what];
    const [start, stop] = this.all[what];
    const next = Math.min(Math.max(first + by * (last - first), start), stop - 1);
    const from = { ...this.shown, [what]: [next, next] };
    this.cut({ lead: this.lead, row: from.rows[0], col: from.columns[0] }, from);
    this.build(this.size);
  }

  /**
   * Set the marks of the moment, of which the large plane draws its own.
   * @param {[Place, string][]} marks
   * @param {(marks: Mark[]) => Box[]} outlines
   * @returns {Box[]} the outlines that are drawn
   */
  mark(marks, outlines) {
    const own = `${this.lead}`;
    /** @type {Mark[]} */
    const here = [];
    for (const [{ lead, row, col }, kind] of marks)
      if (lead.length === 1 ? lead[0] === this.lead[0] : `${lead}` === own)
        here.push({ row, col, kind });
    const boxes = outlines(here);
    this.plane.mark(here, boxes);
    return boxes;
  }

  /**
   * Mark the thumbnails of the planes with marks, and those of other groups.
   * @param {[Place, string][]} marks
   * @param {(channel: number) => boolean} isAside
   */
  markThumbnails(marks, isAside) {
    for (const strip of this.strips) {
      if (strip.root.hidden) continue;
      const isOwn = (/** @type {number[]} */ lead) => strip.axis === 0 || lead[0] === this.lead[0];
      const lit = new Set(
        marks.filter(([place]) => isOwn(place.lead)).map(([place]) => place.lead[strip.axis]),
      );
      const aside = strip.axis === 0 ? isAside : () => false;
      strip.mark(this.lead[strip.axis], lit, aside);
    }
  }

  /**
   * Lay out and draw the thumbnails.
   * @param {(lead: number[], row: number, col: number) => Value} value
   * @param {number[]} size rows and columns of a plane
   */
  drawThumbnails(value, [rows, columns]) {
    for (const strip of this.strips) {
      const name = strip.axis === 0 ? "strip.channel" : "strip.depth";
      const say = (/** @type {number} */ at) =>
        this.words(name, { panel: this.words(this.name), at });
      const label = this.words(`${name}s`, { panel: this.words(this.name) });
      strip.lay(this.leads[strip.axis], this.lead[strip.axis], label, say);
      const lead = [...this.lead];
      strip.draw(rows, columns, (at, row, col) => {
        lead[strip.axis] = at;
        return value(lead, row, col);
      });
    }
  }

  /**
   * Set the cell of the keyboard: the selected one, or the last one. A panel is one tab stop.
   * @param {number[] | null} index the selected cell, of an array whose planes are this panel's
   */
  setCurrent(index) {
    const place = index && placeOf(index, this.rank);
    const { rows, columns } = this.shown;
    const isHere = (/** @type {any} */ at) =>
      at && at.row >= rows[0] && at.row < rows[1] && at.col >= columns[0] && at.col < columns[1];
    const isOwn = isHere(place) && `${place?.lead}` === `${this.lead}`;
    if (isOwn) this.current = { row: place?.row ?? 0, col: place?.col ?? 0 };
    else if (!isHere(this.current))
      this.current = { row: Math.max(rows[0], 0), col: Math.max(columns[0], 0) };
    const { row, col } = /** @type {{row: number, col: number}} */ (this.current);
    this.plane.setCurrent(row, col, isOwn);
  }

  /** The index of the keyboard's cell on the large plane. */
  get currentIndex() {
    const { row, col } = this.current ?? { row: 0, col: 0 };
    return this.rank === 1 ? [...this.lead, col] : [...this.lead, row, col];
  }

  /**
   * The lead of the plane `by` planes on.
   * @param {number[]} lead
   * @param {number} by
   */
  leadBeside(lead, by) {
    const count = this.leads.reduce((a, b) => a * b, 1);
    const number = Math.min(Math.max(raveled(lead, this.leads) + by, 0), count - 1);
    return unraveled(number, this.leads);
  }
}

/** @param {string} title */
const widthOf = (title) =>
  [...title].reduce(
    (sum, letter) => sum + (letter > "\u2e80" ? TITLE_LETTERS.wide : TITLE_LETTERS.latin),
    0,
  );
