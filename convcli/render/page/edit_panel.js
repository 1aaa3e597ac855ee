/* The fields of the arrays: sizes, channels, groups, what fills them, the bias; saving, pasting. */

import { openFile, saveArray } from "./edit_files.js";
import { GENERATORS } from "./edited.js";
import { $, element } from "./elements.js";
import { axisNames } from "./layer.js";

/** @typedef {import("./edits.js").ArrayName} ArrayName */

export class EditPanel {
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    this.root = $("#arrays");
    /** @type {{field: any, read: (state: State) => number}[]} */
    this.numbers = [];
    /** @type {Record<string, any>} */
    this.fills = {};
  }

  build() {
    const { words } = this.page;
    this.numbers = [];
    const names = axisNames(this.page.initial.layer);
    const sizes = names.map((/** @type {string} */ name, /** @type {number} */ d) =>
      this.number(
        `size_${d}`,
        name,
        ({ sizes }) => sizes[d],
        (state, size) => ({
          sizes: this.isLinked ? state.sizes.map(() => size) : state.sizes.with(d, size),
        }),
      ),
    );
    this.root.replaceChildren(
      element("p", { className: "hint" }, words("edit.hint")),
      this.group(words("input"), "input", [
        ...sizes,
        ...(names.length > 1 ? [this.link(names)] : []),
        this.channels("in_channels"),
      ]),
      this.group(words("weight"), "weight", [
        this.channels("out_channels"),
        this.channels("groups"),
        this.depthwise(),
        this.biasField(),
      ]),
    );
  }

  /**
   * @param {string} legend
   * @param {ArrayName} name
   * @param {HTMLElement[]} fields
   */
  group(legend, name, fields) {
    const { words } = this.page;
    const button = (
      /** @type {string} */ word,
      /** @type {() => void} */ act,
      label = words(`edit.${word}`),
    ) => {
      const made = element("button", { type: "button", id: `${name}_${word}` }, label);
      made.addEventListener("click", act);
      return made;
    };
    const buttons = [
      button("random", () => this.page.editing.fill(name, "random")),
      button("paste", () => this.openPaste(name)),
      button("npy", () => saveArray(this.page, name, "npy"), words("edit.save", { kind: ".npy" })),
      button("csv", () => saveArray(this.page, name, "csv"), ".csv"),
    ];
    if (name === "input") buttons.push(this.pictureButton());
    return element(
      "fieldset",
      { className: "array" },
      element("legend", {}, legend),
      element("div", { className: "fields" }, ...fields),
      this.fill(name),
      element("div", { className: "buttons" }, ...buttons),
      this.pasteBox(name),
    );
  }

  /** Opens a picture, or a file of numbers, as the input. */
  pictureButton() {
    const field = element("input", { type: "file", id: "picture", hidden: true });
    field.accept = "image/*,.csv,.txt";
    field.addEventListener("change", () => {
      if (field.files?.[0]) openFile(this.page, field.files[0]);
      field.value = "";
    });
    const text = this.page.words("edit.open");
    const button = element("button", { type: "button", id: "open_picture" }, text);
    button.addEventListener("click", () => field.click());
    button.append(field);
    return button;
  }

  /**
   * A field of an integer of the state.
   * @param {string} id
   * @param {string} label
   * @param {(state: State) => number} read
   * @param {(state: State, value: number) => Partial<State>} part
   */
  number(id, label, read, part) {
    const field = element("input", { type: "number", id, min: "1", step: "1" });
    field.addEventListener("change", () => {
      const { state } = this.page;
      const isTaken = this.page.editing.change({}, part(state, Number(field.value)), id);
      if (!isTaken) field.value = `${read(state)}`;
    });
    this.numbers.push({ field, read });
    return element("label", { className: "number" }, label, field);
  }

  /** @param {"in_channels" | "out_channels" | "groups"} name */
  channels(name) {
    return this.number(
      name,
      name,
      ({ layer }) => layer[name],
      ({ layer }, count) => ({
        layer: { ...layer, [name]: count },
      }),
    );
  }

  /** @param {string[]} names */
  link(names) {
    this.linked = element("input", { type: "checkbox", id: "linked", checked: true });
    return element("label", { className: "tick" }, this.linked, names.join(" = "));
  }

  /** Whether the axes change together. */
  get isLinked() {
    return Boolean(this.linked?.checked);
  }

  depthwise() {
    const button = element("button", { type: "button", id: "depthwise" }, "depthwise");
    button.addEventListener("click", () => {
      const { layer } = this.page.state;
      const count = layer.in_channels;
      const out = Math.ceil(layer.out_channels / count) * count;
      this.page.editing.change({}, { layer: { ...layer, groups: count, out_channels: out } });
    });
    return button;
  }

  biasField() {
    this.bias = element("input", { type: "text", id: "bias", autocomplete: "off" });
    this.bias.placeholder = this.page.words("edit.bias.none");
    this.bias.addEventListener("change", () => {
      this.page.editing.setBias(this.bias.value);
      this.updateBias();
    });
    return element("label", { className: "number wide" }, "bias", this.bias);
  }

  /** @param {ArrayName} name */
  fill(name) {
    const { words, data } = this.page;
    const option = (/** @type {string} */ value, /** @type {string} */ text) =>
      element("option", { value }, text);
    const generators = GENERATORS.filter((kind) => kind !== "random").map((kind) =>
      option(kind, words(`edit.fill.${kind}`)),
    );
    const kernels = name === "weight" ? Object.keys(data.kernels) : [];
    const box = element(
      "select",
      { id: `${name}_fill` },
      option("", words("edit.fill")),
      option("loaded", words("edit.fill.loaded")),
      ...generators,
      ...kernels.map((kernel) => option(`named:${kernel}`, kernel)),
    );
    box.setAttribute("aria-label", `${words(name)}${words("colon")}${words("edit.fill")}`);
    box.addEventListener("change", () => {
      const { value } = box;
      box.value = "";
      if (value) this.page.editing.fill(name, value);
    });
    this.fills[name] = box;
    return box;
  }

  /**
   * The area that a whole array is pasted or typed into.
   * @param {ArrayName} name
   */
  pasteBox(name) {
    const { words } = this.page;
    const area = element("textarea", { id: `${name}_text`, rows: 4, spellcheck: false });
    area.setAttribute("aria-label", words(`edit.whole.${name}`));
    area.placeholder = "1 2 3\n4 5 6";
    const take = element("button", { type: "button" }, words(`edit.whole.${name}`));
    const box = element("div", { className: "paste", hidden: true }, area, take);
    take.addEventListener("click", () => {
      if (this.page.editing.wholeText(name, area.value)) box.hidden = true;
    });
    return box;
  }

  /** @param {ArrayName} name */
  openPaste(name) {
    const area = $(`#${name}_text`);
    const box = area.parentElement;
    box.hidden = !box.hidden;
    if (!box.hidden) area.focus();
  }

  updateBias() {
    const { bias, numbers } = this.page.editing.arrays;
    this.bias.value = bias
      ? bias.map((/** @type {Value} */ value) => numbers.text(value)).join(" ")
      : "";
  }

  /** Show the values of the state. */
  update() {
    for (const { field, read } of this.numbers) field.value = `${read(this.page.state)}`;
    this.updateBias();
    const { words, editing } = this.page;
    const repeated = /** @type {const} */ (["input", "weight"]).filter(
      (name) => editing.arrays[name].hasRepeated,
    );
    $("#repeated").textContent = repeated
      .map((name) => words("repeated", { name: words(name) }))
      .join(words("comma"));
  }
}
