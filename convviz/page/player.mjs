/* Plays what Python computed.  One module, no build step, no request, the same in every host.

An anywidget front-end module: `export default { render }`, where `render({ model, el })` puts a player into `el`
and returns a function that takes it away again. Of the model it uses

  get("payload")         what is shown: see convviz/views/page.py; it may be replaced at any time
  on("change:payload")   the player shows the new one, and keeps step, theme and what else the reader chose
  get("view")            optional: { step, theme, numbers, shading, mode } to start with
  on("change:view", …)   the player goes there; what is left out is as it was at first
  set("view", …)         told of every change of these, once things are at rest; then save_changes()
  get("fill")            optional: true where the player fills an element that has a height (a page of its own)
  get("autoplay")        optional: false where it waits to be played

and a host may put controls of its own into the element with the class "cv-slot" (above the other settings).
It injects no style: the host brings player.css. It uses no ids and no handlers on the document, so several players
can stand on one page, or in one shadow root.

It knows no stride and no padding: the payload lists the cells that each output reads, and this module looks them up
and inverts the lists. Its only arithmetic: of a cell that somebody edits, the listed products are added up again,
in whole numbers over whole numbers. Everything that came from outside becomes text, never markup. */

// Numbers that are exactly right: { n, d }, whole numbers over whole numbers; NaN and the infinities as they are.

const [DECIMALS, EXACT] = [2, 3]; // as in convviz/numbers.py
const MOST_WRITTEN = 24; // characters of a number that is written in full
const MOST_LETTERS = 3; // of a weight that stands in the corner of a cell

const exact = (value) => {
  if (Number.isSafeInteger(value)) return { n: BigInt(value), d: 1n };
  if (typeof value === "number" && !Number.isFinite(value)) return value;
  const text = String(value);
  if (text === "NaN") return NaN;
  if (text === "Infinity" || text === "-Infinity") return text === "Infinity" ? Infinity : -Infinity;
  return fromDecimal(text);
};

const fromDecimal = (text) => {
  const [mantissa, exponent = "0"] = text.toLowerCase().split("e");
  const [whole, part = ""] = mantissa.split(".");
  const power = Number(exponent) - part.length;
  const n = BigInt(whole + part);
  return power >= 0 ? { n: n * 10n ** BigInt(power), d: 1n } : over({ n, d: 1n }, 10n ** BigInt(-power));
};

/** What somebody typed: digits, a point, a fraction; null where it is no number. */
export const typed = (text) => {
  const plain = text.trim().replaceAll("−", "-").replace(",", ".");
  const match = /^([-+]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:e[-+]?\d{1,2})?)(?:\/(\d{1,30}))?$/i.exec(plain);
  if (!match || /^0*$/.test(match[2] ?? "1")) return null;
  const value = fromDecimal(match[1].replace(/^\+/, "").replace(/^(-?)\./, "$10."));
  return match[2] ? over(value, BigInt(match[2])) : value;
};

const gcd = (a, b) => {
  while (b) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
};
const isFraction = (x) => typeof x === "object";
const [ZERO, ONE] = [{ n: 0n, d: 1n }, { n: 1n, d: 1n }];
const asFloat = (x) => (isFraction(x) ? Number(x.n) / Number(x.d) : x);
const fraction = (n, d) => {
  if (d === 1n) return { n, d };
  const common = gcd(n, d) || 1n;
  return { n: n / common, d: d / common };
};
const over = (x, whole) => (isFraction(x) ? fraction(x.n, x.d * whole) : x);
const plus = (a, b) =>
  isFraction(a) && isFraction(b)
    ? a.d === b.d ? fraction(a.n + b.n, a.d) : fraction(a.n * b.d + b.n * a.d, a.d * b.d)
    : asFloat(a) + asFloat(b);
const product = (a, b) => (isFraction(a) && isFraction(b) ? fraction(a.n * b.n, a.d * b.d) : asFloat(a) * asFloat(b));
const isZero = (x) => isFraction(x) && x.n === 0n;
const isOne = (x) => isFraction(x) && x.n === x.d;
const same = (a, b) => (isFraction(a) && isFraction(b) ? a.n * b.d === b.n * a.d : Object.is(asFloat(a), asFloat(b)));
const less = (a, b) => (isFraction(a) && isFraction(b) ? a.n * b.d < b.n * a.d : asFloat(a) < asFloat(b));

/** How many digits after the point a number needs to be exact, up to those that are ever written; else −1. */
const digits = (x) => {
  if (!isFraction(x)) return 0;
  for (let places = 0, scale = 1n; places <= EXACT; places += 1, scale *= 10n) {
    if ((x.n * scale) % x.d === 0n) return places;
  }
  return -1;
};

/** Writes a number with so many digits after the point, halves away from 0, with a real minus sign. */
const written = (x, places) => {
  if (!isFraction(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "−∞";
  const size = (x.n < 0n ? -x.n : x.n) * 10n ** BigInt(places);
  let whole = size / x.d;
  if ((size % x.d) * 2n >= x.d) whole += 1n;
  const text = String(whole).padStart(places + 1, "0");
  const point = places ? `${text.slice(0, -places)}.${text.slice(-places)}` : text;
  return x.n < 0n && whole ? `−${point}` : point;
};

/** Writes a number with so many significant digits, as short as it goes. */
const significant = (x, count) => {
  const value = asFloat(x);
  if (!value || !Number.isFinite(value)) return written(x, 0);
  const [mantissa, exponent] = value.toExponential(count - 1).split("e");
  const power = Number(exponent);
  const text = power >= -2 && power < count ? trimmed(value.toFixed(Math.max(0, count - 1 - power))) : `${trimmed(mantissa)}e${power}`;
  return text.replaceAll("-", "−");
};

/** A number by itself: [text, whether that is all of it]. */
const brief = (x) => {
  const places = digits(x);
  const whole = places >= 0 ? written(x, places) : "";
  if (whole && whole.length <= MOST_WRITTEN) return [whole, true];
  const size = Math.abs(asFloat(x));
  if (size >= 0.1 && size < 1e7) return [written(x, DECIMALS), false];
  return [significant(x, 3), false];
};

const trimmed = (text) => (text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text);
const plainText = (value) => String(value).replace("-", "−");
const filled = (template, values) => template.replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all));

// What the payload says: look-ups, and the lists the other way round.

class Figure {
  constructor(payload) {
    Object.assign(this, { p: payload, words: payload.words });
    const { input, kernel, output } = payload;
    this.size = input.axes.map((axis) => axis.kinds.length); // slices, rows, columns, with padding
    this.channels = input.shape[0];
    this.out = output.shape;
    this.steps = output.shape.reduce((a, b) => a * b, 1);
    this.kernelShape = kernel?.shape;
    this.plane = this.size[0] * this.size[1] * this.size[2];
    this.widths = new Map(); // of numbers, as they are measured
    this.rounded = new Set(payload.rounded);
    this.inexact = { input: new Set(input.inexact), kernel: new Set(kernel?.inexact), output: new Set(output.inexact) };
    this.edits = { input: new Map(), kernel: new Map() };
    this.exacts = { input: [], kernel: [], output: [] };
    this.forget();
  }

  forget() {
    this.results = new Map();
    this.cached = -1;
    this.common = null;
  }

  get edited() {
    return this.edits.input.size + this.edits.kernel.size > 0;
  }

  edit(grid, place, value) {
    const own = product_(this.p.arrays[grid] ?? []); // one kernel may be applied to every channel
    const all = grid === "kernel" ? [...this.p.kernel.values.keys()].filter((each) => each % own === place % own) : [place];
    for (const each of all) {
      this.edits[grid].set(each, value);
      if (value === null || same(value, exact(this.p[grid].values[each]))) this.edits[grid].delete(each);
    }
    this.forget();
  }

  /** The numbers of an array as it was given, of a batch the first sample: as Python and a command line write them. */
  given(grid) {
    const count = product_(this.p.arrays[grid]);
    const { values } = this.p[grid];
    const divisor = BigInt(this.p[grid].divisor ?? 1);
    const found = [];
    values.forEach((_, place) => {
      found[this.inArray(grid, place)] = inCode(over(this.value(grid, place), divisor));
    });
    return found.slice(0, count);
  }

  /** Where a cell stands in the array that was given. */
  inArray(grid, place) {
    const { arrays } = this.p;
    return grid === "input" ? place : arrays.places?.[place] ?? place % product_(arrays.kernel);
  }

  // Cells of the padded input.

  cell(channel, slice, row, column) {
    return ((channel * this.size[0] + slice) * this.size[1] + row) * this.size[2] + column;
  }

  where(cell) {
    const [slices, rows, columns] = this.size;
    const line = Math.floor(cell / columns);
    return [Math.floor(line / rows / slices), Math.floor(line / rows) % slices, line % rows, cell % columns];
  }

  kind(cell) {
    const [, ...at] = this.where(cell);
    const kinds = at.map((place, axis) => this.p.input.axes[axis].kinds[place]);
    return ["h", "p", "g", "u"].find((kind) => kinds.includes(kind)) ?? "i";
  }

  source(cell) {
    const { axes, shape } = this.p.input;
    const [, rows, columns] = this.size;
    const line = Math.floor(cell / columns);
    const column = axes[2].sources[cell % columns];
    const row = axes[1].sources[line % rows];
    const slice = axes[0].sources[Math.floor(line / rows) % this.size[0]];
    if (slice < 0 || row < 0 || column < 0) return -1;
    return ((Math.floor(cell / this.plane) * shape[1] + slice) * shape[2] + row) * shape[3] + column;
  }

  // Values and how they are written.

  value(grid, place) {
    if (place < 0) return exact(this.p.input.fill.value);
    return this.edits[grid]?.get(place) ?? (this.exacts[grid][place] ??= exact(this.p[grid].values[place]));
  }

  text(grid, place) {
    if (place < 0) return this.p.input.fill.text;
    if (this.edits[grid]?.has(place)) return brief(this.edits[grid].get(place))[0];
    return this.p[grid].texts?.[place] ?? plainText(this.p[grid].values[place]);
  }

  /** Whether weights stand in the cells that they multiply: all of them do, or none. */
  get weighs() {
    const { weighted, kernel } = this.p;
    return Boolean(weighted) && kernel.values.every((_, place) => this.text("kernel", place).length <= MOST_LETTERS);
  }

  isExact(grid, place) {
    if (place < 0) return this.p.input.fill.exact;
    if (this.edits[grid]?.has(place)) return brief(this.edits[grid].get(place))[1];
    return !this.inexact[grid].has(place);
  }

  seen(cell) {
    return this.value("input", this.source(cell));
  }

  // Names.

  called(grid, at) {
    const { first, axes } = this.p[grid].named;
    return `${this.words[grid]}[${[...first, ...axes.map((axis) => at[axis])].join(", ")}]`;
  }

  inputPlace(cell) {
    const source = this.source(cell);
    const at = source < 0 ? this.where(cell) : unravel(source, this.p.input.shape);
    return this.called("input", at);
  }

  outputPlace(step) {
    return this.called("output", unravel(step, this.out));
  }

  // What an output reads.

  filter(step) {
    return Math.floor(step / (this.steps / this.out[0]));
  }

  /** Where the window is on each axis: the cells of the padded input that it reads. */
  at(step) {
    const [, ...place] = unravel(step, this.out);
    return this.p.reads.axes.map((axis, along) => axis.at[place[along]]);
  }

  /** The taps of a step, in order: { cells, weights }, the weights as places in the kernel. */
  taps(step) {
    if (this.cached === step) return this.lastTaps;
    const [filter, ...place] = unravel(step, this.out);
    const axes = this.p.reads.axes;
    const at = axes.map((axis, along) => axis.at[place[along]]);
    const k = axes.map((axis, along) => axis.k[axis.k.length > 1 ? place[along] : 0]);
    const [first, end] = this.p.reads.channels[filter];
    const cells = [];
    const weights = [];
    const [, own, slices, rows, columns] = this.kernelShape ?? [0, 0, 1, 1, 1];
    for (let channel = first; channel < end; channel += 1) {
      at[0].forEach((slice, s) => at[1].forEach((row, r) => at[2].forEach((column, c) => {
        cells.push(this.cell(channel, slice, row, column));
        weights.push((((filter * own + channel - first) * slices + k[0][s]) * rows + k[1][r]) * columns + k[2][c]);
      })));
    }
    this.cached = step;
    this.lastTaps = { step, cells, weights: this.p.kernel ? weights : null, channels: [first, end] };
    return this.lastTaps;
  }

  weight(taps, tap) {
    if (this.p.counts && !this.p.counts.includes(this.kind(taps.cells[tap]))) return ZERO;
    if (this.p.used) return this.p.used[taps.step].includes(tap) ? ONE : ZERO;
    return taps.weights ? this.value("kernel", taps.weights[tap]) : ONE;
  }

  divisor(step) {
    return BigInt(Array.isArray(this.p.divisors) ? this.p.divisors[step] : this.p.divisors);
  }

  /** The outputs that a cell feeds: [step, place in the kernel]. */
  feeds(cell) {
    const [channel, ...at] = this.where(cell);
    const axes = this.p.reads.axes.map((axis, along) => {
      const found = [];
      axis.at.forEach((list, output) => {
        const tap = list.indexOf(at[along]);
        if (tap >= 0) found.push([output, axis.k[axis.k.length > 1 ? output : 0][tap]]);
      });
      return found;
    });
    const found = [];
    const [, own, slices, rows, columns] = this.kernelShape ?? [0, 0, 1, 1, 1];
    this.p.reads.channels.forEach(([first, end], filter) => {
      if (channel < first || channel >= end) return;
      for (const [s, ks] of axes[0]) for (const [r, kr] of axes[1]) for (const [c, kc] of axes[2]) {
        const step = ((filter * this.out[1] + s) * this.out[2] + r) * this.out[3] + c;
        found.push([step, (((filter * own + channel - first) * slices + ks) * rows + kr) * columns + kc]);
      }
    });
    return found;
  }

  /** The cells that a weight multiplies. */
  multiplies(place) {
    const [filter, own, ...at] = unravel(place, this.kernelShape);
    const channel = this.p.reads.channels[filter][0] + own;
    const axes = this.p.reads.axes.map((axis, along) =>
      axis.at.map((list, output) => list[axis.k[axis.k.length > 1 ? output : 0].indexOf(at[along])])
        .filter((cell) => cell !== undefined));
    const found = [];
    for (const s of axes[0]) for (const r of axes[1]) for (const c of axes[2]) found.push(this.cell(channel, s, r, c));
    return found;
  }

  // Results.

  touched(taps) {
    const { input, kernel } = this.edits;
    return (kernel.size && taps.weights?.some((place) => kernel.has(place)))
      || (input.size && taps.cells.some((cell) => input.has(this.source(cell))));
  }

  /** What a step comes to: as Python wrote it; where a cell was edited, added up again. */
  result(step) {
    const found = this.raw(step);
    if (found.value === undefined) return found;
    return { ...found, text: this.inGrid(found.value) };
  }

  raw(step) {
    if (!this.edited) return this.asGiven(step);
    let found = this.results.get(step);
    if (!found) {
      const taps = this.taps(step);
      found = this.touched(taps) ? this.again(step, taps) : this.asGiven(step);
      this.results.set(step, found);
    }
    return found;
  }

  asGiven(step) {
    const { totals, ties, sums } = this.p;
    return {
      text: this.text("output", step),
      rounded: this.rounded.has(step),
      total: totals?.[step] === undefined || totals[step] === null ? null : plainText(totals[step]),
      ties: ties?.[step] ?? [],
      sums: sums?.[step] ?? null,
    };
  }

  again(step, taps) {
    if (this.p.pick) return this.pickAgain(step, taps);
    const divisor = this.divisor(step);
    let total = ZERO;
    let sums = taps.weights && taps.channels[1] - taps.channels[0] > 1 ? [] : null;
    let allExact = true;
    const perChannel = taps.cells.length / (taps.channels[1] - taps.channels[0]);
    let channel = { n: 0n, d: 1n };
    taps.cells.forEach((cell, tap) => {
      const one = product(this.seen(cell), this.weight(taps, tap));
      total = plus(total, one);
      channel = plus(channel, one);
      allExact &&= this.isExact("input", this.source(cell)) && (!taps.weights || this.isExact("kernel", taps.weights[tap]));
      if (sums && (tap + 1) % perChannel === 0) {
        sums.push(brief(over(channel, divisor)));
        channel = { n: 0n, d: 1n };
      }
    });
    let value = over(total, divisor);
    if (this.p.bias) value = plus(value, exact(this.p.bias.values[this.filter(step)]));
    const biasExact = !this.p.bias?.inexact?.includes(this.filter(step));
    const [, whole] = brief(value);
    if (sums) allExact = sums.every(([, fits]) => fits);
    return {
      value, ties: [],
      rounded: !(whole && allExact && biasExact),
      total: isFraction(total) && total.d === 1n && String(total.n).length <= MOST_WRITTEN ? plainText(total.n) : null,
      sums: sums?.map(([shown]) => shown) ?? null,
    };
  }

  pickAgain(step, taps) {
    let best = null;
    let ties = [];
    taps.cells.forEach((cell, tap) => {
      if (this.source(cell) < 0) return;
      const value = this.seen(cell);
      const isNaN = Number.isNaN(value);
      const wins = best === null || (isNaN && !Number.isNaN(best))
        || (this.p.pick === "max" ? less(best, value) : less(value, best));
      if (wins) [best, ties] = [value, [tap]];
      else if (same(best, value)) ties.push(tap);
    });
    return { value: best, rounded: !brief(best)[1], total: null, ties, sums: null };
  }

  exactResult(step) {
    const given = this.result(step);
    if (given.value !== undefined) return given.value;
    if (given.total !== null) {
      const value = over(exact(given.total.replace("−", "-")), this.divisor(step));
      return this.p.bias ? plus(value, exact(this.p.bias.values[this.filter(step)])) : value;
    }
    return exact(this.p.output.values[step]);
  }

  /** The value of a step, for its colour. */
  exactValue(step) {
    return this.raw(step).value ?? exact(this.p.output.values[step]);
  }

  /** How the outputs are written: one format for the whole grid, chosen again where cells were edited. */
  outputText(step) {
    return this.edited ? this.inGrid(this.exactValue(step)) : this.text("output", step);
  }

  /** An output in the format of the grid. */
  inGrid(value) {
    const { places, compact } = (this.common ??= this.format());
    if (compact) return significant(value, places);
    return digits(value) < 0 ? written(value, places) : trimmed(written(value, places));
  }

  /** The format of a grid of outputs, as convviz/numbers.py chooses it: whole, exact, rounded, or significant digits. */
  format() {
    const { decimals, compact } = this.p.output.format;
    let [places, largest, isExact] = [0, 0, true];
    for (let step = 0; step < this.steps; step += 1) {
      const { value } = this.raw(step);
      const needed = value === undefined ? (compact || this.inexact.output.has(step) ? -1 : decimals) : digits(value);
      if (needed < 0) isExact = false;
      places = Math.max(places, needed);
      const size = Math.abs(asFloat(this.exactValue(step)));
      if (Number.isFinite(size)) largest = Math.max(largest, size);
    }
    if (largest >= 1e7 && (!isExact || places)) return { places: 3, compact: true };
    if (isExact) return { places };
    return largest < 0.1 ? { places: 2, compact: true } : { places: DECIMALS };
  }

  // The sentence: [{ text, tap }] before the result, the result, and what stands after it.

  sentence(step) {
    const taps = this.taps(step);
    const result = this.result(step);
    if (this.p.sentences) {
      const [lead, said, tail] = this.p.sentences[step];
      return { parts: [{ text: lead }], result: said, tail };
    }
    if (this.p.pick) return this.pickSentence(step, taps, result);
    const sentence = this.sumSentence(step, taps, result);
    if (!this.p.kernel || !this.p.counts || taps.cells.some((cell) => this.p.counts.includes(this.kind(cell)))) return sentence;
    const alone = sentenceText({ ...sentence, result: "", tail: "" }) === `${this.outputPlace(step)} = 0 = `;
    return { ...sentence, parts: alone ? sentence.parts.slice(0, 1) : sentence.parts, tail: `: ${this.words["no input"]}` };
  }

  sumSentence(step, taps, result) {
    const where = `${this.outputPlace(step)} = `;
    const equals = result.rounded ? "≈" : "=";
    const filter = this.filter(step);
    const bias = this.p.bias ? this.text("bias", filter) : "";
    const shift = !bias ? "" : bias.startsWith("−") ? ` − ${bias.slice(1)}` : ` + ${bias}`;
    const several = taps.weights && taps.channels[1] - taps.channels[0] > 1
      && (!this.p.counts || taps.cells.some((cell) => this.p.counts.includes(this.kind(cell))));
    if (several) {
      const terms = this.sumsOf(step, taps, result).map((text, channel) => ({ text, channel: taps.channels[0] + channel }));
      return { parts: [{ text: where }, ...added(terms), { text: shift }, { text: ` ${equals} `, equals: true }], result: result.text, tail: "" };
    }
    const weights = taps.cells.map((_, tap) => this.weight(taps, tap));
    const alone = taps.weights && !this.p.counts && weights.length === 1; // "6 = 6" would tell nothing
    const used = taps.cells.map((_, tap) => tap)
      .filter((tap) => alone || !isZero(weights[tap]) || !isFraction(this.seen(taps.cells[tap])));
    const alike = !alone && (taps.weights ? weights : used.map((tap) => weights[tap])).every(isOne);
    const terms = used.map((tap) => {
      const left = this.text("input", this.source(taps.cells[tap]));
      if (alike) return { text: left, tap };
      const right = taps.weights ? this.text("kernel", taps.weights[tap]) : isOne(weights[tap]) ? "1" : "0";
      return { text: `${factor(left)}·${factor(right)}`, tap };
    });
    const divisor = this.divisor(step);
    const body = terms.length ? added(terms) : [{ text: "0" }];
    if (divisor === 1n) return { parts: [{ text: where }, ...body, { text: shift }, { text: ` ${equals} `, equals: true }], result: result.text, tail: "" };
    const [open, close] = terms.length === 1 ? ["", ""] : ["(", ")"];
    const middle = result.total === null ? "" : ` = ${result.total}/${divisor}${shift}`;
    const end = [{ text: `${close} / ${divisor}${shift}` }, { text: middle, answer: true }, { text: ` ${equals} `, equals: true }];
    return { parts: [{ text: where + open }, ...body, ...end], result: result.text, tail: "" };
  }

  sumsOf(step, taps, result) {
    if (result.sums) return result.sums;
    const sums = [];
    const perChannel = taps.cells.length / (taps.channels[1] - taps.channels[0]);
    let sum = { n: 0n, d: 1n };
    taps.cells.forEach((cell, tap) => {
      sum = plus(sum, product(this.seen(cell), this.weight(taps, tap)));
      if ((tap + 1) % perChannel) return;
      sums.push(brief(over(sum, this.divisor(step)))[0]);
      sum = { n: 0n, d: 1n };
    });
    return sums;
  }

  pickSentence(step, taps, result) {
    const real = taps.cells.map((_, tap) => tap).filter((tap) => "iu".includes(this.kind(taps.cells[tap])));
    const terms = real.map((tap, number) => ({
      before: number ? ", " : "", text: this.text("input", this.source(taps.cells[tap])), tap,
    }));
    const [winner, second] = result.ties.slice(0, 2).map((tap) => this.inputPlace(taps.cells[tap]));
    const more = result.ties.length - 2;
    let tail = ` ${filled(this.words.from, { place: winner })}`;
    if (second) tail += `, ${filled(more > 0 ? this.words["tied more"] : this.words.tied, { place: second, count: more })}`;
    const parts = [
      { text: `${this.outputPlace(step)} = ${this.p.pick}(` }, ...terms, { text: ")" }, { text: ` ${result.rounded ? "≈" : "="} `, equals: true },
    ];
    return { parts, result: result.text, tail };
  }

  /** The running result after so many terms of the sentence: [text, whether that is all of it]. */
  soFar(step, terms, count) {
    const taps = this.taps(step);
    const used = terms.slice(0, count);
    if (this.p.pick) {
      let best = null;
      for (const { tap } of used) {
        const value = this.seen(taps.cells[tap]);
        if (best === null || Number.isNaN(value) || (this.p.pick === "max" ? less(best, value) : less(value, best))) best = value;
      }
      return brief(best);
    }
    const perChannel = taps.cells.length / (taps.channels[1] - taps.channels[0]);
    let total = { n: 0n, d: 1n };
    for (const term of used) {
      const list = term.tap !== undefined ? [term.tap]
        : Array.from({ length: perChannel }, (_, n) => (term.channel - taps.channels[0]) * perChannel + n);
      for (const tap of list) total = plus(total, product(this.seen(taps.cells[tap]), this.weight(taps, tap)));
    }
    return brief(used[0]?.channel === undefined ? total : over(total, this.divisor(step)));
  }
}

const unravel = (index, shape) => {
  const found = new Array(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    found[axis] = index % shape[axis];
    index = Math.floor(index / shape[axis]);
  }
  return found;
};
const product_ = (shape) => shape.reduce((a, b) => a * b, 1);
const factor = (text) => (text.startsWith("−") ? `(${text})` : text);
const added = (terms) => terms.map((term, number) => {
  if (!number) return { ...term, before: "" };
  const minus = term.text.startsWith("−");
  return { ...term, before: minus ? " − " : " + ", text: minus ? term.text.slice(1) : term.text };
});
const sentenceText = ({ parts, result, tail }) => parts.map((part) => (part.before ?? "") + part.text).join("") + result + tail;

// Elements. Strings become text nodes and nothing else.

const make = (tag, names, ...content) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(names ?? {})) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...content);
  return node;
};

/** A text in which no place, such as input[3, 1], is broken at the end of a line. */
const together = (text) => text.split(/(\S*\[[^\]]*\])/).map((part, n) => (n % 2 ? make("span", { class: "cv-together" }, part) : part));

/** Sets an attribute that is not so already: setting one costs, even where nothing changes. */
const put = (node, name, value) => {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
};

const ICONS = {
  first: "M6 5v14M18 6l-8 6 8 6z", previous: "M15 5l-7 7 7 7", next: "M9 5l7 7-7 7", play: "M7 4.5v15l13-7.5z",
  pause: "M6.5 5h4v14h-4zM13.5 5h4v14h-4z", full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M4 4l6 6M20 4l-6 6M20 20l-6-6M4 20l6-6",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  keys: "M3 6.5h18v11H3zM6.5 10h.01M10 10h.01M14 10h.01M17.5 10h.01M8 14h8",
};
const FILLED = ["play", "pause", "theme", "first"];
const SVG = "http://www.w3.org/2000/svg";
const icon = (name) => {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "cv-icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  if (FILLED.includes(name)) path.setAttribute("class", name === "theme" ? "cv-half" : "cv-fill-icon");
  svg.append(path);
  return svg;
};

// Planes of cells: as a table of numbers, or as one picture where one node a cell is too many.

class Plane {
  constructor(player, grid) {
    this.player = player;
    this.grid = grid;
    this.label = make("div", { class: "cv-label" });
    this.caption = make("div", { class: "cv-caption" });
    this.body = make("div", { class: "cv-body" });
    this.node = make("div", { class: "cv-plane", "data-grid": grid }, this.label, this.body, this.caption);
    this.marks = new Map();
    this.base = 0;
  }

  local(place) {
    const at = place - this.base;
    return at >= 0 && at < this.rows * this.columns ? at : -1;
  }

  /** Lights a place: where its plane has others, the one that is read or made stands out. */
  light(lit) {
    this.node.classList.toggle("cv-lit", lit);
  }
}

class Table extends Plane {
  constructor(player, grid, rows, columns, indices) {
    super(player, grid);
    Object.assign(this, { rows, columns, cells: [], numbers: [], current: 0 });
    this.table = make("div", { role: "grid", class: "cv-grid" });
    for (let row = 0; row < rows; row += 1) {
      const line = make("div", { role: "row", class: "cv-row" });
      for (let column = 0; column < columns; column += 1) {
        const number = make("span", { class: "cv-number" });
        const cell = make("div", { role: "gridcell", class: "cv-cell", tabindex: "-1" }, number);
        cell.cvPlace = row * columns + column;
        this.cells.push(cell);
        this.numbers.push(number);
        line.append(cell);
      }
      this.table.append(line);
    }
    this.cells[0].tabIndex = 0;
    this.window = make("div", { class: "cv-box cv-window", hidden: "" });
    this.frame = make("div", { class: "cv-box cv-frame", hidden: "" });
    this.body.append(this.table, this.frame, this.window);
    if (indices) this.addIndices(player.figure.p.output.named.axes.includes(2));
    this.texts = new Array(rows * columns).fill("");
    this.names = new Array(rows * columns).fill("");
    this.kinds = new Array(rows * columns).fill("");
    this.shades = new Array(rows * columns).fill("");
  }

  addIndices(rows) {
    this.columnIndices = Array.from({ length: this.columns }, (_, n) => make("span", {}, String(n)));
    this.rowIndices = Array.from({ length: rows ? this.rows : 0 }, (_, n) => make("span", {}, String(n)));
    this.body.classList.add("cv-indexed");
    this.body.classList.toggle("cv-strip", !rows);
    this.body.append(
      make("div", { class: "cv-columns", "aria-hidden": "true" }, ...this.columnIndices),
      make("div", { class: "cv-rows", "aria-hidden": "true" }, ...this.rowIndices),
    );
  }

  scale(cell, type, letters) {
    this.side = cell;
    this.type = type;
    this.letters = letters;
    this.node.style.setProperty("--cv-edge", `${edgeOf(cell)}px`);
    this.node.classList.toggle("cv-roomy", cell >= ROOMY);
    this.node.style.setProperty("--cv-cell", `${cell}px`);
    this.node.style.setProperty("--cv-type", `${type}px`);
    this.node.classList.toggle("cv-weights", cell >= ROOMY);
  }

  /** Fills a cell: [kind, text, name, [fill, ink] or null]. */
  fill(at, [kind, text, name, shade]) {
    const cell = this.cells[at];
    if (this.kinds[at] !== kind) cell.dataset.kind = this.kinds[at] = kind;
    if (this.texts[at] !== text) {
      this.numbers[at].textContent = this.texts[at] = text;
      const room = Math.max(this.letters, (this.side - 2 * edgeOf(this.side) - 1) / (this.type * BOLD));
      const long = text.length > room; // longer than any number that was given: somebody typed it, or made it
      if (long || this.numbers[at].style.fontSize) this.numbers[at].style.fontSize = long ? `${(this.type * room) / text.length}px` : "";
    }
    if (this.names[at] !== name) {
      this.names[at] = name;
      cell.setAttribute("aria-label", name);
    }
    const shaded = shade ? shade.join() : "";
    if (this.shades[at] !== shaded) {
      this.shades[at] = shaded;
      cell.classList.toggle("cv-shaded", Boolean(shade));
      if (shade) {
        cell.style.setProperty("--cv-fill", shade[0]);
        cell.style.setProperty("--cv-on", `var(--cv-${shade[1]})`);
      }
    }
  }

  /** Shows what is marked: Map of place → { state, weight, link, pick, term }. */
  paint(marks) {
    const found = new Map();
    for (const [place, mark] of marks) {
      const at = this.local(place);
      if (at >= 0) found.set(at, mark);
    }
    for (const at of this.marks.keys()) {
      if (!found.has(at)) this.mark(at, {});
    }
    for (const [at, mark] of found) this.mark(at, mark);
    this.marks = found;
  }

  mark(at, { state = "", weight = "", link = "", pick = "", term = "" }) {
    const { dataset } = this.cells[at];
    for (const [name, value] of [["state", state], ["weight", weight], ["link", link], ["pick", pick], ["term", term]]) {
      if ((dataset[name] ?? "") === value) continue;
      if (value) dataset[name] = value;
      else delete dataset[name];
    }
  }

  box(node, box) {
    node.hidden = !box;
    if (!box) return;
    const [top, left, bottom, right] = box;
    node.style.setProperty("--cv-top", top);
    node.style.setProperty("--cv-left", left);
    node.style.setProperty("--cv-down", bottom - top);
    node.style.setProperty("--cv-across", right - left);
  }

  index(row, column) {
    if (!this.columnIndices || (row === this.litRow && column === this.litColumn)) return;
    this.columnIndices[this.litColumn]?.classList.remove("cv-lit");
    this.rowIndices[this.litRow]?.classList.remove("cv-lit");
    this.columnIndices[column]?.classList.add("cv-lit");
    this.rowIndices[row]?.classList.add("cv-lit");
    [this.litRow, this.litColumn] = [row, column];
  }

  name(label) {
    const { words } = this.player.figure;
    if (this.named === label) return;
    this.named = label;
    this.label.textContent = label;
    this.table.setAttribute("aria-label", filled(words.grid, { label, rows: this.rows, columns: this.columns }));
  }

  focus(at) {
    this.cells[this.current].tabIndex = -1;
    this.current = at;
    this.cells[at].tabIndex = 0;
    this.cells[at].focus();
  }

  placeOf(event) {
    const cell = event.target.closest?.(".cv-cell");
    return cell ? cell.cvPlace : -1;
  }
}

class Picture extends Plane {
  constructor(player, grid, rows, columns) {
    super(player, grid);
    Object.assign(this, { rows, columns, current: 0, done: 0 });
    this.canvas = make("canvas", { class: "cv-canvas", width: columns, height: rows, "aria-hidden": "true" });
    this.over = make("canvas", { class: "cv-over", tabindex: "0", role: "img" });
    this.body.append(this.canvas, this.over);
    this.pen = this.canvas.getContext("2d");
    this.ink = this.over.getContext("2d");
    this.pixels = this.pen.createImageData(columns, rows);
  }

  scale(cell) {
    this.side = cell;
    const dots = globalThis.devicePixelRatio || 1;
    this.wide = Math.max(1, Math.round(this.columns * cell));
    this.tall = Math.max(1, Math.round(this.rows * cell));
    for (const canvas of [this.canvas, this.over]) {
      canvas.style.width = `${this.wide}px`;
      canvas.style.height = `${this.tall}px`;
    }
    this.over.width = Math.round(this.wide * dots);
    this.over.height = Math.round(this.tall * dots);
    this.dots = dots;
    this.last = null;
  }

  /** Colours every cell: `colour(at)` is [red, green, blue, alpha]. */
  colour(colour) {
    for (let at = 0; at < this.rows * this.columns; at += 1) this.pixels.data.set(colour(at), at * 4);
    this.pen.putImageData(this.pixels, 0, 0);
    this.done = this.rows * this.columns;
  }

  /** Shows the first `count` cells and no others. */
  upTo(count) {
    if (count === this.done) return;
    const [low, high] = count < this.done ? [count, this.done] : [this.done, count];
    for (let at = low; at < high; at += 1) this.pixels.data[at * 4 + 3] = count > this.done ? 255 : 0;
    const [top, bottom] = [Math.floor(low / this.columns), Math.ceil(high / this.columns)];
    this.pen.putImageData(this.pixels, 0, 0, 0, top, this.columns, bottom - top);
    this.done = count;
  }

  paint(marks, box, cursor) {
    const { ink, dots } = this;
    const [wide, tall] = [this.over.width / this.columns, this.over.height / this.rows];
    const colours = this.player.colours;
    ink.clearRect(0, 0, this.over.width, this.over.height);
    const outline = (top, left, down, across, thick) => {
      for (const [role, width] of [["ground", thick * 3], ["frame", thick]]) {
        ink.strokeStyle = colours[role];
        ink.lineWidth = width * dots;
        ink.strokeRect(left * wide, top * tall, Math.max(across * wide, 4 * dots), Math.max(down * tall, 4 * dots));
      }
    };
    for (const [place, mark] of marks) {
      const at = this.local(place);
      if (at < 0 || !(mark.link || mark.pick)) continue;
      const [row, column] = [Math.floor(at / this.columns), at % this.columns];
      ink.fillStyle = colours[mark.pick ? "current" : "window"];
      ink.globalAlpha = 0.75;
      ink.fillRect(column * wide, row * tall, Math.max(wide, dots), Math.max(tall, dots));
      ink.globalAlpha = 1;
    }
    if (box) outline(box[0], box[1], box[2] - box[0], box[3] - box[1], 2);
    if (cursor >= 0) outline(Math.floor(cursor / this.columns), cursor % this.columns, 1, 1, 1);
  }

  name(label) {
    const { words } = this.player.figure;
    if (this.named === label) return;
    this.named = label;
    this.label.textContent = label;
    this.over.setAttribute("aria-label", filled(words.picture, { label, rows: this.rows, columns: this.columns }));
  }

  focus(at) {
    this.current = at;
    this.over.focus();
  }

  placeOf(event) {
    if (event.target !== this.over || event.offsetX === undefined || !event.isTrusted) return this.current;
    const column = Math.min(this.columns - 1, Math.max(0, Math.floor(event.offsetX / this.side)));
    const row = Math.min(this.rows - 1, Math.max(0, Math.floor(event.offsetY / this.side)));
    return row * this.columns + column;
  }
}

// The player.

const SPEEDS = [0.5, 1, 2, 4];
const MOST_PLANES = 6; // of a kind are shown at once; of more, the first, the current and the last
const MOST_CELLS = 1600; // of a plane are nodes; a larger one is a picture
const MOST_TERMS = 40; // of a sentence; in the middle of a longer one, the others are counted
const LENS = 44;
const BOLD = 0.72; // ems: a bold digit is at most so wide
const ROOMY = 36; // pixels: cells in which there is room for weights, a halo and bold numbers
const edgeOf = (cell) => (cell < ROOMY ? 2 : Math.max(3, Math.round(cell * 0.07)));
let pen = null; // measures texts, once there are any

/** Which of so many are shown: all; or the first, the current one (or the second), and the last; or the current one. */
const picked = (count, most, current) =>
  count <= most ? Array.from({ length: count }, (_, n) => n)
    : most < 3 ? [current] : [0, Math.min(Math.max(current, 1), count - 2), count - 1];
const CHOICES = [{ most: MOST_PLANES }, { most: 3 }, { most: 3, own: true }, { most: 1, own: true }]; // plainest first
const SMALL = 400; // cells of a plane: rather than show it as a picture, let the page be scrolled
const NARROW = 800; // pixels: a page as wide is scrolled, its panel under the rest
const SHORT = 440;
const COMFORTABLE = 30; // pixels: where cells would be smaller, fewer planes are shown

class Player {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.touch = matchMedia("(hover: none)");
    this.strong = matchMedia("(prefers-contrast: more)");
    const view = model.get("view") ?? {};
    this.figure = new Figure(model.get("payload"));
    const { show, step } = this.figure.p;
    this.step = clamp(Number.isInteger(view.step) ? view.step : step, 0, this.figure.steps - 1);
    this.theme = view.theme ?? this.figure.p.theme;
    this.shows = { numbers: view.numbers ?? show.numbers, shading: view.shading ?? show.shading };
    this.mode = view.mode === "predict" ? "predict" : "explore";
    this.ask = "value";
    this.score = { right: 0, asked: 0 };
    this.speed = 1;
    this.playing = false;
    this.editing = false;
    this.term = 0;
    this.pointed = this.pinned = null;
    this.line = 0;
    this.choice = CHOICES[0];
    this.build();
    this.adopt();
    this.panel.append( // after the planes are arranged: nothing of it has to be laid out for that
      make("h2", {}, this.word("show")),
      make("div", { class: "cv-chips" }, ...Object.values(this.switches), this.undoButton),
      make("h2", {}, this.word("copy")), this.lines,
      make("div", { class: "cv-codebox" }, this.code, this.copyButton));
    const changed = () => this.replace();
    const themed = () => this.colour();
    const looked = () => {
      if (!this.tells) this.look(model.get("view") ?? {});
    };
    model.on?.("change:payload", changed);
    model.on?.("change:view", looked);
    for (const query of [this.dark, this.strong]) query.addEventListener("change", themed);
    this.sizes = new ResizeObserver(() => {
      if (this.arranged === null) this.arranged = this.measured(); // now that it costs nothing
      else if (this.arranged !== this.measured()) this.arrange();
    });
    for (const node of [this.root, this.stage]) this.sizes.observe(node);
    if (model.get("autoplay") !== false && !this.still.matches && view.step === undefined && this.mode === "explore") {
      this.seen = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        this.seen.disconnect();
        this.play();
      });
      this.seen.observe(this.stage);
    }
    this.away = () => {
      this.pause();
      this.seen?.disconnect();
      this.sizes.disconnect();
      clearTimeout(this.telling);
      clearTimeout(this.saying);
      model.off?.("change:payload", changed);
      model.off?.("change:view", looked);
      for (const query of [this.dark, this.strong]) query.removeEventListener("change", themed);
      this.root.remove();
    };
  }

  word(name, values = {}) {
    return filled(this.figure.words[name], values);
  }

  // What stands on the page.

  build() {
    this.root = make("div", { class: "cv-root", tabindex: "-1" });
    this.root.classList.toggle("cv-fill", this.model.get("fill") === true);
    this.el.append(this.root);
    this.size(); // while it is empty, which costs nothing
    const button = (name, press, content, more = {}) =>
      make("button", { type: "button", class: "cv-button", "aria-label": this.word(name), title: this.word(name), onclick: press, ...more }, content);
    const chip = (name, press, more = {}) =>
      make("button", { type: "button", class: "cv-chip", onclick: press, ...more }, this.word(name));
    this.title = make("h1", { class: "cv-title" });
    this.settings = make("p", { class: "cv-settings" });
    this.modes = {
      explore: chip("explore", () => this.setMode("explore")),
      predict: chip("predict", () => this.setMode("predict")),
    };
    this.themeButton = button("theme", () => this.nextTheme(), icon("theme"));
    this.fullButton = button("full", () => this.toggleFull(), icon("full"));
    this.keysButton = button("keys", () => this.toggleKeys(), icon("keys"), { "aria-expanded": "false" });
    this.head = make("header", { class: "cv-head" },
      make("div", { class: "cv-titles" }, this.title, this.settings),
      make("div", { class: "cv-modes", role: "group", "aria-label": this.word("mode") }, this.modes.explore, this.modes.predict),
      make("div", { class: "cv-tools" }, this.keysButton, this.themeButton, this.fullButton));

    this.planesBox = make("div", { class: "cv-figure", role: "group", "aria-label": this.word("figure") });
    this.sentenceBox = make("p", { class: "cv-sentence" });
    this.linkBox = make("p", { class: "cv-link" });
    this.sizeBox = make("div", { class: "cv-size" });
    this.question = make("p", { class: "cv-asked" });
    this.guess = make("input", { class: "cv-guess", type: "text", inputmode: "text", autocomplete: "off", size: "8", "aria-label": this.word("guess") });
    this.revealButton = chip("reveal", () => this.reveal(), { class: "cv-chip cv-strong" });
    this.asks = {
      value: chip("ask value", () => this.setAsk("value")),
      cells: chip("ask cells", () => this.setAsk("cells")),
    };
    this.verdict = make("span", { class: "cv-verdict" });
    this.scored = make("span", { class: "cv-score" });
    this.predictBox = make("div", { class: "cv-predict", hidden: "" },
      make("div", { role: "group", "aria-label": this.word("ask") }, this.asks.value, this.asks.cells, this.verdict, this.scored),
      make("div", {}, this.question, this.guess, this.revealButton));
    this.stage = make("div", { class: "cv-stage" }, this.planesBox,
      make("div", { class: "cv-say" }, this.predictBox, this.sentenceBox, this.sizeBox, this.linkBox));

    this.slot = make("div", { class: "cv-slot" });
    this.switches = {
      numbers: chip("numbers", () => this.toggle("numbers")),
      shading: chip("shading", () => this.toggle("shading")),
      edit: chip("edit", () => this.toggleEdit()),
      term: chip("term", () => this.nextTerm(1)),
    };
    this.undoButton = chip("undo", () => this.undo(), { hidden: "" });
    this.lines = make("div", { class: "cv-chips", role: "group", "aria-label": this.word("copy") });
    this.code = make("pre", { class: "cv-code", tabindex: "0" });
    this.copyButton = make("button", { type: "button", class: "cv-copy", onclick: () => this.copy() }, this.word("copy it"));
    this.panel = make("div", { class: "cv-panel" }, this.slot);

    this.playButton = button("play", () => this.togglePlay(), icon("play"), { class: "cv-button cv-play" });
    this.scrub = make("input", { type: "range", class: "cv-scrub", min: "1", step: "1", "aria-label": this.word("scrub"), oninput: () => this.scrubbed() });
    this.where = make("span", { class: "cv-where" });
    this.speedButton = make("button", { type: "button", class: "cv-button cv-speed", onclick: () => this.setSpeed((this.speed + 1) % SPEEDS.length) });
    this.bar = make("div", { class: "cv-bar", role: "group", "aria-label": this.word("controls") },
      button("first", () => this.go(0), icon("first")), button("previous", () => this.by(-1), icon("previous")),
      this.playButton, button("next", () => this.by(1), icon("next")), this.scrub, this.where, this.speedButton);

    this.live = make("div", { class: "cv-live", "aria-live": "polite", "aria-atomic": "true" });
    this.black = make("div", { class: "cv-black", hidden: "", onclick: () => this.toggleBlack() }, this.word("black"));
    this.root.append(this.head, make("div", { class: "cv-main" }, this.stage, this.panel), this.bar, this.live, this.black);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("click", (event) => { // with a mouse or a finger: the keys stay those of the player
      const pressed = event.detail ? event.target.closest("button") : null;
      if (pressed && pressed === this.root.getRootNode().activeElement) this.root.focus({ preventScroll: true });
    });
    this.root.addEventListener("fullscreenchange", () => this.fullChanged());
    this.planesBox.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") this.point(event);
    });
    this.planesBox.addEventListener("pointerleave", () => this.letGo());
    this.planesBox.addEventListener("focusin", (event) => {
      if (event.target.matches(":focus-visible")) this.point(event);
    });
    this.planesBox.addEventListener("focusout", () => this.letGo());
    this.planesBox.addEventListener("click", (event) => this.click(event));
    this.planesBox.addEventListener("dblclick", (event) => this.startEdit(this.under(event)));
    this.planesBox.addEventListener("keydown", (event) => this.cellKey(event));
    this.sentenceBox.addEventListener("pointerover", (event) => this.pointTerm(event.target.cvTerm ?? 0));
    this.sentenceBox.addEventListener("pointerleave", () => this.pointTerm(0));
    this.guess.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.reveal();
    });
  }

  /** Which of three sizes the player has. */
  size() {
    const { clientWidth: width } = this.root;
    const narrow = width < NARROW || (this.short && width < 1000);
    put(this.root, "data-size", narrow ? "narrow" : width < 1000 ? "middle" : "wide");
    this.root.classList.toggle("cv-short", narrow && this.short);
    return width;
  }

  /** Whether a page of its own is so low, as where it is much enlarged, that its head has to scroll away. */
  get short() {
    return this.root.classList.contains("cv-fill") && this.root.clientHeight < SHORT;
  }

  /** Takes on a payload: at the start, and whenever the host brings another. */
  adopt() {
    const { p } = this.figure;
    this.title.textContent = p.title;
    this.settings.textContent = p.settings;
    this.sizeBox.replaceChildren(...[...p.size, ...p.notes].map((line) => make("p", {}, line)));
    this.planesBox.setAttribute("aria-description", p.description);
    this.scrub.max = String(this.figure.steps);
    this.root.style.setProperty("--cv-steps", this.figure.steps <= 64 ? this.figure.steps : 1);
    this.root.classList.toggle("cv-ticks", this.figure.steps <= 64);
    this.lines.replaceChildren(
      ...p.code.map(([name], number) => make("button", { type: "button", class: "cv-chip", onclick: () => this.showLine(number) }, name)),
      make("button", { type: "button", class: "cv-chip", onclick: () => this.download() }, this.word("still")));
    this.line = Math.min(this.line, p.code.length - 1);
    this.showLine(this.line);
    this.switches.edit.hidden = this.switches.term.hidden = Boolean(p.sentences);
    this.shown = "";
    this.planes = null; // of the payload before
    this.colour();
    this.ask_();
    this.arrange();
  }

  replace() {
    const before = this.figure;
    this.figure = new Figure(this.model.get("payload"));
    if (!this.figure.p.words) Object.assign(this.figure, { words: before.words });
    this.step = clamp(this.step, 0, this.figure.steps - 1);
    this.pointed = this.pinned = null;
    this.term = 0;
    this.undoButton.hidden = true;
    this.adopt();
  }

  /** Takes on a view that the host sets, as when somebody goes back. */
  look(view) {
    const { step, show, theme } = this.figure.p;
    const mode = view.mode === "predict" ? "predict" : "explore";
    for (const name of ["numbers", "shading"]) if ((view[name] ?? show[name]) !== this.shows[name]) this.toggle(name);
    if ((view.theme ?? theme) !== this.theme) {
      this.theme = view.theme ?? theme;
      this.colour();
      this.update();
    }
    if (mode !== this.mode) this.setMode(mode);
    if ((view.step ?? step) !== this.step) this.go(view.step ?? step);
  }

  // Planes, and where they stand.

  /** Which planes are shown at a step: places of their first cells, and their labels. */
  standing(step) {
    const { figure } = this;
    const { input, kernel, output, reads } = figure.p;
    const [filter, outSlice] = unravel(step, figure.out);
    const [first, end] = reads.channels[filter];
    const { most, own: onlyOwn } = this.choice;
    const group = Math.floor(first / (end - first));
    const perGroup = end - first;
    const channels = onlyOwn ? picked(perGroup, Math.max(most, 3), 0).map((each) => first + each)
      : picked(figure.channels, most, first);
    const [slices, rows, columns] = figure.size;
    const read = figure.at(step)[0];
    const inSlices = slices <= MOST_PLANES ? Array.from({ length: slices }, (_, n) => n) : read;
    const groupSize = end - first;
    const many = figure.channels * slices > 1;
    const named = (channel) => input.names?.[channel] ?? channel;
    const inputs = [];
    const kernels = [];
    for (const channel of channels) {
      for (const slice of inSlices) {
        const kind = input.axes[0].kinds[slice];
        const label = filled(many ? input.labels.many : input.labels.one, {
          channel: named(channel), slice: kind === "p" ? this.word("padding") : kind === "g" ? this.word("gap") : input.axes[0].sources[slice], group: Math.floor(channel / groupSize),
        });
        inputs.push({ base: figure.cell(channel, slice, 0, 0), label, lit: !many || (channel >= first && channel < end && read.includes(slice)), channel });
      }
      if (!kernel) continue;
      const [filters, own, depth, high, wide] = kernel.shape;
      const inGroup = channel >= first && channel < end;
      for (let slice = 0; slice < depth; slice += 1) {
        const several = filters * own * depth > 1;
        const at = ((filter * own + channel - first) * depth + slice) * high * wide;
        kernels.push({
          base: inGroup ? at : -1, channel, lit: inGroup,
          label: filled(several ? kernel.labels.many : kernel.labels.one, { filter, channel: named(channel), slice }),
        });
      }
    }
    const alike = reads.channels.filter(([from]) => from === first).length; // filters of the same group
    const filters = onlyOwn && alike < figure.out[0]
      ? picked(alike, most, filter - group * alike).map((each) => each + group * alike)
      : picked(figure.out[0], most, filter);
    const outSlices = figure.out[1] <= MOST_PLANES ? Array.from({ length: figure.out[1] }, (_, n) => n) : [outSlice];
    const outputs = filters.flatMap((each) => outSlices.map((slice) => ({
      base: (each * figure.out[1] + slice) * figure.out[2] * figure.out[3],
      label: filled(figure.out[0] * figure.out[1] > 1 ? output.labels.many : output.labels.one, { filter: each, channel: named(each), slice }),
      lit: each === filter && slice === outSlice, channel: each,
    })));
    return { inputs, kernels, outputs, rows, columns };
  }

  /** What an arrangement depends on. */
  measured() {
    return [this.root.clientWidth, this.short, this.stage.clientWidth, this.stage.clientHeight].join();
  }

  /** Chooses an arrangement and the size of a cell, and makes the planes anew where they differ. */
  arrange() {
    const { figure } = this;
    if (!this.size()) return;
    const style = getComputedStyle(this.stage);
    const em = parseFloat(style.fontSize);
    const room = this.stage.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const fills = this.root.classList.contains("cv-fill") || this.root.classList.contains("cv-large");
    const narrow = this.root.dataset.size === "narrow"; // a page that is scrolled: only its width counts
    const say = this.stage.lastElementChild.offsetHeight + this.keepLines();
    const tall = narrow ? (this.short ? Math.max(16 * em, this.root.clientHeight - 4 * em) : 1e4) : fills ? Math.max(8 * em, this.stage.clientHeight - say - 2.1 * em) : 36 * em;
    const most = narrow ? 44 : Math.floor(em * (this.root.classList.contains("cv-large") ? 6 : 4));
    const shape = figure.kernelShape?.slice(3) ?? [0, 0];
    let best = null;
    let standing = null;
    let sizes = null;
    const small = Math.max(figure.size[1] * figure.size[2], figure.out[2] * figure.out[3]) <= SMALL;
    for (const [choice, high] of [...CHOICES.map((each) => [each, tall]), ...(small ? [[CHOICES[2], 1e4], [CHOICES[3], 1e4]] : [])]) {
      this.choice = choice;
      const now = this.standing(this.step);
      const shapes = { input: [now.rows, now.columns], kernel: shape, output: figure.out.slice(2) };
      for (const grid of ["input", "kernel", "output"]) {
        shapes[grid][2] = Math.max(0, ...now[`${grid}s`].map(({ label }) => label.length)) * (narrow ? 0.3 : 0.56) * em;
      }
      for (const plan of arrangements(now, Boolean(figure.p.kernel))) {
        plan.divided = figure.p.kernel?.divisor > 1;
        plan.word = figure.p.operator.length > 1 ? figure.p.operator.length : 0;
        const cell = largest((side) => extent(plan, shapes, side, em, narrow), room, high, high > tall ? COMFORTABLE : most);
        const fits = this.typeOf("input", cell) && this.typeOf("output", cell);
        const score = fits ? cell : cell * 0.6; // rather smaller cells with numbers than larger ones without
        if (!best || score > best.score * (narrow && shapes.output[0] > 1 ? 1.3 : 1.1)) [best, standing, sizes] = [{ plan, cell, choice, score }, now, shapes];
      }
      if (best.cell >= (high > tall ? 22 : COMFORTABLE) - (choice === CHOICES[3] ? 8 : 0)) break;
    }
    this.choice = best.choice;
    const least = 0.404 * best.cell >= 9.5 && best.cell >= 22;
    const grids = { input: best.cell, kernel: best.cell, output: best.cell };
    const kinds = {};
    for (const grid of ["input", "output"]) {
      const [rows, columns] = sizes[grid];
      kinds[grid] = least && rows * columns <= MOST_CELLS && this.typeOf(grid, best.cell) ? "table" : "picture";
    }
    if (kinds.input === "picture") kinds.output = this.typeOf("output", best.cell) && least ? kinds.output : "picture";
    if (narrow && best.plan.name === "stack") {
      for (const grid of ["kernel", "output"]) {
        const planes = grid === "output" && figure.p.output.named.axes.includes(2) ? 1.5 * em : 0;
        if (sizes[grid][1]) grids[grid] = Math.max(best.cell, Math.min(44, Math.floor((room - planes - 2) / sizes[grid][1])));
      }
      if (kinds.input === "table" && sizes.output[0] * sizes.output[1] <= MOST_CELLS && this.typeOf("output", grids.output)) kinds.output = "table";
    }
    this.lens = kinds.input === "picture";
    if (this.lens) {
      const lensed = this.lensed(standing, sizes, room, tall, em);
      grids.input = grids.output = lensed.cell;
      grids.kernel = lensed.side;
      best = { plan: lensed.plan, cell: lensed.cell };
      if (kinds.output === "table" && !(lensed.cell >= 22 && this.typeOf("output", lensed.cell))) kinds.output = "picture";
    }
    const made = JSON.stringify([kinds, this.lens && this.lensKinds(room / em), best.plan.name, standing.inputs.length, standing.kernels.length, standing.outputs.length, sizes]);
    if (made !== this.shown) {
      this.shown = made;
      this.makePlanes(standing, kinds, sizes, best.plan);
    }
    for (const [grid, planes] of Object.entries(this.planes)) {
      for (const plane of planes) {
        const cell = grids[grid] ?? grids.kernel;
        plane.scale(cell, this.typeOf(grid, cell) || 11, this.figure.widths.get(`${grid === "lens" ? "input" : grid} letters`) ?? 99);
      }
    }
    this.refill();
    this.update();
    this.arranged = this.sizes ? this.measured() : null;
  }

  /** Keeps room for as many lines as the longest sentence has, so that nothing below it jumps: how much more than now. */
  keepLines() {
    const { figure } = this;
    const every = Math.ceil(figure.steps / 60);
    let longest = 0;
    for (let step = 0; step < figure.steps; step += every) longest = Math.max(longest, sentenceText(figure.sentence(step)).length);
    const type = parseFloat(getComputedStyle(this.sentenceBox).fontSize);
    const lines = clamp(Math.ceil(longest / (this.sentenceBox.clientWidth / (type * 0.602) - 2)), 1, 4);
    const more = (lines - (this.linesKept ?? 1)) * 1.55 * type;
    if (more) this.sentenceBox.style.setProperty("--cv-lines-kept", (this.linesKept = lines));
    return more;
  }

  /** Places for planes that are pictures: as large as there is room, the window at full size under them. */
  lensed(standing, sizes, room, tall, em) {
    const [down, across] = this.lensSize();
    const [channels, kinds] = this.lensKinds(room / em);
    const side = clamp(Math.floor(Math.min((room - 4 * em * channels * (kinds - 1)) / channels / kinds / across - 1, (tall * 0.34) / down)), 30, LENS * em / 16);
    const narrow = room < 40 * em;
    const count = narrow ? 1 : standing.inputs.length + standing.outputs.length;
    const wide = (room - (narrow ? 2 : 6 + 1.1 * (count - 2)) * em) / count / Math.max(sizes.input[1], sizes.output[1]);
    const high = narrow ? wide : (tall - down * side - 8.5 * em) / Math.max(sizes.input[0], sizes.output[0]);
    const cell = Math.max(Math.min(wide, high), (6 * em) / sizes.input[1], 0.05);
    return { cell: cell >= 3 ? Math.floor(cell) : cell, side: Math.floor(side), plan: { name: "lens" } };
  }

  /** Rows and columns under the lens: those of the largest window, slices under one another. */
  lensSize() {
    const [slices, rows, columns] = this.figure.p.reads.axes.map((axis) => Math.max(...axis.at.map((list) => list.length)));
    return [slices * rows, columns];
  }

  /** How many channels stand under the lens, and how many tables each has: the window, the kernel, the products. */
  lensKinds(ems) {
    this.ems = ems;
    const [first, end] = this.figure.p.reads.channels[0];
    if (!this.figure.p.kernel) return [1, 1];
    const channels = Math.min(end - first, MOST_PLANES);
    return [channels, channels === 1 ? 3 : ems >= channels * 22 ? 2 : 1];
  }

  /** The size of type at which every number of a grid fits its cell; 0 where it would be too small. */
  typeOf(grid, cell) {
    const edge = edgeOf(cell) + ("halo" in this.colours && cell >= ROOMY ? 2 : 0);
    const type = Math.min(0.42 * cell, (cell - 2 * edge - 1) / this.widest(grid, cell >= ROOMY));
    return type >= 9.5 ? Math.floor(type * 2) / 2 : 0;
  }

  /** How wide the widest number of a grid is, in ems; the current ones are bold where there is room. */
  widest(grid, bold) {
    const { p } = this.figure;
    if (grid === "lens") return this.widest("input", bold);
    if (grid === "products") {
      const wide = this.widest("input", bold) + this.widest("kernel", bold) - 0.6;
      this.figure.widths.set("products letters", this.figure.widths.get("input letters") + this.figure.widths.get("kernel letters") - 1);
      return wide;
    }
    if (!p[grid]) return 1;
    const key = `${grid} ${bold}`;
    if (!this.figure.widths.has(key)) {
      const texts = new Set(p[grid].texts ?? p[grid].values.map(plainText));
      if (grid === "input" && p.input.fill.text.length < 4) texts.add(p.input.fill.text);
      const longest = Math.max(...[...texts].map((text) => text.length));
      pen ??= document.createElement("canvas").getContext("2d");
      pen.font = `${bold ? 700 : 400} 100px ${getComputedStyle(this.root).fontFamily}`;
      const wide = [...texts].filter((text) => text.length >= longest - 1).slice(0, 400).map((text) => pen.measureText(text).width);
      this.figure.widths.set(key, Math.max(...wide) / 100);
      this.figure.widths.set(`${grid} letters`, longest);
    }
    return this.figure.widths.get(key);
  }

  makePlanes(standing, kinds, sizes, plan) {
    const planeOf = (grid, kind, indices) =>
      kind === "picture" ? new Picture(this, grid, ...sizes[grid].slice(0, 2)) : new Table(this, grid, ...sizes[grid].slice(0, 2), indices);
    const planes = { input: standing.inputs.map(() => planeOf("input", kinds.input, false)), kernel: [], output: [], lens: [], products: [] };
    planes.output = standing.outputs.map(() => planeOf("output", kinds.output, true));
    if (this.lens) {
      const [down, across] = this.lensSize();
      const [channels, tables] = this.lensKinds(this.ems);
      for (let n = 0; n < channels; n += 1) {
        planes.lens.push(new Table(this, "lens", down, across, false));
        if (tables > 1) planes.kernel.push(new Table(this, "kernel", ...sizes.kernel.slice(0, 2), false));
        if (tables > 2) planes.products.push(new Table(this, "products", down, across, false));
      }
    } else if (this.figure.p.kernel) {
      planes.kernel = standing.kernels.map(() => new Table(this, "kernel", ...sizes.kernel.slice(0, 2), false));
    }
    this.planes = planes;
    this.all = Object.values(planes).flat();
    this.byNode = new Map(this.all.map((plane) => [plane.node, plane]));
    this.sums = [];
    this.place(plan, planes);
  }

  place(plan, planes) {
    const sign = (text, extra = "") => make("div", { class: `cv-sign ${extra}`, "aria-hidden": "true" }, text);
    const operator = () => {
      const { operator: text, kernel } = this.figure.p;
      if (!kernel || kernel.divisor === 1) return sign(text, text.length > 1 ? "cv-word" : "");
      return make("div", { class: "cv-sign cv-over-sign", "aria-hidden": "true" }, text,
        make("span", { class: "cv-fraction" }, make("span", {}, "1"), make("span", {}, String(kernel.divisor))));
    };
    const box = (name, ...nodes) => make("div", { class: `cv-block ${name}` }, ...nodes);
    const nodes = (grid) => planes[grid].map((plane) => plane.node);
    this.planesBox.className = `cv-figure cv-${plan.name}`;
    const parts = [];
    if (this.lens) {
      parts.push(box("cv-pictures", box("cv-inputs", ...nodes("input")), sign("→"), box("cv-outputs", ...nodes("output"))));
      parts.push(box("cv-lenses", ...planes.lens.map((plane, n) => box("cv-lensed", plane.node,
        ...(planes.kernel[n] ? [operator(), planes.kernel[n].node] : []),
        ...(planes.products[n] ? [sign("="), planes.products[n].node] : [])))));
    } else if (plan.pairs) {
      const pairs = planes.input.map((plane, n) => {
        const sum = make("div", { class: "cv-sum" });
        this.sums.push(sum);
        return box("cv-pair", plane.node, operator(), planes.kernel[n].node, sum);
      });
      parts.push(box("cv-pairs", ...pairs), sign("→"), box("cv-outputs", ...nodes("output")));
    } else {
      parts.push(box("cv-inputs", ...nodes("input")));
      if (planes.kernel.length) parts.push(operator(), box("cv-kernels", ...nodes("kernel")), sign("="));
      else parts.push(operator(), sign("→"));
      parts.push(box("cv-outputs", ...nodes("output")));
    }
    this.planesBox.replaceChildren(...parts);
  }

  /** Writes every cell that stands, in the planes that stand at this step. */
  refill() {
    const standing = this.standing(this.focused);
    this.standingFor = this.standingKey(this.focused);
    this.weighs = this.shows.numbers && this.figure.weighs;
    const set = (planes, all) => planes.forEach((plane, n) => {
      const each = all[n];
      if (!each) return;
      plane.base = each.base;
      plane.channel = each.channel;
      plane.name(each.label);
      plane.light(each.lit && all.length > 1);
      plane.node.classList.toggle("cv-away", each.base < 0);
    });
    set(this.planes.input, standing.inputs);
    set(this.planes.output, standing.outputs);
    if (!this.lens) set(this.planes.kernel, standing.kernels);
    else set(this.planes.kernel, standing.kernels.filter((each) => each.base >= 0));
    for (const plane of this.planes.input) this.fillInput(plane);
    for (const plane of this.planes.kernel) this.fillKernel(plane);
    for (const plane of this.planes.output) {
      plane.written = 0;
      if (plane instanceof Picture) this.colourOutput(plane);
      else for (let at = 0; at < plane.rows * plane.columns; at += 1) plane.fill(at, this.outputCell(plane, at, false));
    }
    const { flip } = this.figure.p.kernel ?? {};
    this.planes.kernel.forEach((plane, n) => {
      const bias = this.figure.p.bias && n === this.planes.kernel.length - 1
        ? `${this.word("bias")} ${this.figure.text("bias", this.figure.filter(this.focused))}` : "";
      plane.caption.textContent = [n ? "" : flip, bias].filter(Boolean).join(" · ");
    });
    for (const grid of ["input", "output"]) {
      const last = this.planes[grid].at(-1);
      const count = { input: this.figure.channels, output: this.figure.out[0] }[grid];
      const shown = new Set(standing[`${grid}s`].map((each) => each.channel)).size;
      const some = count > shown ? this.word("drawn", { shown, count }) : "";
      const ends = this.figure.p[grid].ends.join(" … ");
      const inexact = !(last instanceof Picture) && this.figure.p[grid].inexact?.length;
      const note = last instanceof Picture ? ends : inexact ? this.word("rounded grid", { count: this.figure.p[grid].format.decimals || DECIMALS }) : "";
      last.caption.textContent = [note, some].filter(Boolean).join(" · ");
    }
  }

  standingKey(step) {
    const [filter, slice] = unravel(step, this.figure.out);
    return `${filter}/${Math.max(this.figure.size[0], this.figure.out[1]) > MOST_PLANES ? slice : 0}`;
  }

  fillInput(plane) {
    const { figure } = this;
    if (plane instanceof Picture) {
      const ramp = this.rampOf("input");
      const padding = rgb(this.colours.padding);
      plane.colour((at) => {
        const source = figure.source(plane.base + at);
        return source < 0 ? [...padding, figure.kind(plane.base + at) === "h" ? 0 : 255] : ramp(figure.p.input.values[source]);
      });
      return;
    }
    const fits = plane.side >= 28;
    for (let at = 0; at < plane.rows * plane.columns; at += 1) {
      const cell = plane.base + at;
      const kind = figure.kind(cell);
      const source = figure.source(cell);
      const value = figure.text("input", source);
      const place = figure.inputPlace(cell);
      const name = source < 0 && kind === "g" ? this.word("gap cell") : kind === "p" || kind === "h" ? this.word("padding cell", { value })
        : this.word(kind === "u" ? "never read" : "cell", { place, value });
      const shown = kind === "h" || (source < 0 && !fits && value.includes("∞")) ? "" : value;
      plane.fill(at, [kind, this.shows.numbers ? shown : "", name, kind === "i" ? this.shadeOf("input", source) : null]);
      plane.cells[at].classList.toggle("cv-edited", figure.edits.input.has(source));
    }
    const [slices, ...axes] = figure.p.input.axes;
    const inside = "iug".includes(slices.kinds[figure.where(plane.base)[1]]);
    const [top, left] = axes.map((axis) => axis.low);
    const [down, across] = axes.map((axis) => axis.across);
    plane.box(plane.frame, inside ? [top, left, top + down, left + across] : null);
  }

  fillKernel(plane) {
    if (plane.base < 0) return;
    for (let at = 0; at < plane.rows * plane.columns; at += 1) {
      const place = plane.base + at;
      const value = this.figure.text("kernel", place);
      const [, , , ...where] = unravel(place, this.figure.kernelShape);
      const name = this.word("cell", { place: `${this.word("kernel")}[${where.join(", ")}]`, value });
      plane.fill(at, ["k", this.shows.numbers ? value : "", name, this.shadeOf("kernel", place)]);
      plane.cells[at].classList.toggle("cv-edited", this.figure.edits.kernel.has(place));
    }
    plane.box(plane.frame, [0, 0, plane.rows, plane.columns]);
  }

  colourOutput(plane) {
    const ramp = this.rampOf("output");
    const { edited, p } = this.figure;
    plane.colour((at) => ramp(edited ? asFloat(this.figure.exactValue(plane.base + at)) : p.output.values[plane.base + at]));
  }

  outputCell(plane, at, done, hidden = false) {
    const { figure } = this;
    const step = plane.base + at;
    const place = figure.outputPlace(step);
    if (!done) return ["e", "", this.word("empty", { place }), null];
    if (hidden) return ["o", this.shows.numbers ? "?" : "", this.word("hidden", { place }), null];
    const value = figure.outputText(step);
    return ["o", this.shows.numbers ? value : "", this.word("cell", { place, value }), this.shadeOf("output", step)];
  }

  /** Return the colours of a cell that is shaded by its value: [fill, role of its ink]. */
  shadeOf(grid, place) {
    if (!this.shows.shading) return null;
    const { low, high, name } = this.figure.p[grid].shade;
    const shades = this.figure.p.themes[this.themed].shades[name];
    const value = grid === "output" ? asFloat(this.figure.exactValue(place)) : asFloat(this.figure.value(grid, place));
    const part = high > low ? clamp(((Number.isNaN(value) ? low : value) - low) / (high - low), 0, 1) : 0.5;
    return shades[Math.round(part * (shades.length - 1))];
  }

  rampOf(grid) {
    const { low, high, name } = this.figure.p[grid].ramp;
    const stops = this.figure.p.themes[this.themed].ramps[name].map(rgb);
    return (given) => {
      const value = typeof given === "number" ? given : asFloat(exact(given));
      const part = high > low ? clamp(((Number.isNaN(value) ? low : value) - low) / (high - low), 0, 1) : 0.5;
      const at = part * (stops.length - 1);
      const from = Math.min(Math.floor(at), stops.length - 2);
      return [...stops[from].map((each, n) => Math.round(each + (stops[from + 1][n] - each) * (at - from))), 255];
    };
  }

  // What a step shows.

  /** The step that the window stands at: where we are, or the output that is pinned or pointed at. */
  get focused() {
    const at = this.pinned ?? this.pointed;
    return at?.grid === "output" && !this.hiding ? at.place : this.step;
  }

  get hiding() {
    return this.mode === "predict" && !this.revealed;
  }

  update() {
    if (!this.planes) return;
    const { figure, focused } = this;
    if (this.standingKey(focused) !== this.standingFor) this.refill();
    const taps = figure.taps(focused);
    const secret = this.hiding && this.ask === "cells"; // which cells are read is the question
    const result = figure.result(focused);
    const marks = { input: new Map(), kernel: new Map(), output: new Map() };
    const sentence = figure.sentence(focused);
    const terms = sentence.parts.filter((part) => part.tap !== undefined || part.channel !== undefined);
    this.terms = terms;
    const term = this.hiding ? undefined : terms[Math.max(this.term, this.overTerm ?? 0) - 1];
    const weights = taps.cells.map((_, tap) => figure.weight(taps, tap));
    if (!secret) {
      taps.cells.forEach((cell, tap) => {
        const state = result.ties.length && !this.hiding
          ? tap === result.ties[0] ? "winner" : result.ties.includes(tap) ? "tie" : "tap"
          : figure.p.real && !"iu".includes(figure.kind(cell)) ? "void"
            : isZero(weights[tap]) && !figure.p.pick ? "zero" : "tap";
        const weight = state !== "void" && this.weighs ? `×${figure.text("kernel", taps.weights[tap])}` : "";
        const lit = term && (term.tap === tap || (term.channel !== undefined && term.channel === figure.where(cell)[0])) ? "now" : term ? "not" : "";
        marks.input.set(cell, { state, weight, term: lit });
        if (term && term.tap === tap && taps.weights) marks.kernel.set(taps.weights[tap], { term: "now" });
      });
      this.markGaps(marks.input, taps, focused);
    }
    marks.output.set(focused, { state: "current" });
    this.markLinks(marks, focused);
    if (this.mode === "predict" && this.ask === "cells") this.markPicks(marks.input, taps);

    for (const grid of ["input", "kernel"]) {
      for (const plane of this.planes[grid]) plane.paint(marks[grid], grid === "input" && !secret ? this.windowOf(plane, focused, taps) : null, plane.cursor ?? -1);
    }
    if (!secret) {
      for (const plane of this.planes.input) {
        const box = this.windowOf(plane, focused, taps);
        if (plane instanceof Table) plane.box(plane.window, box);
        plane.light(Boolean(box) && this.planes.input.length > 1);
      }
    } else {
      for (const plane of this.planes.input) if (plane.window) plane.box(plane.window, null);
    }
    this.updateOutputs(marks.output, focused);
    if (this.lens) this.updateLens(focused, taps, marks, weights, secret);
    this.updateSums(focused, taps, result, sentence);
    this.say(sentence, result, secret, term);
    this.progress();
  }

  markGaps(marks, taps, step) {
    const at = this.figure.at(step);
    const [first, end] = taps.channels;
    const gaps = at.slice(1).some((list) => list.some((place, n) => n && place - list[n - 1] > 1));
    if (!gaps || this.planes.input[0] instanceof Picture) return;
    for (let channel = first; channel < end; channel += 1) {
      for (const slice of at[0]) {
        for (let row = at[1][0]; row <= at[1].at(-1); row += 1) {
          for (let column = at[2][0]; column <= at[2].at(-1); column += 1) {
            const cell = this.figure.cell(channel, slice, row, column);
            if (!marks.has(cell) && "iu".includes(this.figure.kind(cell))) marks.set(cell, { state: "gap" });
          }
        }
      }
    }
  }

  /** The window over one plane: [top, left, bottom, right], or null where it reads nothing there. */
  windowOf(plane, step, taps) {
    const [slices, rows, columns] = this.figure.at(step);
    const [channel, slice] = this.figure.where(plane.base);
    if (channel < taps.channels[0] || channel >= taps.channels[1] || !slices.includes(slice)) return null;
    return [rows[0], columns[0], rows.at(-1) + 1, columns.at(-1) + 1];
  }

  /** What is pointed at (or pinned) and what belongs to it. */
  markLinks(marks, focused) {
    const at = this.pinned ?? this.pointed;
    if (!at || (this.hiding && at.grid !== "output")) return;
    const { figure } = this;
    const put = (grid, place, more) => marks[grid].set(place, { ...marks[grid].get(place), ...more });
    if (at.grid === "input") {
      put("input", at.place, { link: "self" });
      for (const [step, weight] of figure.feeds(at.place)) {
        put("output", step, { link: "to", weight: this.weighs ? `×${figure.text("kernel", weight)}` : "" });
        if (figure.p.kernel && figure.filter(step) === figure.filter(focused)) put("kernel", weight, { link: "to" });
      }
    } else if (at.grid === "kernel") {
      put("kernel", at.place, { link: "self" });
      for (const cell of figure.multiplies(at.place)) put("input", cell, { link: "to" });
    } else if (at.grid === "output") {
      put("output", at.place, { link: "self" });
    }
  }

  markPicks(marks, taps) {
    const reads = new Set(taps.cells);
    if (!this.revealed) {
      for (const cell of this.chosen) marks.set(cell, { ...marks.get(cell), pick: "chosen" });
      return;
    }
    for (const cell of new Set([...this.chosen, ...reads])) {
      const pick = !this.chosen.has(cell) ? "missed" : reads.has(cell) ? "right" : "wrong";
      marks.set(cell, { ...marks.get(cell), pick });
    }
  }

  updateOutputs(marks, focused) {
    const { figure } = this;
    for (const plane of this.planes.output) {
      const count = clamp(this.step + 1 - plane.base, 0, plane.rows * plane.columns);
      const at = plane.local(focused);
      plane.light(at >= 0 && this.planes.output.length > 1);
      const [row, column] = at < 0 ? [-1, -1] : [Math.floor(at / plane.columns), at % plane.columns];
      const box = at < 0 ? null : [row, column, row + 1, column + 1];
      const hidden = this.hiding ? this.step - plane.base : -1;
      if (plane instanceof Picture) {
        plane.upTo(hidden >= 0 && hidden < count ? hidden : count);
        plane.paint(marks, box, plane.cursor ?? -1);
        continue;
      }
      for (let cell = Math.min(count, plane.written); cell < Math.max(count, plane.written); cell += 1) {
        plane.fill(cell, this.outputCell(plane, cell, cell < count));
      }
      if (plane.written && plane.secret >= 0 && plane.secret < count) plane.fill(plane.secret, this.outputCell(plane, plane.secret, true));
      plane.written = count;
      plane.secret = hidden;
      if (hidden >= 0 && hidden < count) plane.fill(hidden, this.outputCell(plane, hidden, true, true));
      plane.paint(marks);
      plane.box(plane.window, box);
      plane.index(row, column);
    }
  }

  updateLens(step, taps, marks, weights, secret) {
    const { figure } = this;
    const perPlane = taps.cells.length / (taps.channels[1] - taps.channels[0]);
    const { rows, columns } = this.planes.lens[0];
    const across = figure.at(step)[2].length;
    const high = perPlane / across;
    this.planes.lens.forEach((plane, n) => {
      const start = figure.p.kernel ? n * perPlane : 0;
      const many = this.planes.lens.length > 1;
      plane.name(many ? this.word("lens of", { channel: taps.channels[0] + n }) : this.word("lens"));
      const local = new Map();
      const taps_ = new Map();
      for (let at = 0; at < rows * columns; at += 1) {
        const [row, column] = [Math.floor(at / columns), at % columns];
        const tap = start + row * across + column;
        if (row >= high || column >= across) {
          plane.fill(at, ["h", "", "", null]);
          continue;
        }
        taps_.set(at, tap);
        const cell = taps.cells[tap];
        const value = figure.text("input", figure.source(cell));
        const kind = figure.kind(cell);
        const name = kind === "g" ? this.word("gap cell") : kind === "p" ? this.word("padding cell", { value }) : this.word("cell", { place: figure.inputPlace(cell), value });
        plane.fill(at, [kind === "h" ? "p" : kind, secret ? "" : this.shows.numbers ? value : "", secret ? this.word("lens") : name, null]);
        if (!secret) local.set(at, marks.input.get(cell) ?? {});
        const products = this.planes.products[n];
        if (products) {
          const one = product(figure.seen(cell), weights[tap]);
          const [text] = brief(one);
          products.fill(at, ["k", secret || !this.shows.numbers ? "" : text, text, null]);
        }
      }
      plane.base = 0;
      plane.paint(local);
      plane.cellOf = (at) => taps.cells[taps_.get(at)];
      plane.box(plane.window, secret ? null : [0, 0, high, across]);
      const products = this.planes.products[n];
      if (products) {
        const divisor = figure.divisor(step);
        products.name(divisor === 1n ? this.word("products") : `${divisor} · ${this.word("products")}`);
        products.box(products.frame, [0, 0, products.rows, products.columns]);
        products.base = -1e15;
      }
    });
  }

  updateSums(step, taps, result, sentence) {
    if (!this.sums.length) return;
    const terms = new Map(sentence.parts.filter((part) => part.channel !== undefined)
      .map((part) => [part.channel, (part.before?.includes("−") ? "−" : "") + part.text]));
    this.planes.input.forEach((plane, n) => {
      const text = terms.get(plane.channel);
      this.sums[n].textContent = text === undefined || this.hiding || !this.shows.numbers ? "" : `= ${text}`;
    });
  }

  /** Writes the arithmetic, what is pointed at, and what is asked. */
  say({ parts, result, tail }, { rounded }, secret, term) {
    const { figure } = this;
    const nodes = [];
    const shown = this.shows.numbers && !secret;
    let number = 0;
    const several = parts.length > MOST_TERMS + 2;
    parts.forEach((part, at) => {
      const isTerm = part.tap !== undefined || part.channel !== undefined;
      if (isTerm) number += 1;
      if (several && isTerm && at > MOST_TERMS / 2 && at < parts.length - 6) {
        if (at === MOST_TERMS / 2 + 1) nodes.push(` ${this.word("more", { count: parts.length - 6 - at })}`);
        return;
      }
      if (part.before) nodes.push(part.before);
      if (!isTerm) {
        if (!(part.answer && this.hiding)) nodes.push(...(part.equals && this.hiding ? [" = "] : together(part.text)));
        return;
      }
      const span = make("span", { class: part === term ? "cv-term cv-now" : "cv-term" }, part.text);
      span.cvTerm = number;
      nodes.push(span);
    });
    const chip = make("strong", { class: "cv-result" }, this.hiding ? "?" : result);
    if (!shown) this.sentenceBox.replaceChildren(make("span", {}, figure.outputPlace(this.step)), ...(secret ? [" = "] : [" = "]), this.shows.numbers ? chip : "…");
    else if (this.hiding && figure.p.pick) this.sentenceBox.replaceChildren(...nodes, chip);
    else this.sentenceBox.replaceChildren(...nodes, chip, ...together(this.hiding ? "" : tail));
    this.tellLink(this.linkText(term, rounded));
  }

  /** Says what is pointed at, or, where nothing is, what may be done. */
  tellLink(text) {
    const hint = this.editing ? "hint edit" : this.mode === "predict" ? "" : this.touch.matches ? "hint touch" : "hint";
    const said = text || (hint ? this.word(hint) : "");
    this.linkSaid = text;
    if (this.linkBox.textContent !== said) this.linkBox.replaceChildren(...together(said));
    this.linkBox.classList.toggle("cv-hint", !text);
  }

  linkText(term, rounded) {
    const { figure } = this;
    const at = this.pinned ?? this.pointed;
    if (term) {
      const count = this.terms.indexOf(term) + 1;
      const [value, whole] = figure.soFar(this.focused, this.terms, count);
      const divided = figure.p.pick || term.channel !== undefined || figure.divisor(this.focused) === 1n ? "" : ` / ${figure.divisor(this.focused)}`;
      return this.word("term of", { term: count, terms: this.terms.length, sum: this.word("so far", { value: `${whole ? "" : "≈ "}${value}${divided}` }) });
    }
    const pinned = this.pinned ? `${this.word("pinned", { place: this.nameOf(this.pinned) })} ` : "";
    if (at && at.grid === "input" && !this.hiding) {
      const place = figure.inputPlace(at.place);
      const outside = figure.source(at.place) < 0;
      const value = figure.text("input", figure.source(at.place));
      const feeds = figure.feeds(at.place).map(([step]) => figure.outputPlace(step).replace(this.word("output"), ""));
      const list = feeds.length > 9 ? `${feeds.slice(0, 8).join(" ")} ${this.word("more", { count: feeds.length - 8 })}` : feeds.join(" ");
      const values = { place: outside ? this.word("fill") : place, value, count: feeds.length, list };
      return pinned + this.word(feeds.length > 1 ? "feeds" : feeds.length ? "feeds one" : "feeds none", values);
    }
    if (at && at.grid === "kernel" && !this.hiding) {
      return pinned + this.word("multiplies", { value: figure.text("kernel", at.place), count: figure.multiplies(at.place).length });
    }
    if (pinned) return pinned;
    if (figure.edited) return this.word("edited");
    return rounded && !this.hiding ? this.word("rounded") : "";
  }

  nameOf({ grid, place }) {
    const { figure } = this;
    if (grid === "output") return figure.outputPlace(place);
    if (grid === "input") return figure.source(place) < 0 ? this.word("fill") : figure.inputPlace(place);
    return `${this.word("kernel")}[${unravel(place, figure.kernelShape).slice(3).join(", ")}]`;
  }

  progress() {
    const { steps } = this.figure;
    const at = this.step + 1;
    if (this.scrub.value !== String(at)) this.scrub.value = String(at);
    put(this.scrub, "aria-valuetext", this.word("step", { step: at, steps }));
    this.scrub.style.setProperty("--cv-part", steps > 1 ? this.step / (steps - 1) : 1);
    const where = this.word("position", { step: at, steps });
    if (this.where.textContent !== where) this.where.textContent = where;
    for (const [name, chip] of Object.entries(this.modes)) put(chip, "aria-pressed", String(name === this.mode));
    for (const [name, chip] of Object.entries(this.asks)) put(chip, "aria-pressed", String(name === this.ask));
    const on = { ...this.shows, edit: this.editing, term: this.term > 0 };
    for (const [name, chip] of Object.entries(this.switches)) put(chip, "aria-pressed", String(Boolean(on[name])));
    const label = this.word("times", { speed: SPEEDS[this.speed] });
    if (this.speedButton.textContent !== label) {
      this.speedButton.textContent = label;
      this.speedButton.setAttribute("aria-label", `${this.word("speed")} ${label}`);
    }
  }

  /** Tells those who can't see it where we are, once things are at rest. */
  announce(text) {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => {
      if (this.playing) return;
      const sentence = this.hiding ? this.question.textContent : sentenceText(this.figure.sentence(this.step));
      this.live.textContent = text ?? `${this.word("step", { step: this.step + 1, steps: this.figure.steps })}: ${sentence}`;
    }, 250);
  }

  tell() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      if (this.playing) return;
      this.tells = true;
      this.model.set?.("view", { step: this.step, theme: this.theme, ...this.shows, mode: this.mode });
      this.tells = false;
      this.model.save_changes?.();
    }, 300);
  }

  // Controls.

  go(step, { keep = false } = {}) {
    if (!keep) this.pause();
    const next = clamp(step, 0, this.figure.steps - 1);
    if (next !== this.step) {
      this.step = next;
      this.term = 0;
      if (this.pinned?.grid === "output") this.pinned = null;
      this.ask_();
    }
    this.update();
    this.announce();
    this.tell();
  }

  by(steps) {
    this.go(this.step + steps);
  }

  play() {
    if (this.figure.steps < 2) return;
    if (this.step === this.figure.steps - 1) this.step = 0;
    this.playing = true;
    this.showPlaying();
    this.update();
    this.tick();
  }

  tick() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.playing) return;
      if (!this.root.isConnected || this.step >= this.figure.steps - 1) {
        this.pause();
        return;
      }
      this.go(this.step + 1, { keep: true });
      this.tick();
    }, (this.figure.p.pace * 1000) / SPEEDS[this.speed]);
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    clearTimeout(this.timer);
    this.showPlaying();
    this.announce();
    this.tell();
  }

  showPlaying() {
    const name = this.playing ? "pause" : "play";
    this.playButton.replaceChildren(icon(name));
    this.playButton.setAttribute("aria-label", this.word(name));
    this.playButton.title = this.word(name);
    this.root.classList.toggle("cv-playing", this.playing);
  }

  togglePlay() {
    if (this.playing) this.pause();
    else this.play();
  }

  restart() {
    this.go(0);
    this.play();
  }

  scrubbed() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.go(Number(this.scrub.value) - 1);
    });
  }

  setSpeed(speed) {
    this.speed = clamp(speed, 0, SPEEDS.length - 1);
    if (this.playing) this.tick();
    this.progress();
    this.announce(`${this.word("speed")} ${this.word("times", { speed: SPEEDS[this.speed] })}`);
  }

  toggle(name) {
    this.shows[name] = !this.shows[name];
    this.refill();
    this.update();
    this.tell();
  }

  // Themes.

  get themed() {
    if (this.theme && Object.hasOwn(this.figure.p.themes, this.theme)) return this.theme;
    return this.strong.matches ? "contrast" : this.dark.matches ? "dark" : "light";
  }

  get colours() {
    return this.figure.p.themes[this.themed].palette;
  }

  colour() {
    for (const [role, colour] of Object.entries(this.colours)) {
      this.root.style.setProperty(`--cv-${role.replaceAll(" ", "-")}`, colour);
    }
    this.root.classList.toggle("cv-halo", "halo" in this.colours);
    const [red, green, blue] = rgb(this.colours.ground);
    this.root.style.colorScheme = red + green + blue < 384 ? "dark" : "light";
    const name = this.figure.words[`theme ${this.themed}`] ?? this.themed;
    this.themeButton.setAttribute("aria-label", `${this.word("theme")}: ${name}`);
    this.themeButton.title = `${this.word("theme")}: ${name}`;
    if (!this.planes) return;
    this.refill();
    this.update();
  }

  nextTheme() {
    const names = Object.keys(this.figure.p.themes);
    this.theme = names[(names.indexOf(this.themed) + 1) % names.length];
    this.colour();
    this.announce(this.themeButton.getAttribute("aria-label"));
    this.tell();
  }

  // Full screen, black screen, help.

  toggleFull() {
    const node = this.root.getRootNode();
    if (node.fullscreenElement === this.root) {
      document.exitFullscreen();
      return;
    }
    if (this.root.classList.contains("cv-large")) {
      this.setLarge(false);
      return;
    }
    const large = () => this.setLarge(true); // a frame may not fill the screen: then fill the frame
    if (document.fullscreenEnabled) this.root.requestFullscreen().catch(large);
    else large();
  }

  fullChanged() {
    this.setLarge(this.root.getRootNode().fullscreenElement === this.root);
  }

  setLarge(large) {
    this.root.classList.toggle("cv-large", large);
    this.fullButton.setAttribute("aria-pressed", String(large));
    this.arrange();
  }

  toggleBlack() {
    this.black.hidden = !this.black.hidden;
    if (!this.black.hidden) this.pause();
  }

  toggleKeys(open = !this.help || this.help.hidden) {
    if (!this.help) {
      this.help = make("div", { class: "cv-help", role: "dialog", "aria-label": this.word("keys"), tabindex: "-1" },
        make("h2", {}, this.word("keys")),
        make("dl", {}, ...this.figure.p.keys.map(([keys, does]) => make("div", {}, make("dt", {}, keys), make("dd", {}, does)))),
        make("button", { type: "button", class: "cv-chip", onclick: () => this.toggleKeys(false) }, this.word("close")));
      this.root.append(this.help);
    }
    this.help.hidden = !open;
    this.keysButton.setAttribute("aria-expanded", String(open));
    if (open) this.help.focus();
    else this.keysButton.focus();
  }

  // Pointing, pinning, editing.

  under(event) {
    const node = event.target.closest?.(".cv-plane");
    const plane = node && this.byNode?.get(node);
    if (!plane) return null;
    const at = plane.placeOf(event);
    if (at < 0 || plane.grid === "products") return null;
    if (plane.grid === "lens") return plane.cellOf?.(at) !== undefined ? { grid: "input", place: plane.cellOf(at), plane, at } : null;
    if (plane.grid === "kernel" && plane.base < 0) return null;
    if (plane.grid === "input" && this.figure.kind(plane.base + at) === "h") return null;
    return { grid: plane.grid, place: plane.base + at, plane, at };
  }

  point(event) {
    const at = this.under(event);
    if (at?.grid === this.pointed?.grid && at?.place === this.pointed?.place) return;
    this.pointed = at;
    if (!this.pinned) this.update();
  }

  letGo() {
    if (!this.pointed) return;
    this.pointed = null;
    if (!this.pinned) this.update();
  }

  click(event) {
    const at = this.under(event);
    if (!at) return;
    at.plane.current = at.at;
    this.choose(at);
  }

  /** What a click does, or Enter. */
  choose(at) {
    this.pause();
    if (this.editing && at.grid !== "output") {
      this.startEdit(at);
      return;
    }
    if (this.mode === "predict" && this.ask === "cells" && at.grid === "input" && !this.revealed) {
      if (!this.chosen.delete(at.place)) this.chosen.add(at.place);
      this.update();
      return;
    }
    if (at.grid === "output") {
      this.pinned = null;
      this.go(at.place);
      return;
    }
    this.pin(at);
  }

  pin(at = this.pointed) {
    const again = this.pinned && at && this.pinned.grid === at.grid && this.pinned.place === at.place;
    this.pinned = again || !at ? null : { grid: at.grid, place: at.place };
    this.update();
    this.announce(this.linkSaid || undefined);
  }

  toggleEdit() {
    this.editing = !this.editing;
    this.update();
  }

  startEdit(at, first = "") {
    if (!at || at.grid === "output" || this.figure.p.sentences || !(at.plane instanceof Table)) return;
    const { figure } = this;
    const place = at.grid === "input" ? figure.source(at.place) : at.place;
    if (place < 0) return;
    this.pause();
    const cell = at.plane.cells[at.at];
    const input = make("input", { class: "cv-edit", type: "text", autocomplete: "off", "aria-label": this.nameOf(at) });
    input.value = first || figure.text(at.grid, place);
    input.style.left = `${cell.offsetLeft}px`;
    input.style.top = `${cell.offsetTop}px`;
    let over_ = false;
    const end = (keep, back) => {
      if (over_) return;
      const value = typed(input.value);
      if (keep && value === null) {
        this.announce(this.word("bad number", { text: input.value }));
        this.tellLink(this.word("bad number", { text: input.value }));
        input.classList.add("cv-bad");
        input.setAttribute("aria-invalid", "true");
        if (back) return;
        keep = false;
      }
      over_ = true;
      input.remove();
      if (keep) {
        figure.edit(at.grid, place, value);
        this.undoButton.hidden = !figure.edited;
        this.showLine(this.line);
        this.refill();
      }
      if (back) at.plane.focus(at.at);
      this.update();
      if (keep) this.announce();
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Tab") end(true, true);
      if (event.key === "Escape") end(false, true);
      if (event.key === "Enter" || event.key === "Escape") event.preventDefault();
    });
    input.addEventListener("blur", () => end(true, false));
    at.plane.body.append(input);
    input.focus();
    if (!first) input.select();
  }

  undo() {
    this.figure.edits.input.clear();
    this.figure.edits.kernel.clear();
    this.figure.forget();
    this.showLine(this.line);
    this.undoButton.hidden = true;
    this.switches.edit.focus();
    this.refill();
    this.update();
    this.announce();
  }

  // The sum, term by term.

  nextTerm(by) {
    this.pause();
    const count = this.terms?.length ?? 0;
    this.term = this.hiding || !count ? 0 : (this.term + by + count + 1) % (count + 1);
    this.update();
    this.announce(this.linkSaid || undefined);
  }

  pointTerm(term) {
    if (term === (this.overTerm ?? 0)) return;
    this.overTerm = term;
    this.marking();
  }

  /** Lights a term that is pointed at, without writing the sentence anew under the pointer. */
  marking() {
    const say = this.say;
    this.say = (sentence, result, secret, term) => {
      for (const node of this.sentenceBox.querySelectorAll(".cv-term")) node.classList.toggle("cv-now", term !== undefined && node.cvTerm === this.terms.indexOf(term) + 1);
      this.tellLink(this.linkText(term, result.rounded));
    };
    this.update();
    this.say = say;
  }

  // Predict first.

  setMode(mode) {
    this.pause();
    this.mode = mode;
    this.ask_();
    this.refill();
    this.update();
    this.arrange();
    this.announce();
    this.tell();
  }

  setAsk(ask) {
    this.ask = ask;
    this.ask_();
    this.refill();
    this.update();
    this.announce();
  }

  /** Asks anew, of the step we are at. */
  ask_() {
    this.revealed = this.mode !== "predict";
    this.chosen = new Set();
    this.guess.value = "";
    this.verdict.textContent = "";
    this.verdict.className = "cv-verdict";
    this.predictBox.hidden = this.mode !== "predict";
    this.root.classList.toggle("cv-predicting", this.mode === "predict");
    this.guess.hidden = this.ask !== "value";
    this.revealButton.textContent = this.word("reveal");
    this.question.textContent = this.word(`question ${this.ask}`, { place: this.figure.outputPlace(this.step) });
    this.keepScore();
  }

  keepScore() {
    const { right, asked } = this.score;
    this.scored.textContent = asked ? this.word("score", { right, asked }) : "";
  }

  reveal() {
    if (this.revealed) {
      this.by(1);
      if (this.ask === "value" && this.mode === "predict" && this.guess !== this.root.getRootNode().activeElement) this.root.focus();
      return;
    }
    const { figure } = this;
    const result = figure.result(this.step);
    this.revealed = true;
    this.revealButton.textContent = this.word("again");
    let right = null;
    if (this.ask === "value") {
      const text = this.guess.value.trim();
      if (text) {
        const value = typed(text);
        right = value !== null && (same(value, figure.exactResult(this.step)) || written_(text) === result.text);
        this.verdict.textContent = right ? this.word("right") : this.word("wrong", { value: result.text });
      } else this.verdict.textContent = this.word("seen", { value: result.text });
    } else {
      const reads = new Set(figure.taps(this.step).cells.filter((cell) => figure.kind(cell) !== "h"));
      const found = [...reads].filter((cell) => this.chosen.has(cell)).length;
      if (this.chosen.size) {
        right = found === reads.size && this.chosen.size === reads.size;
        this.verdict.textContent = right ? this.word("right")
          : this.word("wrong cells", { right: found, count: reads.size, extra: this.chosen.size - found });
      } else this.verdict.textContent = this.word("seen cells");
    }
    if (right !== null) {
      this.score.asked += 1;
      this.score.right += right ? 1 : 0;
      this.verdict.classList.add(right ? "cv-right" : "cv-wrong");
    }
    this.keepScore();
    this.update();
    this.announce(`${this.verdict.textContent}. ${sentenceText(figure.sentence(this.step))}`);
  }

  // Copying and saving.

  showLine(number) {
    this.line = number;
    const [, given] = this.figure.p.code[number] ?? ["", ""];
    const text = this.figure.edited ? asEdited(this.figure, given) : given;
    const parts = text.includes("\n") || text.length > 200 ? [text] : text.split(/ (?=-)/);
    this.code.replaceChildren(...parts.flatMap((part, n) => [n ? " " : "", n && part.length < 28 ? make("span", { class: "cv-together" }, part) : part]));
    [...this.lines.children].forEach((chip, n) => {
      if (n < this.figure.p.code.length) chip.setAttribute("aria-pressed", String(n === number));
    });
    this.copyButton.textContent = this.word("copy it");
  }

  async copy() {
    const text = this.code.textContent;
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      const selection = this.root.getRootNode().getSelection?.() ?? getSelection();
      selection.selectAllChildren(this.code);
      try {
        done = document.execCommand("copy");
      } catch {
        done = false;
      }
    }
    this.copyButton.textContent = this.word(done ? "copied" : "not copied");
    this.announce(this.copyButton.textContent);
  }

  download() {
    const name = `${this.figure.p.name}-${this.step + 1}.svg`;
    const link = make("a", { download: name, href: URL.createObjectURL(new Blob([this.svg()], { type: "image/svg+xml" })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    this.announce(this.word("still done", { name }));
  }

  /** Draws what the figure shows now as an SVG: its boxes and its texts, where they stand. */
  svg() {
    return drawing(this);
  }

  // Keys.

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key } = event;
    const isText = target.matches?.("input[type=text], textarea, select");
    const paging = { PageDown: 1, PageUp: -1 }[key];
    if (isText && !paging && key !== "Escape") return;
    const isButton = target.matches?.("button, a");
    const isScrub = target === this.scrub;
    const lower = key.length === 1 ? key.toLowerCase() : key;
    if (!this.black.hidden && lower !== "b" && lower !== ".") this.toggleBlack();
    const does = {
      " ": () => (this.mode === "predict" ? this.reveal() : this.togglePlay()),
      k: () => this.togglePlay(), ArrowRight: () => this.by(1), ArrowLeft: () => this.by(-1),
      PageDown: () => this.by(1), PageUp: () => this.by(-1), Home: () => this.go(0), End: () => this.go(this.figure.steps - 1),
      r: () => this.restart(), "+": () => this.setSpeed(this.speed + 1), "=": () => this.setSpeed(this.speed + 1),
      "-": () => this.setSpeed(this.speed - 1), f: () => this.toggleFull(), b: () => this.toggleBlack(), ".": () => this.toggleBlack(),
      t: () => this.nextTerm(event.shiftKey ? -1 : 1), h: () => this.setMode(this.mode === "predict" ? "explore" : "predict"),
      n: () => this.toggle("numbers"), s: () => this.toggle("shading"), d: () => this.nextTheme(), e: () => this.toggleEdit(),
      p: () => this.pin(), c: () => this.copy(), g: () => this.download(), "?": () => this.toggleKeys(), Escape: () => this.escape(),
    }[lower];
    if (!does || (isButton && (key === " " || key === "Enter"))) return;
    if (isScrub && key.startsWith("Arrow")) return;
    event.preventDefault();
    does();
  }

  escape() {
    if (this.help && !this.help.hidden) this.toggleKeys(false);
    else if (this.pinned || this.term) {
      this.pinned = null;
      this.term = 0;
      this.update();
    } else if (this.editing) this.toggleEdit();
    else if (this.root.classList.contains("cv-large")) this.setLarge(false);
  }

  /** Keys inside a grid: arrows move from cell to cell. */
  cellKey(event) {
    const at = this.under(event);
    if (!at || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
    const { plane } = at;
    const [row, column] = [Math.floor(at.at / plane.columns), at.at % plane.columns];
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -column], End: [0, plane.columns - 1 - column] };
    if (moves[event.key]) {
      const [down, right] = moves[event.key];
      const to = clamp(row + down, 0, plane.rows - 1) * plane.columns + clamp(column + right, 0, plane.columns - 1);
      plane.focus(to);
      if (plane instanceof Picture) {
        plane.cursor = to;
        this.pointed = this.under({ target: plane.over });
        this.update();
        this.announce(this.linkSaid || this.nameOf(this.pointed));
      }
    } else if (event.key === "Enter") {
      if (at.grid === "output" || (this.mode === "predict" && !this.editing)) this.choose(at);
      else this.startEdit(at);
    } else if (event.key === "F2") this.startEdit(at);
    else if (this.editing && /^[\d.−-]$/.test(event.key)) this.startEdit(at, event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const rgb = (colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
const written_ = (text) => text.replaceAll("-", "−").replace(",", ".");

// Arrangements: where planes stand, and how large a cell may be.

/** The ways in which the planes may stand, the plainest first. */
const arrangements = ({ inputs, kernels, outputs }, weighted) => {
  const pairs = weighted && inputs.length === kernels.length && inputs.length > 1;
  const shapes = { inputs: inputs.length, kernels: kernels.length, outputs: outputs.length };
  if (pairs) return ["pairs-rows", "pairs-columns", "pairs-rows-under", "pairs-columns-under"].map((name) => ({ name, pairs, ...shapes }));
  const names = inputs.length > 1 || outputs.length > 1 ? ["row", "rows", "under", "stack"] : ["row", "under", "stack"];
  return names.map((name) => ({ name, pairs, ...shapes }));
};

/** Width and height of an arrangement with cells of a size. */
const extent = (plan, sizes, side, em, narrow) => {
  const gap = em * 1.1;
  const block = (grid, count, down) => {
    if (!count) return [0, 0];
    down ||= narrow; // they wrap
    const [rows, columns, label] = sizes[grid];
    const indexed = grid === "output" ? em * 1.5 : 0;
    const one = [Math.max(columns * side + indexed, label), rows * side + em * 3.45 + indexed];
    return down ? [one[0], one[1] * count + gap * (count - 1)] : [one[0] * count + gap * (count - 1), one[1]];
  };
  const beside = (...boxes) => [boxes.reduce((sum, [wide]) => sum + wide, 0), Math.max(...boxes.map(([, tall]) => tall))];
  const under = (...boxes) => [Math.max(...boxes.map(([wide]) => wide)), boxes.reduce((sum, [, tall]) => sum + tall, 0)];
  const sign = [em * (narrow ? (plan.divided ? 2.9 : 2.1) : 3.6), em * 1.5];
  const operator = plan.word ? [em * (narrow ? 0.95 * plan.word + 0.4 : 0.8 * plan.word + 1.5), em * 1.5] : sign;
  const sum = [narrow ? 0 : em * 4, em * 1.6];
  const { inputs, kernels, outputs, name } = plan;
  if (plan.pairs) {
    const across = beside(block("input", 1), sign, block("kernel", 1), sum);
    const rows = [across[0], across[1] * inputs + gap * (inputs - 1)];
    const down = under(block("input", 1), sign, block("kernel", 1), sum);
    const columns = [down[0] * inputs + gap * (inputs - 1), down[1]];
    return {
      "pairs-rows": () => beside(rows, sign, block("output", outputs, true)),
      "pairs-columns": () => beside(columns, sign, block("output", outputs, true)),
      "pairs-rows-under": () => under(rows, sign, block("output", outputs)),
      "pairs-columns-under": () => under(columns, sign, block("output", outputs)),
    }[name]();
  }
  const wide = name === "row";
  const parts = (down) => [
    block("input", inputs, down), operator, ...(kernels ? [block("kernel", kernels, down), sign] : [sign]), block("output", outputs, down),
  ];
  if (wide) return beside(...parts(true));
  if (name === "rows") return beside(...parts(false));
  if (name === "under") {
    const [first, ...others] = parts(false);
    return under(first, beside(...others));
  }
  return under(...parts(false));
};

/** The largest cell, in whole pixels, at which an arrangement fits. */
const largest = (extentOf, room, tall, most) => {
  let [low, high] = [1, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const [wide, high_] = extentOf(middle);
    if (wide <= room && high_ <= tall) low = middle;
    else high = middle - 1;
  }
  return low;
};

// Lines to copy, of a figure in which cells were edited.

/** A number in code: its digits, or a fraction where they don't end. */
const inCode = (x) => {
  if (!isFraction(x)) return `float('${Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf"}')`;
  let [places, scale] = [0, 1n];
  while (places < 30 && (x.n * scale) % x.d) [places, scale] = [places + 1, scale * 10n];
  return places < 30 ? written(x, places).replace("−", "-") : `${x.n}/${x.d}`;
};

const asEdited = (figure, text) => {
  const grids = ["input", "kernel"].filter((grid) => figure.edits[grid].size);
  return /^convviz |\nconvviz /.test(text) ? commandEdited(figure, grids, text) : scriptEdited(figure, grids, text);
};

/** A command, with all numbers of what was edited: typed, or in a file that a line before it makes. */
const commandEdited = (figure, grids, text) => {
  const lines = text.split("\n");
  let command = lines.pop();
  for (const grid of grids) {
    const numbers = figure.given(grid);
    const whole = figure.p.arrays[grid];
    const shape = product_(whole) > numbers.length ? [1, ...whole.slice(1)] : whole; // of a batch, its first sample
    const rows = (all, [size, ...inner]) => inner.length
      ? Array.from({ length: size }, (_, n) => rows(all.slice((n * all.length) / size, ((n + 1) * all.length) / size), inner)) : all;
    const nested = rows(numbers, shape);
    let said = `${grid}.npy`;
    const typed_ = (shape.length > 1 ? nested : [nested]).map((row) => row.join(" ")).join("; ") + (product_(shape) === 1 ? ";" : "");
    const other = lines.findIndex((line) => line.includes(said));
    if (other >= 0) lines.splice(other, 1);
    if (shape.length <= 2 && typed_.length <= 1000 && !typed_.includes("f")) said = `'${typed_}'`;
    else lines.push(`python -c "import numpy; numpy.save('${said}', ${JSON.stringify(nested).replaceAll('"', "")})"`);
    command = command.replace(new RegExp(`--${grid} ('[^']*'|\\S+)( --kernel-size \\S+)?`), () => `--${grid} ${said}`);
  }
  return [...lines, command].join("\n");
};

/** Lines of Python: once an array is made, its edited cells are set; in whole numbers or single precision there may be no room. */
const scriptEdited = (figure, grids, text) => {
  const isTorch = text.includes("import torch");
  const isOwn = text.includes("import convviz");
  const { arrays } = figure.p;
  for (const grid of grids) {
    const shape = isOwn ? arrays[grid] : [...new Array(Math.max(0, arrays.rank + 2 - arrays[grid].length)).fill(1), ...arrays[grid]];
    const name = grid === "input" ? "x" : "weight";
    const over_ = figure.p[grid].divisor > 1 ? ` / ${figure.p[grid].divisor}` : "";
    const cells = new Map([...figure.edits[grid]].map(([place, value]) => [figure.inArray(grid, place), value]));
    const set = [...cells].map(([place, value]) => `${name}[${unravel(place, shape).join(", ")}] = ${inCode(value)}${over_}`);
    const whole = [...cells.values()].every((value) => value.d === 1n && value.n ** 2n < 2n ** 120n);
    if (isOwn && !whole) set.unshift(`${name} = ${name}.astype(float)`);
    text = text.replace(new RegExp(`^${name} = (?:.*\\[\n(?: .*\n)*\\].*|.*)$`, "m"), (made) => [made, ...set].join("\n"));
  }
  if (isOwn) return text;
  const doubled = text.replaceAll("float32", "float64");
  return isTorch || doubled === text ? doubled : doubled.replace(/^import keras$/m, '$&\nkeras.config.set_floatx("float64")');
};

// A still.

const drawing = (player) => {
  player.root.classList.add("cv-still"); // everything where it belongs, though it would be out of sight
  const made = drawn(player);
  player.root.classList.remove("cv-still");
  return made;
};

const drawn = (player) => {
  const { planesBox, root } = player;
  const origin = planesBox.getBoundingClientRect();
  const say = player.sentenceBox.getBoundingClientRect();
  const head = 44;
  const wide = Math.ceil(Math.max(origin.width, 320)) + 48;
  const tall = Math.ceil(say.bottom - origin.top) + head + 36;
  const escaped = (text) => text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
  const out = [];
  const place = (box) => [box.left - origin.left + 24, box.top - origin.top + head + 12];
  const seen = (colour) => colour && colour !== "rgba(0, 0, 0, 0)" && colour !== "transparent";
  const text = (node) => {
    const style = getComputedStyle(node.parentElement);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const [x, y] = place(box);
      const size = parseFloat(style.fontSize);
      out.push(`<text x="${x.toFixed(1)}" y="${(y + box.height / 2 + size * 0.36).toFixed(1)}" textLength="${box.width.toFixed(1)}" font-size="${size}" font-weight="${style.fontWeight}" font-family="${escaped(style.fontFamily)}" fill="${style.color}" xml:space="preserve">${escaped(node.data)}</text>`);
      break;
    }
  };
  const walk = (node) => {
    if (node.nodeType === 3) {
      if (node.data.trim()) text(node);
      return;
    }
    if (node.hidden || node.nodeType !== 1) return;
    const style = getComputedStyle(node);
    if (style.visibility === "hidden" || style.display === "none") return;
    const box = node.getBoundingClientRect();
    const [x, y] = place(box);
    const border = parseFloat(style.borderTopWidth);
    if (node.matches("canvas")) {
      out.push(`<image x="${x}" y="${y}" width="${box.width}" height="${box.height}" style="image-rendering:pixelated" href="${node.toDataURL()}"/>`);
      return;
    }
    if (box.width && box.height && (seen(style.backgroundColor) || (border && seen(style.borderTopColor)))) {
      const half = border / 2;
      const corner = parseFloat(style.borderTopLeftRadius) || 0;
      const size = `x="${x + half}" y="${y + half}" width="${Math.max(0, box.width - border)}" height="${Math.max(0, box.height - border)}" rx="${corner}"`;
      const edge = border ? ` stroke="${style.borderTopColor}" stroke-width="${border}"` : "";
      out.push(`<rect ${size} fill="${seen(style.backgroundColor) ? style.backgroundColor : "none"}"${edge}/>`);
      if (style.backgroundImage.includes("gradient")) {
        const kind = node.dataset.state === "zero" || node.dataset.kind === "u" ? "back" : "lean";
        out.push(`<rect ${size} fill="url(#${node.dataset.state === "zero" ? "zero" : node.dataset.state ? "tapped" : kind})"/>`);
      }
    }
    for (const child of node.childNodes) walk(child);
    const after = node.matches(".cv-weights .cv-cell[data-weight]") ? getComputedStyle(node, "::after") : null;
    if (after) {
      const size = parseFloat(after.fontSize);
      out.push(`<text x="${x + box.width - 4}" y="${y + box.height - 5}" text-anchor="end" font-size="${size}" font-weight="700" font-family="${escaped(after.fontFamily)}" fill="${after.color}">${escaped(node.dataset.weight)}</text>`);
    }
  };
  walk(planesBox);
  walk(player.sentenceBox);
  const { colours } = player;
  const font = escaped(getComputedStyle(root).fontFamily);
  const hatch = (id, role, path) => `<pattern id="${id}" width="8" height="8" patternUnits="userSpaceOnUse"><path d="${path}" stroke="${colours[role]}" stroke-width="1.4"/></pattern>`;
  const lean = "M-1 1L1-1M0 8L8 0M7 9L9 7";
  const back = "M-1 7L1 9M0 0L8 8M7-1L9 1";
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${tall}" viewBox="0 0 ${wide} ${tall}" role="img"><title>${escaped(player.figure.p.title)}</title><desc>${escaped(sentenceText(player.figure.sentence(player.step)))}</desc><defs>${hatch("lean", "padding hatch", lean)}${hatch("tapped", "tap hatch", lean)}${hatch("back", "unread hatch", back)}${hatch("zero", "tap", back)}</defs><rect width="${wide}" height="${tall}" fill="${colours.ground}"/><text x="24" y="32" font-size="20" font-weight="700" font-family="${font}" fill="${colours.ink}">${escaped(player.figure.p.title)} <tspan font-size="14" font-weight="400" fill="${colours.muted}">${escaped(player.figure.p.settings)}</tspan></text>${out.join("")}</svg>\n`;
};

const render = ({ model, el }) => new Player(model, el).away;

export default { render };
