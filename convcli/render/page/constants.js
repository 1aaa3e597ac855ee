/* What the page takes from Python: its data, and in them the constants that Python and this page share. */

export const DATA = JSON.parse(document.getElementById("data").textContent);
export const {
  axis_names: AXIS_NAMES, // by rank
  padding_modes: PADDING_MODES, // by name: the class of torch's padding layer, and the largest pad minus the input size
  least: LEAST, // by parameter of an axis
  most: MOST, // of any parameter
  most_taps: MOST_TAPS, // of a kernel that is drawn
  slider_ends: SLIDER_ENDS, // by parameter
  output_size: OUTPUT_SIZE, // the formula in symbols, and that of transposed layers
  slowest: SLOWEST, // positions a second
  fastest: FASTEST,
  shades: SHADES, // of a cell that is too small for its number
} = DATA.constants;
