// The view of a forward and backward pass: boxes light up, numbers and gradients arrive, and formulas explain them.

const MOST_LINES = 100; // shown for one step
const MOST_LEAVES = 12; // listed at the start, and of a box that stands for many
const MOST_ARROWS = 3; // of an operation whose operands have no table
const THIN_PX = 1.2, THICK_PX = 3.4;
const MOST_TEXTS = 9999; // kept
const MARGIN_PX = 6; // around a picture, as in svg.py

class BackwardView {
  static Scene = Scene;

  constructor(data) {
    this.data = data;
    this.numbers = data.batch ? new BatchNumbers(data) : new Numbers(data);
    this.whole = data.from === 0 && data.steps.length === data.total;
    this.start = this.whole ? data.steps.length + 1 : 0; // the frame at which the backward pass starts
    this.first = this.start + data.open;
    this.last = this.start + data.steps.length;
    this.playMs = PLAY_MS;
    this.marks = this.start > 0 ? [this.start] : [];
    const tint = make("button", { type: "button", "aria-pressed": "true", title: "Tint arrows by the gradient that has passed: blue above 0, pink below, wider for more", onclick: () => {
      const isOn = tint.getAttribute("aria-pressed") !== "true";
      tint.setAttribute("aria-pressed", String(isOn));
      this.player.root.classList.toggle("plain", !isOn);
    } }, "Tint");
    this.extras = [tint];
    this.keys = `${data.live ? "Shift and up, down: change the number. " : ""}In the picture, arrows move from box to box, Enter opens, Escape goes up.`;
    this.label = `Backward pass of ${data.root}`;
    this.notes = data.notes;
    this.stepOf = new Map(data.steps.map((step, k) => [step.n, k]));
    this.scenes = []; // of each picture, from when it is first shown
    this.visible = [0];
    this.texts = new Map(); // of numbers
    this.current = []; // the boxes of this step, in the innermost picture
    this.isStale = true; // to be laid out
    this.pane = make("div", { class: "pane" });
    const svg = parsed(data.pictures[0].svg);
    svg.setAttribute("role", "group"); // an img would hide its buttons from screen readers
    svg.setAttribute("aria-describedby", "keys");
    this.pane.append(svg);
    this.focus = new Focus(this);
    this.whatIf = null;
    this.exact = make("p", { class: "exact" });
    this.map = new Minimap(this);
    const panel = make("div", { class: "panel" }, this.pane, this.exact, this.map.svg);
    for (const event of ["pointerover", "focusin"]) panel.addEventListener(event, ({ target }) => this.tellExactly(target.closest("[data-box]")));
    if (data.live) this.whatIf = new WhatIf(this);
    this.panels = [panel, ...(data.live ? [this.whatIf.panel] : [])];
  }

  // A picture with its boxes and arrows; the first one is in the pane, each other one in a frame of its parent.
  scene(i) {
    if (!this.scenes[i]) {
      const { svg, turned } = this.data.pictures[i], whole = i === 0 ? this.pane.firstElementChild : parsed(svg);
      const scene = new this.constructor.Scene(whole.firstElementChild, [whole.viewBox.baseVal.width - 2 * MARGIN_PX, whole.viewBox.baseVal.height - 2 * MARGIN_PX], turned);
      whole.querySelector(".arrows").setAttribute("aria-hidden", "true");
      scene.boxes.forEach((box) => this.read(box));
      scene.arrows.forEach((arrow) => this.readArrow(arrow));
      this.scenes[i] = scene;
      if (this.whatIf) this.whatIf.adopt(scene.boxes);
    }
    return this.scenes[i];
  }

  read(box) {
    const { element } = box, numbers = (text) => (text ? text.split(" ").map(Number) : []);
    element.setAttribute("tabindex", "-1");
    element.setAttribute("role", "button");
    Object.assign(box, {
      id: element.dataset.box,
      nodes: new Set(numbers(element.dataset.nodes)),
      steps: (element.dataset.steps || "").split(" ").filter(Boolean).map((range) => range.split("-").map(Number)),
      lines: [...element.querySelectorAll("[data-of]")].map((text) => ({ text, node: Number(text.dataset.of), role: text.classList[0], before: text.dataset.before })),
      progress: element.querySelector(".progress"),
    });
  }

  readArrow(arrow) {
    const { element } = arrow, [node, edge] = (element.dataset.edge || "").split(" ").map(Number);
    const isEdge = element.dataset.edge !== undefined && this.stepOf.has(node);
    if (isEdge) element.append(arrow.title = shape("title")); // the rule of the edge
    Object.assign(arrow, { node, edge, step: isEdge ? this.stepOf.get(node) : null, wide: "" });
  }

  // The same numbers are written again and again.
  text(x) {
    if (this.texts.size > MOST_TEXTS) this.texts.clear();
    if (!this.texts.has(x)) this.texts.set(x, number(x, this.data.digits));
    return this.texts.get(x);
  }

  factor(x) {
    return factor(x, this.data.digits);
  }

  // Backward steps done at this frame; below 0 in the forward pass.
  steps(frame) {
    return frame - this.start;
  }

  // The step of the operation that this frame of the forward pass computes.
  computes(frame) {
    return this.data.steps.length - frame;
  }

  count(frame) {
    const { steps, from, total } = this.data;
    return frame < this.start ? `forward ${frame} of ${steps.length}` : `backward ${from + this.steps(frame)} of ${total}`;
  }

  name(node) {
    return this.data.nodes[node].n;
  }

  title(node) {
    return this.data.nodes[node].t || this.name(node);
  }

  slope(node) {
    return `${PARTIAL}${atom(this.data.root)}/${PARTIAL}${atom(this.name(node))}`;
  }

  // A formula with the numbers of its operands filled in.
  formula(node) {
    return this.data.nodes[node].x.split("\x01").map((text, i, parts) => {
      if (i % 2 === 0) return text;
      const isArgument = /(^|[([]|, )$/.test(parts[i - 1]) && /^[),\]]/.test(parts[i + 1]);
      return (isArgument ? this.text : this.factor).call(this, this.numbers.data.get(Number(text)));
    }).join("");
  }

  isComputed(node, frame) {
    return frame >= this.start || !this.stepOf.has(node) || frame >= this.data.steps.length - this.stepOf.get(node);
  }

  gradient(node, frame) {
    const { s = 0, k = 0, p } = this.data.nodes[node], done = this.steps(frame);
    const came = (this.numbers.gets.get(node) || []).filter((c) => c.step < done), last = came[came.length - 1];
    const x = last ? last.now : s, arrived = last ? last.k : k;
    const isThere = arrived > 0 || (s !== 0 && (done >= 0 || node !== this.data.steps[0].n));
    return { x, text: isThere ? this.text(x) : NOT_YET, isThere, arrived, paths: p };
  }

  has(box, step) {
    return box.nodes.has(this.data.steps[step].n) || box.steps.some(([a, b]) => a <= step && step <= b);
  }

  done(box, frame) {
    const [from, to] = frame < this.start ? [this.computes(frame), this.last] : [0, this.steps(frame)];
    return box.steps.reduce((total, [a, b]) => total + Math.max(0, Math.min(to, b + 1) - Math.max(from, a)), 0);
  }

  // The step that is shown at this frame, and the one that comes next; null if there is none.
  at(frame) {
    const n = this.data.steps.length, inside = (k) => (k >= 0 && k < n ? k : null);
    if (frame < this.start) return [frame === 0 ? null : this.computes(frame), frame === n ? 0 : inside(this.computes(frame + 1))];
    return [inside(this.steps(frame) - 1), inside(this.steps(frame))];
  }

  // The pictures from the overview down to the one that contains this step.
  chain(step) {
    const chain = [];
    for (let at = this.data.steps[step].in; at !== null; at = this.data.pictures[at].parent) chain.unshift(at);
    return chain;
  }

  show(frame) {
    const [step, next] = this.at(frame), chain = step === null ? [0] : this.chain(step); // at first sight the whole, closed
    const held = this.focus.held();
    this.open(chain, frame !== this.frame);
    this.frame = frame;
    const painted = this.visible.map((i) => this.paint(this.scene(i), frame, step, next));
    this.current = painted[this.visible.indexOf(chain[chain.length - 1])] || painted[0];
    this.focus.follow(held);
    if (this.whatIf) this.whatIf.show();
    this.tellExactly(this.told);
    if (frame === this.start) return this.turnAround();
    return frame < this.start ? this.explainForward(frame) : this.explain(frame);
  }

  open() {} // frames.js: the pictures within pictures

  // The size of the smallest text: that on arrows, if there is any.
  font() {
    return this.pane.querySelector(".arrow text") ? SMALL_FONT_PX : FONT_PX;
  }

  // The direction for a pane of this size; then everything in its place.
  turn(room, least) {
    if (!this.scene(0).turn(room, least) && !this.isStale) return;
    this.isStale = false;
    const [w, h] = this.scene(0).lay();
    this.pane.firstElementChild.setAttribute("viewBox", `0 0 ${(w + 2 * MARGIN_PX).toFixed(1)} ${(h + 2 * MARGIN_PX).toFixed(1)}`);
  }

  paint({ boxes, arrows }, frame, step, next) {
    const isForward = frame < this.start, inputs = new Set(step === null ? [] : this.data.steps[step].a);
    const at = new Map(), current = [], isActive = new Set(boxes.filter((box) => step !== null && this.has(box, step)).map(({ id }) => id));
    const feeds = new Set(arrows.filter(({ element }) => isActive.has(element.dataset.head)).map(({ element }) => element.dataset.tail));
    for (const box of boxes) {
      for (const line of box.lines) this.write(line, frame, inputs);
      if (box.progress) {
        const all = box.steps.reduce((total, [a, b]) => total + b - a + 1, 0);
        put(box.progress, all > 0 ? `${this.done(box, frame)} of ${all} steps` : "in other steps");
      }
      const active = isActive.has(box.id), isElsewhere = box.id.includes("t") && !feeds.has(box.id); // a tag of another use
      const gets = !active && !isElsewhere && [...inputs].some((x) => box.nodes.has(x) || (this.stepOf.has(x) && this.has(box, this.stepOf.get(x))));
      const comes = next !== null && !active && this.has(box, next);
      at.set(box.id, active ? "active" : gets ? "gets" : "");
      box.element.classList.toggle("active", active);
      box.element.classList.toggle("gets", gets && !isForward);
      box.element.classList.toggle("gives", gets && isForward);
      box.element.classList.toggle("next", comes);
      if (active || (step === null && comes)) current.unshift(box.element); // at the start, the box that comes first
      else if (gets) current.push(box.element);
    }
    for (const arrow of arrows) {
      const flows = at.get(arrow.element.dataset.head) === "active" && at.get(arrow.element.dataset.tail) === "gets" && (arrow.step === null || arrow.step === step);
      arrow.element.classList.toggle("flow", flows && !isForward);
      arrow.element.classList.toggle("feed", flows && isForward);
      if (arrow.step !== null) this.paintArrow(arrow, frame, flows);
    }
    return current;
  }

  // The local derivative on an edge, and what has passed through it: blue above 0 and pink below, wider for more.
  paintArrow(arrow, frame, flows) {
    const { i: shown } = this.data.steps[arrow.step], i = shown ? shown.indexOf(arrow.edge) : arrow.edge;
    if (i === -1) return;
    const c = this.numbers.at[arrow.step].c[i];
    put(arrow.title, this.isComputed(arrow.node, frame) ? this.rule(arrow.step, i) : "");
    let text = this.text(c.local);
    for (let digits = this.data.digits - 1; digits > 0 && text.length > this.data.digits + 3; digits--) text = number(c.local, digits);
    if (arrow.label !== null) put(arrow.label, this.isComputed(arrow.node, frame) ? text : "");
    else if (!flows && arrow.one !== null) { arrow.one.remove(); arrow.one = null; }
    else if (flows && arrow.one !== null) put(arrow.one, text);
    else if (flows) { // always 1: worth a word only now
      const middle = arrow.line.getPointAtLength(arrow.line.getTotalLength() / 2);
      arrow.one = shape("text", { x: middle.x, y: middle.y + SMALL_FONT_PX * 0.35 });
      arrow.one.textContent = text;
      arrow.element.append(arrow.one);
    }
    const passed = this.steps(frame) > arrow.step && !flows && Number.isFinite(c.value) && c.value !== 0;
    arrow.element.classList.toggle("plus", passed && c.value > 0);
    arrow.element.classList.toggle("minus", passed && c.value < 0);
    const wide = passed ? `${(THIN_PX + (THICK_PX - THIN_PX) * Math.sqrt(Math.abs(c.value) / this.numbers.widest)).toFixed(1)}px` : "";
    if (arrow.wide !== wide) arrow.line.style.setProperty("--passed", arrow.wide = wide);
  }

  write({ text: line, node, role, before }, frame, inputs) {
    const { text, arrived, paths } = this.gradient(node, frame), data = () => (this.isComputed(node, frame) ? this.text(this.numbers.data.get(node)) : NOT_YET);
    put(line, role === "paths" ? `${arrived} of ${paths} paths` : before + {
      data, grad: () => text, folded: () => `${data()}, grad ${text}`, total: () => (arrived === paths ? this.text(this.numbers.slope(node)) : NOT_YET),
    }[role]());
    line.classList.toggle("partial", role !== "data" && arrived > 0 && arrived < paths);
    line.classList.toggle("got", frame > this.start && role !== "data" && inputs.has(node));
  }

  // Every digit of a box's numbers, for the box under the pointer or in focus.
  tellExactly(box) {
    if (box === null) return;
    this.told = box;
    const nodes = box && box.dataset.nodes ? box.dataset.nodes.split(" ").map(Number) : [];
    if (nodes.length !== 1) {
      this.exact.textContent = `Point at a box for all digits of its numbers${this.whatIf ? ", drag a leaf sideways to change it" : ""}.`;
      return;
    }
    const { x, isThere } = this.gradient(nodes[0], this.frame);
    const data = this.isComputed(nodes[0], this.frame) ? full(this.numbers.data.get(nodes[0])) : "not computed yet";
    this.exact.textContent = `${this.name(nodes[0])} = ${data}${isThere ? `, ${this.slope(nodes[0])} = ${full(x)}` : ""}`;
  }

  // ---- Words

  part(kind, x, text) {
    return make("b", { class: kind, title: full(x) }, text);
  }

  given(node) {
    return make("p", { class: "formula" }, `${this.name(node)} = ${this.text(this.numbers.data.get(node))}`);
  }

  made(node) {
    const { e } = this.data.nodes[node], x = this.numbers.data.get(node);
    return make("p", { class: "formula" }, `${this.name(node)} = ${e} = ${this.formula(node)} = `, this.part("now", x, this.text(x)));
  }

  // The rule of an edge and its value here, once: `d(w * x)/dw = x = 2`.
  rule(step, i) {
    const rule = this.data.steps[step].r[i], local = ` = ${this.text(this.numbers.at[step].c[i].local)}`;
    return rule.endsWith(local) ? rule : rule + local;
  }

  explainForward(frame) {
    if (frame === 0) {
      const leaves = Object.keys(this.data.nodes).map(Number).filter((node) => !this.data.nodes[node].o);
      const lines = leaves.slice(0, MOST_LEAVES).map((node) => this.given(node));
      if (leaves.length > lines.length) lines.push(make("p", { class: "why" }, `and ${leaves.length - lines.length} more leaves`));
      return { heading: "The forward pass starts with the numbers of the leaves", lines, next: this.comes(frame) };
    }
    const step = this.computes(frame), { n, a, all } = this.data.steps[step];
    const rules = a.slice(0, MOST_LINES).map((_, i) => make("p", { class: "why formula" }, this.rule(step, i)));
    const told = make("p", { class: "key" }, "Its local derivatives are recorded on its arrows, for the backward pass:");
    if (all > rules.length) rules.push(make("p", { class: "why" }, `and ${all - rules.length} more inputs`));
    return { heading: `${this.title(n)} is computed`, lines: [this.made(n), told, ...rules], next: this.comes(frame) };
  }

  turnAround() {
    const root = this.data.steps[0].n, from = this.data.from;
    if (from > 0) return { heading: `Before step ${from + 1}`, lines: [], next: this.comes(this.start) };
    const line = make("p", { class: "formula" }, `${this.slope(root)} = 1`, " ", make("span", { class: "why" }, "the derivative of a number with respect to itself"));
    return { heading: `The backward pass starts at ${this.title(root)}`, lines: [line], next: this.comes(this.start) };
  }

  explain(frame) {
    const k = this.steps(frame) - 1, { n, all } = this.data.steps[k], { up, c: every } = this.numbers.at[k];
    const lines = every.slice(0, MOST_LINES).map((c, i) => {
      const [digits, equal] = enough(c.had || 0, up, c.local, c.now, this.data.digits);
      const had = c.had === null ? [] : [this.part("had", c.had, number(c.had, digits)), " + "];
      const given = make("span", { class: "formula" }, `${this.slope(c.x)} = `, ...had,
        this.part("up", up, (had.length > 0 ? factor : number)(up, digits)), ` ${TIMES} `, this.part("local", c.local, factor(c.local, digits)),
        ` ${equal} `, this.part("now", c.now, this.text(c.now)));
      const paths = this.data.nodes[c.x].p;
      const state = paths === 1 ? "" : c.k === paths ? `complete, ${paths} of ${paths} paths` : `partial, ${c.k} of ${paths} paths`;
      return make("p", {}, given, " ", make("span", { class: "why" }, `${this.rule(k, i)}${state ? "; " : ""}`, make("i", {}, state)));
    });
    if (all > lines.length) lines.push(make("p", { class: "why" }, `and ${all - lines.length} more inputs`));
    const key = make("p", { class: "key" }, "gradient = ", make("b", { class: "had" }, "had"), " + ", make("b", { class: "up" }, "upstream"), ` ${TIMES} `,
      make("b", { class: "local" }, "local derivative"), " = ", make("b", { class: "now" }, "now"));
    return { heading: `${this.title(n)} passes its gradient ${this.text(up)} on`, lines: [...lines, key], next: this.comes(frame) };
  }

  comes(frame) {
    const { steps, from, total } = this.data;
    if (frame < this.start - 1) return `Next: ${this.title(steps[this.computes(frame + 1)].n)}.`;
    if (frame < this.start) return "The forward pass is complete. Next: the backward pass, from the result back to the leaves.";
    const done = this.steps(frame);
    if (done < steps.length) return `Next: ${this.title(steps[done].n)}, whose gradient ${this.text(this.numbers.at[done].up)} is complete.`;
    if (from + done < total) return `This recording ends here; ${total - from - done} more steps follow.`;
    return "This was the last step: every gradient is complete.";
  }

  // True of an operation of many operands: they have a table, in table.js.
  hasTable(node) {
    const { a = [], c = {} } = this.data.steps[this.stepOf.get(node)] || {};
    return a.length + Object.keys(c).length > MOST_ARROWS;
  }

  // What a box tells about: its nodes; if it stands for the operands of one operation, this one.
  subject(box) {
    const of = Number(box.dataset.box.slice(1)), isOfOne = box.dataset.box.startsWith("m") && this.hasTable(of);
    return { nodes: isOfOne ? [of] : (box.dataset.nodes || "").split(" ").filter(Boolean).map(Number), title: box.querySelector("text").textContent };
  }

  about({ nodes, title }, frame) {
    const shown = nodes.slice(0, MOST_LEAVES).flatMap((node) => this.aboutNode(node, frame));
    const more = nodes.length > MOST_LEAVES ? [make("p", { class: "why" }, `and ${nodes.length - MOST_LEAVES} more`)] : [];
    return [make("h3", {}, title), ...shown, ...more];
  }

  aboutNode(node, frame) {
    const { text, arrived, paths } = this.gradient(node, frame), done = this.steps(frame);
    const out = [this.isComputed(node, frame) ? (this.data.nodes[node].o ? this.made(node) : this.given(node)) : make("p", { class: "formula" }, `${this.name(node)} = ${this.data.nodes[node].e}`)];
    out.push(make("p", { class: "formula" }, `${this.slope(node)} = ${text}`, " ", make("span", { class: "why" }, paths > 0 ? `${arrived} of ${paths} paths` : "where the pass starts")));
    if (this.hasTable(node)) out.push(...operandTable(this, node, frame));
    for (const c of this.numbers.gets.get(node) || []) {
      const isLater = c.step >= done, [digits, equal] = enough(0, c.up, c.local, c.value, this.data.digits);
      out.push(make("p", { class: `formula${isLater ? " later" : ""}` }, `${number(c.up, digits)} ${TIMES} ${factor(c.local, digits)} ${equal} ${this.text(c.value)}`,
        " ", make("span", { class: "why" }, `from ${this.title(c.of)}, step ${this.data.from + c.step + 1}${isLater ? " (to come)" : ""}`)));
    }
    return out;
  }

  // Links to a step: #step=7 of the backward pass, #forward=3.
  link(frame) {
    return frame < this.start ? `forward=${frame}` : `step=${this.data.from + this.steps(frame)}`;
  }

  linked(hash) {
    const found = /^#(step|forward)=(\d+)$/.exec(hash);
    if (found === null) return null;
    const frame = found[1] === "step" ? this.start + Number(found[2]) - this.data.from : Number(found[2]);
    return frame >= 0 && frame <= this.last && (found[1] === "step" || frame < this.start) ? frame : null;
  }

  follow() {
    if (this.current.length > 0) scrollTo(this.current);
    this.map.draw();
  }
}

// The picture that autograd.render.image.svg has made and escaped, as an element.
function parsed(svg) {
  const place = make("div");
  place.innerHTML = svg;
  return place.firstElementChild;
}

VIEWS.backward = BackwardView;
