// Judges sheets in a browser: node judge.mjs FILE... prints a line for each fault and exits with 1 if
// there is one. `--probe` tells whether everything is there.
//
// Each file is opened once for light and once for dark, at the width of four phones. axe-core looks for
// what keeps people from reading it; the rest measures what axe does not: nothing is wider than the
// screen, no label and no host name is broken, and every table has a whole border on paper.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { browser, launch } from "./browser.mjs";

const WIDTHS = [320, 360, 390, 430];
// a tablet and a window: measured only
const WIDE = [768, 1100];
const SCHEMES = ["light", "dark"];
// the width of A4 and of Letter inside the margins, at 96 dots to the inch
const PAPERS = [703, 725];
// Runs in the page: what is too wide or broken.
function measure() {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    faults.push(`overflow: ${root.scrollWidth} in ${root.clientWidth}`);
  }
  // how many lines the characters from `start` to `end` of the element's text take
  const lines = (element, start, end) => {
    const tops = new Set();
    const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let before = 0;
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
      const [from, to] = [Math.max(start - before, 0), Math.min(end - before, node.length)];
      if (from < to) {
        const range = document.createRange();
        range.setStart(node, from);
        range.setEnd(node, to);
        for (const box of range.getClientRects()) tops.add(Math.round(box.top));
      }
      before += node.length;
    }
    return tops.size;
  };
  const words = (element, separator, longest) => {
    let start = 0;
    for (const word of element.textContent.split(separator)) {
      if (word.length > 0 && word.length <= longest && lines(element, start, start + word.length) > 1) {
        faults.push(`broken: ${word}`);
      }
      start += word.length + 1;
    }
  };
  for (const label of document.querySelectorAll("th, caption, b")) words(label, " ", 24);
  for (const host of document.querySelectorAll("[data-setting$='.host']")) {
    words(host, ".", 28);
    if (host.textContent.length <= 28) words(host, " ", 28);
  }
  return faults;
}

// Runs in the page as it is printed: tables without a whole border, and cells that stick out.
function onPaper() {
  const faults = [];
  for (const table of document.querySelectorAll("table")) {
    const style = getComputedStyle(table);
    for (const side of ["top", "right", "bottom", "left"]) {
      const width = parseFloat(style.getPropertyValue(`border-${side}-width`));
      const color = style.getPropertyValue(`border-${side}-color`);
      if (!(width >= 0.5) || color.endsWith(", 0)")) faults.push(`no ${side} border in print`);
    }
    const box = table.getBoundingClientRect();
    if (box.left < 0 || box.right > document.documentElement.clientWidth) {
      faults.push("a border is outside the paper");
    }
  }
  const page = getComputedStyle(document.body).backgroundColor;
  if (page !== "rgb(255, 255, 255)" && page !== "rgba(0, 0, 0, 0)") faults.push("the paper is dark");
  return faults;
}

// What Set-Mail.cmd opens the page at shows then, and else not.
async function byHand(page) {
  const text = page.locator("#by-hand");
  if ((await text.count()) === 0) return [];
  const faults = [];
  if (await text.isVisible()) faults.push("typing by hand shows to everybody");
  await page.evaluate(() => { location.hash = "by-hand"; });
  if (!(await text.isVisible())) faults.push("typing by hand does not show");
  const { violations } = await page.evaluate("axe.run({ resultTypes: ['violations'] })");
  for (const { id } of violations) faults.push(`by hand: axe ${id}`);
  return faults;
}

async function main(files) {
  const require = createRequire(import.meta.url);
  const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  browser();
  if (files[0] === "--probe") return 0;
  let count = 0;
  const tell = (file, where, fault) => {
    count += 1;
    console.log(`${path.basename(file)} ${where}: ${fault}`);
  };
  const running = await launch();
  for (const colorScheme of SCHEMES) {
    const page = await running.newPage({ colorScheme, viewport: { width: WIDTHS[0], height: 800 } });
    for (const file of files) {
      await page.emulateMedia({ media: "screen" });
      await page.goto(pathToFileURL(path.resolve(file)).href);
      await page.evaluate(axe);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        const where = `${colorScheme} ${width}`;
        const { violations } = await page.evaluate("axe.run({ resultTypes: ['violations'] })");
        for (const { id, nodes } of violations) {
          tell(file, where, `axe ${id}: ${nodes[0].html.slice(0, 120)}`);
        }
        for (const fault of await page.evaluate(measure)) tell(file, where, fault);
      }
      for (const width of WIDE) {
        await page.setViewportSize({ width, height: 800 });
        for (const fault of await page.evaluate(measure)) tell(file, `wide ${width}`, fault);
      }
      for (const fault of await byHand(page)) tell(file, colorScheme, fault);
      await page.emulateMedia({ media: "print" });
      for (const width of PAPERS) {
        await page.setViewportSize({ width, height: 1000 });
        for (const fault of await page.evaluate(measure)) tell(file, `print ${width}`, fault);
        for (const fault of await page.evaluate(onPaper)) tell(file, `print ${width}`, fault);
      }
    }
    await page.close();
  }
  await running.close();
  return count > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
