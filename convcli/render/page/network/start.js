/* Starts the page of a network. The tests and the console reach its parts through `convcli`. */

import { NetworkPage } from "./page.js";

const DATA = JSON.parse(
  /** @type {HTMLElement} */ (document.getElementById("data")).textContent ?? "",
);
const page = new NetworkPage(DATA);
page.begin();
/** @type {any} */ (globalThis).convcli = { page, network: page.network };
document.body.dataset.state = "ready";
