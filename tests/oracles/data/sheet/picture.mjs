// Prints pages and takes pictures of them: node picture.mjs KIND PAGE FILE, and so on in threes. KIND is
// `a4` or `letter` for a PDF, `phone` or `dark` for a PNG of the width of a phone. `--probe` tells whether everything is
// there.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { browser, launch } from "./browser.mjs";

const PAPERS = { a4: "A4", letter: "Letter" };
const VIEWPORT = { width: 390, height: 800 };
const SCHEMES = { phone: "light", dark: "dark" };

async function main(args) {
  browser();
  if (args[0] === "--probe") return;
  const running = await launch();
  for (let at = 0; at < args.length; at += 3) {
    const [kind, file, into] = args.slice(at, at + 3);
    const colorScheme = SCHEMES[kind] ?? "light";
    const page = await running.newPage({ colorScheme, viewport: VIEWPORT, deviceScaleFactor: 2 });
    await page.goto(pathToFileURL(path.resolve(file)).href);
    if (kind in PAPERS) {
      await page.pdf({ path: into, format: PAPERS[kind], preferCSSPageSize: true });
    } else if (kind in SCHEMES) {
      await page.screenshot({ path: into, fullPage: true });
    } else {
      throw new Error(`unknown kind ${kind}`);
    }
    await page.close();
  }
  await running.close();
}

await main(process.argv.slice(2));
