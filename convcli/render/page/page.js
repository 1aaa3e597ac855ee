/* The page: one state, and everything that is drawn from it. Every change goes through `change`. */

import { commandLine } from "./command.js";
import { Controls } from "./controls.js";
import { CellEditor } from "./edit_cell.js";
import { EditPanel } from "./edit_panel.js";
import { Editing } from "./edits.js";
import { $ } from "./elements.js";
import { embed } from "./embedding.js";
import { Explanation } from "./explanation.js";
import { listen } from "./hands.js";
import { History } from "./history.js";
import { product } from "./layer.js";
import { Lesson } from "./lesson.js";
import { writeCode, writeLines } from "./lines.js";
import { fragmentOf, stateOf } from "./link.js";
import { Notice } from "./notice.js";
import { Operands } from "./operands.js";
import { Player } from "./player.js";
import { Server } from "./source.js";
import { speak } from "./speak.js";
import { Stage } from "./stage.js";
import { noEdits, Store } from "./state.js";
import { Steppers } from "./steppers.js";
import { TickBoxes } from "./tick_boxes.js";
import { Ticks } from "./ticks.js";
import { wordsOf } from "./words.js";

export class Page {
  /** @param {any} data */
  constructor(data) {
    this.data = data;
    /** The tag of the language. */
    this.language = data.language;
    /** @type {Translate} */
    this.words = (key, fields) => wordsOf(data.languages, this.language)(key, fields);
    this.operands = new Operands(data);
    this.server = new Server(
      data.server,
      () => this.arrived(),
      (message) => this.notify(message ?? this.words("gone"), "layer"),
    );
    const layer = {
      ...data.layer,
      original_taps: product(data.weight.shape.slice(2)),
      original_cells: Math.max(product(data.input.shape), product(data.weight.shape)),
    };
    /** @type {State} */
    this.initial = {
      layer,
      sizes: data.sizes,
      edits: noEdits(),
      selected: data.selected,
      pinned: false,
      ticks: { ...Ticks.initial, ...data.ticks },
      speed: data.speed,
    };
    this.store = new Store(this.initial, (changed, isStep) => this.heard(changed, isStep));
    this.history = new History(this);
    this.ticks = new Ticks(this);
    this.tickBoxes = new TickBoxes($("#ticks"), this);
    this.stage = new Stage(this, data.sizes.length);
    this.player = new Player(this);
    this.editing = new Editing(this);
    this.cellEditor = new CellEditor(this);
    this.editPanel = new EditPanel(this);
    this.lesson = new Lesson(this);
    this.steppers = new Steppers(this);
    this.controls = new Controls($("#controls"), this.words, (layer, kind) =>
      this.change({ layer }, kind),
    );
    this.explanation = new Explanation(
      $("#explanation .head"),
      $("#explanation .text"),
      this.words,
    );
    /** @type {Focus | null} */
    this.hovered = null;
    this.text = "";
    this.notice = new Notice($("#notice"));
  }

  get state() {
    return this.store.state;
  }

  get contents() {
    return this.stage.contents;
  }

  begin() {
    speak(this, this.language);
    listen(this);
    this.fromAddress();
    this.history.listen();
    new ResizeObserver(() => this.stage.isRoomOther && this.refit()).observe($("#stage"));
    if (this.data.playground && !location.hash) this.lesson.open("lesson", true);
    embed(this);
  }

  fragment() {
    return fragmentOf(this.state, this.initial);
  }

  /** Take the state from the address; a notice names what cannot be read or is illegal. */
  fromAddress() {
    const { state, refused, unkept } = stateOf(location.hash, this.initial, this.data.kernels);
    const wrong = this.operands.faultOf(state);
    const { layer, sizes, edits } = this.initial;
    this.store.begin(wrong ? { ...state, layer, sizes, edits } : state);
    this.history.begin();
    const texts = [
      ...refused.map((word) => this.words("link.refused", { word })),
      ...[...new Set(unkept)].map((name) => this.words(`link.unkept.${name}`)),
      ...(wrong ? [this.words("link.fault", { why: this.words(...wrong) })] : []),
    ];
    if (texts.length) this.notify(texts.join(" "), "address");
    else this.notify(this.data.notice, "data");
    this.layOut();
  }

  /**
   * Change a part of the state; an illegal layer is refused, and a notice says why. Changes with
   * the same `kind` in quick succession are one step of undo. Returns whether it was changed.
   * @param {Partial<State>} part
   * @param {string} [kind]
   * @returns {boolean}
   */
  change(part, kind = "") {
    const wrong =
      part.layer || part.sizes || part.edits
        ? this.operands.faultOf({ ...this.state, ...part })
        : null;
    if (wrong) this.notify(this.words(...wrong), "refusal");
    else this.store.change(part, kind);
    return !wrong;
  }

  /**
   * Draw what follows from a change.
   * @param {Set<string>} changed
   * @param {boolean} isStep
   */
  heard(changed, isStep) {
    const isLayer = ["layer", "sizes", "edits"].some((name) => changed.has(name));
    if (isLayer || this.notice.of !== "layer") this.notify(this.data.notice, "data");
    if (isLayer || changed.has("ticks")) this.layOut();
    else this.look();
    this.history.keep(isStep);
  }

  layOut() {
    this.hovered = null;
    this.tickBoxes.update();
    this.stage.lay(this.state);
    this.controls.update(this.state.layer, this.state.sizes);
    this.steppers.update(this.state);
    this.editPanel.update();
    const selected = this.within(this.state.selected);
    if (`${selected.index}` !== `${this.state.selected.index}`) {
      this.store.state = { ...this.state, selected };
      this.store.timeline[this.store.at] = this.store.state;
    }
    writeLines(this.state, this.contents, this.words);
    this.look(true, true);
  }

  /** Fit the cells to the room again. */
  refit() {
    if (!this.contents) return;
    this.stage.fit();
    this.look(false);
  }

  /**
   * The shape of a panel's array; of the weight (C_out, C_in/groups, *kernel_size).
   * @param {PanelName} panel
   * @returns {number[]}
   */
  shapeOf(panel) {
    return this.contents.arrays[panel].shape;
  }

  /**
   * The nearest cell that there is, padding included.
   * @param {Focus} focus
   * @returns {Focus}
   */
  within({ panel, index }) {
    const shape = this.shapeOf(panel);
    const { layer } = this.contents.geometry;
    const hasPadding = panel === "input" && !layer.transposed;
    const around = (/** @type {number} */ d, /** @type {"before" | "after"} */ end) =>
      hasPadding ? Math.max(layer.axes[d - 1]?.[end] ?? 0, 0) : 0;
    return {
      panel,
      index: shape.map((size, d) =>
        Math.min(Math.max(index[d], -around(d, "before")), size + around(d, "after") - 1),
      ),
    };
  }

  /** Show the hovered cell, or the selected one. */
  look(follow = true, isLaid = false) {
    const focus = this.hovered ?? this.state.selected;
    this.stage.light(focus, follow);
    this.text = this.explanation.show(focus, this.contents);
    this.ticks.looked(this, focus, isLaid);
    $("#play").textContent = this.words(this.player.isPlaying ? "pause" : "play");
    $("#pin").setAttribute("aria-pressed", `${this.state.pinned}`);
    $("#speed").textContent = this.words("speed", { speed: this.state.speed });
    $("#step_number").textContent = this.words("step", {
      number: this.player.number(focus) + 1,
      count: product(this.shapeOf(focus.panel)),
      what: this.words(focus.panel),
    });
    $("#undo").setAttribute("aria-disabled", `${this.store.at === 0}`);
    $("#redo").setAttribute("aria-disabled", `${!this.store.has(this.store.at + 1)}`);
    this.lesson.update();
    if (this.hovered) return;
    for (const panel of Object.values(this.stage.panels)) {
      const own = panel.name === "weight" ? focus.index.slice(1) : focus.index;
      panel.setCurrent(panel.name === focus.panel ? own : null);
    }
    this.writeCommand();
  }

  writeCommand() {
    const { line, notes } = commandLine(this);
    writeCode($("#command code"), line);
    $("#command_note").textContent = notes.join(" ");
  }

  arrived() {
    clearTimeout(this.redress);
    this.redress = setTimeout(() => {
      this.stage.fit();
      this.look(false);
    }, 20);
  }

  /** @param {Focus | null} focus */
  hover(focus) {
    if (focus && (this.state.pinned || this.player.isPlaying)) return;
    this.hovered = focus;
    this.look(false);
  }

  /** Pin the hovered or selected cell, or unpin it. */
  pin(on = !this.state.pinned) {
    if (on) this.select(this.hovered ?? this.state.selected, true);
    else this.change({ pinned: false });
  }

  /**
   * Mark the two cells of one product of the sum; undefined marks none.
   * @param {Term | undefined} term
   */
  point(term) {
    const focus = this.state.selected;
    if (!this.player.isPlaying) this.stage.point(focus, term);
  }

  /**
   * Choose the large plane of a panel.
   * @param {any} panel
   * @param {number} axis
   * @param {number} at
   */
  choosePlane(panel, axis, at) {
    this.select(this.stage.choose({ panel: panel.name, axis, at }, this.state.selected));
  }

  /**
   * @param {Focus} focus
   * @param {boolean} pinned
   */
  select(focus, pinned = this.state.pinned) {
    this.hovered = null;
    this.change({ selected: this.within(focus), pinned });
    if (!this.player.isPlaying) $("#spoken").textContent = this.text;
  }

  /**
   * Show a notice until the next change; one of the layer until the next layer.
   * @param {string} text @param {string} of data, address, layer, edit or refusal
   */
  notify(text, of) {
    this.notice.say(text, of);
  }
}
