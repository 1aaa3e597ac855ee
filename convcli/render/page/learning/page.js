/* The state of the page of a course of learning: an epoch, a chosen weight. `change` redraws it. */

import { $, element } from "../elements.js";
import { writeAddress } from "../frame.js";
import { NO_WORDS, wordsOf, writeWords } from "../words.js";
import { Curve } from "./curve.js";
import { fragmentOf, nearest, stateOf } from "./link.js";
import { exact, few, numberOf } from "./numbers.js";
import { Stage } from "./stage.js";

const PLAYED = 8000; // ms of a whole course, if its epochs are not too quick or too slow
const [QUICKEST, SLOWEST] = [50, 700]; // ms of an epoch

/**
 * @typedef {import("./link.js").State} State
 * @typedef {{before: number[], gradient?: number[], direction?: number[]}} Numbers
 * @typedef {{number: number, loss: number, arrays: Record<string, Numbers>,
 *   output: number[]}} Epoch
 */

export class LearningPage {
  /** @param {any} data */
  constructor(data) {
    this.data = data;
    this.words = NO_WORDS;
    /** @type {ReturnType<typeof setTimeout> | undefined} */ this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */ this.keeping = undefined;
    const end = { ...data.end, number: data.count + 1 };
    /** @type {Epoch[]} */ this.epochs = [...data.epochs, end].map(readEpoch);
    this.numbers = this.epochs.map(({ number }) => number);
    this.losses = data.curve.losses.map(numberOf);
    const curve = { numbers: data.curve.numbers, losses: this.losses };
    this.curve = new Curve(curve, (number) => this.go(nearest(this.numbers, Math.round(number))));
    const values = {
      input: data.input.values.map(numberOf),
      target: data.target.values.map(numberOf),
    };
    this.stage = new Stage(data, this.epochs, values, (cell) => this.change({ cell }));
    /** @type {State} */
    this.initial = {
      epoch: 0,
      cell: { array: "0.weight", at: 0 },
      logarithmic: this.curve.isSteep,
      language: data.language,
    };
    this.state = this.initial;
  }

  begin() {
    for (const [tag, { name }] of Object.entries(this.data.languages))
      $("#language").append(element("option", { value: tag, lang: tag }, name));
    $("#slider").max = `${this.epochs.length - 1}`;
    this.listen();
    this.fromAddress();
    addEventListener("hashchange", () => {
      if (`#${this.fragment()}` !== location.hash) this.fromAddress();
    });
  }

  fragment() {
    return fragmentOf(this.state, this.initial, this.numbers);
  }

  fromAddress() {
    const { arrays, languages } = this.data;
    const known = { numbers: this.numbers, arrays, languages };
    const { state, refused } = stateOf(location.hash, this.initial, known);
    this.state = state;
    this.speak();
    const lines = refused.map((word) => this.words("link.refused", { word }));
    $("#notice").textContent = lines.join(" ");
    $("#notice").hidden = !refused.length;
    this.look();
  }

  /** @param {Partial<State>} part */
  change(part) {
    const epoch = Math.min(Math.max(part.epoch ?? this.state.epoch, 0), this.epochs.length - 1);
    this.state = { ...this.state, ...part, epoch };
    if (part.language) this.speak();
    this.look(part.logarithmic !== undefined || part.language !== undefined);
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => writeAddress(this.fragment(), null, false), 150);
  }

  /** Stop, and show an epoch. @param {number} epoch */
  go(epoch) {
    this.play(false);
    this.change({ epoch });
  }

  /** Write the texts of the language. */
  speak() {
    const { optimiser, lr, loss, languages } = this.data;
    this.words = wordsOf(languages, this.state.language);
    writeWords(this.words, this.state.language);
    $("#language").value = this.state.language;
    $("#summary").textContent = this.words("summary", { optimiser, lr, loss });
    $("#notes").replaceChildren(...this.notes().map((note) => element("li", {}, note)));
    this.stage.lay(this.words);
  }

  /** What is to be known of the course, and of what the page leaves out. */
  notes() {
    const { data, words } = this;
    const { minimum, count } = data;
    const notes = [];
    const step = minimum?.largest_step ? few(minimum.largest_step, 6) : null;
    if (data.diverged)
      notes.push(step ? words("diverged.limit", { largest: step }) : words("diverged"));
    if (step) notes.push(words("stable", { largest: step, loss: few(numberOf(minimum.loss), 6) }));
    if (data.epochs.length < count)
      notes.push(words("some", { count: data.epochs.length, all: count }));
    if (data.input.shape[0] > 1) notes.push(words("example", { count: data.input.shape[0] }));
    if (data.rounded) notes.push(words("rounded"));
    return notes;
  }

  /** Show the epoch. @param {boolean} again whether the curve is drawn anew */
  look(again = true) {
    const { state, words, data } = this;
    const epoch = this.epochs[state.epoch];
    const isEnd = state.epoch === this.epochs.length - 1;
    this.stage.paint(epoch, state.cell);
    const place = words(isEnd ? "epoch.end" : "epoch.of", {
      number: epoch.number,
      count: data.count,
    });
    const now = `${place}${words("colon")}${words("loss", { loss: exact(epoch.loss) })}`;
    $("#now").textContent = now;
    $("#slider").value = `${state.epoch}`;
    $("#slider").setAttribute("aria-valuetext", now);
    $("#play").textContent = words(this.timer ? "pause" : "play");
    for (const id of ["#first", "#back"]) $(id).disabled = state.epoch === 0;
    for (const id of ["#forward", "#last"]) $(id).disabled = isEnd;
    $("#logarithmic").checked = state.logarithmic;
    $("#logarithmic").disabled = !this.curve.isPositive;
    if (again) this.drawCurve();
    this.curve.mark(epoch.number, epoch.loss);
    this.writeStep(epoch);
  }

  drawCurve() {
    const { losses, words, data } = this;
    this.curve.lay(this.state.logarithmic);
    const least = Math.min(...losses.filter(Number.isFinite));
    const fields = {
      first: few(losses[0], 6),
      last: few(numberOf(data.end.loss), 6),
      least: few(least, 6),
      at: data.curve.numbers[losses.indexOf(least)] ?? 1,
    };
    $("#curve").setAttribute("aria-label", words("curve.text", fields));
  }

  /** The step of the chosen weight: before - lr*direction = after. @param {Epoch} epoch */
  writeStep({ arrays }) {
    const { words, data } = this;
    const { array, at } = this.state.cell;
    const { before, gradient, direction } = arrays[array];
    const place = `${array}[${indexOf(at, data.arrays[array].size).join(", ")}]`;
    const slope = (direction ?? gradient)?.[at];
    const value = before[at];
    const isStep = slope !== undefined;
    $("#step h2").textContent = words(isStep ? "step" : "step.none", { place });
    const after = isStep ? value - data.lr * slope : value;
    const sum = `${exact(value)} - ${exact(data.lr)}*${bracketed(slope ?? 0)} = ${exact(after)}`;
    $("#step .number").textContent = isStep ? sum : exact(value);
    const limit = few(this.stage.limits[array]);
    $("#scale").replaceChildren(`-${limit}`, element("i", {}), limit, ` ${array}`);
  }

  /** @param {boolean} on */
  play(on = !this.timer) {
    clearTimeout(this.timer);
    this.timer = undefined;
    const last = this.epochs.length - 1;
    const pause = Math.min(SLOWEST, Math.max(QUICKEST, PLAYED / this.epochs.length));
    const next = () => {
      const epoch = this.state.epoch + 1;
      this.timer = epoch >= last ? undefined : setTimeout(next, pause);
      this.change({ epoch });
    };
    if (on) {
      if (this.state.epoch === last) this.state = { ...this.state, epoch: 0 };
      this.timer = setTimeout(next, pause);
    }
    this.look(false);
  }

  listen() {
    /** @type {[string, string, () => void][]} */
    const hands = [
      ["#first", "click", () => this.go(0)],
      ["#back", "click", () => this.go(this.state.epoch - 1)],
      ["#play", "click", () => this.play()],
      ["#forward", "click", () => this.go(this.state.epoch + 1)],
      ["#last", "click", () => this.go(this.epochs.length - 1)],
      ["#slider", "input", () => this.go(Number($("#slider").value))],
      ["#logarithmic", "change", () => this.change({ logarithmic: $("#logarithmic").checked })],
      ["#language", "change", () => this.change({ language: $("#language").value })],
    ];
    for (const [id, kind, act] of hands) $(id).addEventListener(kind, act);
    addEventListener("resize", () => this.look());
    const isDark = matchMedia("(prefers-color-scheme: dark)");
    isDark.addEventListener("change", () => this.look());
  }
}

/** The numbers of an epoch, where infinities are texts. @param {any} epoch @returns {Epoch} */
function readEpoch({ number, loss, arrays, output }) {
  /** @type {Record<string, any>} */
  const read = {};
  for (const [name, numbers] of Object.entries(arrays)) {
    read[name] = {};
    for (const [key, values] of Object.entries(numbers)) read[name][key] = values.map(numberOf);
  }
  return { number, loss: numberOf(loss), arrays: read, output: output.map(numberOf) };
}

/** The index of a place in the order of C. @param {number} at @param {number[]} size */
function indexOf(at, size) {
  let rest = at;
  const index = size.map(() => 0);
  for (let d = size.length - 1; d >= 0; d--) {
    index[d] = rest % size[d];
    rest = Math.floor(rest / size[d]);
  }
  return index;
}

/** A factor, in brackets where it is negative. @param {number} value */
const bracketed = (value) => (value < 0 ? `(${exact(value)})` : exact(value));
