/* What a browser may refuse inside a frame: the address, the memory, the clipboard. */

/**
 * Write a fragment into the address, as a new step of the browser's Back or in place of the present
 * one. A page in a frame makes no steps: Back belongs to what is around it. Returns whether the
 * browser's history follows.
 * @param {string} fragment
 * @param {unknown} step
 * @param {boolean} isNew
 * @returns {boolean}
 */
export function writeAddress(fragment, step, isNew) {
  try {
    const bare = `${location.pathname}${location.search}`;
    const address = fragment ? `#${fragment}` : location.hash ? bare : "";
    const write = isNew && !isFramed() ? history.pushState : history.replaceState;
    write.call(history, step, "", ...(address ? [address] : []));
    return !isFramed();
  } catch {
    return false; // in srcdoc and in a sandbox, or too often
  }
}

/**
 * Put a text into the clipboard: through the selection where the clipboard is closed.
 * @param {string} text
 * @param {Node} shown the element that holds the text
 */
export async function writeClipboard(text, shown) {
  const policy = /** @type {any} */ (document).featurePolicy;
  try {
    if (policy && !policy.allowsFeature("clipboard-write")) throw new Error("closed");
    await navigator.clipboard.writeText(text);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(shown);
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(range);
    document.execCommand("copy");
  }
}

/** Whether the page stands in a frame of another one. */
export const isFramed = () => window.parent !== window;
