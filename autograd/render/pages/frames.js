// Pictures within pictures: a box of a module or scope opens in place, as a frame with its inside.

class FramesView extends BackwardView {
  static Scene = NestedScene;

  constructor(data) {
    super(data);
    this.opened = new Set(); // the pictures that were opened by hand, within their frames in others
    this.shut = new Set(); // those that this step needs, closed by hand
    this.trail = make("nav", { class: "trail", "aria-label": "Where this step is" });
    this.pane.classList.add("steady");
    this.pane.before(make("div", { class: "above" }, this.trail, ...(data.batch ? [rowPicker(this)] : [])));
  }

  scene(i) {
    const isNew = !this.scenes[i], scene = super.scene(i);
    if (isNew) for (const { element, id } of scene.boxes) if (this.pictureIn(id, i) !== -1) element.setAttribute("aria-expanded", "false");
    return scene;
  }

  // Open the pictures of this chain, and those that were opened by hand, in the boxes of their parents.
  open(chain, isNew) {
    if (isNew) this.shut.clear();
    this.trail.replaceChildren(...chain.flatMap((at, i) => [...(i > 0 ? [" \u203a "] : []), make("button", { type: "button", onclick: () => this.goUp(chain, i) }, this.data.pictures[at].title)]));
    const { pictures } = this.data, wanted = new Set([...chain, ...this.opened].filter((i) => !this.shut.has(i)));
    const isOpen = (i) => i === 0 || (wanted.has(i) && isOpen(pictures[i].parent));
    const visible = [...wanted].filter(isOpen).sort((a, b) => a - b);
    if (visible.join() === this.visible.join()) return;
    for (const i of this.visible) {
      for (const box of this.scene(i).boxes) box.inside = null;
      if (i > 0) this.scene(i).content.remove();
    }
    for (const i of visible.filter((at) => at > 0)) {
      const frame = this.scene(pictures[i].parent).boxes.find(({ id }) => id === pictures[i].box);
      frame.inside = this.scene(i);
      frame.element.after(frame.inside.content);
    }
    for (const i of new Set([...visible, ...this.visible])) {
      for (const { element, id, inside } of this.scene(i).boxes) if (this.pictureIn(id, i) !== -1) element.setAttribute("aria-expanded", String(inside !== null));
    }
    this.visible = visible;
    this.isStale = true;
  }

  // The picture that a box of picture i contains, or -1.
  pictureIn(id, i) {
    return this.data.pictures.findIndex(({ parent, box }) => parent === i && box === id);
  }

  // Open or close a box. True if it can be opened.
  toggle(element) {
    const at = this.visible.find((i) => this.scene(i).boxes.some((box) => box.element === element)), i = this.pictureIn(element.dataset.box, at);
    if (i === -1) return false;
    if (this.visible.includes(i)) { this.opened.delete(i); this.shut.add(i); } else { this.opened.add(i); this.shut.delete(i); }
    this.changed([element]);
    return true;
  }

  // Close what is inside the i-th picture of a chain.
  goUp(chain, i) {
    for (const inner of chain.slice(i + 1)) { this.opened.delete(inner); this.shut.add(inner); }
    this.changed();
  }

  changed(seen = []) {
    this.player.refresh();
    this.player.fit();
    scrollTo(seen.length > 0 ? seen : this.current);
  }
}

VIEWS.frames = FramesView;
