/* The edits of a state as words of the link: where an array comes from, and what was typed. */

import { numberOf } from "./edit_numbers.js";
import { GENERATORS } from "./edited.js";
import { product } from "./layer.js";

const LONGEST = 16000; // letters of a word; what is longer is not kept, and the link says so
const UNKEPT = "unkept";
/** @type {("input" | "weight" | "bias")[]} */
const TYPED = ["input", "weight", "bias"];
const GROUNDED = ["input", "weight"];

/** @param {Ground} ground */
function spelledGround({ kind, shape, values, name, start, seed, least, most }) {
  const at = `@${shape.join("x")}`;
  const limits = [start ?? seed, least, most].filter((part) => part !== undefined);
  const text = values
    ? name
      ? `named:${name}${at}`
      : `values${at}:${Array.from(values).join(",")}`
    : `${[kind, ...limits].join(":")}${at}`;
  return text.length > LONGEST ? `${UNKEPT}${at}` : text;
}

/** @param {Typed} typed */
function spelledTyped(typed) {
  const text = Object.entries(typed)
    .map(([key, value]) => `${key.replaceAll(",", ".")}:${value}`)
    .join(";");
  return text.length > LONGEST ? UNKEPT : text;
}

/**
 * The words of the edits, as [name, text].
 * @param {Edits} edits
 * @returns {[string, string][]}
 */
export function editWords(edits) {
  /** @type {[string, string][]} */
  const words = [];
  for (const name of GROUNDED) {
    const ground = edits.grounds[name];
    if (ground) words.push([`${name}_from`, spelledGround(ground)]);
  }
  for (const name of TYPED)
    if (Object.keys(edits[name]).length) words.push([`${name}_typed`, spelledTyped(edits[name])]);
  return words;
}

/**
 * The ground of a text; null if it cannot be read.
 * @param {string} text
 * @param {Record<string, any>} kernels by name
 * @returns {Ground | null}
 */
function groundOf(text, kernels) {
  const parts = /^(\w+)((?::[\w.-]+)*)@(\d+(?:x\d+)*)(?::(.*))?$/.exec(text);
  if (!parts) return null;
  const [, kind, rest, size, list] = parts;
  const shape = size.split("x").map(Number);
  if (!shape.every((length) => length >= 1) || product(shape) > 2 ** 20) return null;
  if (kind === "named") {
    const name = rest.slice(1);
    return Object.hasOwn(kernels, name) ? namedGround(name, kernels[name]) : null;
  }
  if (kind === "values") {
    const values = (list ?? "").split(",").map((word) => numberOf(word).value);
    const isWhole = values.length === product(shape) && !values.includes(undefined);
    return isWhole ? { kind, shape, values } : null;
  }
  if (!GENERATORS.includes(kind)) return null;
  const limits = rest.split(":").slice(1).map(Number);
  if (!limits.every(Number.isSafeInteger)) return null;
  if (kind === "arange") return { kind, shape, start: limits[0] ?? 0 };
  if (kind !== "random") return { kind, shape };
  const [seed = 0, least = 0, most = 9] = limits;
  return least <= most ? { kind, shape, seed, least, most } : null;
}

/**
 * @param {string} name
 * @param {{shape: number[], values: number[]}} kernel
 * @returns {Ground}
 */
export function namedGround(name, { shape, values }) {
  return { kind: "named", name, shape: [1, 1, ...shape], values };
}

/**
 * What was typed, of a text; null if it cannot be read.
 * @param {string} text
 * @param {number} axes
 * @returns {Typed | null}
 */
function typedOf(text, axes) {
  /** @type {Typed} */
  const typed = {};
  for (const pair of text.split(";")) {
    const [key, word = ""] = pair.split(":");
    const { value } = numberOf(word);
    const index = key.split(".");
    if (value === undefined || index.length !== axes || !index.every((at) => /^-?\d+$/.test(at)))
      return null;
    typed[index.join()] = value;
  }
  return typed;
}

/**
 * The edits with what a word of the link adds; null if the word is of another kind or unreadable.
 * @param {Edits} edits
 * @param {string} name
 * @param {string} text
 * @param {number} rank
 * @param {Record<string, any>} kernels
 * @returns {Edits | null}
 */
export function withEditWord(edits, name, text, rank, kernels) {
  const [array, what] = name.split("_");
  if (what === "from" && GROUNDED.includes(array)) {
    const ground = groundOf(text, kernels);
    const axes = rank + (array === "weight" ? 2 : 1);
    return ground && ground.shape.length === axes
      ? { ...edits, grounds: { ...edits.grounds, [array]: ground } }
      : null;
  }
  if (what === "typed" && TYPED.includes(/** @type {any} */ (array))) {
    const axes = array === "bias" ? 1 : rank + (array === "weight" ? 2 : 1);
    const typed = typedOf(text, axes);
    return typed && { ...edits, [array]: typed };
  }
  return null;
}

/**
 * Whether a word of the link says that it does not hold an array.
 * @param {string} name
 * @param {string} text
 */
export const isUnkept = (name, text) =>
  /^(input|weight|bias)_(from|typed)$/.test(name) && text.startsWith(UNKEPT);
