/* The rulers of a plane: numbers of its columns and rows, the extent of the window, its stride. */

import { element } from "./elements.js";

const LEAST_STEP = { top: 26, side: 16 }; // pixels between two numbers
const LEAST_BAR = 8; // pixels of an extent
const NICE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** One ruler: `top` above the columns, or `side` beside the rows. */
class Ruler {
  /** @param {"top" | "side"} end */
  constructor(end) {
    this.end = end;
    this.numbers = element("div", { className: "numbers" });
    this.extent = element("i", { className: "extent" });
    this.stride = element("i", { className: "stride" });
    this.root = element(
      "div",
      { className: `ruler ${end}` },
      this.numbers,
      this.extent,
      this.stride,
    );
    this.root.setAttribute("aria-hidden", "true");
    this.built = "";
    /** @type {Span} */
    this.span = [0, 0];
    this.side = 0;
  }

  /**
   * @param {Span} span
   * @param {number} side pixels of a cell
   */
  build(span, side) {
    if (this.built === `${span} ${side}`) return;
    this.built = `${span} ${side}`;
    this.span = span;
    this.side = side;
    const step = NICE.find((nice) => nice * side >= LEAST_STEP[this.end]) ?? 2000;
    const small = side >= 18 ? 1 : step; // numbered cells have a number each
    const marks = [];
    for (let at = span[0]; at < span[1]; at++) {
      if (at % small) continue;
      const number = element("span", {}, `${at}`);
      number.style.setProperty("--at", `${(at - span[0] + 0.5) * side}px`);
      marks.push(number);
    }
    this.numbers.replaceChildren(...marks);
    this.root.style.setProperty("--length", `${(span[1] - span[0]) * side}px`);
  }

  /**
   * Show the extent [first, last] of a window, and `stride` from its first cell; null hides both.
   * @param {{first: number, last: number, stride: number} | null} window
   */
  show(window) {
    for (const line of [this.extent, this.stride]) line.hidden = !window;
    if (!window) return;
    const { first, last, stride } = window;
    const [start, stop] = this.span;
    const place = (
      /** @type {HTMLElement} */ line,
      /** @type {number} */ from,
      /** @type {number} */ to,
    ) => {
      let [low, high] = [Math.max(from, start), Math.min(to, stop)];
      line.hidden = high <= low || (line === this.stride && (to - from) * this.side < LEAST_BAR);
      const lacking = Math.max(0, LEAST_BAR / this.side - (high - low)) / 2;
      [low, high] = [low - lacking, high + lacking];
      line.style.setProperty("--from", `${(low - start) * this.side}px`);
      line.style.setProperty("--length", `${(high - low) * this.side}px`);
    };
    place(this.extent, first, last + 1);
    place(this.stride, first, first + stride);
    const extent = last + 1 - first;
    this.extent.replaceChildren(extent * this.side < 20 ? "" : element("b", {}, `${extent}`));
  }
}

export class Rulers {
  constructor() {
    this.top = new Ruler("top");
    this.side = new Ruler("side");
  }

  /** @param {Drawing} drawing */
  build({ rows, columns, size }) {
    this.top.build(columns, size.width);
    this.side.build(rows, size.height);
  }

  /**
   * The window on the columns and on the rows; null hides it.
   * @param {Box | null} box
   * @param {number[]} strides of the rows and of the columns
   */
  show(box, [down, across]) {
    this.top.show(box && { first: box.left, last: box.right, stride: across });
    this.side.show(box && { first: box.top, last: box.bottom, stride: down });
  }
}
