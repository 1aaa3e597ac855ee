/* Numbers as people type and paste them. A text that is no number is refused with the reason. */

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INTEGER = /^[+-]?\d+$/;
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;
/** What NumPy and torch print around the brackets. */
const PRINTED =
  /^\s*(?:array|tensor)\((?=\s*\[)|,\s*(?:dtype|device|requires_grad)=[^\]]*\)\s*$|\)\s*$/g;
const LARGEST_INTEGER = 2n ** 63n - 1n;

/**
 * The number of a text: integers beyond 2^53 as BigInt. {value} or {why}.
 * @param {string} text
 * @returns {{value?: Value, why?: Reason}}
 */
export function numberOf(text) {
  const word = text.trim().replaceAll(/[\u2212\u2013]/g, "-");
  if (DECIMAL_COMMA.test(word))
    return { why: ["edit.comma", { text: word, point: word.replace(",", ".") }] };
  if (!NUMBER.test(word)) return { why: ["edit.number", { text: word }] };
  if (INTEGER.test(word)) {
    const exact = BigInt(word.replace("+", ""));
    if (exact > LARGEST_INTEGER || exact < -LARGEST_INTEGER)
      return { why: ["edit.int64", { text: word }] };
    return { value: Number.isSafeInteger(Number(exact)) ? Number(exact) : exact };
  }
  const value = Number(word);
  return Number.isFinite(value) ? { value } : { why: ["edit.large", { text: word }] };
}

/**
 * The array of a pasted text: rows at line ends and semicolons, numbers between blanks, commas or
 * tabs; or nested lists. {shape, values in the order of C} or {why}.
 * @param {string} text
 * @returns {{shape?: number[], values?: Value[], why?: Reason}}
 */
export function arrayOf(text) {
  const bare = text.replaceAll(PRINTED, "").trim();
  if (!bare) return { why: ["edit.empty", {}] };
  const nested = bare.startsWith("[") ? brackets(bare) : rows(bare);
  if (!Array.isArray(nested)) return nested;
  /** @type {number[]} */
  const shape = [];
  for (let level = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  if (!shape.every(Boolean)) return { why: ["edit.empty", {}] };
  if (!isRegular(nested, shape)) return { why: ["edit.ragged", {}] };
  /** @type {Value[]} */
  const values = [];
  for (const word of /** @type {string[]} */ (nested.flat(Infinity))) {
    const { value, why } = numberOf(word);
    if (why) return { why };
    values.push(value);
  }
  return { shape, values };
}

/**
 * @param {any} nested
 * @param {number[]} shape
 * @returns {boolean}
 */
function isRegular(nested, [size, ...rest]) {
  if (size === undefined) return !Array.isArray(nested);
  return (
    Array.isArray(nested) &&
    nested.length === size &&
    nested.every((member) => isRegular(member, rest))
  );
}

/**
 * The words of rows. In a line with tabs or semicolons between columns a comma may be a decimal
 * sign: such words stay whole and are refused.
 * @param {string} text
 */
function rows(text) {
  const isCsv = /\n/.test(text) && /;/.test(text) && !/;\s*\n/.test(text) && !/[\t ]/.test(text);
  const lines = text.split(isCsv ? /\r\n?|\n/ : /\r\n?|\n|;/).filter((line) => line.trim());
  return lines.map((line) => {
    const line2 = line.trim().replace(/,$/, "");
    if (isCsv) return line2.split(";");
    return line2.includes("\t") ? line2.split(/\s*\t\s*/) : line2.split(/\s*,\s*|\s+/);
  });
}

/**
 * The words of nested lists, with commas or blanks between them.
 * @param {string} text
 * @returns {any}
 */
function brackets(text) {
  /** @type {any[]} */
  const stack = [[]];
  for (const [token] of text.matchAll(/[[\]]|[^\s,[\]]+/g)) {
    const top = stack[stack.length - 1];
    if (token === "[") {
      stack.push([]);
      top.push(stack[stack.length - 1]);
    } else if (token !== "]") top.push(token);
    else if (stack.length > 1) stack.pop();
    else return { why: ["edit.brackets", {}] };
  }
  if (stack.length > 1 || stack[0].length !== 1) return { why: ["edit.brackets", {}] };
  return stack[0][0];
}
