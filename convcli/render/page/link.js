/* The fragment of the address: what differs from the start of the page. A link restores it. */

import { FASTEST, PADDING_MODES, SLOWEST } from "./constants.js";
import { withAxis } from "./controls.js";
import { editWords, isUnkept, withEditWord } from "./edit_link.js";

const CHANNELS = ["in_channels", "out_channels", "groups"];
const PER_AXIS = ["kernel_size", "stride", "dilation", "output_padding"];
const spellPad = (/** @type {Axis} */ axis) =>
  axis.before === axis.after ? `${axis.before}` : `${axis.before}:${axis.after}`;

/** @param {State} state */
const ticksOf = ({ ticks }) =>
  Object.keys(ticks)
    .filter((name) => ticks[name])
    .join(",");

/**
 * The fragment of a state: kernel_size=5,5&padding=1:2,0&output=0,1,2
 * @param {State} state
 * @param {State} initial
 * @returns {string}
 */
export function fragmentOf(state, initial) {
  const { layer } = state;
  const words = [["sizes", state.sizes.join(","), initial.sizes.join(",")]];
  for (const name of CHANNELS) {
    const [now, begun] = /** @type {any[]} */ ([layer, initial.layer]);
    words.push([name, `${now[name]}`, `${begun[name]}`]);
  }
  words.push(["bias", `${layer.bias}`, `${initial.layer.bias}`]);
  for (const name of PER_AXIS)
    words.push([
      name,
      layer.axes.map((/** @type {any} */ axis) => axis[name]).join(","),
      initial.layer.axes.map((/** @type {any} */ axis) => axis[name]).join(","),
    ]);
  words.push([
    "padding",
    layer.axes.map(spellPad).join(","),
    initial.layer.axes.map(spellPad).join(","),
  ]);
  words.push(["padding_mode", layer.padding_mode, initial.layer.padding_mode]);
  words.push(["transposed", `${layer.transposed}`, `${initial.layer.transposed}`]);
  const { panel, index } = state.selected;
  const begun = initial.selected.panel === panel ? initial.selected.index.join(",") : "";
  words.push(
    [panel, index.join(","), begun],
    ["pinned", `${state.pinned}`, "false"],
    ["speed", `${state.speed}`, `${initial.speed}`],
    ["ticks", ticksOf(state), ticksOf(initial)],
  );
  return [...words, ...editWords(state.edits).map(([name, text]) => [name, text, ""])]
    .filter(([, now, before]) => now !== before)
    .map(([name, now]) => `${name}=${now}`)
    .join("&");
}

const integers = (/** @type {string} */ text) =>
  text.split(",").map((word) => (/^-?\d{1,9}$/.test(word) ? Number(word) : NaN));

/**
 * The state of a fragment, from `initial`; words that cannot be read are `refused`, and arrays that
 * are too long for a link `unkept`.
 * @param {string} fragment
 * @param {State} initial
 * @param {Record<string, any>} kernels by name
 * @returns {{state: State, refused: string[], unkept: string[]}}
 */
export function stateOf(fragment, initial, kernels) {
  const state = { ...initial };
  const refused = [];
  const unkept = [];
  for (const word of fragment.replace(/^#/, "").split("&").filter(Boolean)) {
    const [name, written = ""] = word.split("=");
    const text = decodeURIComponentSafely(written);
    const edits = withEditWord(state.edits, name, text, state.sizes.length, kernels);
    const next = edits ? { edits } : applied(state, name, text);
    if (isUnkept(name, text)) unkept.push(name.split("_")[0]);
    else if (next) Object.assign(state, next);
    else refused.push(word);
  }
  return { state, refused, unkept };
}

/** @param {string} text */
function decodeURIComponentSafely(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The part of the state that a word sets; null if it cannot be read.
 * @param {State} state
 * @param {string} name
 * @param {string} text
 * @returns {Partial<State> | null}
 */
function applied(state, name, text) {
  const { layer } = state;
  const rank = layer.axes.length;
  if (CHANNELS.includes(name)) {
    const [count] = integers(text);
    return count >= 1 ? { layer: { ...layer, [name]: count } } : null;
  }
  if (name === "sizes") {
    const sizes = integers(text);
    return sizes.length === rank && !sizes.some(Number.isNaN) ? { sizes } : null;
  }
  if (PER_AXIS.includes(name)) {
    const values = integers(text);
    return values.length === rank && !values.some(Number.isNaN)
      ? {
          layer: values.reduce(
            (changed, value, d) => withAxis(changed, d, { [name]: value }),
            layer,
          ),
        }
      : null;
  }
  if (name === "padding") {
    const pads = text.split(",").map((pad) => integers(pad.replace(":", ",")));
    if (pads.length !== rank || pads.some((pad) => pad.length > 2 || pad.some(Number.isNaN)))
      return null;
    return {
      layer: pads.reduce(
        (changed, pad, d) => withAxis(changed, d, { before: pad[0], after: pad.at(-1) }),
        layer,
      ),
    };
  }
  if (name === "padding_mode")
    return Object.hasOwn(PADDING_MODES, text) ? { layer: { ...layer, padding_mode: text } } : null;
  if (name === "transposed" || name === "bias")
    return text === "true" || text === "false"
      ? { layer: { ...layer, [name]: text === "true" } }
      : null;
  if (name === "pinned")
    return text === "true" || text === "false" ? { pinned: text === "true" } : null;
  if (name === "speed")
    return Number(text) >= SLOWEST && Number(text) <= FASTEST ? { speed: Number(text) } : null;
  if (name === "ticks") {
    const on = text.split(",").filter(Boolean);
    if (on.some((tick) => !Object.hasOwn(state.ticks, tick))) return null;
    const ticks = Object.keys(state.ticks).map((tick) => [tick, on.includes(tick)]);
    return { ticks: Object.fromEntries(ticks) };
  }
  if (["input", "weight", "output"].includes(name)) {
    const index = integers(text);
    return index.length === rank + (name === "weight" ? 2 : 1) && !index.some(Number.isNaN)
      ? { selected: { panel: /** @type {PanelName} */ (name), index } }
      : null;
  }
  return null;
}
