// Parses AsyncAPI documents with AsyncAPI's own parser and prints what it finds, as JSON by path.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [folder, ...paths] = process.argv.slice(2);
const { Parser } = createRequire(`${folder}/`)("@asyncapi/parser");
const parser = new Parser();
const found = {};
for (const path of paths) {
  const { document, diagnostics } = await parser.parse(readFileSync(path, "utf8"));
  found[path] = {
    channels: document ? document.channels().all().length : 0,
    operations: document ? document.operations().all().length : 0,
    findings: diagnostics.map((d) => `${d.code} at ${d.path.join("/")}: ${d.message}`),
  };
}
console.log(JSON.stringify(found));
