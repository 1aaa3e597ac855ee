/* The sliders of every axis. Each ends where the layer would become illegal, and shows why. */

import { LEAST, PADDING_MODES, SLIDER_ENDS } from "./constants.js";
import { element } from "./elements.js";
import { axisNames, fault } from "./layer.js";

/**
 * The layer with new values of some parameters on one axis.
 * @param {Layer} layer
 * @param {number} d
 * @param {Partial<Axis>} values
 * @returns {Layer}
 */
export function withAxis(layer, d, values) {
  return {
    ...layer,
    axes: layer.axes.map((axis, at) => (at === d ? { ...axis, ...values } : axis)),
  };
}

/**
 * The layer in the other direction, on the same channels and without output_padding.
 * @param {Layer} layer
 * @returns {Layer}
 */
export function turned(layer) {
  return {
    ...layer,
    transposed: !layer.transposed,
    axes: layer.axes.map((axis) => ({ ...axis, output_padding: 0 })),
  };
}

/**
 * The legal values around the present one, and the faults beyond: {least, most, below, above}.
 * @param {Layer} layer
 * @param {number[]} sizes
 * @param {number} d
 * @param {string[]} names
 * @returns {{ least: number, most: number, below: Reason | null, above: Reason | null }}
 */
function legalRange(layer, sizes, d, names) {
  const at = (/** @type {number} */ value) =>
    fault(withAxis(layer, d, Object.fromEntries(names.map((name) => [name, value]))), sizes);
  const axis = /** @type {any} */ (layer.axes[d]);
  const now = Math.max(...names.map((name) => axis[name]));
  const end = Math.max(SLIDER_ENDS[names[0]], now);
  let [least, most] = [now, now];
  while (least > LEAST[names[0]] && !at(least - 1)) least--;
  while (most < end && !at(most + 1)) most++;
  return {
    least,
    most,
    below: least > LEAST[names[0]] ? at(least - 1) : null,
    above: most < end || at(most + 1) ? at(most + 1) : ["fault.slider", {}],
  };
}

export class Controls {
  /**
   * @param {HTMLElement} root
   * @param {Translate} words
   * @param {(layer: Layer, kind?: string) => void} change
   */
  constructor(root, words, change) {
    this.root = root;
    this.words = words;
    this.change = change;
    this.apart = false;
    /** @type {any[]} */
    this.sliders = [];
    /** @type {Layer} */
    this.layer = null;
    /** @type {number[]} */
    this.sizes = [];
  }

  /**
   * Build all controls: one padding slider per axis, or two if padding is asymmetric.
   * @param {Layer} layer
   */
  build(layer) {
    const focused = this.root.contains(document.activeElement) ? document.activeElement.id : null;
    this.apart ||= layer.axes.some((axis) => axis.before !== axis.after);
    this.sliders = [];
    const axes = layer.axes.map((_, d) => this.axis(layer, d));
    this.mode = this.choice(
      "padding_mode",
      Object.keys(PADDING_MODES),
      (/** @type {string} */ mode) => this.change({ ...this.layer, padding_mode: mode }),
    );
    this.transposed = this.check("transposed", () => this.turn());
    const apart = this.check(this.words("apart"), () => this.split());
    this.apartBox = apart.box;
    this.root.replaceChildren(
      ...axes,
      element(
        "fieldset",
        {},
        element("legend", {}, this.words("all_axes")),
        this.mode.line,
        this.transposed.line,
        apart.line,
      ),
    );
    if (focused) document.getElementById(focused)?.focus();
  }

  /** Change the direction, if the layer is legal in the other one. */
  turn() {
    const other = turned(this.layer);
    if (fault(other, this.sizes)) this.transposed.box.checked = this.layer.transposed;
    else this.change(other);
  }

  split() {
    this.apart = this.apartBox.checked;
    const layer = this.apart
      ? this.layer
      : this.layer.axes.reduce(
          (even, axis, d) => withAxis(even, d, { after: axis.before }),
          this.layer,
        );
    const usable = fault(layer, this.sizes) ? this.layer : layer;
    this.build(usable);
    this.change(usable);
  }

  /**
   * @param {Layer} layer
   * @param {number} d
   */
  axis(layer, d) {
    const names = [
      ["kernel_size"],
      ["stride"],
      ["dilation"],
      ...(this.apart ? [["before"], ["after"]] : [["before", "after"]]),
      ["output_padding"],
    ];
    const lines = names.map((parameters) => this.slider(d, parameters));
    return element(
      "fieldset",
      {},
      element("legend", {}, this.words("axis", { axis: axisNames(layer)[d] })),
      ...lines,
    );
  }

  /**
   * @param {number} d
   * @param {string[]} parameters that the slider sets together
   */
  slider(d, parameters) {
    const name =
      parameters.length > 1
        ? "padding"
        : LEAST[parameters[0]] === 0 && parameters[0] !== "output_padding"
          ? `padding ${parameters[0]}`
          : parameters[0];
    const id = `${parameters[0]}_${d}`;
    const range = element("input", {
      type: "range",
      id,
      step: "1",
      "aria-describedby": `${id}_why`,
    });
    const shown = element("output", { htmlFor: id });
    const why = element("small", { id: `${id}_why`, className: "why" });
    const line = element(
      "div",
      { className: "control" },
      element("label", { htmlFor: id }, name),
      range,
      shown,
      why,
    );
    range.addEventListener("input", () => {
      const value = Number(range.value);
      this.change(
        withAxis(
          this.layer,
          d,
          Object.fromEntries(parameters.map((parameter) => [parameter, value])),
        ),
        id,
      );
    });
    this.sliders.push({ d, parameters, range, shown, why, line });
    return line;
  }

  /**
   * @param {string} name
   * @param {string[]} values
   * @param {(value: string) => void} chosen
   */
  choice(name, values, chosen) {
    const box = element(
      "select",
      { id: name },
      ...values.map((value) => element("option", { value }, value)),
    );
    const why = element("small", { className: "why", id: `${name}_why` });
    box.setAttribute("aria-describedby", why.id);
    box.addEventListener("change", () => chosen(box.value));
    return {
      box,
      why,
      line: element(
        "div",
        { className: "control" },
        element("label", { htmlFor: name }, name),
        box,
        why,
      ),
    };
  }

  /**
   * @param {string} name
   * @param {() => void} chosen
   */
  check(name, chosen) {
    const id = name.replaceAll(/\W+/g, "_") || "choice";
    const box = element("input", { type: "checkbox", id });
    const why = element("small", { className: "why", id: `${id}_why` });
    box.setAttribute("aria-describedby", why.id);
    box.addEventListener("change", chosen);
    return {
      box,
      why,
      line: element(
        "div",
        { className: "control" },
        element("label", { htmlFor: id }, name),
        box,
        why,
      ),
    };
  }

  /**
   * Set every control to the layer, and bound the sliders.
   * @param {Layer} layer
   * @param {number[]} sizes
   */
  update(layer, sizes) {
    this.layer = layer;
    this.sizes = sizes;
    if (!this.apart && layer.axes.some((axis) => axis.before !== axis.after)) this.build(layer);
    for (const slider of this.sliders) this.updateSlider(slider);
    this.apartBox.checked = this.apart;
    const refused = Object.keys(PADDING_MODES).map((mode) =>
      fault({ ...layer, padding_mode: mode }, sizes),
    );
    for (const [at, option] of [...this.mode.box.options].entries())
      option.disabled = refused[at] !== null;
    this.mode.box.value = layer.padding_mode;
    this.mode.why.textContent = [
      ...new Set(refused.filter(Boolean).map((reason) => this.words(...reason))),
    ].join(this.words("semicolon"));
    const other = fault(turned(layer), sizes);
    this.transposed.box.checked = layer.transposed;
    // `disabled` would take the keyboard focus away.
    this.transposed.box.setAttribute("aria-disabled", `${other !== null}`);
    this.transposed.why.textContent = other ? this.words(...other) : "";
  }

  /** @param {any} slider */
  updateSlider({ d, parameters, range, shown, why, line }) {
    const value = /** @type {any} */ (this.layer.axes[d])[parameters[0]];
    const { least, most, below, above } = legalRange(this.layer, this.sizes, d, parameters);
    Object.assign(range, { min: `${least}`, max: `${most}`, value: `${value}` });
    // `disabled` would take the keyboard focus away.
    range.setAttribute("aria-disabled", `${least === most}`);
    shown.textContent = value;
    line.hidden = parameters[0] === "output_padding" && !this.layer.transposed;
    const reasons = [
      value === most && above ? this.words("most", { value: most, why: this.words(...above) }) : "",
      value === least && below
        ? this.words("least", { value: least, why: this.words(...below) })
        : "",
    ];
    why.textContent = reasons.filter(Boolean).join(" ");
    range.title = above ? this.words("most", { value: most, why: this.words(...above) }) : "";
  }
}
