/* The shapes of the page's data. They exist for `tsc --checkJs` and for readers; no script loads them. */

type PanelName = "input" | "weight" | "output";
/** A number of an array; integers beyond 2^53 are BigInt. */
type Value = any;
/** Why something is refused: the key of a text, and its fields. */
type Reason = [string, Record<string, any>];
/** The text of a key, its fields filled in. */
type Translate = (key: string, fields?: Record<string, any>) => string;

interface Axis {
  kernel_size: number;
  stride: number;
  dilation: number;
  before: number;
  after: number;
  output_padding: number;
}
interface Layer {
  in_channels: number;
  out_channels: number;
  groups: number;
  bias: boolean;
  padding_mode: string;
  transposed: boolean;
  axes: Axis[];
  /** Taps of the kernel as loaded: a page draws that many, even beyond its limit. */
  original_taps?: number;
  /** Numbers of the largest array as loaded: a page takes that many. */
  original_cells?: number;
}
/** A cell of a panel: input (c, ...), weight (o, c, ...), output (o, ...). `term` is one of its products. */
interface Focus {
  panel: PanelName;
  index: number[];
  term?: Term;
}
/** What a tap of an output reads: a cell, null in the padding; `landing` on the padded input. */
interface Read {
  tap: number[];
  cell: number[] | null;
  landing: number[];
}
interface Term {
  channel: number;
  tap: number[];
  cell: number[] | null;
  landing: number[];
  input: Value;
  weight: Value;
  product: Value;
}
/** Numbers typed over an array: by the index in the array as loaded, "0,2,3". */
type Typed = Record<string, Value>;
interface Edits {
  input: Typed;
  weight: Typed;
  bias: Typed;
  /** What stands in the place of a loaded array. */
  grounds: Record<string, Ground | null>;
}
/** A generated array (ones, arange, ...), or one with values in the order of C: see edited.js. */
interface Ground {
  kind: string;
  /** The shape in which it was chosen; typed numbers are kept by their index in it. */
  shape: number[];
  values?: ArrayLike<Value>;
  /** The name of a kernel. */
  name?: string;
  start?: number;
  seed?: number;
  least?: number;
  most?: number;
}
/** Everything that the page shows follows from this. It is never changed in place. */
interface State {
  layer: Layer;
  /** The sizes of the input's spatial axes. */
  sizes: number[];
  edits: Edits;
  selected: Focus;
  pinned: boolean;
  /** The ways of looking that are on, by name: see ticks.js. */
  ticks: Record<string, boolean>;
  /** Positions per second. */
  speed: number;
}
interface Part {
  first: number[];
  size: number[];
  values: Value[];
}
/** The arrays of a state; weight (C_out, C_in/groups, *kernel_size) in either direction. */
interface Arrays {
  numbers: any;
  bias: Value[] | undefined;
  input: any;
  weight: any;
  output: any;
  originalInput: any;
  originalWeight: any;
}
/** Where a plane draws an index: the plane, and the cell on it. */
interface Place {
  lead: number[];
  row: number;
  col: number;
}
type Span = [number, number];
/** The marks of each panel as [place, kind]. */
interface Marks {
  channel: number;
  group: number;
  input: [Place, string][];
  weight: [Place, string][];
  output: [Place, string][];
}
/** The size of a cell in CSS pixels; a numbered cell holds its number. */
interface CellSize {
  width: number;
  height: number;
  isNumbered: boolean;
}
/** What a panel needs of the room: see fitting.js. */
interface PanelNeeds {
  rows: number;
  columns: number;
  /** Letters of its longest number; Infinity if numbers are never written. */
  letters: number;
  /** How many thumbnails each strip under its plane has. */
  strips: number[];
  /** Letters of the longest number beside its rows. */
  digits: number;
  isRow: boolean;
  /** Pixels of its title. */
  title: number;
}
/** A mark on a plane. */
interface Mark {
  row: number;
  col: number;
  kind: string;
}
/** A rectangle of cells, both ends included, drawn as an outline. */
interface Box {
  kind: string;
  top: number;
  left: number;
  bottom: number;
  right: number;
}
/** What a plane draws: see cell_plane.js and shade_plane.js. */
interface Drawing {
  rows: Span;
  columns: Span;
  size: CellSize;
  letters: number;
}
interface PlaneContents {
  /** The number of the plane among those of its panel. */
  plane: number;
  label: string;
  kind: (row: number, col: number) => string;
  value: (row: number, col: number) => Value;
  numbers: any;
}
interface Plane {
  root: HTMLElement;
  build(drawing: Drawing): void;
  dress(contents: PlaneContents): void;
  put(row: number, col: number, value: Value): void;
  mark(marks: Mark[], boxes: Box[]): void;
  rectangle(row: number, col: number): DOMRect;
  at(x: number, y: number): [number, number] | null;
  setCurrent(row: number, col: number, isSelected: boolean): void;
  focus(): void;
}
/** A way of looking at the stage: see ticks.js. Every hook may be missing. */
interface Tick {
  name: string;
  isOn?: boolean;
  /** Its button stands in view, beside the steppers. */
  isButton?: boolean;
  /** It shows other numbers: at most one is on. */
  isLens?: boolean;
  /** The output shows something else after each step. */
  isFollowing?: boolean;
  isOffered?: (layer: Layer, ticks: Record<string, boolean>) => boolean;
  /** Why it cannot be turned on: the key of a text and its fields. */
  refusal?: (page: any) => [string, Record<string, any>] | null;
  /** Called when the tick or the layer changes. */
  apply?: (page: any, isOn: boolean) => void;
  /** The number that a cell shows instead of `value`. */
  value?: (stage: any, panel: PanelName, index: number[], value: Value) => Value;
  /** A class of a cell beside its own kind. */
  kind?: (stage: any, panel: PanelName, index: number[]) => string;
  /** Adds to the marks of a focus. */
  marks?: (stage: any, focus: Focus, marks: Marks) => void;
  /** The layer and the sizes that are drawn in place of the state's, with the same output. */
  layer?: (layer: Layer, sizes: number[]) => { layer: Layer; sizes: number[] };
  /** The arrays of that layer. */
  arrays?: (arrays: Arrays, layer: Layer) => Arrays;
  /** The same place once the tick is turned on or off. */
  turned?: (page: any, focus: Focus, isOn: boolean) => Focus;
  title?: (contents: any, panel: PanelName, title: string) => string;
  /** A sentence above the stage. */
  note?: (contents: any, words: Translate) => string;
  /** The lines that explain a focus, in place of `lines`; the first is the title. */
  explain?: (contents: any, focus: Focus, lines: any[], words: Translate) => any[];
  /** The most letters of a number that a panel may show later; undefined: those of its numbers. */
  letters?: (contents: any, panel: PanelName) => number | undefined;
  /** Called after the page was laid out, and after each look. */
  looked?: (page: any, focus: Focus, isLaid: boolean) => void;
}
