/* The state of the page of a network. Every change goes through `change`, which redraws it. */

import { $ } from "../elements.js";
import { writeAddress } from "../frame.js";
import { shapeText } from "../svg.js";
import { NO_WORDS, wordsOf, writeWords } from "../words.js";
import { Card } from "./card.js";
import { Controls } from "./controls.js";
import { Drawing } from "./drawing.js";
import { listen } from "./hands.js";
import { FIT, fragmentOf, stateOf } from "./link.js";
import { INPUT, Network } from "./network.js";
import { Overview } from "./overview.js";
import { layoutOf, litPlanes, NO_LAYOUT, planeOf, planesOf } from "./planes.js";
import { cellsText, grouped, unitText } from "./spelling.js";

const ZOOMS = [0.4, 0.55, 0.75, 1, 1.35, 1.8, 2.4];
const SMALL = 600; // px of a window, below which the planes begin smaller
const LABELS_FROM = 0.7;
const PITCH = 104; // px of a plane with words, at a zoom of 1

/** @typedef {import("./link.js").State} State */

export class NetworkPage {
  /** @param {any} data */
  constructor(data) {
    this.data = data;
    this.words = NO_WORDS;
    /** @type {import("./planes.js").Plane[]} */ this.planes = [];
    this.layout = NO_LAYOUT;
    /** @type {ReturnType<typeof setTimeout> | undefined} */ this.keeping = undefined;
    this.frame = 0;
    this.network = new Network(data);
    this.drawing = new Drawing($("#stage svg"));
    this.overview = new Overview($("#stage"));
    this.card = new Card(data, this.network);
    this.controls = new Controls(data, this.network);
    const { layer, unit } = data.start;
    /** @type {State} */
    this.initial = {
      at: layer,
      unit,
      zoom: Math.min(innerWidth, innerHeight - 200) < SMALL ? 0.75 : 1,
      every: false,
      flat: false,
      language: data.language,
    };
    this.state = this.initial;
    /** @type {{at: number, unit: number[]} | null} */ this.hovered = null;
  }

  begin() {
    this.controls.listen(this);
    listen(this);
    this.fromAddress();
    addEventListener(
      "hashchange",
      () => `#${this.fragment()}` !== location.hash && this.fromAddress(),
    );
  }

  fragment() {
    return fragmentOf(this.state, this.initial, (at) => this.nameOf(at));
  }

  /** @param {number} at */
  nameOf(at) {
    return at === INPUT ? "input" : this.data.layers[at].name;
  }

  fromAddress() {
    const names = new Map([
      ["input", INPUT],
      ...this.data.layers.map((/** @type {any} */ { name }, /** @type {number} */ at) => [
        name,
        at,
      ]),
    ]);
    const known = {
      placeOf: (/** @type {string} */ name) => names.get(name),
      languages: this.data.languages,
    };
    const { state, refused } = stateOf(location.hash, this.initial, known);
    this.state = { ...state, unit: this.within(state.at, state.unit) };
    this.speak();
    $("#notice").textContent = refused
      .map((word) => this.words("link.refused", { word }))
      .join(" ");
    $("#notice").hidden = !refused.length;
    this.lay();
    this.reveal("instant");
  }

  /**
   * The unit of a layer that is nearest; the middle one where it has other axes.
   * @param {number} at @param {number[]} unit
   */
  within(at, unit) {
    const units = this.network.units(at);
    if (unit.length !== units.length) return units.map((size) => Math.floor(size / 2));
    return units.map((size, d) => Math.min(Math.max(unit[d], 0), size - 1));
  }

  /** @param {Partial<State>} part */
  change(part) {
    const before = this.state;
    const next = { ...before, ...part };
    this.state = { ...next, unit: this.within(next.at, next.unit) };
    this.hovered = null;
    if (part.language) this.speak();
    if (["zoom", "every", "flat", "language"].some((name) => name in part)) {
      this.lay();
      this.reveal("instant");
    } else this.look();
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => writeAddress(this.fragment(), null, false), 150);
  }

  /** The unit of a layer at the same part of the map as the chosen one. @param {number} at */
  alike(at) {
    const { state } = this;
    const [from, to] = [this.network.units(state.at), this.network.units(at)];
    const isAlike = from.length === to.length;
    const share = (/** @type {number} */ d) => (isAlike ? (state.unit[d] + 0.5) / from[d] : 0.5);
    return to.map((size, d) => Math.floor(share(d) * size));
  }

  /** Go to another layer. @param {number} at */
  choose(at) {
    this.change({ at, unit: this.alike(at) });
    this.reveal();
  }

  /** Write the texts of the language. */
  speak() {
    const { data } = this;
    this.words = wordsOf(data.languages, this.state.language);
    writeWords(this.words, this.state.language);
    const { layers, totals } = data;
    const input = shapeText(data.input.shape);
    const numbers = { parameters: grouped(totals.parameters), macs: grouped(totals.macs) };
    const title = this.words(layers.length === 1 ? "title.one" : "title", {
      count: layers.length,
      input,
    });
    $("#summary").textContent =
      `${title}${this.words("semicolon")}${this.words("totals", numbers)}`;
    this.card.build(this.words, (at) => this.choose(at));
    this.controls.speak(this.words, this.state.language);
  }

  lay() {
    const { every, zoom } = this.state;
    this.planes = planesOf(this.data.layers, this.data.input, every, this.words("input"));
    const scale = zoom === FIT ? this.fitting() : zoom;
    const labelled = scale >= LABELS_FROM;
    this.layout = layoutOf(this.planes, this.lookAt(scale));
    this.drawing.lay(this.planes, this.layout, labelled);
    this.overview.lay(this.layout);
    this.look();
  }

  /** How planes are laid out at a scale. @param {number} scale */
  lookAt(scale) {
    const { flat, zoom } = this.state;
    const pitch = scale >= LABELS_FROM ? PITCH * Math.max(scale, 0.9) : 0;
    return { scale, flat, pitch, narrow: zoom === FIT && scale < LABELS_FROM };
  }

  /** The scale at which the network is as wide as the stage. */
  fitting() {
    const room = $("#stage").clientWidth - 4;
    let [low, high] = [0.02, 1];
    for (let turn = 0; turn < 12; turn++) {
      const scale = (low + high) / 2;
      if (layoutOf(this.planes, this.lookAt(scale)).width > room) high = scale;
      else low = scale;
    }
    return low;
  }

  /** Show the hovered unit, or the chosen one. */
  look() {
    const { at, unit } = this.hovered ?? this.state;
    const [seen, reached] = [this.network.seen(at, unit), this.network.reached(at, unit)];
    const byPlane = (/** @type {Map<number, any>} */ lit) => litPlanes(this.planes, lit);
    const lights = {
      plane: planeOf(this.planes, at),
      unit,
      seen: byPlane(seen),
      reached: byPlane(reached),
    };
    this.drawing.light(lights);
    this.overview.light(lights);
    const lit = { at, unit, seen, reached };
    this.card.show(lit, !this.hovered);
    if (!this.hovered) {
      this.nameThePlanes(lights);
      this.controls.show(this.state);
    }
  }

  /** What a screen reader says of each plane; one of them takes the focus. @param {any} lights */
  nameThePlanes({ plane: own, unit, seen, reached }) {
    const { words, data } = this;
    for (const [n, { root }] of this.drawing.drawn.entries()) {
      const { name, shape, short } = this.planes[n];
      const cells = (/** @type {any} */ lit) => cellsText(lit, data.axes, words);
      let part = words("plane.apart");
      if (n === own) part = words("plane.unit", { unit: unitText(unit) });
      else if (seen.get(n)?.boxes.length) part = words("plane.seen", { cells: cells(seen.get(n)) });
      else if (reached.get(n)?.boxes.length)
        part = words("plane.reached", { cells: cells(reached.get(n)) });
      const fields = { name, shape: shapeText(shape), kind: short.join(" + ") };
      root.setAttribute("aria-label", `${words("plane", fields)}${words("semicolon")}${part}`);
      root.setAttribute("tabindex", n === own ? "0" : "-1");
      root.setAttribute("aria-pressed", `${n === own}`);
    }
  }

  /** Bring the chosen plane into sight. @param {ScrollBehavior} behavior */
  reveal(behavior = "smooth") {
    const plane = planeOf(this.planes, this.state.at);
    const { x, width } = this.layout.places[plane];
    const stage = $("#stage");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const left = x + width / 2 - stage.clientWidth * 0.6;
    stage.scrollTo({ left, behavior: calm ? "instant" : behavior });
  }

  /** Show the whole network, or as before. */
  fit() {
    this.change({ zoom: this.state.zoom === FIT ? this.initial.zoom : FIT });
  }

  /** @param {{at: number, unit: number[]} | null} place */
  hover(place) {
    const now = this.hovered;
    if (now?.at === place?.at && now?.unit.join() === place?.unit.join()) return;
    this.hovered = place;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.look());
  }

  /** @param {number} by */
  zoomBy(by) {
    const now = this.state.zoom === FIT ? this.fitting() : this.state.zoom;
    const next =
      by > 0
        ? ZOOMS.find((each) => each > now + 0.01)
        : ZOOMS.findLast((each) => each < now - 0.01);
    if (next) this.change({ zoom: next });
  }
}
