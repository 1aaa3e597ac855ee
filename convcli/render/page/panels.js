/* Input, kernel and output as grids of cells. A place is {lead: index of its plane, row, col}. */

import { SHADES } from "./constants.js";
import { element } from "./elements.js";
import { product } from "./layer.js";

const MOST_SIDE = 72; // rows and columns of a drawn plane
const MOST_CELLS = 6000; // of a drawn panel
const MOST_PLANES = 12;
const MOST_NUMBERED = { 1: 40, 2: 20, 3: 20 }; // columns by rank; more are shades

/** The place of an index (..., *spatial); one spatial axis is a plane of one row. */
export function placeOf(index, rank) {
  const planar = Math.min(rank, 2);
  const [row, col] = planar === 2 ? index.slice(-2) : [0, index.at(-1)];
  return { lead: index.slice(0, index.length - planar), row, col };
}

export function indexOf({ lead, row, col }, rank) {
  return rank === 1 ? [...lead, col] : [...lead, row, col];
}

/** `most` members of [start, stop), among them `at`: the span from `from`, if it holds `at`. */
function windowOn([start, stop], from, most, at) {
  if (stop - start <= most) return [start, stop];
  let first = Math.min(Math.max(from ?? start, start), stop - most);
  if (at < first || at >= first + most)
    first = Math.min(Math.max(at - Math.floor(most / 2), start), stop - most);
  return [first, first + most];
}

export class Panel {
  constructor(name, root, rank, words) {
    Object.assign(this, { name, root, rank, words, marked: new Map() });
  }

  /** Set the sizes of the leading axes, and the rows and columns: padding begins below 0. */
  lay(leads, rows, columns, title) {
    const [row, col] = [this.shown?.rows[0] ?? rows[0], this.shown?.columns[0] ?? columns[0]];
    Object.assign(this, { leads, title, all: { rows, columns, planes: [0, product(leads)] } });
    this.draw({ lead: leads.map(() => 0), row, col });
  }

  /** Bring a place into view; returns whether the panel was redrawn. */
  show(place) {
    if (this.cell(place) || this.isOutside(place)) return false;
    this.draw(place);
    return true;
  }

  isOutside({ lead, row, col }) {
    const outside = (at, [start, stop]) => at < start || at >= stop;
    return (
      lead.some((at, d) => outside(at, [0, this.leads[d]])) ||
      outside(row, this.all.rows) ||
      outside(col, this.all.columns)
    );
  }

  /** Draw the limited part that holds a place; the present part, if it holds the place. */
  draw(place, from = this.shown) {
    const span = (what, most, at) => windowOn(this.all[what], from?.[what][0], most, at);
    const [rows, columns] = [
      span("rows", MOST_SIDE, place.row),
      span("columns", MOST_SIDE, place.col),
    ];
    const many = Math.floor(MOST_CELLS / ((rows[1] - rows[0]) * (columns[1] - columns[0])));
    const planes = span(
      "planes",
      Math.max(1, Math.min(MOST_PLANES, many)),
      this.planeOf(place.lead),
    );
    this.shown = { rows, columns, planes };
    const drawn = `${[rows, columns, planes, this.leads, Object.values(this.all)].join(" ")}`;
    if (drawn === this.drawn) this.retitle();
    else this.build(columns, planes);
    this.drawn = drawn;
  }

  build(columns, planes) {
    Object.assign(this, { cells: new Map(), marked: new Map() });
    this.isNumbered = columns[1] - columns[0] <= MOST_NUMBERED[this.rank];
    this.lostFocus = this.root.contains(document.activeElement);
    const figures = [];
    for (let number = planes[0]; number < planes[1]; number++) figures.push(this.plane(number));
    this.root.replaceChildren(...figures);
    this.root.classList.toggle("tiny", !this.isNumbered);
    this.root.classList.toggle("flat", this.rank === 1);
    this.root.style.setProperty("--columns", columns[1] - columns[0]);
  }

  /** Rewrite the titles: the kernel's name the output channel, which may have changed. */
  retitle() {
    for (const figure of this.root.children) {
      const title = this.title(figure.querySelector(".cell").place.lead);
      figure.querySelector("figcaption").textContent = title;
      figure.querySelector(".grid").setAttribute("aria-label", title);
    }
  }

  /** Whether all rows, all columns or all planes are drawn. */
  isWhole(what) {
    return `${this.shown[what]}` === `${this.all[what]}`;
  }

  /** Which part is drawn; empty for the whole. */
  get notice() {
    const parts = Object.entries(this.all).filter(([what]) => !this.isWhole(what));
    const say = ([what, [start, stop]]) =>
      this.words(`part.${what}`, {
        first: this.shown[what][0],
        last: this.shown[what][1] - 1,
        size: stop - start,
      });
    return parts.map(say).join(", ");
  }

  planeOf(lead) {
    return lead.reduce((number, at, d) => number * this.leads[d] + at, 0);
  }

  leadOf(number) {
    return this.leads.map(
      (size, d) => Math.floor(number / product(this.leads.slice(d + 1))) % size,
    );
  }

  plane(number) {
    const lead = this.leadOf(number);
    const [[top, bottom], [left, right]] = [this.shown.rows, this.shown.columns];
    const columns = [...Array(right - left).keys()].map((at) => left + at);
    const title = element("figcaption", { hidden: this.all.planes[1] === 1 }, this.title(lead));
    const sizes = {
      "aria-rowcount": this.all.rows[1] - this.all.rows[0],
      "aria-colcount": this.all.columns[1] - this.all.columns[0],
    };
    const name = { "aria-label": title.textContent, "aria-readonly": "true" };
    const grid = element("div", {
      className: "grid",
      role: "grid",
      tabIndex: -1,
      ...name,
      ...sizes,
    });
    if (this.isNumbered) grid.append(ruler(columns));
    for (let row = top; row < bottom; row++) {
      const line = element("div", {
        className: "row",
        role: "row",
        "aria-rowindex": row - this.all.rows[0] + 1,
      });
      if (this.isNumbered)
        line.append(
          element(
            "span",
            { className: "side", "aria-hidden": "true" },
            this.rank === 1 ? "" : `${row}`,
          ),
        );
      for (const col of columns) line.append(this.newCell({ lead, row, col }, number));
      grid.append(line);
    }
    return element(
      "figure",
      { className: "plane" },
      title,
      element("div", { className: "scroll" }, grid),
    );
  }

  newCell(place, number) {
    const made = element("span", {
      className: "cell",
      role: "gridcell",
      id: `${this.name}_${number}_${place.row}_${place.col}`,
      "aria-colindex": place.col - this.all.columns[0] + 1,
    });
    made.place = place;
    made.panel = this;
    this.cells.set(this.key(place), made);
    return made;
  }

  key({ lead, row, col }) {
    // Not the plane's number: an index outside the array would get the number of a real plane.
    return `${lead}_${row}_${col}`;
  }

  cell(place) {
    return this.cells?.get(this.key(place));
  }

  /** Put a number into a cell; undefined if it is unknown. */
  put(cell, value, numbers) {
    cell.value = value;
    if (this.isNumbered) cell.textContent = value === undefined ? "\u00b7" : numbers.inCell(value);
    else if (value === undefined) delete cell.dataset.shade;
  }

  /** Once all numbers are set: fit the column width, or spread the shades from least to most. */
  settle() {
    const cells = [...this.cells.values()];
    if (this.isNumbered) {
      const letters = Math.max(2, ...cells.map((cell) => cell.textContent.length));
      this.root.style.setProperty("--letters", letters);
      this.root.classList.toggle("long", letters > 4);
      return;
    }
    const known = cells.filter(
      (cell) => cell.value !== undefined && Number.isFinite(Number(cell.value)),
    );
    const least = known.reduce((low, cell) => Math.min(low, Number(cell.value)), Infinity);
    const most = known.reduce((high, cell) => Math.max(high, Number(cell.value)), -Infinity);
    for (const cell of known)
      cell.dataset.shade = Math.round(
        ((Number(cell.value) - least) / (most - least || 1)) * (SHADES - 1),
      );
  }

  /** Set the class of each cell that lasts as long as the layer, like padding. */
  setKinds(kindOf) {
    for (const cell of this.cells.values()) cell.className = `cell ${kindOf(cell.place)}`.trimEnd();
    this.marked = new Map();
  }

  /** Set the classes of the moment from [place, class] pairs, and remove the earlier ones. */
  mark(marks) {
    const wanted = new Map();
    for (const [place, kind] of marks) {
      const cell = this.cell(place);
      if (cell) wanted.set(cell, (wanted.get(cell) ?? new Set()).add(kind));
    }
    for (const [cell, kinds] of this.marked)
      for (const kind of kinds) if (!wanted.get(cell)?.has(kind)) cell.classList.remove(kind);
    for (const [cell, kinds] of wanted) cell.classList.add(...kinds);
    this.marked = wanted;
  }

  /** Scroll a plane that is wider than the screen until its marked cells are visible. */
  reveal() {
    for (const [cell] of [...this.marked].slice(-1).concat([...this.marked].slice(0, 1))) {
      const scroll = cell.closest(".scroll");
      if (scroll.scrollWidth <= scroll.clientWidth) continue;
      const [inner, outer] = [cell.getBoundingClientRect(), scroll.getBoundingClientRect()];
      scroll.scrollLeft +=
        Math.max(0, inner.right - outer.right) - Math.max(0, outer.left - inner.left);
    }
  }

  /** Set the cell of the keyboard: the selected one, or the last one. A panel is one tab stop. */
  setCurrent(selected) {
    const kept = this.current?.isConnected ? this.current : this.cells.values().next().value;
    const own = selected && this.cell(selected); // undefined if another part of the panel is drawn
    const cell = own ?? kept;
    if (this.current?.isConnected) {
      this.current.closest(".grid").tabIndex = -1;
      this.current.removeAttribute("aria-selected");
    }
    this.current = cell;
    this.grid.tabIndex = 0;
    this.grid.setAttribute("aria-activedescendant", cell.id);
    if (own) cell.setAttribute("aria-selected", "true");
    if (!this.isNumbered) cell.setAttribute("aria-label", `${cell.value ?? "?"}`);
  }

  /** The plane that holds the cell of the keyboard. */
  get grid() {
    return this.current.closest(".grid");
  }
}

/** The numbers of the columns, above them. */
function ruler(columns) {
  const numbers = columns.map((col) => element("span", { className: "top" }, `${col}`));
  return element(
    "div",
    { className: "row", "aria-hidden": "true" },
    element("span", { className: "side corner" }),
    ...numbers,
  );
}
