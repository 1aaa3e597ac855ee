/* The data of the page, and in them the constants that it shares with Python. */

export const DATA = JSON.parse(document.getElementById("data").textContent);
export const {
  axis_names: AXIS_NAMES, // by rank
  padding_modes: PADDING_MODES, // by name: {pad_class, limit}, see page_constants.py
  least: LEAST, // by name of a parameter of an axis
  most: MOST, // of every parameter
  most_taps: MOST_TAPS, // of a kernel that is drawn
  slider_ends: SLIDER_ENDS, // by name of a parameter
  output_size: OUTPUT_SIZE, // formulas: of a convolution, of a transposed one
  slowest: SLOWEST, // positions per second
  fastest: FASTEST,
  shades: SHADE_COLORS, // by scale: stops of [light, dark], from the least to the most
} = DATA.constants;
