/* What is lit on the planes: the unit, what it sees, what sees it, and the lines between them. */

import { around } from "./boxes.js";
import { cellOf, isBar } from "./planes.js";

/**
 * @typedef {import("./planes.js").Plane} Plane
 * @typedef {import("./planes.js").Layout} Layout
 * @typedef {import("./planes.js").Place} Place
 * @typedef {import("./boxes.js").Seen} Seen
 * @typedef {import("./boxes.js").Box} Box
 * @typedef {import("./cells.js").Cells} Cells
 *
 * By planes; `plane` has the unit.
 * @typedef {{plane: number, unit: number[], seen: Map<number, Seen>,
 *   reached: Map<number, Seen>}} Lights
 * @typedef {{plane: Plane, place: Place, at: number}} Here
 */

const MOST_RECTANGLES = 3000; // of a mark; more are drawn as the rectangle around them
const LEAST_MARK = 5; // px of the unit
const GRID_FROM = 4; // px of a cell with lines around it

/**
 * Light one plane.
 * @param {import("./drawing.js").Drawn} drawn @param {Here} here @param {Lights} lights
 */
export function lightPlane({ root, seen, reached, unit }, here, lights) {
  const isOwn = here.at === lights.plane;
  const [sees, isSeen] = [lights.seen.get(here.at), lights.reached.get(here.at)];
  mark(seen, here, isOwn ? undefined : sees);
  mark(reached, here, isOwn ? undefined : isSeen);
  markUnit(unit, here, isOwn ? lights.unit : null);
  root.classList.toggle("chosen", isOwn);
  root.classList.toggle("apart", !isOwn && !sees && !isSeen);
}

/** @param {SVGElement} path @param {Here} here @param {Seen | undefined} lit */
function mark(path, here, lit) {
  const { plane, place } = here;
  let lines = "";
  if (lit?.boxes.length) {
    const isWhole = isBar(plane.units, plane.shape);
    lines = isWhole ? outline(place) : lit.boxes.map((box) => rectangles(here, box)).join("");
    path.classList.toggle("bound", !lit.exact);
  }
  path.setAttribute("d", lines);
}

/** @param {Place} place */
const outline = ({ wide, high, deep }) => `M0 0h${wide || deep}v${high}h${-(wide || deep)}z`;

/** @param {Here} here @param {Box} box */
function rectangles({ plane, place }, box) {
  const { w, h } = cellOf(plane.units, place);
  const [rows, columns] = rowsAndColumns(box);
  const isFew = rows.length * columns.length <= MOST_RECTANGLES;
  const [down, over] = isFew ? [rows, columns] : [[ends(rows)], [ends(columns)]];
  const made = down.map(([top, bottom]) => {
    const high = (bottom - top + 1) * h;
    return over.map(([left, right]) => {
      const wide = (right - left + 1) * w;
      return `M${left * w} ${top * h}h${wide}v${high}h${-wide}z`;
    });
  });
  return made.flat().join("");
}

/** @param {SVGElement} path @param {Here} here @param {number[] | null} unit */
function markUnit(path, { plane, place }, unit) {
  path.toggleAttribute("hidden", unit === null);
  if (unit === null) return;
  let [x, y, width, height] = [0, 0, place.wide || place.deep, place.high];
  if (!isBar(plane.units, plane.shape)) {
    const { w, h } = cellOf(plane.units, place);
    const [row, column] = unit.length === 1 ? [unit[0], 0] : unit.slice(-2);
    [width, height] = [Math.max(w, LEAST_MARK), Math.max(h, LEAST_MARK)];
    [x, y] = [(column + 0.5) * w - width / 2, (row + 0.5) * h - height / 2];
  }
  for (const [name, value] of Object.entries({ x, y, width, height }))
    path.setAttribute(name, `${value}`);
}

/**
 * Lines between the corners of what is lit on planes one behind the other.
 * @param {Plane[]} planes @param {Layout} layout @param {Map<number, Seen>} lit
 */
export function linesBetween(planes, layout, lit) {
  const lines = [];
  for (const [to, { sources }] of planes.entries()) {
    const [a, b] = [lit.get(to - 1), lit.get(to)];
    if (!a?.boxes.length || !b?.boxes.length || !sources.includes(to - 1)) continue;
    const starts = corners(planes[to - 1], layout, to - 1, a);
    for (const [n, [x, y]] of corners(planes[to], layout, to, b).entries())
      lines.push(`M${starts[n][0]} ${starts[n][1]}L${x} ${y}`);
  }
  return lines.join("");
}

/** @param {Plane} plane @param {Layout} layout @param {number} at @param {Seen} lit */
function corners({ units, shape }, { places, tilt }, at, lit) {
  const { x, y, wide, high, deep } = places[at];
  let [left, right, top, bottom] = [0, wide, 0, high];
  if (!isBar(units, shape)) {
    const [rows, columns] = rowsAndColumns(around(lit.boxes)).map(ends);
    const { w, h } = cellOf(units, places[at]);
    [left, right] = [columns[0] * w, (columns[1] + 1) * w];
    [top, bottom] = [rows[0] * h, (rows[1] + 1) * h];
  }
  const origin = x + (wide ? deep : 0);
  const points = [left, right].flatMap((u) => [top, bottom].map((v) => [u, v]));
  return points.map(([u, v]) => [origin + tilt[0] * u, y + tilt[1] * u + v]);
}

/** The cells of the axes that a face has. @param {Box} box @returns {Cells[]} */
const rowsAndColumns = (box) => (box.length === 1 ? [box[0], [[0, 0]]] : box.slice(-2));

/** The first and the last. @param {Cells} runs @returns {[number, number]} */
const ends = (runs) => [runs[0][0], runs[runs.length - 1][1]];

/** The lines between cells that are large enough. @param {number[]} units @param {Place} place */
export function gridPath(units, place) {
  const { w, h, rows, columns } = cellOf(units, place);
  const lines = [];
  for (let row = 1; h >= GRID_FROM && row < rows; row++) lines.push(`M0 ${row * h}h${place.wide}`);
  for (let column = 1; w >= GRID_FROM && column < columns; column++)
    lines.push(`M${column * w} 0v${place.high}`);
  return lines.join("");
}
