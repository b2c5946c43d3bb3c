// A batch: the numbers of all rows, of which one is shown. Gradients of what the rows share are also summed over them.

class BatchNumbers extends Numbers {
  constructor(data) {
    super({ ...data, batch: undefined });
    this.batch = data.batch;
    this.rows = data.batch.rows.map((row) => [...row]);
    this.inside = new Set(data.batch.steps);
    this.shown = 0;
    this.totals = new Map(Object.entries(data.batch.totals).map(([node, total]) => [Number(node), total]));
    this.isRecorded = true;
  }

  reset() {
    super.reset();
    if (!this.batch) return; // the constructor of Numbers
    this.rows = this.batch.rows.map((row) => [...row]);
    this.totals = new Map(Object.entries(this.batch.totals).map(([node, total]) => [Number(node), total]));
    this.isRecorded = true;
    if (this.shown > 0) this.choose(this.shown);
  }

  // Show another row.
  choose(row) {
    this.shown = row;
    this.set([]);
  }

  set(changes) {
    for (const [leaf, x] of changes) {
      const k = this.batch.given.indexOf(leaf);
      if (k !== -1) this.rows[this.shown][k] = x;
    }
    if (changes.length > 0) this.isRecorded = false;
    super.set(changes);
    if (!this.isRecorded) this.addUp();
  }

  forward() {
    const { others, row } = this.batch;
    let sum = 0;
    for (let i = 0; i < this.rows.length; i++) {
      if (i === this.shown) continue;
      this.load(i);
      this.compute(this.inside);
      sum += this.data.get(row);
    }
    this.load(this.shown);
    this.data.set(others, sum);
    super.forward();
  }

  load(i) {
    this.batch.given.forEach((leaf, k) => this.data.set(leaf, this.rows[i][k]));
  }

  // The gradients of the shared leaves over all rows. What reaches the result of a row is the same for each.
  addUp() {
    const { row } = this.batch, { data, local } = this, up = this.slope(row, true), totals = new Map([...this.totals.keys()].map((node) => [node, 0]));
    this.data = new Map(data);
    this.local = [...local];
    for (const k of this.steps.keys()) { // what comes from elsewhere, such as a penalty
      if (!this.inside.has(k)) for (const c of this.all[k].c) if (totals.has(c.x)) totals.set(c.x, totals.get(c.x) + c.value);
    }
    for (let i = 0; i < this.rows.length; i++) {
      this.load(i);
      this.compute(this.inside);
      const grad = new Map([[row, up]]);
      for (const k of this.batch.steps) {
        const { n, a } = this.steps[k], upstream = grad.get(n) || 0;
        a.forEach((x, j) => grad.set(x, (grad.get(x) || 0) + this.local[k][j] * upstream));
      }
      for (const node of totals.keys()) totals.set(node, totals.get(node) + (grad.get(node) || 0));
    }
    this.totals = totals;
    this.data = data;
    this.local = local;
  }

  // The derivative of the result; of a shared leaf, over all rows.
  slope(node, isOfRow = false) {
    return this.totals.has(node) && !isOfRow ? this.totals.get(node) : super.slope(node);
  }
}

// The picker of the row, for the trail above the picture.
function rowPicker(view) {
  const { numbers } = view, { length } = numbers.rows;
  const field = make("input", { type: "number", min: "1", max: String(length), value: "1", "aria-label": "Row", oninput: () => {
    const row = Number(field.value);
    if (!Number.isInteger(row) || row < 1 || row > length) return;
    numbers.choose(row - 1);
    view.player.refresh();
  } });
  return make("label", { class: "rows" }, `${TIMES} ${length} rows; this is row `, field);
}
