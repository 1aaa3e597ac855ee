/* The notice over the stage: what the data lack, what a link says, why an edit is refused. */

import { element } from "./elements.js";

export class Notice {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.of = "";
    this.text = "";
  }

  /**
   * @param {string} text an empty one hides the notice
   * @param {string} of what it is about
   */
  say(text, of) {
    this.of = of;
    this.text = text;
    this.root.textContent = text;
    this.root.className = of;
    this.root.hidden = !text;
  }

  /**
   * Add a button to the notice.
   * @param {string} text
   * @param {() => void} act
   */
  offer(text, act) {
    const button = element("button", { type: "button" }, text);
    button.addEventListener("click", act);
    this.root.append(" ", button);
  }
}
