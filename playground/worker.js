// Python, in a worker, so that the page answers while a program runs, and can end it.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const here = new URL(".", import.meta.url);

async function start(base) {
  const fetched = (name) => fetch(new URL(name, base)).then((answer) => {
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    return answer.arrayBuffer();
  });
  const [python, wheel, course, module] = await Promise.all([
    loadPyodide({ indexURL: new URL("pyodide/", base).href, checkAPIVersion: true }), fetched("stepgrad.whl"), fetched("course.zip"), fetched("playground.py"),
  ]);
  python.unpackArchive(wheel, "wheel");
  python.unpackArchive(course, "zip", { extractDir: "/home/pyodide" });
  python.FS.writeFile("/home/pyodide/playground.py", new Uint8Array(module));
  python.runPython("import sys; sys.path.insert(0, '/home/pyodide')");
  const run = python.pyimport("playground").run;
  python.runPython("import os; os.makedirs('/home/work', exist_ok=True); os.chdir('/home/work')");
  const send = (message) => {
    const plain = message.toJs({ dict_converter: Object.fromEntries, create_pyproxies: false });
    message.destroy();
    postMessage(plain);
  };
  onmessage = ({ data }) => run(data.code, send);
  postMessage({ kind: "ready", python: python.runPython("import platform; platform.python_version()") });
}

start(here).catch((error) => postMessage({ kind: "failed", error: String(error) }));
