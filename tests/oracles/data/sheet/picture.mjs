// Prints pages and takes pictures of them: node picture.mjs KIND PAGE FILE, and so on in threes. KIND is `a4` or `letter`
// for a PDF; `phone` or `dark` for a PNG of the width of a phone, followed by the CSS selector of a part of the page after a
// colon, or the whole page. `--probe` tells whether everything is there.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { browser, launch } from "./browser.mjs";

const PAPERS = { a4: "A4", letter: "Letter" };
const SCHEMES = { phone: "light", dark: "dark" };
const VIEWPORT = { width: 390, height: 800 };
// what is to be seen around a part, in CSS pixels
const AROUND = 24;

async function part(page, selector) {
  const { y, height } = await page.locator(selector).first().boundingBox();
  return { x: 0, y: Math.max(y - AROUND, 0), width: VIEWPORT.width, height: height + 2 * AROUND };
}

async function main(args) {
  browser();
  if (args[0] === "--probe") return;
  const running = await launch();
  for (let at = 0; at < args.length; at += 3) {
    const [kind, file, into] = args.slice(at, at + 3);
    const [name, selector] = kind.split(":");
    const colorScheme = SCHEMES[name] ?? "light";
    const page = await running.newPage({ colorScheme, viewport: VIEWPORT, deviceScaleFactor: 2 });
    await page.goto(pathToFileURL(path.resolve(file)).href);
    if (name in PAPERS) {
      await page.pdf({ path: into, format: PAPERS[name], preferCSSPageSize: true });
    } else if (name in SCHEMES) {
      const clip = selector && (await part(page, selector));
      await page.screenshot({ path: into, fullPage: true, clip });
    } else {
      throw new Error(`unknown kind ${kind}`);
    }
    await page.close();
  }
  await running.close();
}

await main(process.argv.slice(2));
