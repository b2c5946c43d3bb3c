// The view of a training run: the network is drawn once; each epoch changes its lines, its units and the point on the
// loss curve.
class TrainingView {
  constructor(data) {
    this.data = data;
    this.first = 0;
    this.last = data.frames.length - 1;
    this.playMs = Math.max(60, 8000 / data.frames.length);
    this.label = data.title;
    this.notes = data.notes;
    const network = make("div", { class: "pane" }), curve = make("div", { class: "pane curve" });
    network.innerHTML = data.svg; // made and escaped by autograd.render.pages.movie
    curve.innerHTML = data.curve;
    this.lines = [...network.querySelectorAll("line")];
    this.units = [...network.querySelectorAll(".unit")];
    this.point = curve.querySelector("circle");
    for (const part of [...this.lines, ...this.units]) part.append(shape("title"));
    this.panels = [make("div", { class: "panel" }, network, curve)];
  }

  count(frame) {
    return `epoch ${this.data.frames[frame].epoch}`;
  }

  show(frame) {
    const { epoch, loss, point, lines, units } = this.data.frames[frame];
    lines.forEach(([width, minus, text], i) => {
      this.lines[i].style.strokeWidth = `${width}px`;
      this.lines[i].classList.toggle("minus", minus);
      this.lines[i].firstChild.textContent = `weight ${text}`;
    });
    units.forEach(([share, text], i) => {
      this.units[i].style.setProperty("--share", `${100 * share}%`);
      this.units[i].firstChild.textContent = `gradient ${text}`;
    });
    this.point.setAttribute("cx", point[0]);
    this.point.setAttribute("cy", point[1]);
    const before = frame === 0 ? null : this.data.frames[frame - 1];
    const next = before === null ? "Each epoch from here on moves the weights against their gradients." : `It was ${before.loss} after epoch ${before.epoch}.`;
    return { heading: `After epoch ${epoch} the loss is ${loss}`, lines: [], next };
  }

  follow() {}
}

VIEWS.training = TrainingView;
