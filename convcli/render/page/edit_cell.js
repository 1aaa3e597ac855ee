/* The field over a cell that a number is typed into, and the keys that open it and move on. */

import { element } from "./elements.js";
import { fontSize } from "./fitting.js";

const LEAST_WIDTH = 52; // pixels of the field
/** @type {Record<string, [number, number]>} rows and columns that a key of the field moves on */
const MOVES = { Enter: [1, 0], Tab: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class CellEditor {
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    this.field = element("input", {
      type: "text",
      id: "cell_field",
      inputMode: "text",
      autocomplete: "off",
      spellcheck: false,
      hidden: true,
    });
    /** @type {{panel: "input" | "weight", index: number[]} | null} */
    this.cell = null;
    document.body.append(this.field);
    this.field.addEventListener("keydown", (/** @type {any} */ event) => this.pressed(event));
    this.field.addEventListener("blur", () => this.leave());
    this.field.addEventListener("paste", (/** @type {any} */ event) => this.pasted(event));
    addEventListener("resize", () => this.leave());
  }

  /**
   * Open the field over the selected cell.
   * @param {string} [text] what is typed first, in place of the number
   */
  open(text) {
    const { panel, index } = this.page.state.selected;
    if (!this.page.editing.admits(panel, index)) return;
    this.page.player.play(false);
    this.page.stage.light(this.page.state.selected, true);
    this.cell = { panel, index };
    const { numbers, [panel]: array } = this.page.contents.arrays;
    this.field.setAttribute("aria-label", this.page.words("edit.field"));
    this.field.value = text ?? numbers.text(array.at(index));
    this.field.hidden = false;
    this.stand();
    this.field.focus({ preventScroll: true });
    if (text === undefined) this.field.select();
  }

  /** Stand over the cell. */
  stand() {
    const { panel, index } = /** @type {any} */ (this.cell);
    const own = panel === "weight" ? index.slice(1) : index;
    const [row, col] =
      own.length - this.page.stage.panels[panel].lead.length === 2
        ? own.slice(-2)
        : [0, own.at(-1)];
    const box = this.page.stage.panels[panel].plane.rectangle(row, col);
    const width = Math.max(box.width, LEAST_WIDTH);
    const left = Math.min(Math.max(box.left + (box.width - width) / 2, 4), innerWidth - width - 4);
    const height = Math.max(box.height, 28);
    Object.assign(this.field.style, {
      left: `${left}px`,
      top: `${box.top + (box.height - height) / 2}px`,
      width: `${width}px`,
      height: `${height}px`,
      fontSize: `${fontSize(height)}px`,
    });
  }

  /** @returns {boolean} whether the number was taken */
  commit() {
    const { panel, index } = /** @type {any} */ (this.cell);
    return this.page.editing.type(panel, index, this.field.value);
  }

  /** Take the number, if it is one, and close. */
  leave() {
    if (!this.cell) return;
    this.commit();
    this.close();
  }

  close() {
    this.cell = null;
    this.field.hidden = true;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const { key, shiftKey, target } = event;
    event.stopPropagation();
    if (key === "Escape") {
      this.close();
      this.page.stage.panels[this.page.state.selected.panel].plane.focus();
      return;
    }
    const field = /** @type {HTMLInputElement} */ (target);
    const isAtEnd =
      key === "ArrowRight" && field.selectionStart === field.value.length && !shiftKey;
    const isAtStart = key === "ArrowLeft" && field.selectionEnd === 0 && !shiftKey;
    const move = isAtEnd ? [0, 1] : isAtStart ? [0, -1] : MOVES[key];
    if (!move) return;
    event.preventDefault();
    const [rows, columns] = key === "Tab" && shiftKey ? [0, -1] : move;
    this.moveOn(rows, columns, key === "Enter");
  }

  /**
   * Take the number and open the field over the next cell; Enter in the last row ends.
   * @param {number} rows
   * @param {number} columns
   * @param {boolean} endsOutside
   */
  moveOn(rows, columns, endsOutside) {
    if (!this.commit()) {
      this.field.select();
      return;
    }
    const { panel, index } = /** @type {any} */ (this.cell);
    const next = this.beside(panel, index, rows, columns);
    this.close();
    const { plane } = this.page.stage.panels[panel];
    if (!next) {
      plane.focus();
      if (!endsOutside) this.open();
      return;
    }
    const notice = this.page.notice.of === "edit" ? this.page.notice.text : "";
    this.page.select({ panel, index: next });
    if (notice) this.page.notify(notice, "edit");
    plane.focus();
    this.open();
  }

  /**
   * The cell that a move reaches within the array: columns go on in the next row. null outside.
   * @param {"input" | "weight"} panel
   * @param {number[]} index
   * @param {number} rows
   * @param {number} columns
   */
  beside(panel, index, rows, columns) {
    const { shape } = this.page.contents.arrays[panel];
    const last = index.length - 1;
    const next = [...index];
    const hasRows = this.page.stage.rank > 1;
    next[last] += columns;
    if (hasRows) {
      next[last - 1] += rows;
      if (next[last] >= shape[last]) [next[last - 1], next[last]] = [next[last - 1] + 1, 0];
      if (next[last] < 0) [next[last - 1], next[last]] = [next[last - 1] - 1, shape[last] - 1];
    } else if (rows) return null;
    return next.every((at, d) => at >= 0 && at < shape[d]) ? next : null;
  }

  /** @param {ClipboardEvent} event */
  pasted(event) {
    const text = event.clipboardData?.getData("text") ?? "";
    if (!this.cell || !/[\s,;[\]]/.test(text.trim())) return; // one number goes into the field
    event.preventDefault();
    event.stopPropagation();
    const { panel, index } = this.cell;
    this.close();
    this.page.editing.paste(panel, index, text);
    this.page.stage.panels[panel].plane.focus();
  }
}
