/* The three panels with their numbers and marks, for a layer and a focus. */

import { Kernels, Parts } from "./arrays.js";
import { marksOf } from "./focus.js";
import { indexOf, Panel, placeOf } from "./panels.js";
import { Geometry, outputValue, paddedInput } from "./sums.js";

const FILL_MS = 8; // of a frame, for computing outputs

export class View {
  constructor(arrays, words, server) {
    Object.assign(this, { arrays, words, server, channel: 0 });
    const rank = arrays.input.shape.length - 1;
    this.panels = Object.fromEntries(
      ["input", "weight", "output"].map((name) => [
        name,
        new Panel(name, document.querySelector(`#${name} .planes`), rank, words),
      ]),
    );
  }

  /** Whether the server computes the outputs, because the page holds only parts of the arrays. */
  get asksForOutputs() {
    return (
      Boolean(this.server.address) &&
      !(this.arrays.input.isWhole && this.arrays.originalWeight.isWhole)
    );
  }

  /** Lay out the panels for a layer. */
  lay(layer, sizes) {
    this.geometry = new Geometry(layer, sizes);
    this.server.forget();
    const { outs } = this.geometry;
    const rank = sizes.length;
    const lead = (all) => (rank === 3 ? [all[0]] : []);
    const span = (all, around) => {
      const spans = all
        .slice(-2)
        .map((size, d, shown) => [
          -around(rank - shown.length + d)[0],
          size + around(rank - shown.length + d)[1],
        ]);
      return rank === 1 ? [[0, 1], ...spans] : spans;
    };
    const padded = (d) => (layer.transposed ? [0, 0] : [layer.axes[d].before, layer.axes[d].after]);
    const kernel = layer.axes.map((axis) => axis.kernel_size);
    this.arrays.weight = new Kernels(this.arrays.originalWeight, kernel);
    this.arrays.output = new Parts([layer.out_channels, ...outs], [], this.arrays.numbers);
    this.values = new Map();
    const title = (name, channels, tail) => (at) =>
      this.words(channels > 1 ? `${name}.channel` : name, { channel: at[0] }) + tail(at);
    const depth = (at) => (rank === 3 ? this.words("depth", { depth: at[1] }) : "");
    const { input, weight, output } = this.panels;
    input.lay(
      [layer.in_channels, ...lead(sizes)],
      ...span(sizes, padded),
      title("input", layer.in_channels, depth),
    );
    weight.lay([this.geometry.width, ...lead(kernel)], ...span(kernel, () => [0, 0]), (at) =>
      this.kernelTitle(at, depth),
    );
    output.lay(
      [layer.out_channels, ...lead(outs)],
      ...span(outs, (d) => this.geometry.cropped(d)),
      title("output", layer.out_channels, depth),
    );
    this.dress();
  }

  kernelTitle(at, depth) {
    const { layer, width } = this.geometry;
    const source = this.geometry.groupOfOutput(this.channel) * width + at[0];
    const name = layer.in_channels * layer.out_channels > 1 ? "weight.channels" : "weight";
    return this.words(name, { from: source, to: this.channel }) + depth(at);
  }

  /** Set the kinds and the numbers of all drawn cells. */
  dress() {
    const { input, output } = this.panels;
    const rank = this.geometry.sizes.length;
    const spatial = (place) => indexOf(place, rank).slice(1);
    input.setKinds((place) =>
      !this.geometry.isReal(spatial(place))
        ? "padding"
        : this.geometry.isLeftOver(spatial(place))
          ? "left-over"
          : "",
    );
    output.setKinds((place) =>
      spatial(place).every((at, d) => at >= 0 && at < this.geometry.outs[d]) ? "" : "cropped",
    );
    for (const cell of input.cells.values())
      input.put(cell, this.inputAt(indexOf(cell.place, rank)), this.arrays.numbers);
    input.settle();
    this.putWeights();
    this.fillFrom = output.cells.values();
    this.fill();
    for (const panel of Object.values(this.panels)) this.describe(panel);
    for (const line of document.querySelectorAll("#legend [data-of]"))
      line.hidden = !document.querySelector(`#stage .cell.${line.dataset.of}`);
  }

  describe(panel) {
    const focused = document.activeElement;
    const notes = [panel.notice];
    if (panel.name === "weight" && this.arrays.weight.hasAdded)
      notes.push(this.words("added_taps"));
    document.querySelector(`#${panel.name} .notice`).textContent = notes.filter(Boolean).join(". ");
    for (const button of document.querySelectorAll(`#${panel.name} .pager button`)) {
      button.hidden = panel.isWhole(button.dataset.turn);
      panel.lostFocus ||= button.hidden && button === focused;
    }
    const shapes = {
      input: this.arrays.input.shape,
      weight: this.weightShape(),
      output: this.arrays.output.shape,
    };
    document.querySelector(`#${panel.name} .shape`).textContent = shapes[panel.name].join("\u00d7");
  }

  /** torch's (C_out, C_in/groups, *kernel_size); transposed (C_in, C_out/groups, *kernel_size). */
  weightShape() {
    const { layer, width, depth } = this.geometry;
    const kernel = layer.axes.map((axis) => axis.kernel_size);
    return layer.transposed
      ? [layer.in_channels, depth, ...kernel]
      : [layer.out_channels, width, ...kernel];
  }

  /** The number at an index of the padded input; requested if it is not in memory. */
  inputAt(index) {
    const value = paddedInput(this.geometry, this.arrays, index);
    const [channel, ...at] = index;
    if (value === undefined)
      this.server.fetch("input", this.arrays.input, [channel, ...this.geometry.cellAt(at)], null);
    return value;
  }

  putWeights() {
    const { weight } = this.panels;
    const rank = this.geometry.sizes.length;
    for (const cell of weight.cells.values()) {
      const index = [this.channel, ...indexOf(cell.place, rank)];
      const value = this.arrays.weight.at(index);
      if (value === undefined) this.server.fetch("weight", this.arrays.originalWeight, index, null);
      weight.put(cell, value, this.arrays.numbers);
    }
    weight.settle();
    weight.retitle();
  }

  /** Compute the drawn outputs, FILL_MS per frame, so that the page stays responsive. */
  fill() {
    cancelAnimationFrame(this.filling);
    const { output } = this.panels;
    const rank = this.geometry.sizes.length;
    document.body.dataset.state = "working";
    const step = () => {
      const until = performance.now() + FILL_MS;
      for (;;) {
        const next = this.fillFrom.next();
        if (next.done) {
          output.settle();
          document.body.dataset.state = "ready";
          return;
        }
        const cell = next.value;
        if (!cell.classList.contains("cropped"))
          output.put(cell, this.outputAt(indexOf(cell.place, rank)), this.arrays.numbers);
        if (performance.now() > until) break;
      }
      this.filling = requestAnimationFrame(step);
    };
    step();
  }

  outputAt(index) {
    const key = index.join();
    if (!this.values.has(key)) {
      const here = this.asksForOutputs
        ? this.arrays.output.at(index)
        : outputValue(this.geometry, this.arrays, index);
      if (here === undefined && this.asksForOutputs)
        this.server.fetch("output", this.arrays.output, index, this.geometry.layer);
      if (here === undefined) return undefined;
      this.values.set(key, here);
    }
    return this.values.get(key);
  }

  /** Request the numbers that the sum of an output needs. */
  need([channel, ...out]) {
    const first = this.geometry.groupOfOutput(channel) * this.geometry.width;
    for (const { tap, cell } of this.geometry.reads(out)) {
      for (let c = 0; c < this.geometry.width; c++) {
        if (cell && this.arrays.input.at([first + c, ...cell]) === undefined)
          this.server.fetch("input", this.arrays.input, [first + c, ...cell], null);
        if (this.arrays.weight.at([channel, c, ...tap]) === undefined)
          this.server.fetch("weight", this.arrays.originalWeight, [channel, c, ...tap], null);
      }
    }
  }

  /** Mark the cells of a focus; with `follow`, bring them into view. */
  light(focus, follow) {
    const marks = marksOf(focus, this.geometry, this.channel);
    const channel = marks.channel;
    if (channel !== this.channel) {
      this.channel = channel;
      this.putWeights();
    }
    if (follow && this.follow(focus, marks)) this.dress();
    if (this.server.address && focus.panel === "output") this.need(focus.index);
    for (const panel of Object.values(this.panels)) {
      panel.mark(marks[panel.name]);
      if (follow || panel.name !== focus.panel) panel.reveal();
    }
    this.setAside(marks.group);
  }

  follow(focus, marks) {
    const rank = this.geometry.sizes.length;
    const own = placeOf(focus.panel === "weight" ? focus.index.slice(1) : focus.index, rank);
    const middle = (list) => {
      const channel = list.filter(([place]) => place.lead[0] === list[0][0].lead[0]);
      return channel[Math.floor(channel.length / 2)]?.[0];
    };
    const targets = {
      input: middle(marks.input),
      weight: middle(marks.weight),
      output: middle(marks.output),
      [focus.panel]: own,
    };
    return Object.entries(targets)
      .map(([name, place]) => place !== undefined && this.panels[name].show(place))
      .some(Boolean);
  }

  /** Fade the planes of other groups. */
  setAside(group) {
    const { input, output } = this.panels;
    for (const [panel, groupOf] of [
      [input, (c) => this.geometry.groupOfInput(c)],
      [output, (c) => this.geometry.groupOfOutput(c)],
    ]) {
      for (const figure of panel.root.children) {
        const [channel] = figure.querySelector(".cell").place.lead;
        figure.classList.toggle("aside", groupOf(channel) !== group);
      }
    }
  }
}
