/* Which plane of each panel is large: the one with the focus, and those that belong to it. */

/** @typedef {import("./sums.js").Geometry} Geometry */
/** @typedef {Record<PanelName, number[]>} Leads the leading indices of the large planes */

/**
 * The large planes of a focus. `before` are those that were large: they stay as far as they belong
 * to the focus. The kernel's plane is [channel within the group, depth tap].
 * @param {Focus} focus
 * @param {number} channel the output channel whose kernel is shown
 * @param {Leads} before
 * @param {Geometry} geometry
 * @returns {Leads}
 */
export function largePlanes(focus, channel, before, geometry) {
  const { width, depth, sizes } = geometry;
  const group = geometry.groupOfOutput(channel);
  const first = group * width;
  const isVolume = sizes.length === 3;
  if (focus.panel === "output") {
    const source = Math.min(before.weight[0], width - 1);
    const leads = [[first + source], [source], [focus.index[0]]];
    return named(leads, isVolume ? depthsOfOutput(focus.index[1], before.weight[1], geometry) : []);
  }
  if (focus.panel === "input") {
    const source = focus.index[0];
    const target =
      geometry.groupOfOutput(before.output[0]) === group ? before.output[0] : group * depth;
    const leads = [[source], [source - first], [target]];
    return named(leads, isVolume ? depthsOfInput(focus.index[1], before.output[1], geometry) : []);
  }
  const [target, source, tap] = focus.index;
  const leads = [[first + source], [source], [target]];
  return named(leads, isVolume ? depthsOfTap(tap, before.output[1], geometry) : []);
}

/**
 * @param {number[][]} channels
 * @param {number[]} depths
 * @returns {Leads}
 */
function named([input, weight, output], [d, k, z]) {
  if (d === undefined) return { input, weight, output };
  return { input: [...input, d], weight: [...weight, k], output: [...output, z] };
}

/**
 * The depths of input, kernel and output: the tap that was shown, or the first that reads a cell.
 * @param {number} out
 * @param {number} tap
 * @param {Geometry} geometry
 */
function depthsOfOutput(out, tap, { tables, sizes }) {
  const row = tables[0][out];
  const wanted = Math.min(tap, row.length - 1);
  const reading = row[wanted] < sizes[0] ? wanted : row.findIndex((cell) => cell < sizes[0]);
  return reading < 0 ? [0, wanted, out] : [row[reading], reading, out];
}

/**
 * @param {number} cell
 * @param {number} out
 * @param {Geometry} geometry
 */
function depthsOfInput(cell, out, geometry) {
  const readers = geometry.isReal([cell, ...geometry.sizes.slice(1).map(() => 0)])
    ? geometry.readers[0][cell]
    : geometry.covering(0, cell);
  const shown = readers.find(([reader]) => reader === out) ?? readers[0] ?? [0, 0];
  return [cell, shown[1], shown[0]];
}

/**
 * @param {number} tap
 * @param {number} out
 * @param {Geometry} geometry
 */
function depthsOfTap(tap, out, { tables, sizes }) {
  const table = tables[0];
  const reads = (/** @type {number} */ at) => table[at] !== undefined && table[at][tap] < sizes[0];
  const target = reads(out) ? out : table.findIndex((_, at) => reads(at));
  return target < 0 ? [0, tap, 0] : [table[target][tap], tap, target];
}

/**
 * What is selected, and which planes stay large, once the user chose a plane: `at` along the
 * leading axis (0: channels, 1: depths) of a panel.
 * @param {{panel: PanelName, axis: number, at: number}} choice
 * @param {Focus} selected
 * @param {Leads} leads the large planes
 * @param {Geometry} geometry
 * @returns {{selected: Focus, leads: Leads}}
 */
export function choosePlane({ panel, axis, at }, selected, leads, geometry) {
  const chosen = { ...leads, [panel]: leads[panel].with(axis, at) };
  const own = selected.panel === "weight" ? 1 : 0; // its index has the output channel
  if (panel === selected.panel)
    return { selected: { ...selected, index: selected.index.with(axis + own, at) }, leads: chosen };
  if (axis === 0) return channelChosen(panel, at, selected, chosen, geometry);
  if (panel === "input" && selected.panel === "output") {
    const [reader] = geometry.readers[0][at] ?? [];
    if (!reader) return { selected, leads };
    const out = selected.index[1];
    const [target, tap] = geometry.readers[0][at].find((pair) => pair[0] === out) ?? reader;
    const index = selected.index.with(1, target);
    return {
      selected: { ...selected, index },
      leads: { ...leads, weight: leads.weight.with(1, tap) },
    };
  }
  return { selected, leads: chosen };
}

/**
 * @param {PanelName} panel
 * @param {number} at
 * @param {Focus} selected
 * @param {Leads} leads
 * @param {Geometry} geometry
 */
function channelChosen(panel, at, selected, leads, geometry) {
  const { width, depth } = geometry;
  const { index } = selected;
  if (selected.panel === "output" && panel === "input") {
    const group = geometry.groupOfInput(at);
    const isOther = geometry.groupOfOutput(index[0]) !== group;
    const source = leads.weight.with(0, at - group * width);
    const target = isOther ? { ...selected, index: index.with(0, group * depth) } : selected;
    return { selected: target, leads: { ...leads, weight: source } };
  }
  if (selected.panel === "input" && panel === "weight") {
    const first = geometry.groupOfInput(index[0]) * width;
    return { selected: { ...selected, index: index.with(0, first + at) }, leads };
  }
  if (selected.panel === "input") {
    const group = geometry.groupOfOutput(at);
    const isOther = geometry.groupOfInput(index[0]) !== group;
    return {
      selected: isOther ? { ...selected, index: index.with(0, group * width) } : selected,
      leads,
    };
  }
  if (selected.panel === "weight" && panel === "output")
    return { selected: { ...selected, index: index.with(0, at) }, leads };
  if (selected.panel === "weight") {
    const group = geometry.groupOfInput(at);
    const isOther = geometry.groupOfOutput(index[0]) !== group;
    const target = isOther ? group * depth : index[0];
    return {
      selected: { ...selected, index: index.with(0, target).with(1, at - group * width) },
      leads,
    };
  }
  return { selected, leads };
}
