/* The state in the address, and the steps of undo in the browser's Back. */

import { writeAddress } from "./frame.js";

const KEEP_MS = 150; // before the address follows: browsers limit its changes per second

export class History {
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    this.session = 0; // tells the steps of this timeline from others in the browser's history
    this.isWritten = false; // whether the browser's history has the steps
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.keeping = undefined;
  }

  listen() {
    addEventListener("popstate", (event) => this.arriveAt(event.state));
  }

  /** Begin a timeline at the present address. */
  begin() {
    this.session = Math.random();
    this.write(location.hash.slice(1), false);
  }

  /**
   * @param {string} fragment
   * @param {boolean} isStep
   */
  write(fragment, isStep) {
    const { page, session } = this;
    return writeAddress(fragment, { session, at: page.store.at }, isStep);
  }

  /**
   * Write the state into the address: a new step at once, anything else once it rests.
   * @param {boolean} isStep
   */
  keep(isStep) {
    clearTimeout(this.keeping);
    const write = () => this.write(this.page.fragment(), isStep);
    if (isStep) this.isWritten = write();
    else this.keeping = setTimeout(write, KEEP_MS);
  }

  /**
   * Go back (-1) or forward (1) in the timeline, with the browser where its history has the steps.
   * @param {number} by
   */
  go(by) {
    const { store } = this.page;
    if (!store.has(store.at + by)) return;
    if (this.isWritten) history.go(by);
    else store.goTo(store.at + by);
  }

  /**
   * The browser went back or forward, or the address was changed by hand.
   * @param {any} step
   */
  arriveAt(step) {
    const { page } = this;
    if (step?.session === this.session && page.store.has(step.at)) page.store.goTo(step.at);
    else if (`#${page.fragment()}` !== (location.hash || "#")) page.fromAddress();
  }
}
