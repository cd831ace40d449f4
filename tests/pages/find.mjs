// Runs the search engine as the worker does, outside a browser: for each query of the request, what it finds.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { engine, stemmer: package_, index, queries } = JSON.parse(readFileSync(0, "utf-8"));
const { Search } = await import(pathToFileURL(engine));
const { stemmer } = await import(pathToFileURL(package_));
const found = queries.map(([language, query]) => new Search(index, language, stemmer).find(query));
process.stdout.write(JSON.stringify(found));
