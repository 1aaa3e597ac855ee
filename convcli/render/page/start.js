/* Starts the page. The tests and the console reach its arithmetic through `convcli`. */

import { Numbers, Parts } from "./arrays.js";
import { DATA } from "./constants.js";
import { axisCounts, countsInside } from "./counts.js";
import { openFile, savedBytes } from "./edit_files.js";
import { arrayOf } from "./edit_numbers.js";
import { Edited } from "./edited.js";
import { Accumulated } from "./fill_in.js";
import { fitted } from "./fitting.js";
import { inputTerms, weightTerms } from "./gradient_sums.js";
import { entryAt, matrixSize } from "./im2col.js";
import { fault, formula, layerArguments, outputSize, pytorchLine, quoted } from "./layer.js";
import { Outputs } from "./outputs.js";
import { Page } from "./page.js";
import { planeReader } from "./plane_reader.js";
import { asConvolution, stuffedArrays, stuffedSize } from "./stuffing.js";
import { Geometry, outputValue, workedTerms } from "./sums.js";
import { tapTable } from "./tap_table.js";

const scope = /** @type {any} */ (globalThis);
scope.convcli = {
  tapTable,
  fault,
  formula,
  outputSize,
  pytorchLine,
  layerArguments,
  Geometry,
  Outputs,
  planeReader,
  fitted,
  axisCounts,
  inputTerms,
  weightTerms,
  entryAt,
  matrixSize,
  asConvolution,
  stuffedArrays,
  stuffedSize,
  countsInside,
  Accumulated,
  Edited,
  Numbers,
  Parts,
  outputValue,
  workedTerms,
  quoted,
  arrayOf,
  openFile,
  savedBytes,
};
const page = new Page(DATA);
page.begin();
scope.convcli.page = page;
