/*
 * How the three panels stand in the room, and the largest cells that fit: pure arithmetic of CSS
 * pixels. Cells with numbers are preferred; a plane without the room for them is drawn as shades.
 */

const NUMBERED = 22; // the least side of a cell with a number
const LARGEST = 60;
const LARGEST_KERNEL_BESIDE_SHADES = 40;
const SIGN = 26; // "*" and "=" between panels, with their gaps
const CAPTION = 22; // above a plane
const RULERS = { width: 22, height: 32 };
const STRIP = { side: 46, height: 62 }; // a thumbnail with its number; the line of them
const ROW_OF_SHADES = 34; // height of one spatial axis
const LETTER = 0.62; // width of a digit, of the font size

/** What stands where: the first names share a line or a column with the next. */
export const ARRANGEMENTS = {
  row: { columns: [["input"], ["weight"], ["output"]] },
  beside: { columns: [["input"], ["weight", "output"]] },
  below: { rows: [["input"], ["weight", "output"]] },
  above: { rows: [["input", "weight"], ["output"]] },
  column: { rows: [["input"], ["weight"], ["output"]] },
};

/**
 * The size of letters in a cell of this height.
 * @param {number} height
 */
export const fontSize = (height) => Math.min(Math.max(height * 0.42, 11), 24);

/**
 * A cell of this height that holds numbers of so many letters.
 * @param {number} height
 * @param {number} letters
 * @returns {CellSize}
 */
function numberedCell(height, letters) {
  const width = Math.max(height, Math.ceil(letters * LETTER * fontSize(height) + 6));
  return { width, height, isNumbered: true };
}

/**
 * A cell of side `side`: with a number if it can hold one.
 * @param {PanelNeeds} panel
 * @param {number} side
 * @returns {CellSize}
 */
function cellOf(panel, side) {
  if (side >= NUMBERED && Number.isFinite(panel.letters)) {
    const whole = Math.floor(side);
    return numberedCell(whole, panel.letters);
  }
  const width = side >= 3 ? Math.floor(side) : side;
  return { width, height: panel.isRow ? ROW_OF_SHADES : width, isNumbered: false };
}

/**
 * The room of a panel with cells of this size.
 * @param {PanelNeeds} panel
 * @param {CellSize} cell
 * @param {number} most the width that its thumbnails may take
 */
function panelSize(panel, cell, most) {
  const width = Math.max(panel.columns * cell.width + RULERS.width, panel.title);
  const strip = panel.thumbs * STRIP.side;
  const lines = Math.min(Math.ceil(strip / width), 2);
  return {
    width: Math.min(Math.max(width, Math.min(strip, 3 * STRIP.side)), Math.max(width, most)),
    height: panel.rows * cell.height + CAPTION + RULERS.height + lines * STRIP.height,
  };
}

/**
 * The width and height of an arrangement of panels.
 * @param {{columns?: string[][], rows?: string[][]}} arrangement
 * @param {Record<string, {width: number, height: number}>} sizes
 */
function roomOf({ columns, rows }, sizes) {
  const groups = columns ?? rows ?? [];
  /** @type {(group: string[], name: "width" | "height") => number[]} */
  const of = (group, name) => group.map((panel) => sizes[panel][name]);
  const along = columns ? "width" : "height";
  const across = columns ? "height" : "width";
  const sum = (/** @type {number[]} */ list) => list.reduce((a, b) => a + b, 0);
  const gaps = columns ? SIGN : 8;
  const inside = columns ? 8 : SIGN;
  const taken = {
    [along]: sum(groups.map((group) => Math.max(...of(group, along)))) + gaps * (groups.length - 1),
    [across]: Math.max(
      ...groups.map((group) => sum(of(group, across)) + inside * (group.length - 1)),
    ),
  };
  return { width: taken.width, height: taken.height };
}

/**
 * The arrangement and the cell sizes for a room: {arrangement, cells: {input, weight, output}}.
 * @param {{width: number, height: number}} room
 * @param {Record<PanelName, PanelNeeds>} needs
 */
export function fitted(room, needs) {
  /** @type {PanelName[]} */
  const names = ["input", "weight", "output"];
  /** @type {(name: string, sides: Record<string, number>) => boolean} */
  const fits = (name, sides) => {
    const sizes = Object.fromEntries(
      names.map((panel) => [
        panel,
        panelSize(needs[panel], cellOf(needs[panel], sides[panel]), room.width),
      ]),
    );
    const taken = roomOf(/** @type {any} */ (ARRANGEMENTS)[name], sizes);
    return taken.width <= room.width && taken.height <= room.height;
  };
  const tried = Object.keys(ARRANGEMENTS).map((name) => {
    const sides = commonSides(needs, (candidate) => fits(name, candidate));
    for (const panel of /** @type {PanelName[]} */ (["weight", "output", "input"]))
      grow(panel, sides, needs, (candidate) => fits(name, candidate));
    return { name, sides };
  });
  const best = tried.reduce((a, b) => (score(b.sides, needs) > score(a.sides, needs) ? b : a));
  const cells = Object.fromEntries(
    names.map((panel) => [panel, cellOf(needs[panel], best.sides[panel])]),
  );
  return { arrangement: best.name, cells };
}

/**
 * The largest side that input and output can share; the kernel's is at least that of a number.
 * @param {Record<PanelName, PanelNeeds>} needs
 * @param {(sides: Record<string, number>) => boolean} fits
 */
function commonSides(needs, fits) {
  const taps = Math.max(needs.weight.rows, needs.weight.columns);
  const leastKernel = Math.min(NUMBERED + 2, 260 / taps);
  /** @type {(side: number) => Record<string, number>} */
  const all = (side) => ({ input: side, output: side, weight: Math.max(side, leastKernel) });
  let side = LARGEST;
  while (side > NUMBERED && !fits(all(side))) side -= 1;
  while (side > 1 && !fits(all(side))) side -= side > 4 ? 1 : 0.25;
  while (side > 0.1 && !fits(all(side))) side *= 0.9;
  return all(side);
}

/**
 * Grow the cells of one panel as long as they fit: of the kernel beside shades, and of a plane that
 * is smaller than the other.
 * @param {PanelName} panel
 * @param {Record<string, number>} sides
 * @param {Record<PanelName, PanelNeeds>} needs
 * @param {(sides: Record<string, number>) => boolean} fits
 */
function grow(panel, sides, needs, fits) {
  const most = panel === "weight" ? LARGEST_KERNEL_BESIDE_SHADES : LARGEST;
  if (sides.input >= NUMBERED && Number.isFinite(needs[panel].letters)) return;
  const step = sides[panel] < 3 ? 0.05 : 1;
  while (sides[panel] + step <= most && fits({ ...sides, [panel]: sides[panel] + step }))
    sides[panel] += step;
}

/**
 * How good an arrangement is: the size of the smaller of input and output, numbers first.
 * @param {Record<string, number>} sides
 * @param {Record<PanelName, PanelNeeds>} needs
 */
function score(sides, needs) {
  const area = (/** @type {PanelName} */ name) =>
    Math.min(sides[name], LARGEST) * Math.sqrt(needs[name].rows * needs[name].columns);
  const numbered = (/** @type {PanelName} */ name) =>
    cellOf(needs[name], sides[name]).isNumbered ? 1000 : 0;
  return (
    numbered("input") +
    numbered("output") +
    Math.min(area("input"), area("output")) +
    sides.weight / 10
  );
}
