/* The words and the worked sum for what is looked at. */

const MOST_TERMS = 64; // of a sum that are written out
const MOST_CHANNELS = 12;

const position = (index) => `(${index.join(", ")})`;
const factor = (text) => (text.startsWith("-") ? `(${text})` : text);
const signed = (texts) =>
  texts.map((text, at) => (at === 0 ? text : text.startsWith("-") ? ` - ${text.slice(1)}` : ` + ${text}`)).join("");

/** 1*1 + 2*2 = 1 + 4 = 5; a step that says the same as the one before it is left out. Each product of the first step is an
 * element that knows its term. */
function workedLine(numbers, terms, added, total, lead = "") {
  const write = (value) => numbers.short(value, 4);
  const some = terms.slice(0, MOST_TERMS);
  const more = terms.length > some.length ? [`... (${terms.length - some.length})`] : [];
  const multiplied = some.map((term) => `${factor(write(term.input))}*${factor(write(term.weight))}`);
  const steps = [
    signed([...multiplied, ...more, ...added.map(write)]),
    signed([...some.map((term) => write(term.product)), ...more, ...added.map(write)]),
    write(total),
  ];
  const later = steps
    .slice(1)
    .filter((step, at) => step && step !== steps[at])
    .map((step) => (steps[0] ? ` = ${step}` : step));
  const line = element("p", {}, lead);
  some.forEach((term, at) =>
    line.append(at ? " + " : "", Object.assign(element("span", { className: "term" }, multiplied[at]), { term })),
  );
  line.append(steps[0].slice(signed(multiplied).length), ...later);
  return line;
}

class Explanation {
  constructor(root, words) {
    this.root = root;
    this.words = words;
  }

  /** Say what is looked at; returns it as one text, for screen readers. */
  show(focus, geometry, arrays) {
    const lines = this[focus.panel](focus.index, geometry, arrays);
    const [head, ...rest] = lines;
    this.root.replaceChildren(
      element("h2", {}, head),
      ...rest.map((line) => (typeof line === "string" ? element("p", {}, line) : line)),
    );
    return lines.map((line) => line.textContent ?? line).join(". ");
  }

  output(index, geometry, arrays) {
    const [channel, ...out] = index;
    const head = this.words("at.output", { index: position(geometry.layer.out_channels > 1 ? index : out) });
    const terms = workedTerms(geometry, arrays, index);
    if (!terms) return [head, this.words("unknown")];
    const { numbers } = arrays;
    const bias = arrays.bias ? [arrays.bias[channel]] : [];
    const total = numbers.total([...terms.map((term) => term.product), ...bias]);
    const value = numbers.whole ? [] : [this.words("in_full", { value: numbers.text(total) })];
    const reads = terms.length ? this.reads(terms, geometry) : this.words("reads.nothing");
    const channels = [...new Set(terms.map((term) => term.channel))];
    if (channels.length < 2) return [head, reads, workedLine(numbers, terms, bias, total), ...this.withBias(bias), ...value];
    const parts = channels.map((one) => terms.filter((term) => term.channel === one));
    const subtotals = parts.map((part) => numbers.total(part.map((term) => term.product)));
    const shown = parts
      .slice(0, MOST_CHANNELS)
      .map((part, at) => workedLine(numbers, part, [], subtotals[at], `${this.words("channel", { channel: channels[at] })}: `));
    if (parts.length > shown.length) shown.push("...");
    return [
      head,
      reads,
      ...shown,
      workedLine(numbers, [], [...subtotals, ...bias], total, `${this.words("all_channels")}: `),
      ...this.withBias(bias),
      ...value,
    ];
  }

  withBias(bias) {
    return bias.length ? [this.words("last_is_bias")] : [];
  }

  /** Where the window lies, padding included. */
  reads(terms, geometry) {
    const names = axisNames(geometry.layer);
    const spans = names.map((name, d) => {
      const at = [...new Set(terms.map((term) => term.landing[d]))].sort((a, b) => a - b);
      const step = at.length > 2 && at[1] - at[0] > 1 ? this.words("in_steps", { step: at[1] - at[0] }) : "";
      return at.length === 1 ? `${name} ${at[0]}` : `${name} ${at[0]}..${at.at(-1)}${step}`;
    });
    return this.words("reads", { spans: spans.join(", ") });
  }

  input(index, geometry, arrays) {
    const [channel, ...cell] = index;
    const value = arrays.input.at(index);
    const group = geometry.groupOfInput(channel);
    const head = this.words("at.input", {
      index: position(geometry.layer.in_channels > 1 ? index : cell),
      value: this.text(value, arrays),
    });
    const reached = geometry.reached(cell);
    const products = (target) =>
      reached
        .slice(0, MOST_TERMS)
        .map(({ out, tap }) =>
          this.product(value, arrays.weight.at([target, channel - group * geometry.width, ...tap]), out, arrays),
        );
    const count = geometry.isReal(cell)
      ? this.words(geometry.layer.transposed ? "stamps" : "reached", { count: reached.length })
      : this.words("is_padding");
    const shown = [...Array(Math.min(geometry.depth, MOST_CHANNELS)).keys()].map((o) => {
      const lead = geometry.depth > 1 ? `${this.words("to_channel", { channel: group * geometry.depth + o })}: ` : "";
      return lead + products(group * geometry.depth + o).join(", ") + (reached.length > MOST_TERMS ? ", ..." : "");
    });
    return [
      head,
      reached.length || !geometry.isReal(cell) ? count : this.words("left_over"),
      ...(reached.length && value !== undefined ? shown : []),
    ];
  }

  weight(index, geometry, arrays) {
    const [channel, c, ...tap] = index;
    const value = arrays.weight.at(index);
    const touched = geometry.touchedBy(tap);
    const source = geometry.groupOfOutput(channel) * geometry.width + c;
    const head = this.words("at.weight", {
      index: position(geometry.layer.in_channels > 1 || geometry.layer.out_channels > 1 ? index : tap),
      value: this.text(value, arrays),
    });
    const products = touched.slice(0, MOST_TERMS).map(({ out, cell }) => {
      const x = cell.some((one, d) => one === geometry.sizes[d]) ? arrays.numbers.zero : arrays.input.at([source, ...cell]);
      return this.product(x, value, out, arrays);
    });
    return [
      head,
      this.words("touches", { count: touched.length }),
      products.join(", ") + (touched.length > MOST_TERMS ? ", ..." : ""),
    ];
  }

  /** 3*2 = 6 at (0, 1) */
  product(x, w, out, { numbers }) {
    if (x === undefined || w === undefined) return `... ${position(out)}`;
    const write = (value) => numbers.short(value, 4);
    return `${factor(write(x))}*${factor(write(w))} = ${write(numbers.product(x, w))} \u2192 ${position(out)}`;
  }

  text(value, { numbers }) {
    return value === undefined ? "?" : numbers.text(value);
  }
}
