/* The page begins. What it reckons with is also there for the browser's console, as `convcli`. */

globalThis.convcli = {
  tapTable,
  fault,
  formula,
  outputSize,
  pytorchLine,
  layerArguments,
  Geometry,
  Numbers,
  Parts,
  outputValue,
  workedTerms,
  quoted,
};
const dataOfPage = document.getElementById("data");
if (dataOfPage) {
  const page = new Page(JSON.parse(dataOfPage.textContent));
  page.begin();
  globalThis.convcli.page = page;
}
