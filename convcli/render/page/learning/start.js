/* Starts the page of a course of learning. The tests and the console reach it through `convcli`. */

import { LearningPage } from "./page.js";

const DATA = JSON.parse(
  /** @type {HTMLElement} */ (document.getElementById("data")).textContent ?? "",
);
const page = new LearningPage(DATA);
page.begin();
/** @type {any} */ (globalThis).convcli = { page };
document.body.dataset.state = "ready";
