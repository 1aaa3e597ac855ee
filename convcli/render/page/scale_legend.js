/* The scale under a plane of shades: a bar from its least to its most number, with its zero. */

import { element } from "./elements.js";

const BAR_PIXELS = 256; // pixels of the bar
const SCALE_DIGIT = 6.5; // pixels of a digit
const SCALE_GAP = 6; // pixels between two numbers

export class ScaleLegend {
  /** @param {Translate} words */
  constructor(words) {
    this.words = words;
    this.bar = element("canvas", { width: BAR_PIXELS, height: 1 });
    this.least = element("span");
    this.zero = element("span", { className: "zero" });
    this.nan = element("span", { className: "nan" }, element("i"), "NaN");
    this.most = element("span");
    this.shown = "";
    const ends = element("div", { className: "ends" }, this.least, this.nan, this.zero, this.most);
    this.root = element("div", { className: "scale", role: "img" }, this.bar, ends);
  }

  /**
   * Show the scale of numbers that are there; without any, nothing.
   * @param {import("./shades.js").Scale} scale
   * @param {any} numbers
   * @param {number} width pixels
   */
  show(scale, numbers, width) {
    const { least, most, isSigned, hasNan } = scale;
    this.root.style.visibility = least <= most || hasNan ? "" : "hidden";
    const [low, high] = least <= most ? [least, most].map((end) => endOf(numbers, end)) : ["", ""];
    const key = `${[least, most, width, hasNan, scale.nan, scale.table[0]]}`;
    if (key === this.shown) return;
    this.shown = key;
    this.least.textContent = low;
    this.most.textContent = least < most ? high : "";
    const at = (width * -least) / (most - least);
    const room = (/** @type {string} */ text) => (text.length + 0.5) * SCALE_DIGIT + SCALE_GAP;
    const hasRoom = at > room(low) && width - at > room(high) && !hasNan;
    this.zero.hidden = !isSigned;
    this.zero.textContent = hasRoom ? "0" : "\u00a0";
    this.zero.style.setProperty("--at", `${at}px`);
    this.nan.hidden = !hasNan;
    this.nan.style.setProperty("--nan", `rgb(${scale.nan.slice(0, 3)})`);
    this.root.setAttribute("aria-label", this.label(low, high, scale));
    if (least <= most) this.draw(scale);
  }

  /**
   * @param {string} least
   * @param {string} most
   * @param {import("./shades.js").Scale} scale
   */
  label(least, most, { isSigned, hasNan, least: low, most: high }) {
    const key = low > high ? "scale.none" : low === high ? "scale.one" : "scale";
    const said = this.words(isSigned ? "scale.signed" : key, { least, most });
    return hasNan ? said + this.words("comma") + this.words("scale.nan") : said;
  }

  /** @param {import("./shades.js").Scale} scale */
  draw(scale) {
    const context = /** @type {CanvasRenderingContext2D} */ (this.bar.getContext("2d"));
    const image = context.createImageData(BAR_PIXELS, 1);
    const { least, most } = scale;
    for (let step = 0; step < BAR_PIXELS; step++)
      scale.paint(least + ((most - least) * step) / (BAR_PIXELS - 1), image.data, 4 * step);
    context.putImageData(image, 0, 0);
  }
}

/**
 * An end of a scale, in a few digits; a whole number as it is, if it is short.
 * @param {any} numbers
 * @param {number} value
 */
function endOf(numbers, value) {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return `${value}`;
  return Math.abs(value) < 1e-3 ? value.toExponential(1) : numbers.inCell(value);
}
