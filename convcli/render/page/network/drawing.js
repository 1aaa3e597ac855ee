/* The planes as SVG: a cuboid each, whose face has the cells; and the connections between them. */

import { svg } from "../svg.js";
import { bracketsOf, HEIGHT_OF_BLOCKS, HEIGHT_OF_LABELS, labelOf } from "./labels.js";
import { gridPath, lightPlane, linesBetween } from "./lights.js";
import { cellOf, heightOf, isBar, NO_LAYOUT } from "./planes.js";

/**
 * @typedef {import("./planes.js").Plane} Plane
 * @typedef {import("./planes.js").Layout} Layout
 * @typedef {import("./planes.js").Place} Place
 * @typedef {import("./lights.js").Lights} Lights
 * @typedef {{root: SVGElement, face: SVGGraphicsElement, seen: SVGElement, reached: SVGElement,
 *   unit: SVGElement}} Drawn
 */

export class Drawing {
  /** @param {SVGSVGElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Plane[]} */ this.planes = [];
    this.layout = NO_LAYOUT;
    /** @type {Drawn[]} */ this.drawn = [];
    /** @type {SVGElement[]} */ this.arcs = [];
    /** @type {SVGElement[]} */ this.ties = [];
    this.cones = {
      seen: svg("path", { class: "cone seen" }),
      reached: svg("path", { class: "cone reached" }),
    };
  }

  /** @param {Plane[]} planes @param {Layout} layout @param {boolean} labelled */
  lay(planes, layout, labelled) {
    this.planes = planes;
    this.layout = layout;
    const bottom = Math.max(...layout.places.map(({ y, high }) => y + high)) + 8;
    const blocks = labelled && planes.some(({ block }) => block);
    const height = bottom + (labelled ? HEIGHT_OF_LABELS : 6) + (blocks ? HEIGHT_OF_BLOCKS : 0);
    this.root.setAttribute("width", `${layout.width}`);
    this.root.setAttribute("height", `${height}`);
    this.root.setAttribute("viewBox", `0 0 ${layout.width} ${height}`);
    this.arcs = layout.arcs.map((arc) => svg("path", { class: "arc", d: arcPath(arc, layout) }));
    this.ties = planes.map((plane, to) => tieOf(plane, to, layout));
    this.drawn = planes.map((plane, at) => cuboidOf(plane, at, layout));
    const parts = [...this.arcs, ...this.ties, this.cones.seen, this.cones.reached];
    parts.push(...this.drawn.map(({ root }) => root));
    if (labelled) parts.push(...planes.map((_, at) => labelOf(planes, layout, at, bottom)));
    if (blocks) parts.push(...bracketsOf(planes, layout, bottom + HEIGHT_OF_LABELS + 4));
    this.root.replaceChildren(...parts);
  }

  /** Light what a unit sees and what sees it. @param {Lights} lights */
  light(lights) {
    const { planes, layout } = this;
    for (const [at, drawn] of this.drawn.entries())
      lightPlane(drawn, { plane: planes[at], place: layout.places[at], at }, lights);
    for (const [n, { from, to }] of layout.arcs.entries())
      this.arcs[n].setAttribute("class", `arc ${lightBetween(from, to, lights)}`);
    for (const [to, tie] of this.ties.entries())
      tie.setAttribute("class", `tie ${lightBetween(to - 1, to, lights)}`);
    this.cones.seen.setAttribute("d", linesBetween(planes, layout, lights.seen));
    this.cones.reached.setAttribute("d", linesBetween(planes, layout, lights.reached));
  }

  /** @param {number} at */
  focus(at) {
    this.drawn[at].root.focus({ preventScroll: true });
  }

  /** The px of a cell of a face. @param {number} at */
  cellSize(at) {
    return cellOf(this.planes[at].units, this.layout.places[at]);
  }

  /**
   * The place on a face at a point of the window; null beside the face.
   * @param {number} at @param {{clientX: number, clientY: number}} point
   */
  unitAt(at, { clientX, clientY }) {
    const { units, shape } = this.planes[at];
    if (isBar(units, shape)) return units.slice(-2).map(() => 0);
    const matrix = this.drawn[at].face.getScreenCTM();
    if (!matrix) return null;
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse());
    const { w, h, rows, columns } = this.cellSize(at);
    const [row, column] = [Math.floor(y / h), Math.floor(x / w)];
    if (row < 0 || row >= rows || column < 0 || column >= columns) return null;
    return units.length === 1 ? [row] : [row, column];
  }
}

/**
 * A plane as a cuboid, with its face.
 * @param {Plane} plane @param {number} at @param {Layout} layout @returns {Drawn}
 */
function cuboidOf(plane, at, { tilt, places }) {
  const { x, y, wide, high, deep } = places[at];
  const [across, up] = tilt;
  const [dx, dy] = [wide * across, wide * up];
  const kind = `plane${plane.parameters ? " weighted" : ""}`;
  const root = svg("g", { class: kind, "data-plane": at, role: "button", tabindex: -1 });
  const turned = `matrix(${across} ${up} 0 1 ${x + deep} ${y})`;
  const transform = wide ? turned : `translate(${x} ${y})`;
  const face = /** @type {SVGGraphicsElement} */ (svg("g", { class: "face", transform }));
  const outline = `M0 0h${wide || deep}v${high}h${-(wide || deep)}z`;
  const lines = isBar(plane.units, plane.shape) ? "" : gridPath(plane.units, places[at]);
  const marks = {
    seen: svg("path", { class: "seen" }),
    reached: svg("path", { class: "reached" }),
    unit: svg("rect", { class: "unit" }),
  };
  face.append(svg("path", { class: "cells", d: outline }), marks.seen, marks.reached);
  if (lines) face.append(svg("path", { class: "lines", d: lines }));
  face.append(marks.unit, svg("path", { class: "edge", d: outline }));
  root.append(
    svg("path", { class: "side", d: `M${x} ${y}h${deep}v${high}h${-deep}z` }),
    svg("path", { class: "top", d: `M${x} ${y}l${dx} ${dy}h${deep}l${-dx} ${-dy}z` }),
    face,
  );
  return { root, face, ...marks };
}

/** A connection past other planes. @param {import("./planes.js").Arc} arc @param {Layout} layout */
function arcPath(arc, layout) {
  const { places, tilt } = layout;
  const [a, b] = [places[arc.from], places[arc.to]];
  const from = a.x + a.deep + (a.wide * tilt[0]) / 2 + 3;
  const to = b.x + b.deep / 2 - 3;
  const [start, top] = [a.y + (a.wide * tilt[1]) / 2, heightOf(arc, layout)];
  return `M${from} ${start}V${top + 6}q0 -6 6 -6H${to - 6}q6 0 6 6V${b.y - 2}m-3 -6l3 6l3 -6`;
}

/**
 * The arrow from the plane before, where this one reads it.
 * @param {Plane} plane @param {number} to @param {Layout} layout
 */
function tieOf(plane, to, { places, middle }) {
  const line = svg("path", { class: "tie" });
  if (!plane.sources.includes(to - 1)) return line;
  const [from, end] = [places[to - 1].x + places[to - 1].width + 3, places[to].x - 3];
  if (end - from > 4) line.setAttribute("d", `M${from} ${middle}H${end}m-5 -3l5 3l-5 3`);
  return line;
}

/** How a connection is lit. @param {number} from @param {number} to @param {Lights} lights */
function lightBetween(from, to, { seen, reached }) {
  const both = (/** @type {Lights["seen"]} */ lit) =>
    lit.get(from)?.boxes.length && lit.get(to)?.boxes.length;
  if (both(seen)) return "seen";
  return both(reached) ? "reached" : "";
}
