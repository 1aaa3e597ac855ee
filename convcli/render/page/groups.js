/* Which channels a group reads and gives: a colour and a number per group on the thumbnails. */

const GROUP_COLORS = 9; // of the palette, in turn

/** @typedef {import("./sums.js").Geometry} Geometry */

/**
 * 2..3, or 2 alone.
 * @param {number} first
 * @param {number} count
 */
const span = (first, count) => (count > 1 ? `${first}..${first + count - 1}` : `${first}`);

/**
 * The group of a focus and its channels.
 * @param {Geometry} geometry
 * @param {Focus} focus
 */
export function channelsOfGroup(geometry, { panel, index: [channel] }) {
  const group =
    panel === "input" ? geometry.groupOfInput(channel) : geometry.groupOfOutput(channel);
  const { width, depth } = geometry;
  return { group, inputs: span(group * width, width), outputs: span(group * depth, depth) };
}

/** @type {Tick} */
export const GROUPS = {
  name: "groups",
  isButton: true,
  isOffered: ({ groups }) => groups > 1,
  explain: ({ geometry }, focus, [head, ...lines], words) => {
    const fields = { groups: geometry.layer.groups, ...channelsOfGroup(geometry, focus) };
    return [head, words("groups.line", fields), ...lines];
  },
  looked: ({ contents, stage, words }) => {
    for (const name of ["input", "output"]) {
      for (const button of stage.panels[name].strips[0].buttons) {
        const focus = /** @type {Focus} */ ({ panel: name, index: [Number(button.dataset.at)] });
        const { group } = channelsOfGroup(contents.geometry, focus);
        button.dataset.group = words("groups.short", { group });
        for (let at = 0; at < GROUP_COLORS; at++)
          button.classList.toggle(`hue-${at}`, group % GROUP_COLORS === at);
      }
    }
  },
  apply: (_page, isOn) => {
    if (isOn) return;
    for (const button of document.querySelectorAll("[data-group]"))
      button.removeAttribute("data-group");
  },
};
