/* The whole network in a strip: a bar for each plane, and the part that the stage shows. */

import { $ } from "../elements.js";
import { svg } from "../svg.js";

const HEIGHT = 40;
const ARCS = 18; // px above the bars

export class Overview {
  /** @param {HTMLElement} stage what scrolls */
  constructor(stage) {
    this.stage = stage;
    this.root = $("#overview svg");
    this.view = svg("rect", { class: "view", y: 1, height: ARCS + HEIGHT + 2, rx: 3 });
    /** @type {SVGElement[]} */ this.bars = [];
    this.scale = 1;
    stage.addEventListener("scroll", () => this.follow());
    const go = (/** @type {PointerEvent} */ event) => event.buttons && this.go(event);
    $("#overview").addEventListener("pointerdown", go);
    $("#overview").addEventListener("pointermove", go);
  }

  /** @param {import("./planes.js").Layout} layout */
  lay(layout) {
    const isWhole = this.stage.scrollWidth <= this.stage.clientWidth + 1;
    $("#overview").hidden = isWhole;
    this.scale = $("#overview").clientWidth / layout.width;
    const tallest = Math.max(...layout.places.map(({ high }) => high));
    this.bars = layout.places.map(({ x, width, high }) => {
      const height = Math.max(3, (HEIGHT * high) / tallest);
      const bar = {
        x: x * this.scale,
        y: ARCS + 2 + (HEIGHT - height) / 2,
        width: Math.max(2, width * this.scale),
        height,
      };
      return svg("rect", { class: "map", ...bar });
    });
    this.arcs = layout.arcs.map((arc) => svg("path", { class: "arc", d: this.arc(arc, layout) }));
    this.root.replaceChildren(...this.arcs, ...this.bars, this.view);
    this.follow();
  }

  /** @param {import("./planes.js").Arc} arc @param {import("./planes.js").Layout} layout */
  arc({ from, to, lane }, { places, lanes }) {
    const [a, b] = [places[from], places[to]].map(({ x, width }) => (x + width / 2) * this.scale);
    const top = ARCS - ((ARCS - 4) * (lane + 1)) / Math.max(lanes, 3);
    return `M${a} ${ARCS + HEIGHT / 2}V${top}H${b}V${ARCS + HEIGHT / 2}`;
  }

  /** @param {import("./lights.js").Lights} lights */
  light({ plane, seen, reached }) {
    for (const [at, bar] of this.bars.entries()) {
      const is = (/** @type {typeof seen} */ lit) => Boolean(lit.get(at)?.boxes.length);
      const kind = at === plane ? "chosen" : is(seen) ? "seen" : is(reached) ? "reached" : "";
      bar.setAttribute("class", `map ${kind}`);
    }
  }

  follow() {
    this.view.setAttribute("x", `${this.stage.scrollLeft * this.scale + 1}`);
    this.view.setAttribute("width", `${Math.max(4, this.stage.clientWidth * this.scale - 2)}`);
  }

  /** @param {PointerEvent} event */
  go(event) {
    const x = event.clientX - this.root.getBoundingClientRect().left;
    this.stage.scrollLeft = x / this.scale - this.stage.clientWidth / 2;
  }
}
