// A picture in whose boxes there can be other pictures. An open box stretches the picture, so that its inside fits into it
// and everything else keeps its order.

const FRAME = { side: 8, top: 22, bottom: 8 }; // px around the inside of an open box

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

// A route of curves as eight times as many: stretched, each stays close to the curve that it is a part of.
function shorter(route) {
  const result = [route[0]];
  for (let i = 0; i + 3 < route.length; i += 3) {
    let [a, b, c] = route.slice(i, i + 3);
    const d = route[i + 3];
    for (let left = 8; left > 1; left--) { // cut off the first part of those that are left (de Casteljau)
      const at = (p, q) => [p[0] + (q[0] - p[0]) / left, p[1] + (q[1] - p[1]) / left];
      const [ab, bc, cd] = [at(a, b), at(b, c), at(c, d)], [abc, bcd] = [at(ab, bc), at(bc, cd)], cut = at(abc, bcd);
      result.push(ab, abc, cut);
      [a, b, c] = [cut, bcd, cd];
    }
    result.push(b, c, d);
  }
  return result;
}

class NestedScene extends Scene {
  constructor(...picture) {
    super(...picture);
    for (const box of this.boxes) Object.assign(box, { rect: box.element.querySelector("rect"), title: box.element.querySelector("text"), inside: null });
  }

  turn(room, least) {
    const isNew = super.turn(room, least);
    return this.boxes.reduce((isAny, { inside }) => (inside !== null && inside.turn(room, least)) || isAny, isNew);
  }

  lay() {
    const across = new Stretch(), down = new Stretch(), { boxes, routes, labels, size } = this.layout;
    const insides = this.boxes.map(({ inside, size: [w, h] }, i) => {
      if (inside === null) return null;
      const [x, y] = boxes[i], inner = inside.lay();
      across.widen(x - w / 2, x + w / 2, inner[0] + 2 * FRAME.side);
      down.widen(y - h / 2, y + h / 2, inner[1] + FRAME.top + FRAME.bottom);
      return inner;
    });
    const to = ([x, y]) => [across.at(x), down.at(y)], isStretched = across.parts.length + down.parts.length > 0;
    this.boxes.forEach((box, i) => this.put(box, boxes[i], to, insides[i]));
    const port = (box, point, end) => { // a closed box is smaller than its place: a straight line leads to its border
      if (box < 0 || this.boxes[box].inside !== null) return end;
      const [x, y] = boxes[box], [a, b] = to([x, y]);
      return [a - x + point[0], b - y + point[1]];
    };
    this.draw(routes.map((route, i) => {
      if (!isStretched) return route;
      const { tail, to: head } = this.arrows[i], points = shorter(route).map(to), [first, last] = [points[0], points.at(-1)];
      const [from, end] = [port(tail, route[0], first), port(head, route.at(-1), last)];
      return [from, from, first, ...points, last, end, end];
    }), labels.map((at) => at && to(at)));
    return to(size);
  }

  put({ element, rect, title, at, size: [w, h], inside }, place, to, inner) {
    const [x, y] = to(place);
    element.classList.toggle("open", inside !== null);
    moved(element, [x - at[0], y - at[1]]);
    const [left, top] = inside ? to([place[0] - w / 2, place[1] - h / 2]) : [x - w / 2, y - h / 2];
    const [right, bottom] = inside ? to([place[0] + w / 2, place[1] + h / 2]) : [x + w / 2, y + h / 2];
    const shift = [at[0] - x, at[1] - y];
    for (const [name, value] of Object.entries({ x: left + shift[0], y: top + shift[1], width: right - left, height: bottom - top })) rect.setAttribute(name, value.toFixed(1));
    title.setAttribute("x", (inside ? (left + right) / 2 + shift[0] : at[0]).toFixed(1));
    title.setAttribute("y", ((inside ? top + shift[1] : at[1] - h / 2) + 15.5).toFixed(1));
    if (inside) moved(inside.content, [(left + right - inner[0]) / 2, top + FRAME.top + (bottom - top - FRAME.top - FRAME.bottom - inner[1]) / 2]);
  }
}
