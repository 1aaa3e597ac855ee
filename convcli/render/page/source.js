/* Fetches parts of arrays that are too large for the page from `convcli show --serve`. */

import { product } from "./layer.js";

const SETTLED_MS = 80; // before outputs are requested: a moving slider passes many layers
const PART_SIDE = 96; // of a fetched part
const MOST_FETCHED = 60000; // numbers of a part

export class Server {
  /**
   * @param {string | null} address
   * @param {() => void} arrived called when a part has come
   * @param {(message: string | null) => void} failed called with the reason, null if nobody answers
   */
  constructor(address, arrived, failed) {
    this.address = address;
    this.arrived = arrived;
    this.failed = failed;
    this.requested = new Set();
    this.layers = 0;
  }

  /**
   * Request the part of an array around an index, once.
   * @param {string} name
   * @param {any} array
   * @param {number[]} index
   * @param {any} [layer] of which the array is the output
   */
  fetch(name, array, index, layer) {
    if (!this.address) return;
    const size = partSize(array.shape);
    const first = index.map((at, d) =>
      Math.min(
        Math.max(Math.floor(at / size[d]) * size[d], 0),
        Math.max(array.shape[d] - size[d], 0),
      ),
    );
    const key = `${name} ${first}`;
    if (this.requested.has(key)) return;
    this.requested.add(key);
    const query = new URLSearchParams({
      array: name,
      first: first.join(","),
      size: size.join(","),
      layer: JSON.stringify(layer),
    });
    const seen = this.layers;
    if (!layer) this.request(array, query);
    else setTimeout(() => seen === this.layers && this.request(array, query), SETTLED_MS);
  }

  /**
   * @param {any} array
   * @param {URLSearchParams} query
   */
  request(array, query) {
    fetch(`${this.address}?${query}`)
      .then((answer) => answer.json())
      .then((part) => {
        if (part.error) throw new Error(part.error);
        array.add(part);
        this.arrived();
      })
      // `fetch` throws a TypeError if there is no answer.
      .catch((error) => this.failed(error instanceof TypeError ? null : error.message));
  }

  /** Forget the requests: another layer has other outputs. */
  forget() {
    this.requested.clear();
    this.layers++;
  }
}

/**
 * The size of the fetched parts: leading axes are halved first, until a part is small enough.
 * @param {number[]} shape
 */
function partSize(shape) {
  const size = shape.map((all) => Math.min(all, PART_SIDE));
  for (let d = 0; d < size.length; d++)
    while (product(size) > MOST_FETCHED && size[d] > 1) size[d] = Math.ceil(size[d] / 2);
  return size;
}
