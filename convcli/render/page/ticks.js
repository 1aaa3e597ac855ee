/*
 * The ways of looking at the stage that a tick turns on and off. To add one: an entry here, its
 * word `tick.NAME` in report/words/page.py, and what it does as hooks (see Tick in types.d.ts):
 * `apply` for the document, `value` and `kind` for cells, `marks` for the marks of a focus.
 * A larger one has a module of its own that exports the entry.
 */

import { COUNTS } from "./counts.js";
import { $, element } from "./elements.js";
import { FILL } from "./fill_in.js";
import { refill } from "./filling.js";
import { INPUT_GRADIENT, OWN_GRADIENT, WEIGHT_GRADIENT } from "./gradient_lens.js";
import { GROUPS } from "./groups.js";
import { MATRIX } from "./im2col.js";
import { STUFFED } from "./stuffing.js";
import { TAP_COLORS } from "./tap_colors.js";

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
  FILL,
  TAP_COLORS,
  GROUPS,
  COUNTS,
  STUFFED,
  MATRIX,
  WEIGHT_GRADIENT,
  INPUT_GRADIENT,
  OWN_GRADIENT,
];

/** The ticks of a page, and the hooks of those that are on. */
export class Ticks {
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    /** @type {Tick[]} */
    this.those = [];
  }

  /** Which ticks are on at first. */
  static get initial() {
    return Object.fromEntries(TICKS.map(({ name, isOn }) => [name, isOn ?? false]));
  }

  /** @returns {Tick[]} those that are on and fit the layer */
  get active() {
    const { ticks, layer, sizes } = this.page.state;
    if (ticks !== this.of?.ticks || layer !== this.of.layer || sizes !== this.of.sizes) {
      /** @type {any} */
      this.of = { ticks, layer, sizes };
      this.those = TICKS.filter(
        (tick) =>
          ticks[tick.name] &&
          (tick.isOffered?.(layer, ticks) ?? true) &&
          !tick.refusal?.(this.page),
      );
    }
    return this.those;
  }

  /** Whether a tick changes what cells hold or how they look. */
  get changesCells() {
    return this.active.some((tick) => tick.value || tick.kind);
  }

  /**
   * What the active ticks make of something, one after the other.
   * @param {"value" | "title" | "explain" | "letters" | "note" | "layer" | "arrays"} hook
   * @param {any} begun
   * @param {(act: any, made: any) => any} call undefined keeps what was made
   */
  passed(hook, begun, call) {
    let made = begun;
    for (const tick of this.active) {
      const act = tick[hook];
      const next = act && call(act, made);
      if (next !== undefined) made = next;
    }
    return made;
  }

  /**
   * The number that a cell shows; null is an empty cell.
   * @param {any} contents
   * @param {PanelName} panel
   * @param {number[]} index
   * @param {Value} value
   * @returns {Value}
   */
  value(contents, panel, index, value) {
    return this.passed("value", value, (act, shown) => act(contents, panel, index, shown));
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
   * The layer that is drawn, and the sizes of its input.
   * @param {State} state
   * @returns {{layer: Layer, sizes: number[]}}
   */
  drawn({ layer, sizes }) {
    return this.passed("layer", { layer, sizes }, (act, made) => act(made.layer, made.sizes));
  }

  /**
   * The arrays that are drawn.
   * @param {Arrays} arrays
   * @param {Layer} layer
   * @returns {Arrays}
   */
  arrays(arrays, layer) {
    return this.passed("arrays", arrays, (act, made) => act(made, layer));
  }

  /**
   * @param {any} contents
   * @param {PanelName} panel
   * @param {string} title
   * @returns {string}
   */
  title(contents, panel, title) {
    return this.passed("title", title, (act, made) => act(contents, panel, made));
  }

  /**
   * @param {any} contents
   * @param {PanelName} panel
   * @returns {number}
   */
  letters(contents, panel) {
    return this.passed("letters", 1, (act) => act(contents, panel));
  }

  /**
   * @param {any} contents
   * @param {Translate} words
   * @returns {string}
   */
  note(contents, words) {
    return this.passed("note", "", (act) => act(contents, words));
  }

  /**
   * @param {any} contents
   * @param {Focus} focus
   * @param {any[]} lines
   * @param {Translate} words
   * @returns {any[]}
   */
  explain(contents, focus, lines, words) {
    return this.passed("explain", lines, (act, made) => act(contents, focus, made, words));
  }

  /**
   * @param {any} contents
   * @param {Focus} focus
   * @param {Marks} marks
   */
  marks(contents, focus, marks) {
    for (const tick of this.active) tick.marks?.(contents, focus, marks);
  }

  /**
   * The state with what is selected as the layer itself has it.
   * @param {State} state
   * @returns {State}
   */
  plain(state) {
    const drawn = this.active.find((tick) => tick.layer);
    const selected = drawn?.turned?.(this.page, state.selected, false);
    return selected ? { ...state, selected } : state;
  }

  /**
   * Called after each look at a focus.
   * @param {any} page
   * @param {Focus} focus
   * @param {boolean} isLaid whether the page was laid out anew
   */
  looked(page, focus, isLaid) {
    const { selected } = page.state;
    if (selected !== this.followed && this.active.some((tick) => tick.isFollowing))
      refill(page.contents, page.stage.panels.output);
    this.followed = selected;
    for (const tick of this.active) tick.looked?.(page, focus, isLaid);
  }
}

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
