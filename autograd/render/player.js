// The player: a picture that is laid out once, and steps that only change its texts and classes. Plain JavaScript, no
// libraries, no requests. All text is inserted as textContent.
"use strict";

const MINUS = "\u2212", TIMES = "\u00d7", PARTIAL = "\u2202", NOT_YET = "\u00b7";
const VIEWS = {}; // a view for each kind of data: backward.js, training.js
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

// Jupyter, VS Code and plain pages declare a dark theme in different places.
function isDark() {
  const root = document.documentElement, body = document.body;
  const themes = [root.dataset.theme, body.dataset.theme, body.dataset.vscodeThemeKind].join(" ");
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (/dark|light|high-contrast/.test(themes)) return !/light/.test(themes); // VS Code's "high-contrast" is dark
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// ---- Common to all players: the bar, the keys, zoom and pan, and the explanation.

class Player {
  constructor(host, view, css) {
    this.view = view;
    view.player = this;
    this.dragged = false; // since the last press: then a click does not pick a box
    this.frame = view.first;
    this.timer = null;
    this.zoom = 1;
    const shadow = host.shadowRoot || host.attachShadow({ mode: "open" });
    this.root = make("section", { class: "player", tabindex: "0", "aria-label": view.label, "aria-roledescription": "step player" });
    this.root.append(this.bar(), ...view.panels, this.words());
    shadow.replaceChildren(make("style", {}, css), this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
    if (host.closest("main.alone")) { // a page of its own: keys work before anything has the focus
      document.addEventListener("keydown", (event) => { if (event.target === document.body) this.key(event); });
    }
    this.root.addEventListener("pointerdown", () => { this.dragged = false; }, { capture: true });
    this.root.addEventListener("click", (event) => { if (!this.dragged) this.pick(event.target); });
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
    const ticks = (this.view.marks || []).map((frame) => make("option", { value: frame }));
    this.slider = make("input", { type: "range", list: "marks", min: "0", max: String(this.view.last), "aria-label": "Step", oninput: () => this.go(Number(this.slider.value)) });
    this.count = make("output", { class: "count" });
    return make("div", { class: "bar", role: "toolbar", "aria-label": "Steps" },
      button("|\u25c0", "First step", () => this.go(0)),
      button("\u25c0 Back", "Step back", () => this.go(this.frame - 1)),
      this.playButton,
      button("Next \u25b6", "Next step", () => this.go(this.frame + 1)),
      button("\u25b6|", "Last step", () => this.go(this.view.last)),
      this.slider, make("datalist", { id: "marks" }, ...ticks), this.count,
      make("span", { class: "zoom" }, ...(this.view.extras || []),
        button(MINUS, "Zoom out", () => this.scale(0.8)),
        button("Fit", "Fit", () => this.scale(0)),
        button("+", "Zoom in", () => this.scale(1.25))));
  }

  words() {
    this.heading = make("h2");
    this.lines = make("div", { class: "lines" });
    this.next = make("p", { class: "next" });
    this.detail = make("div", { class: "detail", hidden: "" });
    const explanation = make("div", { class: "told", role: "status", "aria-live": "polite" }, this.heading, this.lines, this.next);
    return make("div", { class: "words" }, explanation, this.detail, ...this.view.notes.map((note) => make("p", { class: "note" }, note)));
  }

  go(frame) {
    this.frame = Math.max(0, Math.min(this.view.last, frame));
    this.refresh();
    if (this.frame === this.view.last) this.stop();
    this.fit();
    this.view.follow();
  }

  // Show the numbers of this frame as they are now.
  refresh() {
    this.slider.value = String(this.frame);
    this.count.textContent = this.view.count(this.frame);
    const shown = this.view.show(this.frame);
    this.heading.textContent = shown.heading;
    this.lines.replaceChildren(...shown.lines);
    this.next.textContent = shown.next;
    this.slider.setAttribute("aria-valuetext", `${this.count.textContent}: ${shown.heading}`);
    if (this.picked !== undefined) this.detail.replaceChildren(...this.view.about(this.picked, this.frame));
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
    if (!inSlider && event.composedPath()[0].matches("input, select") && event.key !== "Escape") return;
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

  // Fit the picture to the width and height, but keep text at 9 px or more; the pane then scrolls.
  fit() {
    for (const svg of this.root.querySelectorAll("svg")) {
      if (svg.closest("[hidden]")) continue;
      const natural = svg.viewBox.baseVal.width, room = svg.parentElement.clientWidth - 8;
      if (room <= 0) continue;
      const tall = svg.viewBox.baseVal.height, height = (parseFloat(getComputedStyle(svg.parentElement).maxHeight) || Infinity) - 8;
      const scale = Math.min(WIDEST_SCALE, Math.max(Math.min(room / natural, height / tall), SMALLEST_PX / SMALL_FONT_PX)) * this.zoom;
      const width = `${(natural * scale).toFixed(1)}px`;
      if (svg.style.width !== width) { svg.style.width = width; svg.style.height = `${(tall * scale).toFixed(1)}px`; }
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
      const move = (now) => { if (Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY) > 4) this.dragged = true; pane.scrollLeft = from[0] - now.clientX; pane.scrollTop = from[1] - now.clientY; };
      const end = () => { removeEventListener("pointermove", move); removeEventListener("pointerup", end); };
      addEventListener("pointermove", move);
      addEventListener("pointerup", end);
    });
  }
}

// Scroll a pane only if these boxes are not all visible; show the first one if there is no room for all.
function scrollTo(elements) {
  const pane = elements[0].closest(".pane"), view = pane.getBoundingClientRect();
  const boxes = elements.map((element) => element.getBoundingClientRect());
  const edge = (side, best) => best(...boxes.map((box) => box[side]));
  const left = edge("left", Math.min), right = edge("right", Math.max), top = edge("top", Math.min), bottom = edge("bottom", Math.max);
  if (left < view.left || right > view.right) pane.scrollLeft += (left + right) / 2 - view.left - view.width / 2;
  if (top < view.top || bottom > view.bottom) pane.scrollTop += (top + bottom) / 2 - view.top - view.height / 2;
  const first = elements[0].getBoundingClientRect();
  pane.scrollLeft += Math.max(0, first.right - view.right) + Math.min(0, first.left - view.left);
  pane.scrollTop += Math.max(0, first.bottom - view.bottom) + Math.min(0, first.top - view.top);
}

// Called once for each player on a page; a page that shows the same output twice has two players.
function start(key, data, css) {
  for (const host of document.querySelectorAll(`[data-stepgrad="${key}"]:not([data-live])`)) {
    host.setAttribute("data-live", "");
    new Player(host, new VIEWS[data.kind](data), css);
  }
}
