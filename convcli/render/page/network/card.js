/* The numbers: what the unit sees and what sees it, in words; and the table of all layers. */

import { $, element } from "../elements.js";
import { shapeText } from "../svg.js";
import { NO_WORDS } from "../words.js";
import { sizeOf } from "./boxes.js";
import { INPUT } from "./network.js";
import { cellsText, countText, fieldTexts, grouped, unitText } from "./spelling.js";

/**
 * @typedef {import("./network.js").Layer} Layer
 * @typedef {import("./boxes.js").Seen} Seen
 * @typedef {import("../words.js").Words} Words
 * @typedef {{at: number, unit: number[], seen: Map<number, Seen>, reached: Map<number, Seen>}} Lit
 */

const LIT = 2; // the column of what is lit

export class Card {
  /** @param {any} data @param {import("./network.js").Network} network */
  constructor(data, network) {
    this.data = data;
    this.network = network;
    this.words = NO_WORDS;
    /** @type {HTMLElement[]} */ this.rows = [];
  }

  /** @param {number} at */
  name(at) {
    return at === INPUT ? this.words("input") : this.data.layers[at].name;
  }

  /** Fill the table of all layers. @param {Words} words @param {(at: number) => void} choose */
  build(words, choose) {
    this.words = words;
    const columns = ["name", "output", "unit", "size", "jump", "start", "parameters", "layer"];
    const isNumber = (/** @type {string} */ each) =>
      ["parameters", "size", "jump", "start"].includes(each);
    const head = columns.map((each) =>
      element(
        "th",
        { scope: "col", className: isNumber(each) ? "number" : "" },
        words(`table.${each}`),
      ),
    );
    this.rows = [INPUT, ...this.data.layers.keys()].map((at) => {
      const button = element("button", { type: "button", className: "plain" }, this.name(at));
      button.addEventListener("click", () => choose(at));
      const { text, shape, parameters, field } =
        at === INPUT ? this.inputRow() : this.data.layers[at];
      const { size, jump, start } = fieldTexts(field);
      const cells = [
        shapeText(shape),
        "",
        size,
        jump,
        start,
        parameters ? grouped(parameters) : "",
        text,
      ];
      const rest = cells.map((cell, n) =>
        element("td", { className: isNumber(columns[n + 1]) ? "number" : "" }, cell),
      );
      return element("tr", {}, element("th", { scope: "row" }, button), ...rest);
    });
    $("#layers table").replaceChildren(
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...this.rows),
    );
  }

  /**
   * The first row of the table: the input itself.
   * @returns {{text: string, shape: number[], parameters: number, field: number[] | null}}
   */
  inputRow() {
    return { text: "", shape: this.data.input.shape, parameters: 0, field: null };
  }

  /** Write what is lit. @param {Lit} lit @param {boolean} rests whether the table follows too */
  show(lit, rests) {
    const { at, unit, seen } = lit;
    const { words } = this;
    const key = at === INPUT ? "card.input" : unit.length ? "card" : "card.features";
    const title = words(key, { unit: unitText(unit), name: this.name(at) });
    const input = seen.get(INPUT) ?? { boxes: [], exact: true };
    /** @type {[string, (string | HTMLElement)[]][]} */
    const facts = [];
    if (at !== INPUT) {
      const count = input.boxes.length ? countText(input, this.data.input.cells, words) : "";
      facts.push([
        words(input.exact ? "sees" : "sees.most"),
        [cellsText(input, this.data.axes, words), count],
      ]);
      facts.push([words("field"), this.field(at)]);
    }
    facts.push(this.reaches(lit), ...this.proof(at));
    const list = facts.flatMap(([term, lines]) => [
      element("dt", {}, term),
      element("dd", {}, ...lines.filter(Boolean).map((line) => element("div", {}, line))),
    ]);
    const notes = [words("channels"), ...(this.data.axes.length > 2 ? [words("depth")] : [])];
    $("#card").replaceChildren(
      element("h2", {}, title),
      element("dl", {}, ...list),
      element("p", { className: "quiet" }, notes.join(" ")),
    );
    if (rests) this.follow(lit);
  }

  /** Size, jump and start of a layer, and what is unknown of it. @param {number} at */
  field(at) {
    const { field, known, seen, units } = this.data.layers[at];
    const { size, jump, start } = fieldTexts(field);
    const numbers = field
      ? this.words("field.numbers", { size, jump, start })
      : this.words(units.length ? "field.unknown" : "field.none");
    return known ? [numbers] : [numbers, this.words(seen ? "told" : "told.bound")];
  }

  /**
   * The units of the last layer that see the unit.
   * @param {Lit} lit @returns {[string, string[]]}
   */
  reaches({ at, reached }) {
    const { words } = this;
    const places = [...reached].filter(([place, { boxes }]) => place > at && boxes.length);
    const last = places.at(-1);
    if (!last) return [words("reaches"), [words("reaches.none")]];
    const [place, seen] = last;
    const units = this.network.units(place);
    const total = units.reduce((product, size) => product * size, 1);
    const number = units.length ? sizeOf(seen.boxes) : total;
    const cells = cellsText(seen, this.data.axes, words);
    const fields = {
      cells,
      name: this.name(place),
      number: grouped(number),
      total: grouped(total),
    };
    const text = words(number === total ? "reaches.all" : "reaches.last", fields);
    return [words(seen.exact ? "reaches" : "reaches.most"), [text]];
  }

  /** What --prove says. @param {number} at @returns {[string, (string | HTMLElement)[]][]} */
  proof(at) {
    const { proof } = this.data;
    if (!proof) return [];
    const { words } = this;
    const name = this.name(proof.layer);
    const holds = proof.derivations.every((/** @type {any} */ each) => each.count === 0);
    const verdict = element(
      "span",
      { className: holds ? "right" : "wrong" },
      words(holds ? "proof.holds" : "proof.fails", { name }),
    );
    const lines = proof.derivations.map((/** @type {any} */ { by, shape, units, count }) =>
      words(`proof.${by}`, { shape: shapeText(shape), units: units.join(" + "), name, count }),
    );
    if (proof.recorded) lines.push(words("proof.recorded"));
    return [[words("proof"), [verdict, ...(at === proof.layer ? lines : [])]]];
  }

  /** Write what is lit into the last column of the table. @param {Lit} lit */
  follow({ at, seen, reached }) {
    const { words } = this;
    for (const [n, row] of this.rows.entries()) {
      const place = n - 1;
      const lit = place < at ? seen.get(place) : reached.get(place);
      const key = place < at ? "table.seen" : "table.reached";
      const cells =
        place === at ? words("table.chosen") : lit?.boxes.length ? this.lit(key, place, lit) : "";
      row.children[LIT].textContent = cells;
      row.className = place === at ? "chosen" : "";
    }
  }

  /** @param {string} key @param {number} place @param {Seen} lit */
  lit(key, place, lit) {
    const { words, data } = this;
    if (!this.network.units(place).length) return words(`${key}.whole`);
    return words(key, { cells: cellsText(lit, data.axes, words) + (lit.exact ? "" : " (\u2264)") });
  }
}
