// The player: a picture that is laid out once, and steps that only change its texts and classes. Plain JavaScript, no
// libraries, no requests. All text is inserted as textContent.
"use strict";

const MINUS = "\u2212", TIMES = "\u00d7", PARTIAL = "\u2202", NOT_YET = "\u00b7";
const VIEWS = {}; // a view for each kind of data: backward.js, training.js
const PLAY_MS = 1100;
const SMALLEST_PX = 8, SMALLEST_ON_PHONES_PX = 11, SMALL_FONT_PX = 10, FONT_PX = 11, WIDEST_SCALE = 1.2;
const NARROW_PX = 600, WIDE_PX = 1150; // widths of a player
const EDGE_PX = 20; // around a box that is in sight
const SPEEDS = [0.5, 1, 2, 4];

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// An element of a picture.
function shape(name, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// Write a text if it is another one: the browser then lays out what has changed, and nothing else. Reading is slow, too.
function put(element, text) {
  if (element.said !== text) element.textContent = element.said = text;
}

// Jupyter, VS Code and plain pages declare a dark theme in different places.
function isDark() {
  const root = document.documentElement, body = document.body;
  const themes = [root.dataset.theme, body.dataset.theme, body.dataset.vscodeThemeKind].join(" ");
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (/dark|light|high-contrast/.test(themes)) return !/light/.test(themes); // VS Code's "high-contrast" is dark
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// ---- Common to all players: the bar, the menu, the keys, zoom and pan, and the explanation.

class Player {
  constructor(host, view, css) {
    this.view = view;
    view.player = this;
    this.css = css;
    this.isAlone = Boolean(host.closest("main.alone")); // a page of its own
    this.dragged = false; // since the last press: then a click does not pick a box
    this.frame = this.linked() ?? view.first;
    this.timer = null;
    this.look = { theme: "auto", speed: 1, loop: false, zoom: 1, ...view.data.look };
    this.zoom = this.look.zoom;
    this.isWhole = false; // fitted, however small the text
    const shadow = host.shadowRoot || host.attachShadow({ mode: "open" });
    this.root = make("section", { class: "player", tabindex: "0", "aria-label": view.label, "aria-roledescription": "step player" });
    const [stage, ...others] = view.panels;
    this.notes = make("div", { class: "notes" }, ...view.notes.map((note) => make("p", { class: "note" }, note)));
    this.root.append(this.makeBar(), make("div", { class: "body" }, stage, make("div", { class: "side" }, this.words(), ...others, this.notes)));
    shadow.replaceChildren(make("style", {}, css), this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
    if (this.isAlone) { // keys work before anything has the focus
      document.addEventListener("keydown", (event) => { if (event.target === document.body) this.key(event); });
      addEventListener("hashchange", () => this.go(this.linked() ?? this.frame));
    }
    this.root.addEventListener("pointerdown", (event) => {
      this.dragged = false;
      if (!event.composedPath().some((element) => element === this.menu || element === this.more)) this.showMenu(false);
    }, { capture: true });
    this.root.addEventListener("click", (event) => {
      if (!this.dragged) this.pick(event.target);
      if (event.target.closest("[data-box]")) this.root.focus({ preventScroll: true }); // its keys go on to step
    });
    for (const panel of view.panels) this.letPan(panel);
    const shade = () => this.shade(), watcher = new MutationObserver(shade);
    for (const place of [document.documentElement, document.body]) watcher.observe(place, { attributes: true });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", shade);
    new ResizeObserver(() => this.arrange()).observe(this.root);
    shade();
    this.arrange();
    this.go(this.frame);
  }

  shade() {
    const { theme } = this.look;
    this.root.classList.toggle("dark", theme === "dark" || (theme === "auto" && isDark()));
  }

  // The frame that the address of the page names, as in #step=7.
  linked() {
    return this.isAlone && this.view.linked ? this.view.linked(location.hash) : null;
  }

  makeBar() {
    const button = (text, label, action, kind = "") => make("button", { type: "button", class: kind, "aria-label": label, title: label, onclick: action }, text);
    this.playButton = button("", "Play", () => this.play(), "play");
    const ticks = (this.view.marks || []).map((frame) => make("option", { value: frame }));
    this.slider = make("input", { type: "range", list: "marks", min: "0", max: String(this.view.last), "aria-label": "Step", oninput: () => this.go(Number(this.slider.value)) });
    this.count = make("output", { class: "count" });
    this.first = button("|\u25c0", "First step", () => this.go(0));
    this.end = button("\u25b6|", "Last step", () => this.go(this.view.last));
    this.back = button("", "Step back", () => this.go(this.frame - 1));
    this.forth = button("", "Next step", () => this.go(this.frame + 1));
    this.place = make("div", { class: "place" }, this.slider, make("datalist", { id: "marks" }, ...ticks), this.count);
    this.zooms = make("span", { class: "zoom" },
      button(MINUS, "Zoom out", () => this.scale(0.8)), button("Fit", "Fit", () => this.scale(0)), button("+", "Zoom in", () => this.scale(1.25)));
    this.more = make("button", { type: "button", class: "more", "aria-label": "Menu", title: "Menu", "aria-expanded": "false", onclick: () => this.showMenu(this.menu.hidden) }, "\u22ef");
    const choice = (name, options, then) => {
      const select = make("select", { onchange: () => { this.look[name] = select.value; then(); } }, ...options.map((x) => make("option", { value: x }, x > 0 ? x + TIMES : x)));
      select.value = this.look[name];
      return select;
    };
    const speed = choice("speed", SPEEDS, () => { if (this.timer !== null) { this.stop(); this.play(); } });
    const theme = choice("theme", ["auto", "light", "dark"], () => this.shade());
    this.loop = make("input", { type: "checkbox", ...(this.look.loop && { checked: "" }) });
    this.told = make("span", { class: "copied", role: "status" });
    this.spare = make("div", { class: "row" });
    this.menu = make("div", { class: "menu", role: "group", "aria-label": "Menu", hidden: "" }, this.spare,
      make("div", { class: "row" }, make("label", {}, "Speed ", speed), make("label", {}, this.loop, " Loop"), make("label", {}, "Theme ", theme)),
      make("div", { class: "row" }, button("Copy SVG", "Copy this frame as SVG", () => this.copy("svg")), button("Copy PNG", "Copy this frame as PNG", () => this.copy("png")),
        ...(this.isAlone && this.view.link ? [button("Copy link", "Copy a link to this step", () => this.copyLink())] : [])), this.told,
      make("p", { class: "keys", id: "keys" }, `Keys: left and right, or comma and full stop, step; Home and End; space plays; + ${MINUS} 0 zoom. ${this.view.keys || ""}`));
    this.bar = make("div", { class: "bar", role: "toolbar", "aria-label": "Steps" });
    return this.bar;
  }

  showMenu(isShown) {
    this.menu.hidden = !isShown;
    this.told.textContent = "";
    this.more.setAttribute("aria-expanded", String(isShown));
  }

  // Narrow: one row of controls, and the others in the menu. Wide: the words stand beside the picture.
  arrange() {
    const width = this.root.clientWidth, size = width < NARROW_PX ? "narrow" : width >= WIDE_PX ? "wide" : "";
    if (width > 0 && size !== this.size) {
      this.size = size;
      for (const name of ["narrow", "wide"]) this.root.classList.toggle(name, size === name);
      const { first, back, playButton, forth, end, place, zooms, more, menu } = this, extras = this.view.extras || [], isNarrow = size === "narrow";
      this.back.textContent = isNarrow ? "\u2039" : "\u25c0 Back";
      this.forth.textContent = isNarrow ? "\u203a" : "Next \u25b6";
      this.spare.replaceChildren(...(isNarrow ? [first, end, zooms, ...extras] : extras));
      this.bar.replaceChildren(...(isNarrow ? [back, playButton, forth, place, more] : [first, back, playButton, forth, end, place, zooms, more]), menu);
      this.showPlay();
      this.showMenu(false);
    }
    this.fit();
  }

  words() {
    this.heading = make("h2");
    this.lines = make("div", { class: "lines" });
    this.next = make("p", { class: "next" });
    this.detail = make("div", { class: "detail", hidden: "" });
    const explanation = make("div", { class: "told", role: "status", "aria-live": "polite" }, this.heading, this.lines, this.next);
    return make("div", { class: "words" }, explanation, this.detail);
  }

  go(frame) {
    this.frame = Math.max(0, Math.min(this.view.last, frame));
    this.refresh();
    if (this.frame === this.view.last && !this.loop.checked) this.stop();
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
    this.timer = setInterval(() => this.go(this.frame === this.view.last ? 0 : this.frame + 1), this.view.playMs / this.look.speed);
    this.showPlay();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.showPlay();
  }

  showPlay() {
    const isStill = this.timer === null, label = isStill ? "Play" : "Pause", sign = isStill ? "\u25b6" : "\u23f8";
    this.playButton.textContent = this.size === "narrow" ? sign : `${sign} ${label}`;
    this.playButton.setAttribute("aria-label", label);
  }

  key(event) {
    const inSlider = event.composedPath()[0] === this.slider;
    if (!inSlider && event.composedPath()[0].matches("input, select") && event.key !== "Escape") return;
    const keys = {
      ArrowRight: () => this.go(this.frame + 1), ArrowLeft: () => this.go(this.frame - 1),
      ".": () => this.go(this.frame + 1), ",": () => this.go(this.frame - 1),
      Home: () => this.go(0), End: () => this.go(this.view.last),
      "+": () => this.scale(1.25), "-": () => this.scale(0.8), 0: () => this.scale(0),
      Escape: () => { if (this.menu.hidden) this.pick(null); else { this.showMenu(false); this.more.focus(); } },
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
    if (box !== null && this.view.toggle && this.view.toggle(box)) return;
    for (const old of this.root.querySelectorAll(".picked")) old.classList.remove("picked");
    this.picked = box === null ? undefined : this.view.subject(box);
    this.detail.hidden = this.picked === undefined;
    if (this.picked === undefined) return;
    box.classList.add("picked");
    this.detail.replaceChildren(...this.view.about(this.picked, this.frame));
    this.letScroll();
  }

  // Fit the picture to the width and height, but keep text legible; the pane then scrolls. Whole: fit it in any case.
  fit() {
    for (const svg of this.root.querySelectorAll(".pane > svg")) {
      if (svg.closest("[hidden]")) continue;
      const pane = svg.parentElement, room = [pane.clientWidth - 8, (parseFloat(getComputedStyle(pane).maxHeight) || Infinity) - 8];
      if (room[0] <= 0) continue;
      const font = this.view.font ? this.view.font() : SMALL_FONT_PX, least = (this.size === "narrow" ? SMALLEST_ON_PHONES_PX : SMALLEST_PX) / font;
      if (this.view.turn) this.view.turn(room, least);
      const { width, height } = svg.viewBox.baseVal, whole = Math.min(room[0] / width, room[1] / height);
      const scale = this.isWhole ? Math.min(WIDEST_SCALE, whole) : Math.min(WIDEST_SCALE, Math.max(whole, least)) * this.zoom;
      const [w, h] = [width, height].map((x) => `${(x * scale).toFixed(1)}px`);
      if (svg.style.width !== w || svg.style.height !== h) { svg.style.width = w; svg.style.height = h; }
    }
    this.letScroll();
    if (this.view.map) this.view.map.draw();
  }

  // What scrolls can have the focus, for its keys.
  letScroll() {
    for (const part of this.root.querySelectorAll(".pane, .lines, .detail")) {
      const scrolls = part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1;
      if (scrolls && !part.querySelector('[tabindex="0"]')) part.setAttribute("tabindex", "0");
      else part.removeAttribute("tabindex");
    }
  }

  // Zoom in or out around the middle of what is seen. 0: back to legible, and from there to the whole picture.
  scale(by) {
    const panes = [...this.root.querySelectorAll(".pane")].map((pane) => [pane, (pane.scrollLeft + pane.clientWidth / 2) / pane.scrollWidth, (pane.scrollTop + pane.clientHeight / 2) / pane.scrollHeight]);
    const isCut = panes.some(([pane]) => pane.scrollWidth > pane.clientWidth + 1 || pane.scrollHeight > pane.clientHeight + 1);
    if (by !== 0 && this.isWhole) this.zoom = Math.max(0.2, this.shrunk());
    this.isWhole = by === 0 && this.zoom === 1 && isCut && !this.isWhole;
    this.zoom = by === 0 ? 1 : Math.min(6, Math.max(0.2, this.zoom * by));
    this.fit();
    for (const [pane, x, y] of panes) {
      pane.scrollLeft = x * pane.scrollWidth - pane.clientWidth / 2;
      pane.scrollTop = y * pane.scrollHeight - pane.clientHeight / 2;
    }
    if (by === 0) this.view.follow();
  }

  // How much smaller the picture is than it would be with legible text.
  shrunk() {
    const svg = this.root.querySelector(".pane > svg"), now = svg.clientWidth;
    this.isWhole = false;
    this.zoom = 1;
    this.fit();
    return now / svg.clientWidth;
  }

  letPan(panel) {
    panel.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.scale(event.deltaY < 0 ? 1.1 : 1 / 1.1);
    }, { passive: false });
    let spread = 0; // of two fingers
    panel.addEventListener("touchmove", (event) => {
      if (event.touches.length !== 2 || !event.target.closest(".pane")) { spread = 0; return; }
      event.preventDefault();
      const [a, b] = event.touches, now = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
      if (spread > 0) this.scale(now / spread);
      spread = now;
      this.dragged = true;
    }, { passive: false });
    panel.addEventListener("touchend", () => { spread = 0; });
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

  // ---- Sharing

  // The picture as it is now, with its colours, as the text of an SVG file.
  picture() {
    const copy = this.root.querySelector(".pane:not([hidden]) > svg").cloneNode(true), { width, height } = copy.viewBox.baseVal;
    const style = getComputedStyle(this.root), css = this.css.replace(/var\((--[\w-]+)\)/g, (name, variable) => style.getPropertyValue(variable) || name);
    const paper = shape("rect", { width: "100%", height: "100%", fill: style.backgroundColor }), sheet = shape("style");
    for (const [name, text] of Object.entries({ width: Math.ceil(width), height: Math.ceil(height), class: this.root.getAttribute("class"), xmlns: "http://www.w3.org/2000/svg" })) copy.setAttribute(name, text);
    copy.removeAttribute("style");
    sheet.textContent = css;
    copy.prepend(sheet, paper);
    return new XMLSerializer().serializeToString(copy);
  }

  async copy(kind) {
    const text = this.picture(), name = `step${this.frame}.${kind}`;
    const blob = kind === "svg" ? new Blob([text], { type: "image/svg+xml" }) : await pixels(text);
    try {
      if (kind === "svg") await navigator.clipboard.writeText(text);
      else await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
      this.told.textContent = `${kind.toUpperCase()} copied`;
    } catch { // in a frame, or where the browser does not allow it: save it instead
      const link = make("a", { href: URL.createObjectURL(blob), download: name });
      link.click();
      this.told.textContent = `saved as ${name}`;
    }
  }

  async copyLink() {
    const link = `${location.href.split("#")[0]}#${this.view.link(this.frame)}`;
    history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      this.told.textContent = "link copied";
    } catch {
      this.told.textContent = "the address of this page is now the link";
    }
  }
}

// An SVG as a PNG, three pixels for each of its own.
async function pixels(text) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = make("canvas", { width: 3 * image.width, height: 3 * image.height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, "image/png"); });
}

// Scroll a pane only if these boxes are not all visible, with some room around them; show the first one if there is no room for all.
function scrollTo(elements) {
  const pane = elements[0].closest(".pane"), view = pane.getBoundingClientRect();
  const boxes = elements.map((element) => element.getBoundingClientRect());
  const edge = (side, best) => best(...boxes.map((box) => box[side]));
  const left = edge("left", Math.min), right = edge("right", Math.max), top = edge("top", Math.min), bottom = edge("bottom", Math.max);
  if (left < view.left + EDGE_PX || right > view.right - EDGE_PX) pane.scrollLeft += (left + right) / 2 - view.left - view.width / 2;
  if (top < view.top + EDGE_PX || bottom > view.bottom - EDGE_PX) pane.scrollTop += (top + bottom) / 2 - view.top - view.height / 2;
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
