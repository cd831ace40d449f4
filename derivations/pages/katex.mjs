// Renders formulas for as long as the site builds: one JSON request per line in, one JSON answer per line out.
// An answer carries its request's id, so that a formula can never receive another one's rendering.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { default: katex } = await import(pathToFileURL(process.argv[2]));

for await (const line of createInterface({ input: process.stdin })) {
  const { id, latex, display } = JSON.parse(line);
  let answer;
  try {
    answer = {
      html: katex.renderToString(latex, {
        displayMode: display,
        output: "htmlAndMathml",
        throwOnError: true,
        strict: "error",
      }),
    };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify({ id, ...answer }) + "\n");
}
