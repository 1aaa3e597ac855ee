/* Elements of SVG, and the spelling of what stands in them. */

const NAMESPACE = "http://www.w3.org/2000/svg";

/**
 * A new element of SVG.
 * @param {string} tag @param {Record<string, string | number>} attributes @param {...string} texts
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...texts) {
  const made = /** @type {SVGElement} */ (document.createElementNS(NAMESPACE, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...texts);
  return made;
}

/** @param {number[]} shape */
export const shapeText = (shape) => shape.join("\u00d7");

/**
 * A text of at most so many letters, its middle left out.
 * @param {string} text @param {number} most
 */
export function short(text, most) {
  if (text.length <= most) return text;
  const kept = Math.max(1, most - 1);
  const head = Math.ceil(kept / 2);
  return `${text.slice(0, head)}\u2026${text.slice(text.length - (kept - head))}`;
}
