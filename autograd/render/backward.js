// The view of a backward pass: boxes light up, gradients arrive, and formulas explain them.

const MOST_LINES = 100; // shown for one step

class BackwardView {
  constructor(data) {
    this.data = data;
    this.first = data.open;
    this.last = data.steps.length;
    this.playMs = PLAY_MS;
    this.label = `Backward pass of ${data.root}`;
    this.notes = data.notes;
    this.stepOf = new Map(data.steps.map((step, k) => [step.n, k]));
    this.gets = new Map(); // node -> [[frame, text, arrived], ...]
    data.steps.forEach((step, k) => step.c.forEach((c) => {
      if (!this.gets.has(c.x)) this.gets.set(c.x, []);
      this.gets.get(c.x).push([k + 1, c.after, c.k, step.n, c]);
    }));
    this.trail = make("nav", { class: "trail", "aria-label": "Where this step is" });
    this.panes = data.pictures.map((picture) => {
      const pane = make("div", { class: "pane", hidden: "" });
      pane.innerHTML = picture.svg; // made and escaped by autograd.render.svg
      pane.firstElementChild.setAttribute("role", "group"); // an img would hide its buttons from screen readers
      pane.querySelector(".arrows").setAttribute("aria-hidden", "true");
      for (const box of pane.querySelectorAll("[data-box]")) {
        box.setAttribute("tabindex", "0");
        box.setAttribute("role", "button");
      }
      return { pane, boxes: [...pane.querySelectorAll("[data-box]")].map((box) => this.read(box)), arrows: [...pane.querySelectorAll(".arrow")] };
    });
    const panel = make("div", { class: "panel" }, this.trail, ...this.panes.map(({ pane }) => pane));
    this.panels = [panel];
  }

  read(element) {
    const numbers = (text) => (text ? text.split(" ").map(Number) : []);
    return {
      element,
      id: element.dataset.box,
      nodes: new Set(numbers(element.dataset.nodes)),
      steps: (element.dataset.steps || "").split(" ").filter(Boolean).map((range) => range.split("-").map(Number)),
      grads: [...element.querySelectorAll("[data-grad]")],
      progress: element.querySelector(".progress"),
    };
  }

  count(frame) {
    const { steps, from, total } = this.data;
    return steps.length === total ? `step ${frame} of ${total}` : `step ${from + frame} of ${total}`;
  }

  name(node) {
    return this.data.nodes[node].n;
  }

  slope(node) {
    return `${PARTIAL}${this.data.root}/${PARTIAL}${this.name(node)}`;
  }

  gradient(node, frame) {
    const { s, p } = this.data.nodes[node], got = this.gets.get(node) || [];
    let state = [s, this.data.nodes[node].k];
    for (const [at, text, arrived] of got) if (at <= frame) state = [text, arrived];
    return { text: state[0], arrived: state[1], paths: p };
  }

  has(box, step) {
    return box.nodes.has(this.data.steps[step].n) || box.steps.some(([a, b]) => a <= step && step <= b);
  }

  done(box, frame) {
    return box.steps.reduce((sum, [a, b]) => sum + Math.max(0, Math.min(frame, b + 1) - a), 0);
  }

  // The pictures from the overview down to the one that contains this step.
  chain(step) {
    const chain = [];
    for (let at = this.data.steps[step].in; at !== null; at = this.data.pictures[at].parent) chain.unshift(at);
    return chain;
  }

  show(frame) {
    const step = Math.max(0, frame - 1), chain = this.chain(step);
    const shown = new Set([chain[0], chain[chain.length - 1]]);
    this.panes.forEach(({ pane }, i) => { pane.hidden = !shown.has(i); });
    this.panels[0].classList.toggle("two", shown.size > 1);
    this.trail.hidden = chain.length < 2;
    this.trail.textContent = chain.map((i) => this.data.pictures[i].title).join(" \u203a ");
    this.current = [...shown].map((i) => this.paint(this.panes[i], frame));
    return frame === 0 ? this.start() : this.explain(frame);
  }

  paint({ boxes, arrows }, frame) {
    const step = frame === 0 ? null : this.data.steps[frame - 1];
    const at = new Map(), current = [];
    for (const box of boxes) {
      for (const line of box.grads) this.write(line, frame);
      if (box.progress) {
        const all = box.steps.reduce((sum, [a, b]) => sum + b - a + 1, 0);
        box.progress.textContent = `${this.done(box, frame)} of ${all} steps`;
      }
      const active = step !== null && this.has(box, frame - 1);
      const gets = step !== null && !active && step.c.some((c) => box.nodes.has(c.x) || (this.stepOf.has(c.x) && this.has(box, this.stepOf.get(c.x))));
      const next = frame < this.last && !active && this.has(box, frame);
      at.set(box.id, active ? "active" : gets ? "gets" : "");
      box.element.classList.toggle("active", active);
      box.element.classList.toggle("gets", gets);
      box.element.classList.toggle("next", next);
      if (active || (frame === 0 && next)) current.unshift(box.element); // at the start, the box that comes first
      else if (gets) current.push(box.element);
    }
    for (const arrow of arrows) arrow.classList.toggle("flow", at.get(arrow.dataset.head) === "active" && at.get(arrow.dataset.tail) === "gets");
    return current;
  }

  write(line, frame) {
    const node = Number(line.dataset.grad), { text, arrived, paths } = this.gradient(node, frame);
    if (line.classList.contains("paths")) line.textContent = `${arrived} of ${paths} paths`;
    else line.textContent = line.dataset.before + text;
    line.classList.toggle("partial", arrived > 0 && arrived < paths);
    line.classList.toggle("got", frame > 0 && this.data.steps[frame - 1].c.some((c) => c.x === node));
  }

  start() {
    const root = this.data.steps[0].n, from = this.data.from;
    if (from > 0) return { heading: `Before step ${from + 1}`, lines: [], next: this.comes(0) };
    const line = make("p", { class: "formula" }, `${this.slope(root)} = 1`, " ", make("span", { class: "why" }, "the derivative of a number with respect to itself"));
    return { heading: `The backward pass starts at ${this.data.nodes[root].t}`, lines: [line], next: this.comes(0) };
  }

  explain(frame) {
    const step = this.data.steps[frame - 1];
    const lines = step.c.slice(0, MOST_LINES).map((c) => {
      const given = make("span", { class: "formula" }, `${this.slope(c.x)} = `, make("b", { class: "had" }, c.before), " + ",
        make("b", { class: "up" }, factor(step.u)), ` ${TIMES} `, make("b", { class: "local" }, factor(c.local)), " = ", make("b", { class: "now" }, c.after));
      const paths = this.data.nodes[c.x].p;
      const state = paths === 1 ? "" : c.k === paths ? `complete, ${paths} of ${paths} paths` : `partial, ${c.k} of ${paths} paths`;
      return make("p", {}, given, " ", make("span", { class: "why" }, `${this.data.rules[c.r]}${state ? "; " : ""}`, make("i", {}, state)));
    });
    if (step.all > lines.length) lines.push(make("p", { class: "why" }, `and ${step.all - lines.length} more inputs`));
    const key = make("p", { class: "key" }, "gradient = ", make("b", { class: "had" }, "had"), " + ", make("b", { class: "up" }, "upstream"), ` ${TIMES} `,
      make("b", { class: "local" }, "local derivative"), " = ", make("b", { class: "now" }, "now"));
    return { heading: `${this.data.nodes[step.n].t} passes its gradient ${step.u} on`, lines: [...lines, key], next: this.comes(frame) };
  }

  comes(frame) {
    const { steps, from, total } = this.data;
    if (frame < steps.length) {
      const { t } = this.data.nodes[steps[frame].n];
      return `Next: ${t}, whose gradient ${steps[frame].u} is complete.`;
    }
    if (from + frame < total) return `This recording ends here; ${total - from - frame} more steps follow.`;
    return "This was the last step: every gradient is complete.";
  }

  subject(box) {
    return { nodes: (box.dataset.nodes || "").split(" ").filter(Boolean).map(Number), title: box.querySelector("text").textContent };
  }

  about({ nodes, title }, frame) {
    const shown = nodes.slice(0, 12).flatMap((node) => this.aboutNode(node, frame));
    return [make("h3", {}, title), ...shown];
  }

  aboutNode(node, frame) {
    const { x, d, t } = this.data.nodes[node], { text, arrived, paths } = this.gradient(node, frame);
    const out = [make("p", { class: "formula" }, x ? `${this.name(node)} = ${x} = ${d}` : `${t} = ${d}`)];
    out.push(make("p", { class: "formula" }, `${this.slope(node)} = ${text}`, " ", make("span", { class: "why" }, paths > 0 ? `${arrived} of ${paths} paths` : "where the pass starts")));
    for (const [at, , , from, c] of this.gets.get(node) || []) {
      const when = at <= frame ? "" : " (to come)";
      const up = this.data.steps[at - 1].u;
      out.push(make("p", { class: `formula${at > frame ? " later" : ""}` }, `${factor(up)} ${TIMES} ${factor(c.local)} = ${c.value}`,
        " ", make("span", { class: "why" }, `from ${this.data.nodes[from].t}, step ${this.data.from + at}${when}`)));
    }
    return out;
  }

  follow() {
    for (const elements of this.current) if (elements.length > 0) scrollTo(elements);
  }
}

VIEWS.backward = BackwardView;
