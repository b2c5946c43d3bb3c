// The table of an operation of many operands, for the words: a row for each operand, or for each pair of a dot product.

const MOST_ROWS = 100;
const PATH = /^[A-Za-z_]\w*\.([\w-]+\.)*/; // of modules, which the names in a column may share

// Names without the path that all of them share: w1, w2, ... of one neuron.
function withoutPath(names) {
  const paths = names.map((name) => (PATH.exec(name) || [""])[0]), isShared = names.length > 1 && paths.every((path) => path === paths[0]);
  return names.map((name) => (isShared ? name.slice(paths[0].length) : name));
}

function operandTable(view, node, frame) {
  const k = view.stepOf.get(node), step = view.data.steps[k], passes = [...view.numbers.at[k].c];
  const operands = view.numbers.operandsOf(step).map(([x, plain]) => ({
    x, value: x === null ? plain : view.numbers.data.get(x), is: x === null || view.isComputed(x, frame), local: x === null ? NaN : passes.shift().local,
  }));
  const isPairs = view.data.nodes[node].o === "dot" && !step.i, length = isPairs ? operands.length / 2 : operands.length;
  const columns = (isPairs ? [0, length] : [0]).map((from) => operands.slice(from, from + Math.min(length, MOST_ROWS)));
  for (const column of columns) {
    const leaves = column.filter(({ x }) => x !== null), names = withoutPath(leaves.map(({ x }) => view.name(x)));
    leaves.forEach((operand, i) => { operand.name = names[i]; });
  }
  const cell = (is, x) => (is ? make("td", { title: full(x) }, view.text(x)) : make("td", {}, NOT_YET));
  const given = ({ x, value, is, name }) => {
    const shown = cell(is, value);
    if (x !== null) {
      shown.prepend(make("i", {}, name), " = ");
      shown.title = `${view.name(x)} = ${is ? full(value) : NOT_YET}`;
    }
    return shown;
  };
  const gradient = ({ x }) => {
    if (x === null) return make("td");
    const { text, x: grad, isThere, arrived, paths } = view.gradient(x, frame), state = arrived > 0 && arrived < paths ? `, ${arrived} of ${paths} paths` : "";
    return make("td", { class: state ? "grad partial" : "grad", title: `${view.slope(x)} = ${isThere ? full(grad) : NOT_YET}${state}` }, text);
  };
  const leading = columns.map((column, i) => [column, "ab"[i]]).filter(([column]) => column.some(({ x }) => x !== null)); // plain numbers get no gradient
  const isDone = view.isComputed(node, frame);
  const rows = columns[0].map((a, i) => {
    const row = columns.map((column) => column[i]);
    return make("tr", {}, ...row.map(given), isPairs ? cell(isDone, a.value * row[1].value) : cell(isDone && a.x !== null, a.local), ...leading.map(([column]) => gradient(column[i])));
  });
  const root = `${PARTIAL}${atom(view.data.root)}/${PARTIAL}`;
  const heads = isPairs ? ["a", "b", `a ${TIMES} b`, ...leading.map(([, name]) => root + name)] : ["x", "local derivative", `${root}x`];
  const table = make("table", { class: "operands", "aria-label": `Operands of ${view.title(node)}` },
    make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)))), make("tbody", {}, ...rows));
  const more = (isPairs ? length : step.all + operands.length - step.a.length) - rows.length;
  return [table, ...(more > 0 ? [make("p", { class: "why" }, `and ${more} more`)] : [])];
}
