// The picture as one stop of the Tab key: within it, the arrow keys move from box to box, Enter opens one, Escape goes up.

const MOVES = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const ASIDE = 2; // the weight of a px aside, of which one ahead has 1

class Focus {
  constructor(view) {
    this.view = view;
    this.stop = null; // the box at which Tab enters
    view.pane.addEventListener("focusin", ({ target }) => this.take(target.closest("[data-box]")));
    view.pane.addEventListener("keydown", (event) => this.key(event));
  }

  // The box that has the focus, or null.
  held() {
    const active = this.view.pane.getRootNode().activeElement;
    return active && this.view.pane.contains(active) ? active.closest("[data-box]") : null;
  }

  take(box) {
    if (box === null || box === this.stop) return;
    if (this.stop) this.stop.setAttribute("tabindex", "-1");
    box.setAttribute("tabindex", "0");
    this.stop = box;
  }

  move(box) {
    if (!box) return;
    box.focus({ preventScroll: true });
    scrollTo([box]);
  }

  // Tab enters at the box of the step. A box that has the focus keeps it, unless its frame was closed.
  follow(held) {
    if (held === null || !held.isConnected) this.take(this.view.current[0] || this.view.scene(0).boxes[0].element);
    if (held !== this.held()) this.stop.focus({ preventScroll: true }); // it has been taken out, at least for a moment
  }

  key(event) {
    const box = this.held(), way = MOVES[event.key];
    if (box === null || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (way) this.move(this.neighbour(box, way));
    else if (event.key === "Escape" && this.view.player.picked === undefined) this.goUp(box);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The nearest box in this direction.
  neighbour(box, [x, y]) {
    const middle = (element) => {
      const { left, right, top, bottom } = element.querySelector("rect").getBoundingClientRect();
      return [(left + right) / 2, (top + bottom) / 2];
    };
    const [a, b] = middle(box);
    let nearest = null, least = Infinity;
    for (const element of this.view.pane.querySelectorAll("[data-box]")) {
      const [u, v] = middle(element), ahead = (u - a) * x + (v - b) * y, aside = Math.abs((u - a) * y) + Math.abs((v - b) * x);
      if (ahead > 1 && ahead + ASIDE * aside < least) [nearest, least] = [element, ahead + ASIDE * aside];
    }
    return nearest;
  }

  // Close the frame around a box; from the whole picture, go to the player, whose arrow keys step.
  goUp(box) {
    const frame = box.closest(".boxes").parentElement.previousElementSibling;
    if (frame === null) this.view.player.root.focus({ preventScroll: true });
    else {
      this.move(frame);
      this.view.toggle(frame);
    }
  }
}
