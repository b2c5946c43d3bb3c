// The places of boxes and arrows in a picture. It was laid out in both directions; the better one is shown. An open box
// stretches the picture, so that its inside fits into it and everything else keeps its order.

const HEAD_PX = 7, SLIM = 0.4; // as in svg.py
const FRAME = { side: 8, top: 22, bottom: 8 }; // px around the inside of an open box

function pairs(numbers) {
  return Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i], numbers[2 * i + 1]]);
}

function moved(element, [x, y]) {
  element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
}

function write(points) {
  return points.map((point) => point.map((x) => x.toFixed(1)).join(" ")).join(" ");
}

// A triangle whose tip is the first point, along the curve that starts there.
function arrowhead(points) {
  const [x, y] = points[0], [a, b] = points.find(([p, q]) => Math.hypot(p - x, q - y) > 2) || [x - 1, y];
  const length = Math.hypot(a - x, b - y), u = ((a - x) / length) * HEAD_PX, v = ((b - y) / length) * HEAD_PX;
  return `M${write([[x, y]])}L${write([[x + u - v * SLIM, y + v + u * SLIM]])}L${write([[x + u + v * SLIM, y + v - u * SLIM]])}Z`;
}

// A way to stretch a line: x -> x', where each interval [a, b] gets more room.
class Stretch {
  constructor() {
    this.parts = [];
  }

  at(x) {
    return this.parts.reduce((total, [a, b, more]) => total + more * Math.min(1, Math.max(0, (x - a) / (b - a))), x);
  }

  widen(a, b, length) {
    const lacks = length - (this.at(b) - this.at(a));
    if (lacks > 0) this.parts.push([a, b, lacks]);
  }
}

class Scene {
  // content: the <g> of a picture; size: of its layout; other: the layout in the other direction, or undefined.
  constructor(content, size, other) {
    this.content = content;
    const numbers = (element, ...names) => names.map((name) => Number(element.getAttribute(name)));
    this.boxes = [...content.querySelectorAll("[data-box]")].map((element) => {
      const rect = element.querySelector("rect"), [x, y, w, h] = numbers(rect, "x", "y", "width", "height");
      return { element, rect, texts: [...element.querySelectorAll("text")], at: [x + w / 2, y + h / 2], size: [w, h], inside: null };
    });
    this.arrows = [...content.querySelectorAll(".arrow")].map((element) => {
      const [line, head, back] = element.querySelectorAll("path"), label = element.querySelector("text");
      const end = (name) => this.boxes.findIndex(({ element: { dataset } }) => dataset.box === element.dataset[name]);
      return { element, line, head, back, label, one: null, tail: end("tail"), to: end("head") };
    });
    const routes = this.arrows.map(({ line }) => pairs(line.getAttribute("d").match(/-?[\d.]+/g).map(Number)));
    this.layouts = [{ size, boxes: this.boxes.map(({ at }) => at), routes, labels: this.arrows.map(({ label }) => label && numbers(label, "x", "y")) }];
    if (other) this.layouts.push({ ...other, routes: other.routes.map(pairs) });
    this.layout = this.layouts[0];
  }

  // Choose the direction of which more can be seen in this room at a scale of at least `least`.
  turn(room, least) {
    const share = ({ size: [w, h] }) => {
      const scale = Math.min(WIDEST_SCALE, Math.max(least, Math.min(room[0] / w, room[1] / h)));
      const isAcross = this.layouts.every(({ size }) => size[0] <= w); // left to right, as one reads, also if it is a little smaller
      return Math.min(1, room[0] / (w * scale)) * Math.min(1, room[1] / (h * scale)) * Math.min(1, scale) ** 0.5 * (isAcross ? 1.12 : 1);
    };
    const best = this.layouts.reduce((a, b) => (share(b) > share(a) ? b : a));
    const isNew = best !== this.layout;
    this.layout = best;
    return this.boxes.reduce((isAny, { inside }) => (inside !== null && inside.turn(room, least)) || isAny, isNew);
  }

  // Put everything in its place; return the width and height.
  lay() {
    const across = new Stretch(), down = new Stretch(), { boxes, routes, labels, size } = this.layout;
    const insides = this.boxes.map(({ inside, size: [w, h] }, i) => {
      if (inside === null) return null;
      const [x, y] = boxes[i], inner = inside.lay();
      across.widen(x - w / 2, x + w / 2, inner[0] + 2 * FRAME.side);
      down.widen(y - h / 2, y + h / 2, inner[1] + FRAME.top + FRAME.bottom);
      return inner;
    });
    const to = ([x, y]) => [across.at(x), down.at(y)];
    this.boxes.forEach((box, i) => this.put(box, boxes[i], to, insides[i]));
    this.arrows.forEach((arrow, i) => {
      const points = routes[i].map(to), last = points.length - 1;
      const pull = (box, ...ends) => { // the border of a closed box has not been stretched
        if (box < 0 || this.boxes[box].inside !== null) return;
        const [x, y] = boxes[box], [a, b] = to(boxes[box]), from = routes[i][ends[0]];
        const by = [a - x + from[0] - points[ends[0]][0], b - y + from[1] - points[ends[0]][1]];
        for (const end of ends) points[end] = [points[end][0] + by[0], points[end][1] + by[1]];
      };
      pull(arrow.tail, 0, 1);
      pull(arrow.to, last, last - 1);
      arrow.line.setAttribute("d", `M${write([points[0]])}C${write(points.slice(1))}`);
      arrow.head.setAttribute("d", arrowhead([...points].reverse()));
      if (arrow.back) arrow.back.setAttribute("d", arrowhead(points));
      if (labels[i]) {
        const [x, y] = to(labels[i]);
        arrow.label.setAttribute("x", x.toFixed(1));
        arrow.label.setAttribute("y", y.toFixed(1));
      }
      if (arrow.one) { arrow.one.remove(); arrow.one = null; } // the "1" of the current step, in its old place
    });
    return to(size);
  }

  put({ element, rect, texts, at, size: [w, h], inside }, place, to, inner) {
    const [x, y] = to(place);
    element.classList.toggle("open", inside !== null);
    moved(element, [x - at[0], y - at[1]]);
    const [left, top] = inside ? to([place[0] - w / 2, place[1] - h / 2]) : [x - w / 2, y - h / 2];
    const [right, bottom] = inside ? to([place[0] + w / 2, place[1] + h / 2]) : [x + w / 2, y + h / 2];
    const shift = [at[0] - x, at[1] - y];
    for (const [name, value] of Object.entries({ x: left + shift[0], y: top + shift[1], width: right - left, height: bottom - top })) rect.setAttribute(name, value.toFixed(1));
    texts[0].setAttribute("x", (inside ? (left + right) / 2 + shift[0] : at[0]).toFixed(1));
    texts[0].setAttribute("y", ((inside ? top + shift[1] : at[1] - h / 2) + 15.5).toFixed(1));
    if (inside) moved(inside.content, [(left + right - inner[0]) / 2, top + FRAME.top + (bottom - top - FRAME.top - FRAME.bottom - inner[1]) / 2]);
  }
}
