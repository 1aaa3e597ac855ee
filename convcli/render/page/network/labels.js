/* The words below the planes, and the brackets around the planes of a block. */

import { shapeText, short, svg } from "../svg.js";

/**
 * @typedef {import("./planes.js").Plane} Plane
 * @typedef {import("./planes.js").Layout} Layout
 */

const [LETTER, BOLD] = [6.4, 7.4]; // px of a letter, on average
const LINES = [13, 27, 40, 53]; // px of the lines of a label
export const HEIGHT_OF_LABELS = 62;
export const HEIGHT_OF_BLOCKS = 26;

/**
 * The name of a plane, its shape, its layer, and the layers that joined it.
 * @param {Plane[]} planes @param {Layout} layout @param {number} at @param {number} y
 */
export function labelOf(planes, layout, at, y) {
  const { name, shape, short: layers } = planes[at];
  const { x, width } = layout.places[at];
  const room = roomOf(layout, at) - 4;
  const [kind = "", ...rest] = (layers[0] ?? "").split(" ");
  const numbers = rest.filter((word) => !/^(\d+>\d+|no|bias)$/.test(word));
  const joined = layers.slice(1).map((each) => `+${each.replace(/BatchNorm\dd/, "BN")}`);
  const lines = [name, shapeText(shape), [kind, ...numbers].join(" "), joined.join(" ")];
  const label = svg("text", { class: "label", "data-plane": at });
  for (const [row, text] of lines.entries()) {
    const place = { x: x + width / 2, y: y + LINES[row] };
    label.append(svg("tspan", place, short(text, Math.floor(room / (row ? LETTER : BOLD)))));
  }
  label.append(svg("title", {}, [name, ...layers].join(" ")));
  return label;
}

/**
 * The px from the middle of a plane to that of its nearer neighbour.
 * @param {Layout} layout @param {number} at
 */
function roomOf({ places, width }, at) {
  const middles = places.map((place) => place.x + place.width / 2);
  const gaps = [middles[at] - middles[at - 1], middles[at + 1] - middles[at]];
  return Math.min(...gaps.filter(Number.isFinite), width);
}

/**
 * A bracket below the planes of each block.
 * @param {Plane[]} planes @param {Layout} layout @param {number} y
 */
export function bracketsOf(planes, { places }, y) {
  const made = [];
  for (let first = 0, last = 0; first < planes.length; first = last + 1) {
    const { block } = planes[first];
    last = first;
    while (planes[last + 1]?.block === block) last++;
    if (!block) continue;
    const [from, to] = [places[first].x, places[last].x + places[last].width];
    const text = short(block, Math.floor((to - from + 20) / LETTER));
    made.push(svg("path", { class: "bracket", d: `M${from} ${y - 5}v5H${to}v-5` }));
    made.push(svg("text", { class: "block", x: (from + to) / 2, y: y + 14 }, text));
  }
  return made;
}
