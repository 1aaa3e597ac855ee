/* Plays: selects one cell of the selected panel after the other. */

import { FASTEST, SLOWEST } from "./constants.js";
import { product } from "./layer.js";
import { raveled, unraveled } from "./place.js";

export class Player {
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  get isPlaying() {
    return this.timer !== undefined;
  }

  /** How many cells the selected panel has. */
  get count() {
    return product(this.page.shapeOf(this.page.state.selected.panel));
  }

  /**
   * The number of a cell of its panel; the nearest cell's for one of the padding.
   * @param {Focus} focus
   */
  number({ panel, index } = this.page.state.selected) {
    const shape = this.page.shapeOf(panel);
    const inside = index.map((at, d) => Math.min(Math.max(at, 0), shape[d] - 1));
    return raveled(inside, shape);
  }

  /**
   * Select the n-th cell of the selected panel.
   * @param {number} number
   */
  goTo(number) {
    const { panel } = this.page.state.selected;
    const shape = this.page.shapeOf(panel);
    const at = Math.min(Math.max(number, 0), this.count - 1);
    this.page.select({ panel, index: unraveled(at, shape) });
  }

  /** @param {number} by */
  step(by) {
    this.goTo(this.number() + by);
  }

  /** @param {boolean} on */
  play(on = !this.isPlaying) {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (on && this.number() === this.count - 1) this.goTo(0);
    const next = () => {
      if (this.number() >= this.count - 1) return this.play(false);
      this.step(1);
      this.timer = setTimeout(next, 1000 / this.page.state.speed);
    };
    if (on) this.timer = setTimeout(next, 1000 / this.page.state.speed);
    this.page.look();
    if (!on) this.page.history.keep(false);
  }

  /** @param {number} by */
  faster(by) {
    const speed = Math.min(FASTEST, Math.max(SLOWEST, this.page.state.speed * by));
    this.page.change({ speed });
  }
}
