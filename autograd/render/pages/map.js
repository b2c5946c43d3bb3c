// A small map of a picture of which less than half can be seen: what is seen of it, and where the step is.

const MAP_PX = [150, 110]; // at most
const LEAST_SEEN = 0.5, GAP_PX = 8;

class Minimap {
  constructor(view) {
    this.view = view;
    this.parts = { all: shape("path", { class: "all" }), now: shape("path", { class: "now" }), seen: shape("rect", { class: "seen" }) };
    this.svg = shape("svg", { class: "map", "aria-hidden": "true", hidden: "" });
    this.svg.append(...Object.values(this.parts));
    view.pane.addEventListener("scroll", () => this.look());
    this.svg.addEventListener("pointerdown", (event) => { this.svg.setPointerCapture(event.pointerId); this.go(event); });
    this.svg.addEventListener("pointermove", (event) => { if (this.svg.hasPointerCapture(event.pointerId)) this.go(event); });
  }

  draw() {
    const { view: { pane, current }, svg } = this, { scrollWidth: w, scrollHeight: h, clientWidth, clientHeight } = pane;
    svg.toggleAttribute("hidden", (clientWidth / w) * (clientHeight / h) >= LEAST_SEEN);
    if (svg.hasAttribute("hidden")) return;
    this.scale = Math.min(MAP_PX[0] / w, MAP_PX[1] / h, clientWidth / 4 / w); // on a phone, a quarter of it
    const at = pane.getBoundingClientRect(), size = [w * this.scale, h * this.scale];
    const rects = (boxes) => [...boxes].map((box) => box.querySelector("rect").getBoundingClientRect());
    const outline = (boxes) => rects(boxes).map(({ left, top, width, height }) => {
      const [x, y, a, b] = [left - at.left + pane.scrollLeft, top - at.top + pane.scrollTop, width, height].map((px) => (px * this.scale).toFixed(1));
      return `M${x} ${y}h${a}v${b}h-${a}z`;
    }).join("");
    this.parts.all.setAttribute("d", outline(pane.querySelectorAll("[data-box]")));
    this.parts.now.setAttribute("d", outline(current));
    svg.setAttribute("width", size[0]);
    svg.setAttribute("height", size[1]);
    const room = [clientWidth - size[0] - GAP_PX, clientHeight - size[1] - GAP_PX], corners = [[room[0], GAP_PX], [room[0], room[1]], [GAP_PX, room[1]], [GAP_PX, GAP_PX]];
    const covers = ([x, y]) => rects(current).some(({ left, right, top, bottom }) => left - at.left < x + size[0] && right - at.left > x && top - at.top < y + size[1] && bottom - at.top > y);
    const [x, y] = corners.find((corner) => !covers(corner)) || corners[0]; // not over the boxes of the step
    svg.style.transform = `translate(${x}px, ${y + pane.offsetTop}px)`;
    this.look();
  }

  look() {
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.view.pane;
    for (const [name, px] of Object.entries({ x: scrollLeft, y: scrollTop, width: clientWidth, height: clientHeight })) this.parts.seen.setAttribute(name, (px * (this.scale || 0)).toFixed(1));
  }

  // Show what was pointed at in the middle.
  go(event) {
    const { pane } = this.view, { left, top } = this.svg.getBoundingClientRect();
    pane.scrollLeft = (event.clientX - left) / this.scale - pane.clientWidth / 2;
    pane.scrollTop = (event.clientY - top) / this.scale - pane.clientHeight / 2;
  }
}
