// A player in a notebook's cell that shares the numbers of the leaves with Python, as `numbers`, a list of texts: JSON has no inf.

function connect({ model, el }, data, css) {
  const host = make("div", { "data-stepgrad": "", "data-lm-suppress-shortcuts": "true" });
  el.append(host);
  const view = new VIEWS[data.kind](data), player = new Player(host, view, css), { numbers, whatIf } = view;
  const show = player.refresh.bind(player);
  const hear = () => {
    const told = model.get("numbers").map(Number), changes = whatIf.leaves.map((leaf, k) => [leaf, told[k]]);
    if (changes.every(([leaf, x]) => Object.is(x, numbers.data.get(leaf)))) return;
    whatIf.losses = [];
    numbers.set(changes);
    show();
  };
  const tell = () => {
    const now = whatIf.leaves.map((leaf) => numbers.data.get(leaf));
    if (model.get("numbers").every((text, k) => Object.is(Number(text), now[k]))) return;
    model.set("numbers", now.map(String));
    model.save_changes();
  };
  player.refresh = () => { show(); tell(); };
  model.on("change:numbers", hear);
  hear();
  return () => model.off("change:numbers", hear);
}
