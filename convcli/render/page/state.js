/*
 * The one state of the page, and its timeline. Every change goes through `Store.change`. Undo, the
 * browser's Back, the link and the command derive from the state.
 */

const JOINED_MS = 800; // changes of one kind, like those of a slider, are one step of undo
/** A change of any of these is a step of undo; the rest (selection, speed, ticks) is not. */
const LASTING = /** @type {const} */ (["layer", "sizes", "edits"]);

/** @returns {Edits} */
export const noEdits = () => ({ input: {}, weight: {}, bias: {}, grounds: {} });

export class Store {
  /**
   * @param {State} initial
   * @param {(changed: Set<string>, isStep: boolean) => void} heard called after each change
   */
  constructor(initial, heard) {
    this.initial = initial;
    this.state = initial;
    this.heard = heard;
    /** @type {State[]} */
    this.timeline = [initial];
    this.at = 0;
    this.lastKind = "";
    this.lastTime = 0;
  }

  /**
   * Change a part of the state. Changes with the same `kind` in quick succession are one step.
   * @param {Partial<State>} part
   * @param {string} [kind]
   */
  change(part, kind = "") {
    const before = this.state;
    this.state = { ...before, ...part };
    const changed = new Set(
      Object.keys(part).filter(
        (name) => /** @type {any} */ (before)[name] !== /** @type {any} */ (this.state)[name],
      ),
    );
    const isLasting = LASTING.some((name) => changed.has(name));
    const isStep = isLasting && !this.continues(kind);
    if (isStep) {
      this.timeline.length = this.at + 1;
      this.at++;
    }
    this.timeline[this.at] = this.state;
    if (isLasting) {
      this.lastKind = kind;
      this.lastTime = performance.now();
    }
    this.heard(changed, isStep);
  }

  /** @param {string} kind */
  continues(kind) {
    return (
      kind !== "" &&
      kind === this.lastKind &&
      performance.now() - this.lastTime < JOINED_MS &&
      this.at === this.timeline.length - 1
    );
  }

  /** @param {number} at */
  has(at) {
    return Number.isInteger(at) && at >= 0 && at < this.timeline.length;
  }

  /**
   * Go to a step of the timeline.
   * @param {number} at
   */
  goTo(at) {
    if (!this.has(at) || at === this.at) return;
    this.at = at;
    this.lastKind = "";
    this.state = this.timeline[at];
    this.heard(new Set(Object.keys(this.state)), false);
  }

  /**
   * Begin anew from a state, as a link names it: nothing to undo.
   * @param {State} state
   */
  begin(state) {
    this.state = state;
    this.timeline = [state];
    this.at = 0;
    this.lastKind = "";
  }
}
