/* The state of the page. Every change goes through `change`, which redraws the page. */

import { Numbers, Parts } from "./arrays.js";
import { commandLine } from "./command.js";
import { FASTEST, SLOWEST } from "./constants.js";
import { Controls } from "./controls.js";
import { $, element } from "./elements.js";
import { Explanation } from "./explanation.js";
import { listen } from "./hands.js";
import { axisNames, fault, formula, product, pytorchLine, sizeFormula } from "./layer.js";
import { fragmentOf, stateOf } from "./link.js";
import { placeOf } from "./panels.js";
import { Server } from "./source.js";
import { View } from "./view.js";

export class Page {
  constructor(data) {
    this.data = data;
    this.words = (key, fields = {}) =>
      data.words[key].replaceAll(/\{(\w+)\}/g, (_, name) => fields[name]);
    const numbers = new Numbers(data.dtype, data.wide);
    const bias = data.bias?.map(numbers.of);
    const parts = (array) => new Parts(array.shape, array.parts, numbers);
    this.arrays = { numbers, bias, input: parts(data.input), originalWeight: parts(data.weight) };
    const server = new Server(data.server, () => this.arrived());
    server.failed = (message) => this.notify(message ?? this.words("gone"), true);
    this.view = new View(this.arrays, this.words, server);
    this.controls = new Controls($("#controls"), this.words, (layer) => this.change({ layer }));
    this.explanation = new Explanation($("#explanation .text"), this.words);
    const layer = { ...data.layer, original_taps: product(data.weight.shape.slice(2)) };
    this.initial = { layer, selected: data.selected, pinned: false, speed: data.speed };
    this.state = this.initial;
  }

  begin() {
    for (const labelled of document.querySelectorAll("[data-word]"))
      labelled.textContent = this.words(labelled.dataset.word);
    for (const labelled of document.querySelectorAll("[data-label]"))
      labelled.setAttribute("aria-label", this.words(labelled.dataset.label));
    this.controls.build(this.initial.layer);
    this.fromAddress();
    listen(this);
    addEventListener(
      "hashchange",
      () => `#${this.fragment()}` !== location.hash && this.fromAddress(),
    );
  }

  fragment() {
    return fragmentOf(this.state, this.initial);
  }

  /** Take the state from the address; a notice names what cannot be read or is illegal. */
  fromAddress() {
    const { state, refused } = stateOf(location.hash, this.initial);
    const wrong = fault(state.layer, this.data.sizes);
    const usable = wrong ? { ...state, layer: this.initial.layer } : state;
    this.notify(
      [
        ...refused.map((word) => this.words("link.refused", { word })),
        ...(wrong ? [this.words("link.fault", { why: this.words(...wrong) })] : []),
      ].join(" ") || this.data.notice,
    );
    this.state = usable;
    this.layOut();
  }

  change(part) {
    this.state = { ...this.state, ...part };
    if (part.layer || !this.noticeIsOfLayer) this.notify(this.data.notice);
    if (part.layer) this.layOut();
    else this.look();
    this.keep();
  }

  layOut() {
    const { layer } = this.state;
    this.hovered = null;
    this.view.lay(layer, this.data.sizes);
    this.controls.update(layer, this.data.sizes);
    this.state = { ...this.state, selected: this.within(this.state.selected) };
    this.writeLines();
    this.look();
  }

  /** The shape of a panel's array; of the weight (C_out, C_in/groups, *kernel_size). */
  shapeOf(panel) {
    return this.arrays[panel].shape;
  }

  within({ panel, index }) {
    const shape = this.shapeOf(panel);
    const padded =
      panel === "input"
        ? this.state.layer.axes.map((axis) =>
            this.state.layer.transposed ? [0, 0] : [axis.before, axis.after],
          )
        : [];
    const [low, high] = [0, 1].map((end) => shape.map((_, d) => padded[d - 1]?.[end] ?? 0));
    return {
      panel,
      index: index.map((at, d) => Math.min(Math.max(at, -low[d]), shape[d] + high[d] - 1)),
    };
  }

  /** Show the hovered cell, or the selected one. */
  look(follow = true) {
    const focus = this.hovered ?? this.state.selected;
    this.view.light(focus, follow);
    this.text = this.explanation.show(focus, this.view.geometry, this.arrays);
    if (!this.hovered) this.placeKeyboard(focus);
    const playing = Boolean(this.timer);
    $("#play").textContent = this.words(playing ? "pause" : "play");
    $("#pin").setAttribute("aria-pressed", `${this.state.pinned}`);
    $("#speed").textContent = this.words("speed", { speed: this.state.speed });
    $("#step_number").textContent = this.words("step", {
      number: this.number(focus) + 1,
      count: product(this.shapeOf(focus.panel)),
      what: this.words(focus.panel),
    });
    if (!this.hovered) writeCode($("#command code"), commandLine(this));
  }

  /** Move the keyboard to the selected cell; a redrawn panel passes its focus on. */
  placeKeyboard(focus) {
    const panels = Object.values(this.view.panels);
    for (const panel of panels)
      panel.setCurrent(panel.name === focus.panel ? this.placeIn(focus) : null);
    const { root, grid } = this.view.panels[focus.panel];
    const isBehind = root.contains(document.activeElement) && document.activeElement !== grid;
    if (isBehind || panels.some((panel) => panel.lostFocus)) grid.focus({ preventScroll: true });
    for (const panel of panels) panel.lostFocus = false;
  }

  placeIn({ panel, index }) {
    return placeOf(panel === "weight" ? index.slice(1) : index, this.data.sizes.length);
  }

  arrived() {
    clearTimeout(this.redress);
    this.redress = setTimeout(() => {
      this.view.dress();
      this.look(false);
    }, 20);
  }

  hover(focus) {
    if (focus && (this.state.pinned || this.timer)) return;
    this.hovered = focus;
    this.look(false);
  }

  /** Pin the hovered or selected cell, or unpin it. */
  pin(on = !this.state.pinned) {
    if (on) this.select(this.hovered ?? this.state.selected, true);
    else this.change({ pinned: false });
  }

  /** Mark the two cells of one product of the sum. */
  point(term) {
    const focus = this.state.selected;
    if (focus.panel === "output" && !this.timer) this.view.light({ ...focus, term }, false);
  }

  select(focus, pinned = this.state.pinned) {
    this.hovered = null;
    this.change({ selected: this.within(focus), pinned });
    if (!this.timer) $("#spoken").textContent = this.text;
  }

  number({ panel, index } = this.state.selected) {
    return Math.max(
      0,
      this.shapeOf(panel).reduce(
        (number, size, d) => number * size + Math.min(Math.max(index[d], 0), size - 1),
        0,
      ),
    );
  }

  /** Select the n-th cell of the selected panel. */
  goTo(number) {
    const { panel } = this.state.selected;
    const shape = this.shapeOf(panel);
    const at = Math.min(Math.max(number, 0), product(shape) - 1);
    this.select({
      panel,
      index: shape.map((size, d) => Math.floor(at / product(shape.slice(d + 1))) % size),
    });
  }

  step(by) {
    this.goTo(this.number() + by);
  }

  play(on = !this.timer) {
    clearTimeout(this.timer);
    this.timer = null;
    const count = product(this.shapeOf(this.state.selected.panel));
    if (on && this.number() === count - 1) this.goTo(0);
    const next = () => {
      if (this.number() >= count - 1) return this.play(false);
      this.step(1);
      this.timer = setTimeout(next, 1000 / this.state.speed);
    };
    if (on) this.timer = setTimeout(next, 1000 / this.state.speed);
    this.look();
    if (!on) this.keep();
  }

  faster(by) {
    this.change({ speed: Math.min(FASTEST, Math.max(SLOWEST, this.state.speed * by)) });
  }

  /** Write the state into the address, once it rests: browsers limit the changes per second. */
  keep() {
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => {
      const fragment = this.fragment();
      history.replaceState(
        null,
        "",
        fragment ? `#${fragment}` : `${location.pathname}${location.search}`,
      );
    }, 150);
  }

  /** Show a notice until the next change or, if it is of the layer, until the next layer. */
  notify(text, ofLayer = false) {
    this.noticeIsOfLayer = ofLayer;
    $("#notice").textContent = text;
    $("#notice").hidden = !text;
  }

  writeLines() {
    const { layer } = this.state;
    const { sizes } = this.data;
    const { geometry } = this.view;
    writeCode($("#pytorch code"), pytorchLine(layer));
    document.title = `${pytorchLine(layer)} - convcli`;
    const symbols = sizeFormula(layer, { input: this.words("input") });
    const rows = axisNames(layer).map((name, d) => `${name}:  ${formula(layer, d, sizes[d])}`);
    $("#formula").replaceChildren(
      ...[`${this.words("output")} = ${symbols}`, ...rows].map((line) => element("p", {}, line)),
    );
    const left = geometry.readers.map((axisReaders) =>
      axisReaders.flatMap((readers, cell) => (readers.length ? [] : [cell])),
    );
    const names = left.flatMap((cells, d) =>
      cells.length
        ? [
            this.words("left_over.axis", {
              axis: axisNames(layer)[d],
              cells: shortList(cells),
              size: sizes[d],
            }),
          ]
        : [],
    );
    $("#left_over").textContent = names.join(this.words("semicolon"));
  }
}

/** Write a line of code that breaks between words only. */
function writeCode(code, line) {
  const words = line
    .split(" ")
    .map((word) => element("span", { className: word.length < 32 ? "word" : "" }, word));
  code.replaceChildren(...words.flatMap((word, at) => (at ? [" ", word] : [word])));
}

const shortList = (cells) =>
  cells.length > 8 ? `${cells.slice(0, 8).join(", ")}, ...` : cells.join(", ");
