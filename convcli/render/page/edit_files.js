/* Arrays as files: saved as .npy or .csv; pictures and texts that are dropped onto the page. */

import { FILES } from "./command.js";
import { element } from "./elements.js";
import { product } from "./layer.js";
import { unraveled } from "./place.js";

const MOST_PICTURE_SIDE = 512; // of a side of a picture
const NPY_ALIGNMENT = 64;
const REVOKED_MS = 10_000;
/** @type {Record<string, [string, any]>} the type of a .npy file, and the array of its bytes */
const NPY_TYPES = {
  int64: ["<i8", BigInt64Array],
  float64: ["<f8", Float64Array],
  float32: ["<f4", Float32Array],
  float16: ["<f4", Float32Array], // holds every float16
};

/**
 * The numbers of an array of the page in torch's layout, {shape, values}.
 * @param {any} page
 * @param {"input" | "weight"} name
 */
export function savedArray(page, name) {
  const { arrays, geometry } = page.contents.plain ?? page.contents;
  const { layer, width, depth } = geometry;
  const array = arrays[name];
  const kernel = array.shape.slice(2);
  const isTurned = name === "weight" && layer.transposed;
  const shape = isTurned ? [layer.in_channels, depth, ...kernel] : array.shape;
  const values = Array.from({ length: product(shape) }, (_, number) => {
    const index = unraveled(number, shape);
    if (!isTurned) return array.at(index);
    const [c, o, ...tap] = index;
    const group = geometry.groupOfInput(c);
    return array.at([group * depth + o, c - group * width, ...tap]);
  });
  return { shape, values };
}

/**
 * The bytes of a .npy file.
 * @param {{shape: number[], values: Value[]}} array
 * @param {string} dtype
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function npyBytes({ shape, values }, dtype) {
  const [descr, Numbers] = NPY_TYPES[dtype];
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const head = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + head.length + 1) / NPY_ALIGNMENT) * NPY_ALIGNMENT;
  const text = `${head.padEnd(length - 11)}\n`;
  const numbers = new Numbers(dtype === "int64" ? values.map(BigInt) : values.map(Number));
  const bytes = new Uint8Array(length + numbers.byteLength);
  bytes.set([0x93, ...[..."NUMPY"].map((letter) => letter.charCodeAt(0)), 1, 0]);
  bytes.set([(length - 10) & 255, (length - 10) >> 8], 8);
  bytes.set(new TextEncoder().encode(text), 10);
  bytes.set(new Uint8Array(numbers.buffer), length);
  return bytes;
}

/**
 * The .npy file of an array of the page.
 * @param {any} page
 * @param {"input" | "weight"} name
 */
export const savedBytes = (page, name) =>
  npyBytes(savedArray(page, name), page.editing.arrays.numbers.dtype);

/**
 * Save an array of the page as a file.
 * @param {any} page
 * @param {"input" | "weight"} name
 * @param {"npy" | "csv"} kind
 */
export function saveArray(page, name, kind) {
  const { numbers } = page.editing.arrays;
  const { shape, values } = savedArray(page, name);
  if (values.includes(undefined)) {
    page.editing.refuse("edit.save.part");
    return;
  }
  const file = FILES[name].replace("npy", kind);
  if (kind === "npy") {
    download(new Blob([savedBytes(page, name)]), file);
    return;
  }
  const columns = shape[shape.length - 1];
  const planes = product(shape) / product(shape.slice(-2));
  if (planes > 1) {
    page.editing.refuse("edit.save.planes", { count: planes });
    return;
  }
  const lines = [];
  for (let at = 0; at < values.length; at += columns)
    lines.push(
      values
        .slice(at, at + columns)
        .map((value) => numbers.text(value))
        .join(","),
    );
  download(new Blob([`${lines.join("\n")}\n`]), file);
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function download(blob, name) {
  const href = URL.createObjectURL(blob);
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), REVOKED_MS);
}

/**
 * Take a file as the input: a picture as numbers 0..255, or a text of numbers.
 * @param {any} page
 * @param {File | Blob} file
 */
export async function openFile(page, file) {
  const { editing } = page;
  if (!file.type.startsWith("image/")) {
    if (file.size > 2 ** 23) editing.refuse("edit.file.large");
    else editing.wholeText(textTarget(page), await file.text());
    return;
  }
  const { in_channels } = page.state.layer;
  if (in_channels !== 1 && in_channels !== 3) {
    editing.refuse("edit.picture.channels", { count: in_channels });
    return;
  }
  try {
    const options = { colorSpaceConversion: /** @type {const} */ ("none") };
    takePicture(page, await createImageBitmap(file, options), in_channels);
  } catch {
    editing.refuse("edit.picture.unread");
  }
}

/** @param {any} page */
const textTarget = (page) => (page.state.selected.panel === "weight" ? "weight" : "input");

/**
 * @param {any} page
 * @param {ImageBitmap} picture
 * @param {1 | 3} channels
 */
function takePicture(page, picture, channels) {
  const scale = Math.min(1, MOST_PICTURE_SIDE / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const canvas = element("canvas", { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white"; // behind what is transparent
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const values = channels === 1 ? grays(data) : colors(data);
  const array = { shape: [channels, height, width], values };
  if (!page.editing.whole("input", array, "picture")) return;
  const fields = { width, height, from: `${picture.width}\u00d7${picture.height}` };
  const key = scale < 1 ? "edit.picture.scaled" : "edit.picture";
  page.notify(page.words(key, fields), "edit");
}

/**
 * Grey values as Pillow has them, ITU-R BT.601.
 * @param {Uint8ClampedArray} data rgba
 */
export function grays(data) {
  const values = new Float64Array(data.length / 4);
  for (let at = 0; at < values.length; at++) {
    const [r, g, b] = [data[4 * at], data[4 * at + 1], data[4 * at + 2]];
    values[at] = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
  }
  return values;
}

/** @param {Uint8ClampedArray} data rgba */
function colors(data) {
  const count = data.length / 4;
  const values = new Float64Array(3 * count);
  for (let at = 0; at < count; at++)
    for (let channel = 0; channel < 3; channel++)
      values[channel * count + at] = data[4 * at + channel];
  return values;
}
