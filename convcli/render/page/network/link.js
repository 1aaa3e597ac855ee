/* The fragment of the address: what differs from the start of the page. A link restores it. */

export const FIT = 0; // the zoom that shows the whole network

/**
 * @typedef {{at: number, unit: number[], zoom: number, every: boolean, flat: boolean,
 *   language: string}} State
 */

/**
 * Layer and unit, and how they are shown.
 * @param {State} state @param {State} initial @param {(at: number) => string} nameOf
 */
export function fragmentOf(state, initial, nameOf) {
  const words = [];
  const moved = state.at !== initial.at || state.unit.join() !== initial.unit.join();
  if (moved)
    words.push(`layer=${encodeURIComponent(nameOf(state.at))}`, `unit=${state.unit.join(",")}`);
  for (const name of /** @type {const} */ (["zoom", "every", "flat", "language"]))
    if (state[name] !== initial[name]) words.push(`${name}=${state[name]}`);
  return words.join("&");
}

/**
 * The state of a fragment, from `initial`; words that cannot be read are `refused`.
 * @param {string} fragment @param {State} initial
 * @param {{placeOf: (name: string) => number | undefined,
 *   languages: Record<string, unknown>}} known
 */
export function stateOf(fragment, initial, { placeOf, languages }) {
  const state = { ...initial };
  const refused = [];
  for (const word of fragment.replace(/^#/, "").split("&").filter(Boolean)) {
    const [name, text = ""] = word.split("=");
    const value = decoded(text);
    const place = name === "layer" ? placeOf(value) : undefined;
    const units = /^(\d{1,7}(,\d{1,7})*)?$/.test(value)
      ? value.split(",").filter(Boolean).map(Number)
      : null;
    if (place !== undefined) state.at = place;
    else if (name === "unit" && units) state.unit = units;
    else if (name === "zoom" && Number(value) >= 0 && Number(value) <= 4)
      state.zoom = Number(value);
    else if (name === "every" || name === "flat") state[name] = value === "true";
    else if (name === "language" && Object.hasOwn(languages, value)) state.language = value;
    else refused.push(word);
  }
  return { state, refused };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
