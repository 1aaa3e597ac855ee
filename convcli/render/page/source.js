/* Numbers that are not in the page: of arrays too large for it, `convcli show --serve` is asked, part by part. */

import { product } from "./layer.js";

const SETTLED_MS = 80; // that a layer must stand before its outputs are asked for: a slider passes through many
const PART_SIDE = 96; // cells of each axis around a place that are fetched at once
const MOST_FETCHED = 60000;

export class Server {
  constructor(address, arrived) {
    Object.assign(this, { address, arrived, asked: new Set(), layers: 0 });
  }

  /** Ask for the box of an array around an index, once; `arrived` is called when it is there. */
  fetch(name, array, index, layer) {
    if (!this.address) return;
    const size = boxAround(array.shape);
    const first = index.map((at, d) =>
      Math.min(
        Math.max(Math.floor(at / size[d]) * size[d], 0),
        Math.max(array.shape[d] - size[d], 0),
      ),
    );
    const key = `${name} ${first}`;
    if (this.asked.has(key)) return;
    this.asked.add(key);
    const query = new URLSearchParams({
      array: name,
      first: first.join(","),
      size: size.join(","),
      layer: JSON.stringify(layer),
    });
    const seen = this.layers;
    if (!layer) this.ask(array, query);
    else setTimeout(() => seen === this.layers && this.ask(array, query), SETTLED_MS);
  }

  ask(array, query) {
    fetch(`${this.address}?${query}`)
      .then((answer) => answer.json())
      .then((part) => {
        if (part.error) throw new Error(part.error);
        array.add(part);
        this.arrived();
      })
      .catch((error) => this.failed(error instanceof TypeError ? null : error.message)); // fetch's own: nobody answers
  }

  /** For another layer everything may be asked again. */
  forget() {
    this.asked.clear();
    this.layers++;
  }
}

/** The size of the boxes in which an array is fetched: whole on its leading axes as far as that is not too much. */
function boxAround(shape) {
  const size = shape.map((all) => Math.min(all, PART_SIDE));
  for (let d = 0; d < size.length; d++)
    while (product(size) > MOST_FETCHED && size[d] > 1) size[d] = Math.ceil(size[d] / 2);
  return size;
}
