/* The loss by epoch, with a mark at the epoch that is shown. */

import { $ } from "../elements.js";
import { svg } from "../svg.js";
import { few } from "./numbers.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [62, 14, 10, 24]; // px around the plot
const TICKS = 4;
const STEEP = 50; // times the least loss, from which on the largest one asks for a logarithm

export class Curve {
  /** @param {{numbers: number[], losses: number[]}} curve @param {(epoch: number) => void} go */
  constructor({ numbers, losses }, go) {
    this.points = numbers.flatMap((number, n) =>
      Number.isFinite(losses[n]) ? [[number, losses[n]]] : [],
    );
    this.last = numbers.at(-1) ?? 1;
    this.root = $("#curve");
    this.width = 0;
    this.height = 0;
    this.low = 0;
    this.high = 1;
    this.isLogarithmic = false;
    this.now = svg("path", { class: "now" });
    this.dot = svg("circle", { r: 5 });
    const all = this.points.map(([, loss]) => loss);
    this.isPositive = all.length > 0 && Math.min(...all) > 0;
    this.isSteep = this.isPositive && Math.max(...all) > STEEP * Math.min(...all);
    const point = (/** @type {PointerEvent} */ event) => event.buttons && go(this.epochAt(event));
    this.root.addEventListener("pointerdown", point);
    this.root.addEventListener("pointermove", point);
  }

  /** @param {boolean} logarithmic */
  lay(logarithmic) {
    this.isLogarithmic = logarithmic && this.isPositive;
    const { width, height } = this.root.getBoundingClientRect();
    this.width = width;
    this.height = height;
    this.root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const values = this.points.map(([, loss]) => this.scaled(loss));
    const [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
    this.low = this.isLogarithmic ? low : Math.min(low, 0);
    this.high = high > this.low ? high : this.low + 1;
    const line = this.points
      .map(([number, loss], n) => `${n ? "L" : "M"}${this.x(number)} ${this.y(loss)}`)
      .join("");
    this.root.replaceChildren(
      ...this.ticks(),
      svg("path", { class: "line", d: line }),
      this.now,
      this.dot,
    );
  }

  ticks() {
    const made = [];
    for (let n = 0; n <= TICKS; n++) {
      const value = this.low + ((this.high - this.low) * n) / TICKS;
      const y = this.place(value);
      const loss = this.isLogarithmic ? 10 ** value : value;
      made.push(svg("path", { class: "axis", d: `M${LEFT} ${y}H${this.width - RIGHT}` }));
      made.push(svg("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, few(loss, 3)));
    }
    for (const number of new Set([1, Math.round((1 + this.last) / 2), this.last]))
      made.push(
        svg(
          "text",
          { x: this.x(number), y: this.height - 6, "text-anchor": "middle" },
          `${number}`,
        ),
      );
    return made;
  }

  /** @param {number} loss */
  scaled(loss) {
    return this.isLogarithmic ? Math.log10(loss) : loss;
  }

  /** @param {number} number of an epoch */
  x(number) {
    return LEFT + ((this.width - LEFT - RIGHT) * (number - 1)) / Math.max(1, this.last - 1);
  }

  /** @param {number} value on the scale */
  place(value) {
    return (
      this.height -
      BOTTOM -
      ((this.height - TOP - BOTTOM) * (value - this.low)) / (this.high - this.low)
    );
  }

  /** @param {number} loss */
  y(loss) {
    return this.place(this.scaled(loss));
  }

  /** @param {number} number of an epoch @param {number} loss */
  mark(number, loss) {
    const x = this.x(Math.min(number, this.last));
    this.now.setAttribute("d", `M${x} ${TOP}V${this.height - BOTTOM}`);
    const isThere = Number.isFinite(loss) && (!this.isLogarithmic || loss > 0);
    this.dot.toggleAttribute("hidden", !isThere);
    this.dot.setAttribute("cx", `${x}`);
    if (isThere) this.dot.setAttribute("cy", `${Math.min(this.y(loss), this.height - BOTTOM)}`);
  }

  /** @param {PointerEvent} event */
  epochAt({ clientX }) {
    const x = clientX - this.root.getBoundingClientRect().left - LEFT;
    return 1 + (x / (this.width - LEFT - RIGHT)) * (this.last - 1);
  }
}
