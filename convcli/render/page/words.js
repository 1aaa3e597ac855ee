/* The texts of a page in its languages; the page starts in the first and may change it. */

/**
 * @typedef {(key: string, fields?: Record<string, string | number>) => string} Words
 * @typedef {Record<string, {name: string, texts: Record<string, string>}>} Languages
 */

/** The words of a page that has none yet. @type {Words} */
export const NO_WORDS = (key) => key;

/**
 * The texts of a language, with fields filled in.
 * @param {Languages} languages @param {string} tag @returns {Words}
 */
export function wordsOf(languages, tag) {
  const { texts } = languages[tag];
  return (key, fields = {}) =>
    texts[key].replaceAll(/\{(\w+)\}/g, (_, name) => `${fields[name] ?? name}`);
}

/**
 * Write the texts that stand in the page as it was loaded.
 * @param {Words} words @param {string} tag
 */
export function writeWords(words, tag) {
  document.documentElement.lang = tag;
  for (const labelled of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-word]")
  ))
    labelled.textContent = words(labelled.dataset.word ?? "");
  for (const labelled of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-label]")
  ))
    labelled.setAttribute("aria-label", words(labelled.dataset.label ?? ""));
}
