/*
 * How the three panels stand in the room, and the largest cells that fit: pure arithmetic of CSS
 * pixels. Cells with numbers are preferred; a plane without the room for them is drawn as shades.
 */

const NUMBERED = 22; // the least side of a cell with a number
export const LARGEST = 60; // of a cell
export const LARGEST_PROJECTED = 120;
const LARGEST_KERNEL_BESIDE_SHADES = 40;
const GAP = 8;
/** Pixels of what is around a plane; `lines` are the most lines of thumbnails. */
const ROOMY = {
  sign: 26,
  caption: 22,
  top: 32,
  side: 13,
  digit: 7,
  thumb: 44,
  line: 60,
  lines: 2,
  legend: 24,
};
const COMPACT = {
  sign: 20,
  caption: 17,
  top: 22,
  side: 10,
  digit: 6,
  thumb: 32,
  line: 36,
  lines: 1,
  legend: 19,
};
const STRIP_NAME = 54;
const LEAST_ROOMY = { width: 440, height: 420 };
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
 * Whether a room is so small that captions, rulers and thumbnails are, too.
 * @param {{width: number, height: number}} room
 */
export const isCompact = ({ width, height }) =>
  width < LEAST_ROOMY.width || height < LEAST_ROOMY.height;

/**
 * The size of letters in a cell of this height.
 * @param {number} height
 */
export const fontSize = (height) => Math.min(Math.max(height * 0.42, 11), 44);

/**
 * A cell of this height that holds numbers of so many letters.
 * @param {number} height
 * @param {number} letters
 * @returns {CellSize}
 */
function numberedCell(height, letters) {
  const width = Math.max(height, Math.ceil(letters * LETTER * fontSize(height) + 4));
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
 * @param {typeof ROOMY} around
 * @param {number} most the width that its thumbnails may take
 */
function panelSize(panel, cell, around, most) {
  const width = Math.max(
    panel.columns * cell.width + sideOf(panel, around),
    leastWidth(panel, around, most),
  );
  const inside = width - sideOf(panel, around) - (panel.strips.length > 1 ? STRIP_NAME : 0);
  const lines = panel.strips.map((count) =>
    Math.min(Math.ceil((count * around.thumb) / Math.max(inside, around.thumb)), around.lines),
  );
  const strips = around === ROOMY ? lines.reduce((a, b) => a + b, 0) : Math.min(lines.length, 1);
  return {
    width,
    height:
      panel.rows * cell.height +
      around.caption +
      around.top +
      strips * around.line +
      (cell.isNumbered ? 0 : around.legend),
  };
}

/**
 * The width of the ruler beside the rows.
 * @param {PanelNeeds} panel
 * @param {typeof ROOMY} around
 */
const sideOf = (panel, around) =>
  panel.isRow ? around.digit : around.side + around.digit * panel.digits;

/**
 * The width that the title and the thumbnails of a panel need.
 * @param {PanelNeeds} panel
 * @param {typeof ROOMY} around
 * @param {number} most
 */
function leastWidth(panel, around, most) {
  const title = around === ROOMY ? panel.title : 0;
  const strip = Math.max(0, ...panel.strips.map((count) => Math.min(count, 2) * around.thumb));
  return Math.min(Math.max(title, strip ? strip + sideOf(panel, around) : 0), most);
}

/**
 * The width and height of an arrangement of panels.
 * @param {{columns?: string[][], rows?: string[][]}} arrangement
 * @param {Record<string, {width: number, height: number}>} sizes
 * @param {number} sign
 */
function roomOf({ columns, rows }, sizes, sign) {
  const groups = columns ?? rows ?? [];
  /** @type {(group: string[], name: "width" | "height") => number[]} */
  const of = (group, name) => group.map((panel) => sizes[panel][name]);
  const along = columns ? "width" : "height";
  const across = columns ? "height" : "width";
  const sum = (/** @type {number[]} */ list) => list.reduce((a, b) => a + b, 0);
  const [gap, inside] = columns ? [sign, GAP] : [GAP, sign];
  const taken = {
    [along]: sum(groups.map((group) => Math.max(...of(group, along)))) + gap * (groups.length - 1),
    [across]: Math.max(
      ...groups.map((group) => sum(of(group, across)) + inside * (group.length - 1)),
    ),
  };
  return { width: taken.width, height: taken.height };
}

/**
 * The arrangement and the cell sizes for a room: {arrangement, cells, frames, height}, the second
 * and third by panel: the size of its cells; its least width, and the width of its ruler of rows.
 * `height` is what the arrangement takes of the room. No cell is larger than `largest`.
 * @param {{width: number, height: number, largest: number}} room
 * @param {Record<PanelName, PanelNeeds>} needs
 */
export function fitted(room, needs) {
  /** @type {PanelName[]} */
  const names = ["input", "weight", "output"];
  const around = isCompact(room) ? COMPACT : ROOMY;
  const takes = (/** @type {string} */ name, /** @type {Record<string, number>} */ sides) => {
    const sizes = Object.fromEntries(
      names.map((panel) => [
        panel,
        panelSize(needs[panel], cellOf(needs[panel], sides[panel]), around, room.width),
      ]),
    );
    return roomOf(/** @type {any} */ (ARRANGEMENTS)[name], sizes, around.sign);
  };
  /** @type {(name: string, sides: Record<string, number>) => boolean} */
  const fits = (name, sides) => {
    if (Math.max(...Object.values(sides)) > room.largest) return false;
    const taken = takes(name, sides);
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
  const frames = Object.fromEntries(
    names.map((panel) => [
      panel,
      {
        least: leastWidth(needs[panel], around, room.width),
        side: sideOf(needs[panel], around),
      },
    ]),
  );
  const { height } = takes(best.name, best.sides);
  return { arrangement: best.name, cells, frames, height };
}

/**
 * The largest side that input and output can share; the kernel's is at least that of a number.
 * @param {Record<PanelName, PanelNeeds>} needs
 * @param {(sides: Record<string, number>) => boolean} fits
 */
function commonSides(needs, fits) {
  const taps = Math.max(needs.weight.rows, needs.weight.columns);
  const leastKernel = Math.min(NUMBERED, 260 / taps);
  /** @type {(side: number) => Record<string, number>} */
  const all = (side) => ({ input: side, output: side, weight: Math.max(side, leastKernel) });
  let side = LARGEST_PROJECTED;
  while (side > NUMBERED && !fits(all(side))) side -= 1;
  while (side > 1 && !fits(all(side))) side -= side > 4 ? 1 : 0.25;
  while (side > 0.4 && !fits(all(side))) side *= 0.9;
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
  const most = panel === "weight" ? LARGEST_KERNEL_BESIDE_SHADES : LARGEST_PROJECTED;
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
    sides[name] * Math.sqrt(needs[name].rows * needs[name].columns);
  const numbered = (/** @type {PanelName} */ name) =>
    cellOf(needs[name], sides[name]).isNumbered ? 1000 : 0;
  return (
    numbered("input") +
    numbered("output") +
    Math.min(area("input"), area("output")) +
    sides.weight / 10
  );
}
