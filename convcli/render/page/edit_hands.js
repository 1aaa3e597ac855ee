/* What edits the arrays: a double click, pasting, files that are dropped. */

import { openFile } from "./edit_files.js";
import { $ } from "./elements.js";

/** @param {any} page */
export function listenToEdits(page) {
  $("#stage").addEventListener("dblclick", (/** @type {any} */ event) => {
    if (!event.target.closest(".grid")) return;
    page.cellEditor.open();
  });
  document.addEventListener("paste", (event) => pasted(page, event));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer?.files ?? [];
    if (file) openFile(page, file);
  });
}

/**
 * Paste numbers at the selected cell, or a picture as the input.
 * @param {any} page
 * @param {ClipboardEvent} event
 */
function pasted(page, event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.matches("input, textarea, select")) return;
  const [file] = event.clipboardData?.files ?? [];
  const text = event.clipboardData?.getData("text") ?? "";
  if (!file && !text.trim()) return;
  event.preventDefault();
  const { panel, index } = page.state.selected;
  if (file) openFile(page, file);
  else page.editing.paste(panel, index, text);
}
