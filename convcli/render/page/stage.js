/* The stage: the three panels with their numbers and marks, for a state and a focus. */

import { Contents } from "./contents.js";
import { $ } from "./elements.js";
import { fillOutputs, requestPlane } from "./filling.js";
import { fitted, isCompact, LARGEST, LARGEST_PROJECTED } from "./fitting.js";
import { marksOf, outlines } from "./marks.js";
import { MOST_NUMBERED, Panel } from "./panel.js";
import { indexOf, placeOf, planeSpans } from "./place.js";
import { planeReader } from "./plane_reader.js";
import { choosePlane, largePlanes } from "./planes.js";

/** @type {PanelName[]} */
const NAMES = ["input", "weight", "output"];

export class Stage {
  /**
   * @param {any} page the words, the operands, the server and the ticks of the page
   * @param {number} rank
   */
  constructor(page, rank) {
    this.page = page;
    this.rank = rank;
    this.filling = { frame: 0 };
    const chosen = (
      /** @type {Panel} */ panel,
      /** @type {number} */ axis,
      /** @type {number} */ at,
    ) => page.choosePlane(panel, axis, at);
    this.panels = Object.fromEntries(
      NAMES.map((name) => [name, new Panel(name, rank, page.words, chosen)]),
    );
    /** @type {any} the contents of the state that was laid out */
    this.contents = null;
  }

  get geometry() {
    return this.contents.geometry;
  }

  get arrays() {
    return this.contents.arrays;
  }

  /** The output channel whose kernel is shown. */
  get channel() {
    return this.contents?.channel ?? 0;
  }

  /**
   * Lay out the panels for a state.
   * @param {State} state
   */
  lay(state) {
    const first = this.contents ? undefined : placeOf(state.selected.index, this.rank);
    const channel = Math.min(this.channel, state.layer.out_channels - 1);
    this.contents = new Contents(this.page, state, channel);
    const { outs, layer, sizes } = this.geometry;
    const kernel = layer.axes.map((/** @type {Axis} */ axis) => axis.kernel_size);
    const padded = (/** @type {number} */ d) =>
      layer.transposed ? [0, 0] : [layer.axes[d].before, layer.axes[d].after];
    const spans = {
      input: planeSpans(sizes, padded),
      weight: planeSpans(kernel, () => [0, 0]),
      output: planeSpans(outs, (d) => this.geometry.cropped(d)),
    };
    const channels = {
      input: layer.in_channels,
      weight: this.geometry.width,
      output: layer.out_channels,
    };
    const deep = { input: sizes, weight: kernel, output: outs };
    for (const name of NAMES) {
      const lead = [channels[name], ...(this.rank === 3 ? [deep[name][0]] : [])];
      this.panels[name].lay(lead, ...spans[name], name === "weight" ? undefined : first);
      this.panels[name].letters = 1;
      this.panels[name].title = this.contents.titleOf(name, this.panels[name].lead);
    }
    this.fit();
  }

  /** Whether the room is another than the one that the cells were fitted to. */
  get isRoomOther() {
    const room = $("#stage");
    return `${this.room}` !== `${[room.clientWidth, room.clientHeight]}`;
  }

  /** The room for the panels, and what is around it, in CSS pixels. */
  get roomInside() {
    const room = $("#stage");
    const style = getComputedStyle(room);
    const sides = Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight);
    const ends = Number.parseFloat(style.paddingTop) + Number.parseFloat(style.paddingBottom);
    const largest = this.page.state.ticks.projector ? LARGEST_PROJECTED : LARGEST;
    const [width, height] = [room.clientWidth - sides, room.clientHeight - ends];
    return { size: { width, height, largest }, ends };
  }

  /** @returns {any} */
  get needs() {
    return Object.fromEntries(NAMES.map((name) => [name, this.panels[name].needs]));
  }

  /** The height that the stage would take of `most` CSS pixels. @param {number} most */
  heightIn(most) {
    const { size, ends } = this.roomInside;
    return fitted({ ...size, height: most - ends }, this.needs).height + ends;
  }

  /** Choose the arrangement and the sizes of the cells for the room, and draw everything. */
  fit() {
    for (const panel of Object.values(this.panels)) this.measureLetters(panel);
    const room = $("#stage");
    this.room = [room.clientWidth, room.clientHeight];
    const { size } = this.roomInside;
    room.classList.toggle("compact", isCompact(size));
    const { arrangement, cells, frames } = fitted(size, this.needs);
    room.dataset.arrangement = arrangement;
    for (const name of NAMES) this.panels[name].build(cells[name], frames[name]);
    this.dress();
  }

  /**
   * Set the letters of a panel's longest number, if it may be drawn with numbers.
   * @param {Panel} panel
   */
  measureLetters(panel) {
    const [[top, bottom], [left, right]] = [panel.shown.rows, panel.shown.columns];
    if ((bottom - top) * (right - left) > MOST_NUMBERED) return;
    panel.letters = Math.max(panel.letters, this.page.ticks.letters(this.contents, panel.name));
    for (let row = top; row < bottom; row++)
      for (let col = left; col < right; col++) {
        const value = this.contents.valueOn(panel, panel.lead, row, col, true);
        const letters = (value ?? null) === null ? 1 : this.arrays.numbers.inCell(value).length;
        if (letters > panel.letters) panel.letters = letters;
      }
  }

  /** Set the kinds and the numbers of all panels. */
  dress() {
    for (const panel of Object.values(this.panels)) this.dressPanel(panel);
    this.filling = fillOutputs(this.contents, this.panels.output, this.filling);
  }

  /** @param {Panel} panel */
  dressPanel(panel) {
    const { name, lead } = panel;
    const shape = { ...this.arrays, weight: { shape: this.contents.weightShape() } }[name].shape;
    const added = name === "weight" ? "added_taps" : "added_cells";
    const notice = this.arrays[name].hasAdded ? this.page.words(added) : "";
    panel.dress(
      {
        label: this.contents.titleOf(name, lead),
        kind: (row, col) => this.contents.kindOn(panel, row, col),
        value: (row, col) => this.contents.valueOn(panel, lead, row, col, panel.size.isNumbered),
        ...(panel.size.isNumbered ? null : planeReader(this.contents, panel)),
        numbers: this.arrays.numbers,
      },
      shape.join("\u00d7"),
      notice,
    );
    const index = (
      /** @type {number[]} */ at,
      /** @type {number} */ row,
      /** @type {number} */ col,
    ) => indexOf({ lead: at, row, col }, this.rank);
    const [rows, columns] = (this.rank === 1 ? [1] : []).concat(
      shape.slice(-Math.min(this.rank, 2)),
    );
    if (this.page.server.address && !panel.size.isNumbered) requestPlane(this.contents, panel);
    panel.drawThumbnails(
      (at, row, col) => this.contents.thumbnailAt(name, index(at, row, col)),
      [rows, columns],
    );
  }

  /**
   * Mark the cells of a focus, on the planes that belong to it; `follow` brings them into view.
   * @param {Focus} focus
   * @param {boolean} follow
   */
  light(focus, follow) {
    const marks = marksOf(focus, this.geometry, this.channel);
    this.page.ticks.marks(this.contents, focus, marks);
    this.marks = marks;
    const isOtherKernel = marks.channel !== this.channel;
    this.contents.channel = marks.channel;
    const leads = largePlanes(focus, marks.channel, this.leads, this.geometry);
    for (const name of NAMES) {
      const panel = this.panels[name];
      const place = follow ? this.targetOf(name, focus, marks, leads[name]) : undefined;
      const isOther = panel.show(leads[name], place);
      if (isOther || (isOtherKernel && name === "weight")) this.redress(panel);
    }
    if (this.page.server.address && focus.panel === "output") this.contents.need(focus.index);
    this.mark(focus, marks);
    if (follow) this.reveal();
  }

  /** @returns {any} the leading indices of the large planes, by panel */
  get leads() {
    return Object.fromEntries(NAMES.map((name) => [name, this.panels[name].lead]));
  }

  /**
   * Show the planes that belong to the choice of one; returns what is selected then.
   * @param {{panel: PanelName, axis: number, at: number}} choice
   * @param {Focus} selected
   * @returns {Focus}
   */
  choose(choice, selected) {
    const chosen = choosePlane(choice, selected, this.leads, this.geometry);
    for (const name of NAMES)
      if (this.panels[name].show(chosen.leads[name], undefined)) this.redress(this.panels[name]);
    return chosen.selected;
  }

  /**
   * Mark the two cells of one product of an output, on the planes that hold them.
   * @param {Focus} focus
   * @param {Term | undefined} term
   */
  point(focus, term) {
    if (term && focus.panel === "output") {
      const { weight } = this.panels;
      const lead = [term.channel % this.geometry.width, ...term.tap.slice(0, this.rank - 2)];
      if (weight.show(lead.slice(0, weight.lead.length), undefined)) this.redress(weight);
    }
    this.light({ ...focus, term }, false);
  }

  /** @param {Panel} panel */
  redress(panel) {
    const letters = panel.letters;
    this.measureLetters(panel);
    if (panel.size.isNumbered && panel.letters > letters) this.fit();
    else {
      this.dressPanel(panel);
      if (panel.name === "output") this.filling = fillOutputs(this.contents, panel, this.filling);
    }
  }

  /**
   * @param {Focus} focus
   * @param {Marks} marks
   */
  mark(focus, marks) {
    const { layer } = this.geometry;
    const isAside = {
      input: (/** @type {number} */ c) => this.geometry.groupOfInput(c) !== marks.group,
      weight: () => false,
      output: (/** @type {number} */ c) => this.geometry.groupOfOutput(c) !== marks.group,
    };
    const strides = layer.axes.map((/** @type {Axis} */ axis) => axis.stride).slice(-2);
    const steps = this.rank === 1 ? [1, strides[0]] : strides;
    for (const name of NAMES) {
      const panel = this.panels[name];
      const boxes = panel.mark(marks[name], outlines);
      panel.markThumbnails(marks[name], isAside[name]);
      // The window of an output slides over the input; the stamp of an input over the output.
      const [from, on, kind] = layer.transposed
        ? ["input", "output", "result"]
        : ["output", "input", "window"];
      const isMeasured = focus.panel === from && name === on;
      panel.rulers.show((isMeasured && boxes.find((box) => box.kind === kind)) || null, steps);
    }
  }

  /**
   * The place of a panel that a large array is cut around: of the focus, or amid its marks.
   * @param {PanelName} name
   * @param {Focus} focus
   * @param {Marks} marks
   * @param {number[]} lead
   * @returns {Place | undefined}
   */
  targetOf(name, focus, marks, lead) {
    if (name === focus.panel)
      return placeOf(name === "weight" ? focus.index.slice(1) : focus.index, this.rank);
    const own = marks[name].filter(([place]) => `${place.lead}` === `${lead}`);
    return own[Math.floor(own.length / 2)]?.[0];
  }

  /** Scroll the stage, where its panels do not fit, until the marked cells are visible. */
  reveal() {
    const room = $("#stage");
    if (room.scrollHeight <= room.clientHeight && room.scrollWidth <= room.clientWidth) return;
    const outer = room.getBoundingClientRect();
    for (const name of NAMES) {
      const panel = this.panels[name];
      const mark = this.marks?.[name].find(([place]) => `${place.lead}` === `${panel.lead}`);
      if (!mark) continue;
      const inner = panel.plane.rectangle(mark[0].row, mark[0].col);
      room.scrollTop +=
        Math.max(0, inner.bottom - outer.bottom) - Math.max(0, outer.top - inner.top);
      room.scrollLeft +=
        Math.max(0, inner.right - outer.right) - Math.max(0, outer.left - inner.left);
    }
  }
}
