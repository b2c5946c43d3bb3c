// The numbers of a backward pass: as text, as the engine recorded them, and recomputed when a leaf has another number.

const ABOUT = "\u2248";
const MOST_DIGITS = 12, UNSEEN = 1e-13, TRUSTED = 1e-11, HALF = 0.5000001; // as in text.py
const ATOM = /^[^\s+*/^()=<>,\-\u2212]+( #\d+)?$/; // as in text.py

// x with that many significant digits. Of two that are equally near it takes the even one, as Python does.
function rounded(x, digits) {
  if (!x.toExponential(digits).includes("5e")) return x.toExponential(digits - 1); // no tie: as in nearly all cases
  const [mantissa, exponent] = x.toExponential(digits + 60).split("e"), figures = mantissa.replace(/[-.]/g, "");
  const isTie = /^50*$/.test(figures.slice(digits)), isEven = Number(figures[digits - 1]) % 2 === 0;
  return isTie && isEven ? `${mantissa.slice(0, digits - figures.length)}e${exponent}` : x.toExponential(digits - 1);
}

function shorten(x, digits) {
  return Number.isFinite(x) ? Number(rounded(x, digits)) : x;
}

function number(x, digits) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : `${MINUS}inf`;
  if (x === 0) return "0";
  const [mantissa, exponent] = rounded(x, digits).split("e"), e = Number(exponent);
  const exact = !(Math.abs(Number(`${mantissa}e${e}`) - x) > UNSEEN * Math.abs(x)), trim = (text) => (exact && text.includes(".") ? text.replace(/0+$/, "") : text).replace(/\.$/, "");
  let text;
  if (e < -4 || e >= digits) text = `${trim(mantissa)}e${e < 0 ? "-" : "+"}${String(Math.abs(e)).padStart(2, "0")}`;
  else text = trim(Number(`${mantissa}e${e}`).toFixed(Math.max(0, digits - 1 - e)));
  return text.replaceAll("-", MINUS);
}

function factor(x, digits) {
  const text = number(x, digits);
  return text.startsWith(MINUS) ? `(${text})` : text;
}

// Every digit of x.
function full(x) {
  return Number.isNaN(x) ? "nan" : String(x).replace("Infinity", "inf").replaceAll("-", MINUS);
}

function atom(name) {
  return ATOM.test(name) ? name : `(${name})`;
}

// The digits with which had + upstream * local adds up as displayed, and "=", or the sign for "about": see text.py.
function enough(had, upstream, local, now, digits) {
  const shown = shorten(now, digits), last = shown === 0 || !Number.isFinite(shown) ? 0 : Number(rounded(shown, digits).split("e")[1]);
  for (let more = digits; more <= Math.max(digits, MOST_DIGITS); more++) {
    const [a, b, c] = [had, upstream, local].map((x) => shorten(x, more));
    const cancelled = Math.abs(shown) > 0 && Math.abs(shown) < TRUSTED * (Math.abs(a) + Math.abs(b * c));
    if (!cancelled && !(Math.abs(a + b * c - shown) > HALF * Number(`1e${last - digits + 1}`))) return [more, "="];
  }
  return [digits, ABOUT];
}

function sum(length, term) {
  let total = 0;
  for (let i = 0; i < length; i++) total += term(i);
  return total;
}

function amax(length, term) {
  let largest = -Infinity;
  for (let i = 0; i < length; i++) {
    const x = term(i);
    if (x > largest || Number.isNaN(x)) largest = x;
  }
  return largest;
}

// Numbers of a graph. `steps` are in the order of the backward pass; read from the end they are the forward pass. A page
// that shows some of them computes all: `from` is the first that is shown, and has the number 0 outside of this class.
class Numbers {
  constructor(data) {
    const { steps, unseen = [] } = data;
    this.nodes = data.nodes;
    this.from = unseen.length > 0 ? data.from : 0;
    this.steps = [...unseen.slice(0, this.from), ...steps, ...unseen.slice(this.from)];
    this.root = this.steps.length > 0 ? this.steps[0].n : null;
    this.operands = data.live ? this.steps.map((step) => this.operandsOf(step)) : [];
    this.reset();
  }

  operandsOf({ a, c = {} }) {
    const operands = a.map((node) => [node, 0]);
    for (const [k, x] of Object.entries(c)) operands.splice(Number(k), 0, [null, x]);
    return operands;
  }

  // The numbers that the engine recorded.
  reset() {
    this.data = new Map(Object.entries(this.nodes).map(([node, { d }]) => [Number(node), d]));
    this.local = this.steps.map((step) => step.l);
    this.backward();
  }

  set(changes) {
    for (const [leaf, x] of changes) this.data.set(leaf, x);
    this.forward();
    this.backward();
  }

  forward() {
    this.compute(null);
  }

  // The values and local derivatives of these steps, or of all.
  compute(steps) {
    for (let k = this.steps.length - 1; k >= 0; k--) {
      if (steps !== null && !steps.has(k)) continue;
      const { n } = this.steps[k], { many, value, slopes } = OPERATIONS[this.nodes[n].o];
      const xs = this.operands[k].map(([node, x]) => (node === null ? x : this.data.get(node)));
      const size = xs.length / (many || 1), given = many ? Array.from({ length: many }, (_, i) => xs.slice(i * size, (i + 1) * size)) : xs;
      const y = value(...given);
      this.data.set(n, y);
      const local = many ? slopes[0](...given, y).flat() : slopes.map((slope) => slope(...given, y));
      this.local[k] = local.filter((_, i) => this.operands[k][i][0] !== null);
    }
  }

  // The chain rule, in the order of the engine. fresh: as if no gradient had been there before.
  backward() {
    const grad = new Map(), arrived = new Map();
    for (const [node, { s = 0, k = 0 }] of Object.entries(this.nodes)) {
      grad.set(Number(node), s);
      arrived.set(Number(node), k);
    }
    this.gets = new Map(); // node -> its contributions, in order
    this.widest = Number.MIN_VALUE;
    this.all = this.steps.map(({ n, a }, k) => {
      const up = grad.get(n);
      return {
        up,
        c: a.map((x, i) => {
          const local = this.local[k][i], had = grad.get(x), value = local * up, now = had + value;
          const before = arrived.get(x);
          grad.set(x, now);
          arrived.set(x, before + 1);
          const c = { x, local, value, had: before === 0 && had === 0 ? null : had, now, k: before + 1, step: k - this.from, of: n, up };
          if (Number.isFinite(value)) this.widest = Math.max(this.widest, Math.abs(value));
          if (!this.gets.has(x)) this.gets.set(x, []);
          this.gets.get(x).push(c);
          return c;
        }),
      };
    });
    this.at = this.all.slice(this.from);
  }

  // The derivative of the root with respect to a node: its gradient without what was there before.
  slope(node) {
    return (this.gets.get(node) || []).reduce((total, { value }) => total + value, node === this.root ? 1 : 0);
  }

  // The root for other numbers of some leaves.
  tried(changes) {
    const data = this.data, local = this.local;
    this.data = new Map(data);
    this.local = [...local];
    for (const [leaf, x] of changes) this.data.set(leaf, x);
    this.forward();
    const result = this.data.get(this.root);
    this.data = data;
    this.local = local;
    return result;
  }
}
