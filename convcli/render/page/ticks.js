/*
 * The ways of looking at the stage that a tick turns on and off. To add one: an entry here, its
 * word `tick.NAME` in report/words/page.py, and what it does as hooks (see Tick in types.d.ts):
 * `apply` for the document, `value` and `kind` for cells, `marks` for the marks of a focus.
 * A larger one has a module of its own that exports the entry.
 */

import { element } from "./elements.js";

/** @type {Tick[]} */
const TICKS = [
  {
    name: "rulers",
    isOn: true,
    apply: (_page, isOn) => document.body.classList.toggle("no-rulers", !isOn),
  },
  {
    name: "projector",
    apply: (page, isOn) => {
      document.body.classList.toggle("projector", isOn);
      if (isOn) document.body.classList.remove("drawer-open");
      page.refit();
    },
  },
];

/** The ticks of a page, and the hooks of those that are on. */
export class Ticks {
  /** @param {() => State} state */
  constructor(state) {
    this.state = state;
    this.all = TICKS;
  }

  /** Which ticks are on at first. */
  static get initial() {
    return Object.fromEntries(TICKS.map(({ name, isOn }) => [name, isOn ?? false]));
  }

  /** @returns {Tick[]} those that are on and fit the layer */
  get active() {
    const { ticks, layer } = this.state();
    if (ticks !== this.of?.ticks || layer !== this.of.layer) {
      /** @type {any} */
      this.of = { ticks, layer };
      this.those = this.all.filter((tick) => ticks[tick.name] && (tick.isOffered?.(layer) ?? true));
    }
    return this.those ?? [];
  }

  /**
   * @param {any} contents
   * @param {PanelName} panel
   * @param {number[]} index
   * @param {Value} value
   * @returns {Value}
   */
  value(contents, panel, index, value) {
    let shown = value;
    for (const tick of this.active) shown = tick.value?.(contents, panel, index, shown) ?? shown;
    return shown;
  }

  /**
   * @param {any} contents
   * @param {PanelName} panel
   * @param {number[]} index
   */
  kind(contents, panel, index) {
    return this.active
      .map((tick) => tick.kind?.(contents, panel, index) ?? "")
      .join(" ")
      .trim();
  }

  /**
   * @param {any} contents
   * @param {Focus} focus
   * @param {Marks} marks
   */
  marks(contents, focus, marks) {
    for (const tick of this.active) tick.marks?.(contents, focus, marks);
  }
}

/** The boxes that turn the ticks on and off. */
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
    for (const { name } of TICKS) {
      const box = element("input", { type: "checkbox", id: `tick_${name}` });
      const line = element("label", { className: "tick" }, box, page.words(`tick.${name}`));
      box.addEventListener("change", () => this.turn(name, box.checked));
      this.boxes[name] = { box, line };
    }
    root.replaceChildren(...Object.values(this.boxes).map(({ line }) => line));
  }

  /**
   * Turn a tick on or off.
   * @param {string} name
   * @param {boolean} isOn
   */
  turn(name, isOn = !this.page.state.ticks[name]) {
    this.page.change({ ticks: { ...this.page.state.ticks, [name]: isOn } });
  }

  /** Show the ticks of the state, and apply those that changed. */
  update() {
    const { ticks, layer } = this.page.state;
    for (const { name, isOffered, apply } of TICKS) {
      const { box, line } = this.boxes[name];
      box.checked = ticks[name];
      line.hidden = !(isOffered?.(layer) ?? true);
      if (ticks[name] !== this.applied[name]) apply?.(this.page, ticks[name]);
      this.applied[name] = ticks[name];
    }
  }
}
