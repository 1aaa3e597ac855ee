/* Thumbnails of the planes of a panel, to choose from: its channels, the slices of a volume. */

import { element } from "./elements.js";
import { drawShades, Scale } from "./shades.js";

const MOST_THUMBS = 64; // thumbnails of a strip; of more, those around the chosen one
const MOST_PIXELS = 64; // rows and columns of a thumbnail: of a larger plane, every n-th
const THUMBS_MS = 6; // of a frame, for drawing thumbnails

export class Thumbnails {
  /**
   * @param {number} axis the leading axis that the strip chooses along
   * @param {(axis: number, at: number) => void} chosen
   */
  constructor(axis, chosen) {
    this.axis = axis;
    this.root = element("div", { className: "thumbs", role: "group" });
    this.first = 0;
    this.count = 0;
    this.filling = 0;
    this.root.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("button");
      if (button) chosen(axis, Number(button.dataset.at));
    });
  }

  /**
   * Lay out `count` thumbnails around the chosen one.
   * @param {number} count
   * @param {number} at
   * @param {string} label of the group
   * @param {(at: number) => string} name of a thumbnail
   */
  lay(count, at, label, name) {
    const shown = Math.min(count, MOST_THUMBS);
    const first = Math.min(Math.max(at - Math.floor(shown / 2), 0), count - shown);
    this.root.hidden = count < 2;
    this.root.setAttribute("aria-label", label);
    if (count === this.count && (count <= MOST_THUMBS || first === this.first)) return;
    this.count = count;
    this.first = first;
    const buttons = [];
    for (let number = first; number < first + shown && count > 1; number++) {
      const canvas = document.createElement("canvas");
      const button = element("button", { type: "button", className: "thumb" }, canvas, `${number}`);
      button.dataset.at = `${number}`;
      button.title = name(number);
      button.setAttribute("aria-label", name(number));
      buttons.push(button);
    }
    this.root.replaceChildren(...buttons);
  }

  /** @returns {Iterable<any>} */
  get buttons() {
    return this.root.children;
  }

  /**
   * Mark the chosen thumbnail, and those that are read or written.
   * @param {number} at
   * @param {Set<number>} lit
   * @param {(at: number) => boolean} isAside of another group
   */
  mark(at, lit, isAside) {
    for (const button of this.buttons) {
      const number = Number(button.dataset.at);
      const isChosen = number === at;
      if (isChosen && button.getAttribute("aria-pressed") !== "true") this.reveal(button);
      button.setAttribute("aria-pressed", `${isChosen}`);
      button.classList.toggle("lit", lit.has(number));
      button.classList.toggle("aside", isAside(number));
    }
  }

  /**
   * Scroll the strip alone, not the page.
   * @param {HTMLElement} button
   */
  reveal(button) {
    const [left, right] = [button.offsetLeft, button.offsetLeft + button.offsetWidth];
    const { scrollLeft, clientWidth } = this.root;
    if (left < scrollLeft) this.root.scrollLeft = left;
    else if (right > scrollLeft + clientWidth) this.root.scrollLeft = right - clientWidth;
  }

  /**
   * Draw the thumbnails, THUMBS_MS per frame.
   * @param {number} rows
   * @param {number} columns
   * @param {(at: number, row: number, col: number) => Value} value
   */
  draw(rows, columns, value) {
    cancelAnimationFrame(this.filling);
    if (this.root.hidden) return;
    const waiting = [...this.buttons];
    const step = Math.max(1, Math.ceil(Math.max(rows, columns) / MOST_PIXELS));
    const [down, across] = [Math.ceil(rows / step), Math.ceil(columns / step)];
    const work = () => {
      const until = performance.now() + THUMBS_MS;
      while (waiting.length && performance.now() < until) {
        const button = waiting.shift();
        const at = Number(button.dataset.at);
        const values = Array.from({ length: down * across }, (_, number) =>
          value(at, Math.floor(number / across) * step, (number % across) * step),
        );
        const read = (/** @type {number} */ row, /** @type {number} */ col) =>
          values[row * across + col];
        drawShades(button.firstChild, down, across, read, new Scale(values));
      }
      if (waiting.length) this.filling = requestAnimationFrame(work);
    };
    this.filling = requestAnimationFrame(work);
  }
}
