// The player: a picture that was laid out once, and steps that only change its texts and classes. Plain JavaScript, no
// library, no request. All text goes in as textContent, and all numbers come formatted from Python: what stands on the
// page is what the engine computed.
"use strict";

const MINUS = "\u2212", TIMES = "\u00d7", PARTIAL = "\u2202", NOT_YET = "\u00b7";
const PLAY_MS = 1100;
const SMALLEST_PX = 9, SMALL_FONT_PX = 10, WIDEST_SCALE = 1.2;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function factor(text) {
  return text.startsWith(MINUS) ? `(${text})` : text;
}

// Jupyter, VS Code and plain pages say in different places whether they are dark.
function isDark() {
  const root = document.documentElement, body = document.body;
  const told = [root.dataset.theme, body.dataset.theme, body.dataset.vscodeThemeKind].join(" ");
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (/dark|light/.test(told)) return /dark/.test(told);
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// ---- What every player has: the bar, the keys, zoom and pan, and the words.

class Player {
  constructor(host, view, css) {
    this.view = view;
    this.frame = view.first;
    this.timer = null;
    this.zoom = 1;
    const shadow = host.shadowRoot || host.attachShadow({ mode: "open" });
    this.root = make("section", { class: "player", tabindex: "0", "aria-label": view.label, "aria-roledescription": "step player" });
    this.root.append(this.bar(), ...view.panels, this.words());
    shadow.replaceChildren(make("style", {}, css), this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("click", (event) => this.pick(event.target));
    for (const panel of view.panels) this.letPan(panel);
    const theme = () => this.root.classList.toggle("dark", isDark());
    const watcher = new MutationObserver(theme);
    for (const place of [document.documentElement, document.body]) watcher.observe(place, { attributes: true });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", theme);
    new ResizeObserver(() => this.fit()).observe(this.root);
    theme();
    this.go(this.frame);
  }

  bar() {
    const button = (text, label, action) => make("button", { type: "button", "aria-label": label, title: label, onclick: action }, text);
    this.playButton = button("\u25b6 Play", "Play", () => this.play());
    this.slider = make("input", { type: "range", min: "0", max: String(this.view.last), "aria-label": "Step", oninput: () => this.go(Number(this.slider.value)) });
    this.count = make("output", { class: "count" });
    return make("div", { class: "bar", role: "toolbar", "aria-label": "Steps" },
      button("|\u25c0", "First step", () => this.go(0)),
      button("\u25c0 Back", "Previous step", () => this.go(this.frame - 1)),
      this.playButton,
      button("Next \u25b6", "Next step", () => this.go(this.frame + 1)),
      button("\u25b6|", "Last step", () => this.go(this.view.last)),
      this.slider, this.count,
      make("span", { class: "zoom" },
        button(MINUS, "Zoom out", () => this.scale(0.8)),
        button("Fit", "Fit", () => this.scale(0)),
        button("+", "Zoom in", () => this.scale(1.25))));
  }

  words() {
    this.heading = make("h3");
    this.lines = make("div", { class: "lines" });
    this.next = make("p", { class: "next" });
    this.detail = make("div", { class: "detail", hidden: "" });
    const told = make("div", { class: "told", role: "status", "aria-live": "polite" }, this.heading, this.lines, this.next);
    return make("div", { class: "words" }, told, this.detail, ...this.view.notes.map((note) => make("p", { class: "note" }, note)));
  }

  go(frame) {
    this.frame = Math.max(0, Math.min(this.view.last, frame));
    this.slider.value = String(this.frame);
    this.count.textContent = this.view.count(this.frame);
    const told = this.view.show(this.frame);
    this.heading.textContent = told.heading;
    this.lines.replaceChildren(...told.lines);
    this.next.textContent = told.next;
    this.slider.setAttribute("aria-valuetext", `${this.count.textContent}: ${told.heading}`);
    if (this.picked !== undefined) this.detail.replaceChildren(...this.view.about(this.picked, this.frame));
    if (this.frame === this.view.last) this.stop();
    this.fit();
    this.view.follow();
  }

  play() {
    if (this.timer !== null) { this.stop(); return; }
    if (this.frame === this.view.last) this.go(0);
    this.playButton.textContent = "\u23f8 Pause";
    this.playButton.setAttribute("aria-label", "Pause");
    this.timer = setInterval(() => this.go(this.frame + 1), this.view.playMs);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.playButton.textContent = "\u25b6 Play";
    this.playButton.setAttribute("aria-label", "Play");
  }

  key(event) {
    const inSlider = event.composedPath()[0] === this.slider;
    const keys = {
      ArrowRight: () => this.go(this.frame + 1), ArrowLeft: () => this.go(this.frame - 1),
      Home: () => this.go(0), End: () => this.go(this.view.last),
      "+": () => this.scale(1.25), "-": () => this.scale(0.8), 0: () => this.scale(0),
      Escape: () => this.pick(null),
    };
    const target = event.composedPath()[0];
    if (target === this.root) keys[" "] = () => this.play();
    if (target.closest && target.closest("[data-box]")) keys.Enter = keys[" "] = () => this.pick(target);
    const action = keys[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey || (inSlider && event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  pick(target) {
    const box = target && target.closest ? target.closest("[data-box]") : null;
    if (target !== null && box === null) return;
    for (const old of this.root.querySelectorAll(".picked")) old.classList.remove("picked");
    this.picked = box === null ? undefined : this.view.subject(box);
    this.detail.hidden = this.picked === undefined;
    if (this.picked === undefined) return;
    box.classList.add("picked");
    this.detail.replaceChildren(...this.view.about(this.picked, this.frame));
  }

  // Fit means: into the width, but never with text under 9 px; then the panel scrolls.
  fit() {
    for (const svg of this.root.querySelectorAll("svg")) {
      if (svg.closest("[hidden]")) continue;
      const natural = svg.viewBox.baseVal.width, room = svg.parentElement.clientWidth - 8;
      if (room <= 0) continue;
      const scale = Math.min(WIDEST_SCALE, Math.max(room / natural, SMALLEST_PX / SMALL_FONT_PX)) * this.zoom;
      const width = `${(natural * scale).toFixed(1)}px`;
      if (svg.style.width !== width) { svg.style.width = width; svg.style.height = `${(svg.viewBox.baseVal.height * scale).toFixed(1)}px`; }
    }
  }

  scale(by) {
    this.zoom = by === 0 ? 1 : Math.min(6, Math.max(0.2, this.zoom * by));
    this.fit();
    this.view.follow();
  }

  letPan(panel) {
    panel.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.scale(event.deltaY < 0 ? 1.1 : 1 / 1.1);
    }, { passive: false });
    panel.addEventListener("pointerdown", (event) => {
      const pane = event.target.closest(".pane");
      if (pane === null || event.button !== 0 || event.pointerType !== "mouse") return;
      const from = [event.clientX + pane.scrollLeft, event.clientY + pane.scrollTop];
      const move = (now) => { pane.scrollLeft = from[0] - now.clientX; pane.scrollTop = from[1] - now.clientY; };
      const end = () => { removeEventListener("pointermove", move); removeEventListener("pointerup", end); };
      addEventListener("pointermove", move);
      addEventListener("pointerup", end);
    });
  }
}

// ---- The backward pass.

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

  // The pictures from the overview down to the one in which this step happens.
  chain(step) {
    const chain = [];
    for (let at = this.data.steps[step].in; at !== null; at = this.data.pictures[at].parent) chain.unshift(at);
    return chain;
  }

  show(frame) {
    const step = Math.max(0, frame - 1), chain = this.chain(step);
    const shown = new Set([chain[0], chain[chain.length - 1]]);
    this.panes.forEach(({ pane }, i) => { pane.hidden = !shown.has(i); });
    this.trail.hidden = chain.length < 2;
    this.trail.textContent = chain.map((i) => this.data.pictures[i].title).join(" \u203a ");
    this.current = [...shown].map((i) => this.paint(this.panes[i], frame));
    return frame === 0 ? this.start() : this.tell(frame);
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
      if (active || gets) current.push(box.element);
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
    const line = make("p", { class: "formula" }, `${this.slope(root)} = 1`, make("span", { class: "why" }, "the change of a number with itself"));
    return { heading: `The backward pass starts at ${this.data.nodes[root].t}`, lines: [line], next: this.comes(0) };
  }

  tell(frame) {
    const step = this.data.steps[frame - 1];
    const lines = step.c.map((c) => {
      const given = make("span", { class: "formula" }, `${this.slope(c.x)} = `, make("b", { class: "had" }, c.before), " + ",
        make("b", { class: "up" }, factor(step.u)), ` ${TIMES} `, make("b", { class: "local" }, factor(c.local)), " = ", make("b", { class: "now" }, c.after));
      const paths = this.data.nodes[c.x].p;
      const state = paths === 1 ? "" : c.k === paths ? `complete, ${paths} of ${paths} paths` : `partial, ${c.k} of ${paths} paths`;
      return make("p", {}, given, make("span", { class: "why" }, `${this.data.rules[c.r]}${state ? "; " : ""}`, make("i", {}, state)));
    });
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
    if (from + frame < total) return `Here this recording ends; ${total - from - frame} more steps follow.`;
    return "This was the last step: every gradient is complete.";
  }

  subject(box) {
    return { nodes: (box.dataset.nodes || "").split(" ").filter(Boolean).map(Number), title: box.querySelector("text").textContent };
  }

  about({ nodes, title }, frame) {
    const shown = nodes.slice(0, 12).flatMap((node) => this.aboutNode(node, frame));
    return [make("h4", {}, title), ...shown];
  }

  aboutNode(node, frame) {
    const { x, d, t } = this.data.nodes[node], { text, arrived, paths } = this.gradient(node, frame);
    const out = [make("p", { class: "formula" }, x ? `${this.name(node)} = ${x} = ${d}` : `${t} = ${d}`)];
    out.push(make("p", { class: "formula" }, `${this.slope(node)} = ${text}`, make("span", { class: "why" }, paths > 0 ? `${arrived} of ${paths} paths` : "where the pass starts")));
    for (const [at, , , from, c] of this.gets.get(node) || []) {
      const when = at <= frame ? "" : " (to come)";
      const up = this.data.steps[at - 1].u;
      out.push(make("p", { class: `formula${at > frame ? " later" : ""}` }, `${factor(up)} ${TIMES} ${factor(c.local)} = ${c.value}`,
        make("span", { class: "why" }, `from ${this.data.nodes[from].t}, step ${this.data.from + at}${when}`)));
    }
    return out;
  }

  follow() {
    for (const elements of this.current) if (elements.length > 0) scrollTo(elements);
  }
}

// Scroll a pane so that these boxes can be seen, but only if they cannot.
function scrollTo(elements) {
  const pane = elements[0].closest(".pane"), view = pane.getBoundingClientRect();
  const boxes = elements.map((element) => element.getBoundingClientRect());
  const edge = (side, best) => best(...boxes.map((box) => box[side]));
  const left = edge("left", Math.min), right = edge("right", Math.max), top = edge("top", Math.min), bottom = edge("bottom", Math.max);
  if (left < view.left || right > view.right) pane.scrollLeft += (left + right) / 2 - view.left - view.width / 2;
  if (top < view.top || bottom > view.bottom) pane.scrollTop += (top + bottom) / 2 - view.top - view.height / 2;
}

// One call for each player on a page; a page that shows the same output twice has two players.
function start(key, data, css) {
  const views = { backward: BackwardView };
  for (const host of document.querySelectorAll(`[data-stepgrad="${key}"]:not([data-live])`)) {
    host.setAttribute("data-live", "");
    new Player(host, new views[data.kind](data), css);
  }
}
