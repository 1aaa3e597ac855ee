/* Which layers are drawn as planes of their own, and where: a row of planes with arcs above it. */

import { INPUT } from "./network.js";

/**
 * @typedef {import("./network.js").Layer} Layer
 *
 * `at` is the first of `members`, whose units lie at the same places; `sources` are planes.
 * @typedef {{at: number, members: number[], sources: number[], name: string, shape: number[],
 *   units: number[], parameters: number, short: string[], block: string}} Plane
 *
 * The face is `wide` by `high` before it is turned; `deep` is what stands for the channels.
 * @typedef {{x: number, y: number, wide: number, high: number, deep: number, width: number}} Place
 * @typedef {{from: number, to: number, lane: number}} Arc
 * @typedef {{places: Place[], arcs: Arc[], lanes: number, width: number, middle: number,
 *   tilt: [number, number]}} Layout
 */

const TILT = /** @type {[number, number]} */ ([0.6, -0.25]); // where the columns of a face go
/** @type {Layout} */
export const NO_LAYOUT = { places: [], arcs: [], lanes: 0, width: 0, middle: 0, tilt: TILT };
const NARROW = /** @type {[number, number]} */ ([0.3, -0.16]); // where the whole network is shown
const FLAT = /** @type {[number, number]} */ ([1, 0]);
const LARGEST = 208; // px of the longest side of a face
const GROWTH = 0.36; // the power of a side that its px grow with: small maps stay readable
const SMALLEST = 16;
const STRIP = 10; // px of a map without columns, and of a layer without axes
const GAP = 30;
const MOST_LANES = 7;
export const LANE = 13;

/**
 * The planes of a network, the input first. Layers that change numbers alone join their source,
 * unless `every` layer is wanted.
 * @param {Layer[]} layers @param {{shape: number[], cells: number[]}} input @param {boolean} every
 * @param {string} name what the input is called
 * @returns {Plane[]}
 */
export function planesOf(layers, input, every, name) {
  /** @type {Plane[]} */
  const planes = [];
  planes.push({
    at: INPUT,
    members: [INPUT],
    sources: [],
    name,
    shape: input.shape,
    units: input.cells,
    parameters: 0,
    short: [],
    block: "",
  });
  const places = new Map([[INPUT, 0]]);
  for (const [at, layer] of layers.entries()) {
    if (layer.follows && !every) {
      const place = /** @type {number} */ (places.get(layer.sources[0]));
      planes[place].members.push(at);
      planes[place].short.push(layer.kind);
      planes[place].parameters += layer.parameters;
      places.set(at, place);
      continue;
    }
    const sources = [...new Set(layer.sources.map((source) => places.get(source) ?? 0))];
    const path = layer.name.split(".");
    places.set(at, planes.length);
    planes.push({
      at,
      members: [at],
      sources,
      name: path.length > 1 ? path.slice(1).join(".") : layer.name,
      shape: layer.shape,
      units: layer.units,
      parameters: layer.parameters,
      short: [layer.short],
      block: path.length > 1 ? path[0] : "",
    });
  }
  return planes;
}

/** The plane that shows a layer. @param {Plane[]} planes @param {number} at */
export const planeOf = (planes, at) => planes.findIndex((plane) => plane.members.includes(at));

/**
 * What is lit of each plane: its members see and are seen alike.
 * @template T
 * @param {Plane[]} planes @param {Map<number, T>} lit by layers @returns {Map<number, T>}
 */
export function litPlanes(planes, lit) {
  /** @type {Map<number, T>} */
  const found = new Map();
  for (const [n, { members }] of planes.entries()) {
    const member = members.find((at) => lit.has(at));
    if (member !== undefined) found.set(n, /** @type {T} */ (lit.get(member)));
  }
  return found;
}

/**
 * Where the planes stand. `scale` is 1 for planes with words below them.
 * @param {Plane[]} planes
 * @param {{scale: number, flat: boolean, narrow: boolean, pitch: number}} look
 * @returns {Layout}
 */
export function layoutOf(planes, { scale, flat, narrow, pitch }) {
  const tilt = flat ? FLAT : narrow ? NARROW : TILT;
  const longest = Math.max(...planes.map(({ units }) => Math.max(1, ...units.slice(-2))));
  const arcs = arcsOf(planes);
  const lanes = Math.max(0, ...arcs.map(({ lane }) => lane + 1));
  /** @type {Place[]} */
  const places = [];
  let x = GAP / 2;
  for (const plane of planes) {
    const { wide, high, deep } = sizesOf(plane, longest, scale);
    const width = deep + wide * tilt[0];
    const room = Math.max(width + GAP * Math.min(1, scale), pitch);
    places.push({ x: x + (room - width) / 2, y: 0, wide, high, deep, width });
    x += room;
  }
  const tallest = Math.max(...places.map(({ wide, high }) => high - tilt[1] * wide));
  const middle = lanes * LANE + 18 + tallest / 2;
  for (const place of places)
    place.y = middle - (place.high - tilt[1] * place.wide) / 2 - tilt[1] * place.wide;
  return { places, arcs, lanes, width: x + GAP / 2, middle, tilt };
}

/** @param {Plane} plane @param {number} longest @param {number} scale */
function sizesOf({ units, shape, parameters }, longest, scale) {
  const channels = shape.length > units.length ? (shape.at(-1 - units.length) ?? 1) : 1;
  const deep = (4 + 2.2 * Math.log2(Math.max(1, channels))) * Math.min(1, scale);
  if (units.length === 0 || isBar(units, shape)) {
    const features = Math.max(1, ...shape);
    return { wide: 0, high: (24 + 13 * Math.log2(features)) * scale, deep: STRIP * scale };
  }
  const [rows, columns] = units.length === 1 ? [units[0], 0] : units.slice(-2);
  const side = Math.max(rows, columns, 1);
  const cell = (Math.max(SMALLEST, LARGEST * (side / longest) ** GROWTH) / side) * scale;
  const wide = columns ? Math.max(columns * cell, 6) : STRIP * 3;
  return { wide, high: Math.max(rows * cell, 6), deep: parameters || channels > 1 ? deep : 3 };
}

/**
 * The px of a cell of a face, and how many there are.
 * @param {number[]} units @param {Place} place
 */
export function cellOf(units, { wide, high }) {
  const [rows, columns] = units.length === 1 ? [units[0], 1] : units.slice(-2);
  return { w: wide / Math.max(1, columns), h: high / Math.max(1, rows), rows, columns };
}

/** Whether a plane is a list of features. @param {number[]} units @param {number[]} shape */
export const isBar = (units, shape) =>
  units.length === 0 || (shape.length < 2 && units.every((size) => size === 1));

/**
 * How high the line of an arc is: above every plane that it passes.
 * @param {Arc} arc @param {Layout} layout
 */
export function heightOf({ from, to, lane }, { places, tilt }) {
  const tops = places.slice(from, to + 1).map(({ y, wide }) => y + tilt[1] * wide);
  return Math.min(...tops) - 14 - lane * LANE;
}

/**
 * The connections past planes that lie between, each in a lane of its own.
 * @param {Plane[]} planes
 */
function arcsOf(planes) {
  /** @type {Arc[]} */
  const arcs = planes.flatMap(({ sources }, to) =>
    sources.filter((from) => from < to - 1).map((from) => ({ from, to, lane: 0 })),
  );
  arcs.sort((a, b) => a.to - a.from - (b.to - b.from));
  /** @type {Arc[][]} */
  const taken = [];
  for (const arc of arcs) {
    const free = taken.findIndex((lane) => lane.every((b) => b.to <= arc.from || b.from >= arc.to));
    arc.lane = Math.min(free < 0 ? taken.length : free, MOST_LANES - 1);
    taken[arc.lane] = [...(taken[arc.lane] ?? []), arc];
  }
  return arcs;
}
