/* The primary controls: a stepper for each parameter, on all axes at once, and the direction. */

import { turned, withAxis } from "./controls.js";
import { $, element } from "./elements.js";
import { fault } from "./layer.js";

/** The parameters of each stepper; its label is the word `stepper.NAME`. */
const STEPPERS = {
  kernel: ["kernel_size"],
  stride: ["stride"],
  padding: ["before", "after"],
  dilation: ["dilation"],
};

/**
 * The layer with parameters changed by `by` on every axis.
 * @param {Layer} layer
 * @param {string[]} names
 * @param {number} by
 * @returns {Layer}
 */
export function stepped(layer, names, by) {
  return layer.axes.reduce((changed, axis, d) => {
    const values = names.map((name) => [name, /** @type {any} */ (axis)[name] + by]);
    return withAxis(changed, d, Object.fromEntries(values));
  }, layer);
}

export class Steppers {
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    this.root = $("#steppers");
    /** @type {any[]} */
    this.all = [];
    const made = Object.entries(STEPPERS).map(([name, names]) =>
      this.made(name, names, (state, by) => ({ layer: stepped(state.layer, names, by) })),
    );
    const size = this.made("input", [], ({ sizes }, by) => ({ sizes: sizes.map((n) => n + by) }));
    this.root.replaceChildren(size, ...made, this.direction());
  }

  /**
   * @param {string} name
   * @param {string[]} names parameters of an axis; none for the sizes of the input
   * @param {(state: State, by: number) => Partial<State>} part
   */
  made(name, names, part) {
    const label = this.page.words(`stepper.${name}`);
    const shown = element("output", {});
    const buttons = [-1, 1].map((by) => {
      const text = by < 0 ? "\u2212" : "+";
      const button = element(
        "button",
        { type: "button", id: `${name}${by < 0 ? "_less" : "_more"}` },
        text,
      );
      button.setAttribute(
        "aria-label",
        this.page.words(by < 0 ? "stepper.less" : "stepper.more", { name: label }),
      );
      button.addEventListener("click", () => this.step(name, part, by));
      return button;
    });
    this.all.push({ names, part, shown, buttons });
    const title = element("span", { className: "name" }, label);
    return element(
      "div",
      { className: "stepper", role: "group", "aria-label": label },
      title,
      buttons[0],
      shown,
      buttons[1],
    );
  }

  direction() {
    this.transposed = element(
      "button",
      { type: "button", id: "turn" },
      this.page.words("stepper.transposed"),
    );
    this.transposed.addEventListener("click", () =>
      this.page.change({ layer: turned(this.page.state.layer) }),
    );
    return this.transposed;
  }

  /**
   * @param {string} name
   * @param {(state: State, by: number) => Partial<State>} part
   * @param {number} by
   */
  step(name, part, by) {
    const kind = `stepper ${name}`;
    if (name === "input") this.page.editing.change({}, part(this.page.state, by), kind);
    else this.page.change(part(this.page.state, by), kind);
  }

  /**
   * Show the values of a layer, and which steps it refuses.
   * @param {State} state
   */
  update({ layer, sizes }) {
    const refused = (/** @type {HTMLElement} */ button, /** @type {Partial<State>} */ next) => {
      const why = fault(next.layer ?? layer, next.sizes ?? sizes);
      button.setAttribute("aria-disabled", `${why !== null}`);
      button.title = why ? this.page.words(...why) : "";
    };
    const state = /** @type {any} */ ({ layer, sizes });
    for (const { names, part, shown, buttons } of this.all) {
      const values = layer.axes.map((axis, d) =>
        names.length
          ? [
              ...new Set(
                names.map((/** @type {string} */ name) => /** @type {any} */ (axis)[name]),
              ),
            ].join(":")
          : `${sizes[d]}`,
      );
      shown.textContent = new Set(values).size === 1 ? values[0] : values.join(", ");
      refused(buttons[0], part(state, -1));
      refused(buttons[1], part(state, 1));
    }
    const button = /** @type {HTMLElement} */ (this.transposed);
    button.setAttribute("aria-pressed", `${layer.transposed}`);
    refused(button, { layer: turned(layer) });
  }
}
