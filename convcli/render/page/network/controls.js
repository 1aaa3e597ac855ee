/* The controls above the stage: which layer, which unit, and how the planes are shown. */

import { $, element } from "../elements.js";
import { NO_WORDS } from "../words.js";
import { FIT } from "./link.js";
import { INPUT } from "./network.js";

/** @typedef {import("../words.js").Words} Words */

export class Controls {
  /** @param {any} data @param {import("./network.js").Network} network */
  constructor(data, network) {
    this.data = data;
    this.network = network;
    this.words = NO_WORDS;
    /** @type {(unit: number[]) => void} */ this.move = () => {};
    /** @type {number[]} */ this.unit = [];
  }

  /** @param {import("./page.js").NetworkPage} page */
  listen(page) {
    this.move = (unit) => page.change({ unit });
    for (const [tag, { name }] of Object.entries(this.data.languages))
      $("#language").append(element("option", { value: tag, lang: tag }, name));
    /** @type {[string, string, () => void][]} */
    const hands = [
      ["#language", "change", () => page.change({ language: $("#language").value })],
      ["#layer", "change", () => page.choose(Number($("#layer").value))],
      ["#previous", "click", () => page.choose(page.state.at - 1)],
      ["#next", "click", () => page.choose(page.state.at + 1)],
      ["#every", "change", () => page.change({ every: $("#every").checked })],
      ["#flat", "change", () => page.change({ flat: $("#flat").checked })],
      ["#smaller", "click", () => page.zoomBy(-1)],
      ["#larger", "click", () => page.zoomBy(1)],
      ["#fit", "click", () => page.fit()],
    ];
    for (const [id, kind, act] of hands) $(id).addEventListener(kind, act);
  }

  /** Write the names of the layers. @param {Words} words @param {string} language */
  speak(words, language) {
    this.words = words;
    const { layers } = this.data;
    const options = [INPUT, ...layers.keys()].map((at) => {
      const text = at === INPUT ? words("input") : `${layers[at].name}  ${layers[at].short}`;
      return element("option", { value: `${at}` }, text);
    });
    $("#layer").replaceChildren(...options);
    $("#language").value = language;
  }

  /** @param {import("./link.js").State} state */
  show({ at, unit, every, flat, zoom }) {
    this.unit = unit;
    $("#layer").value = `${at}`;
    $("#previous").disabled = at === INPUT;
    $("#next").disabled = at === this.data.layers.length - 1;
    $("#every").checked = every;
    $("#flat").checked = flat;
    $("#fit").setAttribute("aria-pressed", `${zoom === FIT}`);
    const units = this.network.units(at);
    const focused = document.activeElement?.id ?? "";
    if ($("#unit").children.length !== units.length || !focused.startsWith("unit_"))
      $("#unit").replaceChildren(...units.map((size, d) => this.number(d, size)));
    for (const [d, value] of unit.entries())
      if (`unit_${d}` !== focused) $(`#unit_${d}`).value = `${value}`;
  }

  /** The number of a unit on an axis. @param {number} d @param {number} size of the axis */
  number(d, size) {
    const axis = this.data.axes[d];
    const label = this.words("unit.axis", { axis });
    const ends = { min: "0", max: `${size - 1}` };
    const input = element("input", {
      type: "number",
      ...ends,
      id: `unit_${d}`,
      "aria-label": label,
    });
    input.addEventListener("input", () => {
      const value = Math.round(Number(input.value));
      if (input.value !== "") this.move(this.unit.map((u, e) => (e === d ? value : u)));
    });
    return element("label", {}, `${axis} `, input);
  }
}
