// The places of boxes and arrows in a picture. It was laid out in both directions; the better one is shown.

const HEAD_PX = 7, SLIM = 0.4; // as in svg.py

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

class Scene {
  // content: the <g> of a picture; size: of its layout; other: the layout in the other direction, or undefined.
  constructor(content, size, other) {
    this.content = content;
    const numbers = (element, ...names) => names.map((name) => Number(element.getAttribute(name)));
    this.boxes = [...content.querySelectorAll("[data-box]")].map((element) => {
      const [x, y, w, h] = numbers(element.querySelector("rect"), "x", "y", "width", "height");
      return { element, at: [x + w / 2, y + h / 2], size: [w, h] };
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
    return isNew;
  }

  // Put everything in its place; return the width and height.
  lay() {
    const { boxes, routes, labels, size } = this.layout;
    this.boxes.forEach(({ element, at }, i) => moved(element, [boxes[i][0] - at[0], boxes[i][1] - at[1]]));
    this.draw(routes, labels);
    return size;
  }

  draw(routes, labels) {
    this.arrows.forEach((arrow, i) => {
      const [start, ...points] = routes[i];
      arrow.line.setAttribute("d", `M${write([start])}C${write(points)}`);
      arrow.head.setAttribute("d", arrowhead([...routes[i]].reverse()));
      if (arrow.back) arrow.back.setAttribute("d", arrowhead(routes[i]));
      if (labels[i]) ["x", "y"].forEach((name, k) => arrow.label.setAttribute(name, labels[i][k].toFixed(1)));
      if (arrow.one) { arrow.one.remove(); arrow.one = null; } // the "1" of the current step, in its old place
    });
  }
}
