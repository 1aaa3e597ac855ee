/* What the cells of the panels hold: numbers, kinds, titles. A panel asks here, cell by cell. */

import { Outputs } from "./outputs.js";
import { indexOf } from "./place.js";
import { Geometry, paddedInput } from "./sums.js";

export class Contents {
  /**
   * The contents of a state.
   * @param {any} page
   * @param {State} state
   * @param {number} channel the output channel whose kernel is shown
   */
  constructor(page, state, channel) {
    this.words = page.words;
    this.server = page.server;
    this.ticks = page.ticks;
    this.channel = channel;
    this.rank = state.sizes.length;
    const { layer, sizes } = this.ticks.drawn(state);
    const geometry = new Geometry(state.layer, state.sizes);
    /** What the state has, even if another layer with the same output is drawn. */
    this.plain = { geometry, arrays: page.operands.of(state, geometry.outs) };
    this.geometry = layer === state.layer ? geometry : new Geometry(layer, sizes);
    this.arrays = this.ticks.arrays(this.plain.arrays, state.layer);
    this.outputs = new Outputs(this.geometry, this.arrays);
    this.server.forget();
  }

  /** Whether the server computes the outputs: the page holds only parts of the arrays. */
  get asksForOutputs() {
    return Boolean(
      this.server.address && !(this.arrays.input.isWhole && this.arrays.weight.isWhole),
    );
  }

  /**
   * input, channel 2, depth 1
   * @param {PanelName} name
   * @param {number[]} lead
   */
  titleOf(name, lead) {
    const { layer, width } = this.geometry;
    const depth = this.rank === 3 ? this.words("depth", { depth: lead[1] }) : "";
    const source = this.geometry.groupOfOutput(this.channel) * width + lead[0];
    const channels = {
      input: layer.in_channels,
      weight: layer.in_channels * layer.out_channels,
      output: layer.out_channels,
    };
    const key = `${name}.channel${name === "weight" ? "s" : ""}`;
    const title =
      this.words(channels[name] > 1 ? key : name, {
        channel: lead[0],
        from: source,
        to: this.channel,
      }) + depth;
    return this.ticks.title(this, name, title);
  }

  /**
   * padding, left-over, cropped or added; empty for any other cell.
   * @param {{name: PanelName, lead: number[]}} panel
   * @param {number} row
   * @param {number} col
   */
  kindOn({ name, lead }, row, col) {
    const index = indexOf({ lead, row, col }, this.rank);
    const at = index.slice(1);
    const own = this.ticks.kind(this, name, index);
    let kind = "";
    if (name === "input" && !this.geometry.isReal(at)) kind = "padding";
    else if (name === "input" && this.geometry.isLeftOver(at)) kind = "left-over";
    else if (name === "output" && !at.every((out, d) => out >= 0 && out < this.geometry.outs[d]))
      kind = "cropped";
    else if (name === "output" && this.plain.geometry.isAdded(at)) kind = "added";
    return own ? `${kind} ${own}`.trim() : kind;
  }

  /**
   * The number of an array, if it is in memory or was computed.
   * @param {PanelName} name
   * @param {number[]} index
   * @returns {Value}
   */
  known(name, index) {
    const isComputed = name === "output" && !this.asksForOutputs && this.isOutput(index);
    return isComputed ? this.outputs.known(index) : this.stored(name, index);
  }

  /**
   * The number that a cell of a plane shows; `now` computes or requests it if it is not in memory.
   * @param {{name: PanelName}} panel
   * @param {number[]} lead
   * @param {number} row
   * @param {number} col
   * @param {boolean} now
   */
  valueOn({ name }, lead, row, col, now) {
    const index = indexOf({ lead, row, col }, this.rank);
    const value = now ? this.valueAt(name, index) : this.known(name, index);
    return this.ticks.value(this, name, index, value);
  }

  /**
   * The number of an array; requested from the server if it is not in memory.
   * @param {PanelName} name
   * @param {number[]} index of the weight: without the output channel
   */
  valueAt(name, index) {
    const { originalInput, originalWeight } = this.arrays;
    const value = this.stored(name, index);
    if (value !== undefined || !this.server.address) return value;
    if (name === "input")
      this.server.fetch(
        name,
        originalInput,
        [index[0], ...this.geometry.cellAt(index.slice(1))],
        null,
      );
    else if (name === "weight")
      this.server.fetch(name, originalWeight, [this.channel, ...index], null);
    else if (this.asksForOutputs && this.isOutput(index))
      this.server.fetch(name, this.arrays.output, index, this.geometry.layer);
    return undefined;
  }

  /**
   * The number of an array, if it is in memory or can be computed.
   * @param {PanelName} name
   * @param {number[]} index
   */
  stored(name, index) {
    if (name === "input") return paddedInput(this.geometry, this.arrays, index);
    if (name === "weight") return this.arrays.weight.at([this.channel, ...index]);
    if (!this.isOutput(index)) return undefined;
    if (this.asksForOutputs) return this.arrays.output.at(index);
    this.outputs.row(index.slice(0, -1));
    return this.outputs.at(index);
  }

  /**
   * The number that a thumbnail shows.
   * @param {PanelName} name
   * @param {number[]} index
   */
  thumbnailAt(name, index) {
    return this.ticks.lensValue(this, name, index, this.stored(name, index));
  }

  /** @param {number[]} index */
  isOutput(index) {
    return index.every((at, d) => at >= 0 && at < this.outputs.shape[d]);
  }

  /** The shape of the weight, in torch's layout. */
  weightShape({ layer, width, depth } = this.geometry) {
    const kernel = layer.axes.map((/** @type {Axis} */ axis) => axis.kernel_size);
    return layer.transposed
      ? [layer.in_channels, depth, ...kernel]
      : [layer.out_channels, width, ...kernel];
  }

  /**
   * Request the numbers that the sum of an output needs.
   * @param {number[]} index
   */
  need([channel, ...out]) {
    const { geometry, arrays, server } = this;
    const first = geometry.groupOfOutput(channel) * geometry.width;
    for (const { tap, cell } of geometry.reads(out)) {
      for (let c = 0; c < geometry.width; c++) {
        if (cell && arrays.input.at([first + c, ...cell]) === undefined)
          server.fetch("input", arrays.originalInput, [first + c, ...cell], null);
        if (arrays.weight.at([channel, c, ...tap]) === undefined)
          server.fetch("weight", arrays.originalWeight, [channel, c, ...tap], null);
      }
    }
  }
}
