/*
 * The marks around the focus {panel, index}: an output and the cells that it reads, an input cell
 * and the outputs that read it, a weight and the cells that it is multiplied with.
 */

import { placeOf } from "./panels.js";
import { stamped } from "./tap_table.js";

/** The marks of each panel as [place, class], and the output channel whose kernel is shown. */
export function marksOf(focus, geometry, channelBefore) {
  if (focus.panel === "output") return outputMarks(focus.index, geometry, focus.term);
  if (focus.panel === "input") return inputMarks(focus.index, geometry, channelBefore);
  return weightMarks(focus.index, geometry);
}

/** The marks of an output; the two cells of `term` stand out. */
function outputMarks(index, geometry, term) {
  const [channel, ...out] = index;
  const rank = geometry.sizes.length;
  const group = geometry.groupOfOutput(channel);
  const marks = {
    channel,
    group,
    input: [],
    weight: [],
    output: [[placeOf(index, rank), "result"]],
  };
  for (const { tap, cell, landing } of geometry.reads(out)) {
    const padded = !geometry.isReal(landing);
    for (let c = 0; c < geometry.width; c++) {
      const source = group * geometry.width + c;
      if (padded && cell) marks.input.push([placeOf([source, ...cell], rank), "source"]);
      const at = rank === 3 && cell ? [cell[0], ...landing.slice(1)] : landing;
      marks.input.push([placeOf([source, ...at], rank), padded ? "window-padding" : "window"]);
      marks.weight.push([placeOf([c, ...tap], rank), "kernel"]);
      if (term && term.channel === source && `${term.tap}` === `${tap}`)
        for (const list of [marks.input, marks.weight]) list.at(-1)[1] = "tap";
    }
  }
  return marks;
}

function inputMarks(index, geometry, channelBefore) {
  const [source, ...cell] = index;
  const rank = geometry.sizes.length;
  const group = geometry.groupOfInput(source);
  const channel =
    geometry.groupOfOutput(channelBefore) === group ? channelBefore : group * geometry.depth;
  const marks = { channel, group, input: [[placeOf(index, rank), "tap"]], weight: [], output: [] };
  const reached = geometry.reached(cell);
  for (let o = 0; o < geometry.depth; o++) {
    const target = group * geometry.depth + o;
    for (const out of lostStamps(cell, geometry))
      marks.output.push([placeOf([target, ...out], rank), "lost"]);
    for (const { out } of reached) marks.output.push([placeOf([target, ...out], rank), "result"]);
  }
  for (const { tap } of reached)
    marks.weight.push([placeOf([source - group * geometry.width, ...tap], rank), "kernel"]);
  return marks;
}

/** The outputs of a transposed layer's stamp that padding crops. */
function lostStamps(cell, geometry) {
  if (!geometry.layer.transposed) return [];
  const stamps = geometry.taps.map((tap) =>
    tap.map((k, d) => stamped(geometry.layer, d, cell[d], k)),
  );
  return stamps.filter((out) => out.some((at, d) => at < 0 || at >= geometry.outs[d]));
}

function weightMarks(index, geometry) {
  const [channel, c, ...tap] = index;
  const rank = geometry.sizes.length;
  const group = geometry.groupOfOutput(channel);
  const marks = {
    channel,
    group,
    input: [],
    weight: [[placeOf([c, ...tap], rank), "tap"]],
    output: [],
  };
  for (const { out, landing, cell } of geometry.touchedBy(tap)) {
    const padded = !geometry.isReal(landing);
    const at = rank === 3 && cell[0] < geometry.sizes[0] ? [cell[0], ...landing.slice(1)] : landing;
    marks.input.push([
      placeOf([group * geometry.width + c, ...at], rank),
      padded ? "window-padding" : "window",
    ]);
    marks.output.push([placeOf([channel, ...out], rank), "result"]);
  }
  return marks;
}
