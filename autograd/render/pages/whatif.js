// The panel in which numbers are changed: of a leaf by hand, with the slope measured, or of all parameters downhill.

const DRAG_PX = 4; // before a press becomes a drag
const MOST_LOSSES = 1000; // kept for the curve
const CURVE = [150, 34]; // px

class WhatIf {
  constructor(view) {
    this.view = view;
    this.numbers = view.numbers;
    this.leaves = Object.keys(view.data.nodes).map(Number).filter((node) => !view.data.nodes[node].o && !(view.data.batch && node === view.data.batch.others));
    this.moved = new Set(view.data.moved);
    this.losses = [];
    this.nudged = false;
    this.build();
    this.choose(this.leaves[0]);
  }

  adopt(boxes) {
    for (const box of boxes) if (box.nodes.size === 1 && this.leaves.includes([...box.nodes][0])) this.letDrag(box);
  }

  build() {
    const field = (label, value, change) => make("input", { type: "number", step: "any", "aria-label": label, value, onchange: change });
    const button = (text, action, title) => make("button", { type: "button", onclick: action, title }, text);
    this.select = make("select", { "aria-label": "Leaf", onchange: () => this.choose(Number(this.select.value)) },
      ...this.leaves.map((leaf) => make("option", { value: leaf }, this.view.name(leaf))));
    this.field = make("input", { type: "number", step: "any", class: "number", "aria-label": "Number", oninput: () => this.type(), onkeydown: (event) => this.arrows(event) });
    this.slider = make("input", { type: "range", step: "any", class: "drag", "aria-label": "Drag the number", oninput: () => this.set(this.leaf, Number(this.slider.value)), onkeydown: (event) => this.arrows(event) });
    this.h = field("h", "0.001", () => this.tell());
    this.rate = field("Rate", "0.1", () => this.tell());
    this.nudge = button("Nudge by h", () => { this.nudged = !this.nudged; this.tell(); }, "Measure the slope: change the number by h and see how the result changes");
    this.holds = make("input", { type: "checkbox", onchange: () => this.hold() });
    this.told = make("p", { class: "measured", role: "status" });
    this.loss = make("p", { class: "loss", role: "status" });
    this.curve = shape("svg", { class: "curve", role: "img" });
    this.panel = make("div", { class: "whatif", role: "group", "aria-label": "Change numbers" },
      make("div", { class: "row" }, make("label", {}, "Change ", this.select), make("span", {}, "="), this.field, this.slider,
        make("span", { class: "together" }, this.nudge, make("label", {}, "h ", this.h)), button("Reset", () => this.reset(), "All numbers as they were recorded")),
      this.told,
      make("div", { class: "row downhill" }, button("Step downhill", () => this.downhill(), "Move the parameters against their gradients"), make("label", {}, "rate ", this.rate),
        make("label", { class: "holds" }, this.holds, this.holdsText = make("span")), this.curve, this.loss));
  }

  choose(leaf) {
    this.leaf = leaf;
    this.select.value = String(leaf);
    const start = this.view.data.nodes[leaf].d, reach = Number.isFinite(start) ? Math.max(2, 2 * Math.abs(start)) : 2;
    this.range = [(Number.isFinite(start) ? start : 0) - reach, (Number.isFinite(start) ? start : 0) + reach];
    this.show();
  }

  // The step of the arrow keys: 0.1 for numbers from 1 to 10, 0.01 below.
  step() {
    const start = Math.abs(this.view.data.nodes[this.leaf].d);
    return Number.isFinite(start) ? 10 ** (Math.floor(Math.log10(Math.max(start, 0.1))) - 1) : 1;
  }

  arrows(event) {
    const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    const isSlider = event.target === this.slider && { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by && !isSlider) return;
    event.preventDefault();
    this.move(this.leaf, (by || isSlider) * this.step());
  }

  // Move a leaf to a round number nearby.
  move(leaf, by) {
    const x = this.numbers.data.get(leaf), step = this.step();
    const moved = (Number.isFinite(x) ? x : 0) + by;
    this.set(leaf, Number((Math.round(moved / step) * step).toPrecision(12)));
  }

  type() {
    if (this.field.value !== "" && this.field.checkValidity()) this.set(this.leaf, Number(this.field.value));
  }

  set(leaf, x) {
    this.losses = [];
    this.numbers.set([[leaf, x]]);
    this.view.player.refresh();
  }

  reset() {
    this.losses = [];
    this.nudged = false;
    this.numbers.reset();
    this.view.player.refresh();
  }

  hold() {
    if (this.holds.checked) this.moved.add(this.leaf);
    else this.moved.delete(this.leaf);
    this.tell();
  }

  downhill() {
    const rate = Number(this.rate.value), { data, root } = this.numbers;
    if (this.losses.length === 0) this.losses.push(data.get(root));
    this.numbers.set([...this.moved].map((leaf) => [leaf, data.get(leaf) - rate * this.numbers.slope(leaf)]));
    if (this.losses.length < MOST_LOSSES) this.losses.push(this.numbers.data.get(root));
    else this.losses = [...this.losses.slice(1), this.numbers.data.get(root)];
    this.view.player.refresh();
  }

  show() {
    const x = this.numbers.data.get(this.leaf);
    const isFinite = Number.isFinite(x);
    if (this.field.value === "" || Number(this.field.value) !== x) this.field.value = isFinite ? String(x) : "";
    this.field.placeholder = full(x); // a field cannot hold inf
    if (isFinite) {
      this.slider.min = Math.min(this.range[0], x);
      this.slider.max = Math.max(this.range[1], x);
      this.slider.value = String(x);
    }
    this.slider.setAttribute("aria-valuetext", full(x));
    this.tell();
  }

  tell() {
    const { view, leaf, numbers } = this, name = view.name(leaf), root = view.data.root, slope = numbers.slope(leaf);
    const text = (x) => number(x, view.data.digits + 2);
    this.holds.checked = this.moved.has(leaf);
    this.holdsText.textContent = `moves ${name}`;
    this.nudge.setAttribute("aria-pressed", String(this.nudged));
    const h = Number(this.h.value), before = numbers.data.get(numbers.root);
    if (this.nudged && h !== 0) {
      const after = numbers.tried([[leaf, numbers.data.get(leaf) + h]]), measured = (after - before) / h;
      this.say(`${atom(name)} + ${text(h)} takes ${root} from ${text(before)} to ${text(after)}: slope `, make("b", {}, text(measured)), `; gradient `, make("b", {}, text(slope)));
    } else { // the gradient only when the steps have led to it: until then it may be predicted
      const { isThere, arrived, paths } = view.gradient(leaf, view.frame), isComplete = isThere && arrived === paths;
      const result = view.isComputed(numbers.root, view.frame) ? text(before) : NOT_YET;
      this.say(`${root} = `, make("b", { title: full(before) }, result),
        ...(isComplete ? [`; ${view.slope(leaf)} = `, make("b", { title: full(slope) }, text(slope))] : []));
    }
    this.draw();
  }

  // A screen reader says what is new; the same words again are not.
  say(...parts) {
    const said = make("p", {}, ...parts);
    if (said.innerHTML !== this.told.innerHTML) this.told.replaceChildren(...said.childNodes);
  }

  draw() {
    const [w, h] = CURVE, finite = this.losses.filter(Number.isFinite), [low, high] = [Math.min(...finite), Math.max(...finite)];
    const steps = this.losses.length - 1, root = this.view.data.root, text = (x) => this.view.text(x);
    this.curve.toggleAttribute("hidden", steps < 1 || finite.length === 0);
    const told = steps < 1 ? "" : `${root} ${text(this.losses[0])} \u2192 ${text(this.losses[steps])}, ${steps} ${steps === 1 ? "step" : "steps"}`;
    if (told !== this.loss.textContent) this.loss.textContent = told;
    if (steps < 1 || finite.length === 0) return;
    const points = this.losses.flatMap((loss, k) => (Number.isFinite(loss) ? [[2 + k / steps * (w - 6), 3 + (high - loss) / (high - low || 1) * (h - 6)]] : []));
    this.curve.setAttribute("viewBox", `0 0 ${w} ${h}`);
    this.curve.setAttribute("aria-label", `${root} after each step: ${this.losses.slice(-5).map(text).join(", ")}`);
    const [x, y] = points[points.length - 1];
    this.curve.replaceChildren(shape("polyline", { points: points.map((point) => point.map((at) => at.toFixed(1)).join(",")).join(" ") }), shape("circle", { cx: x, cy: y, r: 3 }));
  }

  // Drag a leaf's box sideways: each px is a tenth of a step of the arrow keys.
  letDrag(box) {
    const [leaf] = box.nodes;
    box.element.classList.add("editable");
    box.element.addEventListener("keydown", (event) => {
      if (!event.shiftKey || !["ArrowUp", "ArrowDown"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.choose(leaf);
      this.move(leaf, event.key === "ArrowUp" ? this.step() : -this.step());
    });
    box.element.addEventListener("click", () => this.choose(leaf));
    box.element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.stopPropagation(); // and do not pan
      this.choose(leaf);
      const from = event.clientX, start = this.numbers.data.get(leaf), step = this.step();
      if (!Number.isFinite(start)) return;
      const move = (now) => {
        const px = Math.round(now.clientX - from);
        if (!this.view.player.dragged && Math.abs(px) < DRAG_PX) return;
        this.view.player.dragged = true;
        this.set(leaf, Number((start + px * step / 10).toPrecision(12)));
      };
      const end = () => { for (const name of ["pointermove", "pointerup", "pointercancel"]) removeEventListener(name, name === "pointermove" ? move : end); };
      this.view.player.dragged = false;
      addEventListener("pointermove", move);
      addEventListener("pointerup", end);
      addEventListener("pointercancel", end);
    });
  }
}
