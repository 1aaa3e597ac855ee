/* The boxes and the buttons of the ways of looking. */

import { $, element } from "./elements.js";
import { TICKS } from "./ticks.js";

/** The boxes and the buttons that turn the ticks on and off. */
export class TickBoxes {
  /**
   * @param {HTMLElement} root
   * @param {any} page
   */
  constructor(root, page) {
    this.page = page;
    /** @type {Record<string, {box: any, line: HTMLElement}>} */
    this.boxes = {};
    /** @type {Record<string, boolean>} */
    this.applied = {};
    for (const tick of TICKS)
      this.boxes[tick.name] = tick.isButton ? this.button(tick) : this.box(tick);
    const lines = (/** @type {boolean} */ isButton) =>
      TICKS.filter((tick) => Boolean(tick.isButton) === isButton).map(
        ({ name }) => this.boxes[name].line,
      );
    root.replaceChildren(...lines(false));
    $("#see").replaceChildren($("#see .name"), ...lines(true));
  }

  /** @param {Tick} tick */
  box({ name }) {
    const box = element("input", { type: "checkbox", id: `tick_${name}` });
    const line = element("label", { className: "tick" }, box, this.page.words(`tick.${name}`));
    box.addEventListener("change", () => this.turn(name, box.checked));
    return { box, line };
  }

  /** @param {Tick} tick */
  button({ name }) {
    const line = element("button", { type: "button", id: `tick_${name}` });
    line.textContent = this.page.words(`tick.${name}`);
    line.addEventListener("click", () => this.turn(name));
    return { box: line, line };
  }

  /**
   * Turn a tick on or off. A lens replaces the one before.
   * @param {string} name
   * @param {boolean} isOn
   */
  turn(name, isOn = !this.page.state.ticks[name]) {
    const { page } = this;
    const turned = /** @type {Tick} */ (TICKS.find((tick) => tick.name === name));
    const why = isOn && turned.refusal?.(page);
    if (why) {
      page.notify(page.words(...why), "refusal");
      return;
    }
    const off = isOn && turned.isLens ? TICKS.filter((tick) => tick.isLens) : [];
    const ticks = { ...page.state.ticks };
    let { selected } = page.state;
    for (const lens of off) {
      if (ticks[lens.name]) selected = lens.turned?.(page, selected, false) ?? selected;
      ticks[lens.name] = false;
    }
    ticks[name] = isOn;
    selected = turned.turned?.(page, selected, isOn) ?? selected;
    page.change({ ticks, selected });
  }

  /** Show the ticks of the state, and apply those that changed. */
  update() {
    const { ticks, layer } = this.page.state;
    for (const { name, isButton, isOffered, refusal, apply } of TICKS) {
      const { box, line } = this.boxes[name];
      line.hidden = !(isOffered?.(layer, ticks) ?? true);
      if (isButton) {
        const why = refusal?.(this.page) ?? null;
        box.setAttribute("aria-pressed", `${ticks[name]}`);
        box.setAttribute("aria-disabled", `${why !== null}`);
        box.title = this.page.words(...(why ?? [`tick.${name}.title`]));
      } else box.checked = ticks[name];
      if (ticks[name] !== this.applied[name]) apply?.(this.page, ticks[name]);
      this.applied[name] = ticks[name];
    }
  }
}
