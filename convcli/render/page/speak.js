/* The language of the page, which a button changes. */

import { $ } from "./elements.js";
import { Steppers } from "./steppers.js";
import { TickBoxes } from "./tick_boxes.js";
import { writeWords } from "./words.js";

/**
 * Write everything in a language.
 * @param {any} page
 * @param {string} tag
 */
export function speak(page, tag) {
  const { languages } = page.data;
  page.language = tag;
  writeWords(page.words, tag);
  const other = Object.keys(languages).find((each) => each !== tag) ?? tag;
  Object.assign($("#language"), { textContent: languages[other].name, lang: other });
  page.controls.build(page.state.layer);
  page.editPanel.build();
  page.tickBoxes = new TickBoxes($("#ticks"), page);
  page.steppers = new Steppers(page);
  page.lesson.build();
  for (const panel of /** @type {any[]} */ (Object.values(page.stage.panels)))
    for (const strip of panel.strips) strip.count = 0; // its thumbnails have names
  if (page.contents) page.layOut();
}
