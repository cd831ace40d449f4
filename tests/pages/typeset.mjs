// What KaTeX itself makes of formulas: for each [latex, display] of the request, its HTML.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { katex: module, formulas } = JSON.parse(readFileSync(0, "utf-8"));
const { default: katex } = await import(pathToFileURL(module));
const html = formulas.map(([latex, displayMode]) => katex.renderToString(latex, { displayMode, strict: "error" }));
process.stdout.write(JSON.stringify(html));
