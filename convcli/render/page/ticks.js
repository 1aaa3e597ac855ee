/*
 * The ways of looking at the stage that a tick turns on and off. To add one: an entry here, its
 * word `tick.NAME` in report/words/page.py, and what it does as hooks (see Tick in types.d.ts):
 * `apply` for the document, `value` and `kind` for cells, `marks` for the marks of a focus.
 * A larger one has a module of its own that exports the entry.
 */

import { COUNTS } from "./counts.js";
import { FILL } from "./fill_in.js";
import { refill } from "./filling.js";
import { INPUT_GRADIENT, OWN_GRADIENT, WEIGHT_GRADIENT } from "./gradient_lens.js";
import { GROUPS } from "./groups.js";
import { MATRIX } from "./im2col.js";
import { LOUPE } from "./loupe.js";
import { STUFFED } from "./stuffing.js";
import { TAP_COLORS } from "./tap_colors.js";

/** @type {Tick[]} */
export const TICKS = [
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
  LOUPE,
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
   * The number of a thumbnail, which does not follow the player.
   * @param {any} contents
   * @param {PanelName} panel
   * @param {number[]} index
   * @param {Value} value
   * @returns {Value}
   */
  lensValue(contents, panel, index, value) {
    const lens = this.active.find((tick) => tick.isLens && tick.value);
    return lens?.value ? (lens.value(contents, panel, index, value) ?? undefined) : value;
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
