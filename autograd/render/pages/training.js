// The view of a training run: everything is drawn once; each epoch changes the weights, the units, the point on the loss
// curve, and what the network computes over the plane or the line of its inputs.
const value = (text) => Number(text.replaceAll(MINUS, "-"));

class TrainingView {
  constructor(data) {
    this.data = data;
    this.first = 0;
    this.last = data.frames.length - 1;
    this.playMs = Math.max(60, 8000 / data.frames.length);
    this.label = data.title;
    this.notes = data.notes;
    const pane = (name, drawing) => { const made = make("div", { class: `pane ${name}` }); made.innerHTML = drawing; return made; };
    // made and escaped by autograd.render.pages.movie
    const network = pane("network", data.svg), plane = pane("plane", data.plane), curve = pane("curve", data.curve);
    const legend = make("div", { class: "legend" }, ...data.legend.map(([key, , meaning]) => { const entry = make("span"); entry.innerHTML = key; entry.append(meaning); return entry; }));
    this.weights = [...network.querySelectorAll(".weight")];
    this.units = [...network.querySelectorAll(".unit")];
    this.point = curve.querySelector(".now");
    this.squares = plane.querySelector(".squares");
    this.line = plane.querySelector(".boundary, .output");
    for (const part of [...this.weights, ...this.units]) part.append(shape("title"));
    this.panels = [make("div", { class: "panel film" }, network, plane, curve, legend)];
  }

  font() {
    return this.player.size === "narrow" ? 15 : FONT_PX;
  }

  count(frame) {
    return `epoch ${this.data.frames[frame].epoch}`;
  }

  show(frame) {
    const { data } = this, { epoch, loss, point, weights, units } = data.frames[frame];
    const share = (text, most) => { const x = Math.abs(value(text)) / most; return Number.isFinite(x) ? Math.min(1, x) : 1; };
    weights.forEach((text, i) => {
      const part = this.weights[i];
      if (part.tagName === "line") part.style.strokeWidth = `${(2 * data.radius * share(text, data.largest)).toFixed(2)}px`;
      else part.style.fillOpacity = Math.sqrt(share(text, data.largest)).toFixed(2);
      part.classList.toggle("minus", value(text) < 0);
      part.lastChild.textContent = `weight ${text}`;
    });
    units.forEach(([gradient, bias], i) => {
      const unit = this.units[i], g = value(gradient);
      const shade = Number.isFinite(g) ? Math.max(0, 1 + Math.log10(g / data.top) / data.decades) : 1;
      unit.style.setProperty("--share", `${(100 * shade).toFixed(1)}%`);
      unit.style.strokeWidth = `${(1 + (bias === "nan" ? 0 : data.radius * share(bias, data.bias))).toFixed(2)}px`;
      unit.classList.toggle("minus", value(bias) < 0);
      unit.lastChild.textContent = `bias ${bias}, gradient ${gradient}`;
    });
    this.point.setAttribute("cx", point[0]);
    this.point.setAttribute("cy", point[1]);
    if (this.line) this.paint(data.frames[frame]);
    const before = frame === 0 ? null : data.frames[frame - 1];
    const next = before === null ? "Each epoch from here on moves the weights against their gradients." : `It was ${before.loss} after epoch ${before.epoch}.`;
    return { heading: `After epoch ${epoch} the loss is ${loss}`, lines: [], next };
  }

  // The squares of each shade as a path, one unit long each; autograd.render.pages.plane does the same.
  paint({ cells, line }) {
    const side = Number(this.squares.dataset.side), paths = [...this.squares.children], drawn = paths.map(() => "");
    let x = 0, y = 0;
    for (const [, length, shade] of cells.matchAll(/(\d+)(\D)/g)) {
      const k = shade.charCodeAt(0) - 97; // "a"; "." has no shade
      if (k in drawn) drawn[k] += `M${x} ${y}h${length}v1h-${length}z`;
      x += Number(length);
      if (x === side) { x = 0; y += 1; }
    }
    paths.forEach((path, k) => path.setAttribute("d", drawn[k]));
    this.line.setAttribute("d", line);
  }

  // Of a unit that was picked: its number, counted over all layers.
  subject(box) {
    return this.units.indexOf(box);
  }

  about(unit, frame) {
    const { frames, inputs } = this.data, { weights, units } = frames[frame], [gradient, bias] = units[unit];
    const start = inputs.slice(0, unit).reduce((sum, n) => sum + n, 0);
    const mine = weights.slice(start, start + inputs[unit]).map((text, i) => `w${i + 1} = ${text}`);
    return [
      make("h3", {}, this.units[unit].getAttribute("aria-label")),
      make("p", { class: "formula" }, `${bias === "nan" ? "no bias" : `bias = ${bias}`}, norm of the gradient = ${gradient}`),
      make("p", { class: "formula" }, mine.join(", ")),
    ];
  }

  follow() {}
}

VIEWS.training = TrainingView;
