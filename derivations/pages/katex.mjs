// Renders formulas for as long as the site builds: one JSON request per line in, one JSON answer per line out.
// An answer carries its request's id, so that a formula can never receive another one's rendering.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { withWholeBrackets } from "./brackets.mjs";
import { compactor } from "./compact.mjs";

const [module, style] = process.argv.slice(2);
const { default: katex } = await import(pathToFileURL(module));
const compacted = compactor(readFileSync(style, "utf-8"));

for await (const line of createInterface({ input: process.stdin })) {
  const { id, latex, display } = JSON.parse(line);
  let answer;
  try {
    const tree = katex.__renderToDomTree(latex, {
      displayMode: display,
      output: "htmlAndMathml",
      throwOnError: true,
      strict: "error",
    });
    answer = { html: compacted(withWholeBrackets(tree)).toMarkup() };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify({ id, ...answer }) + "\n");
}
