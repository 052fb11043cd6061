// The browser that is installed.

import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export function browser() {
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    for (const name of NAMES) {
      const file = path.join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // the next one
      }
    }
  }
  throw new Error(`none of ${NAMES.join(", ")} is installed`);
}

export function launch() {
  const { chromium } = createRequire(import.meta.url)("playwright-core");
  return chromium.launch({ executablePath: browser(), args: FLAGS });
}
