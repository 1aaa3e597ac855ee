/*
 * The loupe over planes of shades: a small box with the numbers around the cell of the focus, and
 * one with the window that belongs to it. A box covers no marked cell.
 */

import { element } from "./elements.js";
import { placeOf } from "./place.js";

const CELLS_AROUND = 2; // cells on each side of the cell of the focus
const MOST_SEEN = 7; // rows and columns of a loupe
const AWAY = 14; // pixels between a marked cell and its loupe
/** @type {PanelName[]} */
const SEEN = ["input", "output"];

/** @typedef {{left: number, top: number, right: number, bottom: number}} Area in pixels */

/**
 * Where a box of this size stands beside an area: in the room, over none of `kept`; null if there
 * is no such place.
 * @param {Area} area
 * @param {{width: number, height: number}} size
 * @param {Area} room
 * @param {Area[]} kept
 * @returns {{left: number, top: number} | null}
 */
export function placeBeside(area, { width, height }, room, kept) {
  const within = (
    /** @type {number} */ at,
    /** @type {number} */ least,
    /** @type {number} */ most,
  ) => Math.max(Math.min(at, most), least);
  const lefts = [
    area.right + AWAY,
    area.left - AWAY - width,
    area.left,
    room.left,
    room.right - width,
  ];
  const tops = [
    area.bottom + AWAY,
    area.top - AWAY - height,
    area.top,
    room.top,
    room.bottom - height,
  ];
  const places = lefts.flatMap((x) =>
    tops.map((y) => ({
      left: within(x, room.left, room.right - width),
      top: within(y, room.top, room.bottom - height),
    })),
  );
  const covers = (/** @type {{left: number, top: number}} */ { left, top }) =>
    kept.some(
      (other) =>
        left < other.right + 3 &&
        left + width > other.left - 3 &&
        top < other.bottom + 3 &&
        top + height > other.top - 3,
    );
  return places.find((place) => !covers(place)) ?? null;
}

/** A box with the numbers of a few cells of a panel. */
class Loupe {
  constructor() {
    this.cells = element("div", { className: "seen" });
    this.root = element("div", { className: "loupe", hidden: true }, this.cells);
    this.root.setAttribute("aria-hidden", "true"); // the cell of the grid has the number
  }

  /**
   * Write the numbers of a rectangle of cells, with their marks.
   * @param {any} page
   * @param {any} panel
   * @param {Box} box
   */
  write(page, panel, box) {
    const { contents } = page;
    /** @type {Map<string, string>} */
    const kinds = new Map();
    for (const { row, col, kind } of panel.plane.marks)
      kinds.set(`${row},${col}`, `${kinds.get(`${row},${col}`) ?? ""} ${kind}`);
    const made = [];
    for (let row = box.top; row <= box.bottom; row++)
      for (let col = box.left; col <= box.right; col++) {
        const kind = contents.kindOn(panel, row, col);
        const value = kind.includes("cropped")
          ? undefined
          : contents.valueOn(panel, panel.lead, row, col, true);
        const text = (value ?? null) === null ? "" : contents.arrays.numbers.inCell(value);
        const marks = kinds.get(`${row},${col}`) ?? "";
        made.push(element("span", { className: `cell ${kind}${marks}` }, text));
      }
    this.root.dataset.of = panel.name;
    this.cells.style.setProperty("--columns", `${box.right - box.left + 1}`);
    this.cells.replaceChildren(...made);
  }
}

/** The loupes of a page: of the input and of the output. */
class Loupes {
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    this.boxes = SEEN.map(() => new Loupe());
    document.body.append(...this.boxes.map(({ root }) => root));
    const stage = /** @type {HTMLElement} */ (document.getElementById("stage"));
    const again = () => this.show(page.hovered ?? page.state.selected);
    for (const event of ["focusin", "focusout", "scroll"])
      stage.addEventListener(event, () => requestAnimationFrame(again));
  }

  /** Whether something is pointed at, or goes over the plane. */
  get isAsked() {
    const { page } = this;
    return (
      page.state.ticks.loupe &&
      (page.hovered || page.player.isPlaying || document.activeElement?.matches("#stage .shades"))
    );
  }

  hide() {
    for (const { root } of this.boxes) root.hidden = true;
  }

  /** @param {Focus} focus */
  show(focus) {
    this.hide();
    if (!this.isAsked || focus.panel === "weight") return; // its marks are all over the planes
    const { panels, rank } = this.page.stage;
    const own = placeOf(focus.index, rank);
    const names = focus.panel === "output" ? SEEN.toReversed() : SEEN;
    const parts = names
      .filter((name) => !panels[name].size.isNumbered)
      .map((name) => ({
        panel: panels[name],
        box: this.seen(panels[name], name === focus.panel ? own : null),
      }))
      .filter(({ box }) => box);
    const kept = Object.values(panels).flatMap((panel) => markedAreas(panel));
    const bounds = /** @type {HTMLElement} */ (
      document.querySelector("main")
    ).getBoundingClientRect();
    parts.forEach(({ panel, box }, number) => {
      const loupe = this.boxes[number];
      loupe.write(this.page, panel, /** @type {Box} */ (box));
      loupe.root.hidden = false;
      const area = areaOf(panel, /** @type {Box} */ (box));
      const { width, height } = loupe.root.getBoundingClientRect();
      const place = placeBeside(area, { width, height }, bounds, kept);
      loupe.root.hidden = place === null;
      if (!place) return;
      loupe.root.style.left = `${place.left}px`;
      loupe.root.style.top = `${place.top}px`;
      kept.push({ ...place, right: place.left + width, bottom: place.top + height });
    });
  }

  /**
   * The cells of a panel that are seen: those around a place, or those with marks.
   * @param {any} panel
   * @param {Place | null} place
   * @returns {Box | null}
   */
  seen(panel, place) {
    const boxes = panel.plane.boxes;
    if (!place && !boxes.length) return null;
    const first = place
      ? {
          top: place.row - CELLS_AROUND,
          bottom: place.row + CELLS_AROUND,
          left: place.col - CELLS_AROUND,
          right: place.col + CELLS_AROUND,
        }
      : around(boxes);
    const { rows, columns } = panel.all;
    const [top, left] = [Math.max(first.top, rows[0]), Math.max(first.left, columns[0])];
    return {
      kind: "",
      top,
      left,
      bottom: Math.min(first.bottom, rows[1] - 1, top + MOST_SEEN - 1),
      right: Math.min(first.right, columns[1] - 1, left + MOST_SEEN - 1),
    };
  }
}

/** The rectangle around some. @param {Box[]} boxes */
const around = (boxes) => ({
  top: Math.min(...boxes.map(({ top }) => top)),
  left: Math.min(...boxes.map(({ left }) => left)),
  bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  right: Math.max(...boxes.map(({ right }) => right)),
});

/**
 * The pixels of a rectangle of cells.
 * @param {any} panel
 * @param {Box} box
 * @returns {Area}
 */
function areaOf({ plane }, { top, left, bottom, right }) {
  const [first, last] = [plane.rectangle(top, left), plane.rectangle(bottom, right)];
  return { left: first.left, top: first.top, right: last.right, bottom: last.bottom };
}

/**
 * The pixels of the marks of a panel.
 * @param {any} panel
 * @returns {Area[]}
 */
function markedAreas(panel) {
  if (panel.size.isNumbered) return [panel.plane.root.getBoundingClientRect()];
  const { marks } = panel.plane;
  if (!marks.length) return [];
  const boxes = marks.map((/** @type {Mark} */ { row, col, kind }) => ({
    kind,
    top: row,
    bottom: row,
    left: col,
    right: col,
  }));
  return [areaOf(panel, { kind: "", ...around(boxes) })];
}

/** @type {Loupes | undefined} */
let loupes;

/** @type {Tick} */
export const LOUPE = {
  name: "loupe",
  isOn: true,
  apply: (_page, isOn) => isOn || loupes?.hide(),
  looked: (page, focus) => {
    loupes ??= new Loupes(page);
    loupes.show(focus);
  },
};
