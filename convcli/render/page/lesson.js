/* The strip above the stage: a first lesson in steps with tasks, and the gallery of cases. */

import { $, element } from "./elements.js";
import { outputSize } from "./layer.js";
import { CASES, LESSON_STEPS, settingState } from "./lessons.js";

const RANK = 2; // of the layers that the lesson is about

export class Lesson {
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    this.root = $("#lesson");
    /** "lesson", "gallery", or "" when the strip is closed */
    this.shown = "";
    this.at = 0;
    /** @type {Set<number>} */
    this.done = new Set();
    const isOffered = page.initial.layer.axes.length === RANK;
    for (const name of ["lesson", "gallery"]) {
      const button = $(`#open_${name}`);
      button.hidden = !isOffered;
      button.addEventListener("click", () => this.open(this.shown === name ? "" : name));
    }
  }

  /**
   * Open the lesson or the gallery, or close the strip.
   * @param {string} name
   * @param {boolean} isSet whether the page is at the first step already
   */
  open(name, isSet = false) {
    this.shown = name;
    this.build();
    if (name === "lesson" && !isSet) this.go(this.at);
    else this.page.refit();
  }

  /**
   * Set the state of a step.
   * @param {number} at
   */
  go(at) {
    this.at = Math.min(Math.max(at, 0), LESSON_STEPS.length - 1);
    this.build();
    this.set(LESSON_STEPS[this.at].setting);
  }

  /** @param {import("./lessons.js").Setting} setting */
  set(setting) {
    const { ticks } = this.page.state;
    const plain = Object.fromEntries(
      Object.keys(ticks).map((name) => [name, this.page.initial.ticks[name]]),
    );
    this.page.player.play(false);
    this.page.change({ ...settingState(setting, this.page.initial.layer), ticks: plain });
    this.page.refit();
  }

  /** Write the strip in the language of the page. */
  build() {
    for (const name of ["lesson", "gallery"])
      $(`#open_${name}`).setAttribute("aria-pressed", `${this.shown === name}`);
    this.root.hidden = !this.shown;
    const { words } = this.page;
    this.root.setAttribute("aria-label", words(this.shown || "lesson"));
    if (this.shown === "lesson") this.root.replaceChildren(...this.step(words));
    else if (this.shown === "gallery") this.root.replaceChildren(...this.cases(words));
  }

  /** @param {Translate} words */
  step(words) {
    const { name } = LESSON_STEPS[this.at];
    const button = (
      /** @type {string} */ id,
      /** @type {string} */ text,
      /** @type {() => void} */ act,
      isOff = false,
    ) => {
      const made = element("button", { type: "button", id }, text);
      made.setAttribute("aria-disabled", `${isOff}`);
      made.addEventListener("click", act);
      return made;
    };
    const number = {
      number: this.at + 1,
      count: LESSON_STEPS.length,
      name: words(`lesson.${name}`),
    };
    this.verdict = element("b", { id: "verdict", role: "status" });
    const isLast = this.at === LESSON_STEPS.length - 1;
    return [
      element(
        "p",
        {},
        element("b", {}, words("lesson.step", number)),
        words("colon"),
        words(`lesson.${name}.look`),
      ),
      element(
        "p",
        { className: "task" },
        element(
          "span",
          {},
          `${words("lesson.task")}${words("colon")}${words(`lesson.${name}.task`)} `,
        ),
        this.verdict,
        button("lesson_back", words("lesson.back"), () => this.go(this.at - 1), this.at === 0),
        button("lesson_again", words("lesson.again"), () => this.go(this.at)),
        isLast
          ? button("lesson_end", words("lesson.end"), () => this.open(""))
          : button("lesson_next", words("lesson.next"), () => this.go(this.at + 1)),
      ),
    ];
  }

  /** @param {Translate} words */
  cases(words) {
    const made = CASES.map(({ name, setting }, number) => {
      const { layer, sizes } = /** @type {State} */ (
        settingState(setting, this.page.initial.layer)
      );
      const { kernel, stride = 1, padding = 0, dilation = 1 } = setting;
      const more = [
        `k ${kernel}`,
        ...(stride > 1 ? [`s ${stride}`] : []),
        ...(padding ? [`p ${padding}`] : []),
        ...(dilation > 1 ? [`d ${dilation}`] : []),
      ];
      const out = outputSize(layer, 0, sizes[0]);
      const numbers = `${sizes[0]}\u00d7${sizes[0]} \u2192 ${out}\u00d7${out}, ${more.join(" ")}`;
      const button = element(
        "button",
        { type: "button", className: "case" },
        element("span", {}, words(`case.${name}`)),
        element("small", {}, numbers),
      );
      button.dataset.number = `${number}`;
      button.addEventListener("click", () => this.set(setting));
      return button;
    });
    const row = (/** @type {string} */ word, /** @type {HTMLElement[]} */ buttons) =>
      element("div", { className: "cases" }, element("b", {}, words(word)), ...buttons);
    const half = CASES.findIndex(({ setting }) => setting.transposed);
    return [row("case.plain", made.slice(0, half)), row("case.transposed", made.slice(half))];
  }

  /** Check the task of the step. */
  update() {
    if (this.shown !== "lesson" || !this.verdict) return;
    const { state, contents } = this.page;
    const isDone = LESSON_STEPS[this.at].isDone(state, contents.geometry.outs);
    if (isDone) this.done.add(this.at);
    const text = isDone ? `\u2713 ${this.page.words("lesson.done")}` : "";
    if (this.verdict.textContent !== text) this.verdict.textContent = text;
  }
}
