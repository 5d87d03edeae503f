/*
 * Opens pages in headless Chromium, one browser for all, and looks at what a reader gets.
 *
 *     node browse.mjs PACKAGES FOLDER
 *
 * PACKAGES is where npm put its node_modules. FOLDER holds NAME.html with NAME.json (triage) and
 * NAME.show (show --json) for each capture; names in "deep" (a line each) are looked at closely.
 * Prints a line for each failure, and last the counts.
 */
import { readFileSync, readdirSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, folder] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(join(packages, "package.json"));
const { chromium } = require("playwright-core");
const { HtmlValidate } = require("html-validate");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

let passed = 0;
let failed = 0;
function result(name, what, problems) {
  const list = [problems].flat().filter(Boolean);
  if (list.length === 0) {
    passed += 1;
    return;
  }
  failed += 1;
  console.log(`${name}: ${what}`);
  for (const problem of list.slice(0, 8)) console.log(`    ${String(problem).slice(0, 300)}`);
}

const records = (path) =>
  readFileSync(path, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
const same = (a, b) =>
  JSON.stringify(a) === JSON.stringify(b) ? null : `page: ${JSON.stringify(a)}\n    JSON: ${JSON.stringify(b)}`;
const url = (name) => pathToFileURL(join(folder, `${name}.html`)).href;

/* --- what is done in the page; each of these runs there --- */

/* What the policy forbids is told to nobody but this. */
function listen() {
  window.violations = [];
  addEventListener("securitypolicyviolation", (e) =>
    window.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
}

function readPage() {
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const ids = all("[id]").map((node) => node.id);
  return {
    violations: window.violations,
    harm: window.harm,
    findings: all("[id^=finding-][data-id]")
      .map((node) => [Number(node.id.slice(8)), node.dataset.id, node.dataset.severity])
      .sort((a, b) => a[0] - b[0]),
    cards: all("article.finding").map((node) => Number(node.id.slice(8))),
    tunnels: all("section.tunnel").map((node) => Number(node.id.slice(7))),
    twice: ids.filter((id, i) => ids.indexOf(id) !== i),
    lost: all("a[href]").map((a) => a.getAttribute("href"))
      .filter((href) => !href.startsWith("#") || !document.getElementById(href.slice(1))),
    inline: all("[style], [onclick], [onload], [onerror]").map((node) => node.outerHTML.slice(0, 200)),
    foreign: all("img, iframe, object, embed, link, base, form, audio, video, image, foreignObject")
      .map((node) => node.outerHTML.slice(0, 200)),
    scripts: all("script").length,
    styles: all("style").length,
    verdict: document.querySelector(".top .verdict").textContent,
    title: document.title,
  };
}

function readPictures() {
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  return all("section.tunnel").map((section) => ({
    tunnel: Number(section.id.slice(7)),
    messages: all(".ladder .message", section).map((node) => ({ packet: node.dataset.packet, id: node.id })),
    marks: all(".timeline .mark", section).map((node) => node.dataset.id),
    svg: all(".timeline svg", section).length,
  }));
}

/* --- one page --- */

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox"],
});

async function newPage(options) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.noise = [];
  page.on("console", (message) => page.noise.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => page.noise.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== page.wanted) page.noise.push(`request: ${request.url()}`);
  });
  return page;
}

async function open(page, name) {
  page.noise.length = 0;
  page.wanted = url(name);
  await page.goto(page.wanted, { waitUntil: "load" });
}

/* Faults that the page may fold, and the rest of which it must show. */
function compare(name, seen, json) {
  const findings = json.filter((r) => r.type === "finding");
  const wanted = findings.map((f, i) => [i + 1, f.id, f.severity]);
  result(name, "findings are those of the JSON report, in its order", same(seen.findings, wanted));
  const faults = findings.map((f, i) => [f, i + 1]).filter(([f]) => f.category === "fault");
  result(name, "faults are cards, the most severe first", same(seen.cards, faults.map(([, n]) => n)));
  result(name, "each tunnel has a section", same(
    [...seen.tunnels].sort((a, b) => a - b),
    json.filter((r) => r.type === "tunnel").map((r) => r.tunnel)));
  const summary = json.find((r) => r.type === "summary");
  result(name, "the verdict is that of the JSON report", same(seen.verdict, summary.verdict));
}

function quiet(name, page, seen) {
  result(name, "nothing is loaded, nothing is complained of", [...page.noise, ...seen.violations]);
  result(name, "ids are unique and links lead somewhere", [...seen.twice, ...seen.lost]);
  result(name, "no styles, handlers or things from outside in elements", [...seen.inline, ...seen.foreign]);
}

/* --- pictures --- */

function packetOf(message, files) {
  return files > 1 ? `${message.file}:${message.packet}` : String(message.packet);
}

function pictures(name, seen, json, show) {
  const files = json.find((r) => r.type === "capture").files.length;
  const known = new Set(show.filter((r) => r.type === "message").map((m) => packetOf(m, files)));
  const problems = [];
  let messages = 0;
  for (const tunnel of seen) {
    const numbers = tunnel.messages.map((m) => Number(String(m.packet).split(/[^0-9]/).pop()));
    messages += numbers.length;
    for (let i = 1; i < numbers.length; i += 1)
      if (files === 1 && numbers[i] <= numbers[i - 1]) problems.push(`#${numbers[i]} stands below #${numbers[i - 1]}`);
    for (const message of tunnel.messages) {
      if (files === 1 && !known.has(String(message.packet))) problems.push(`#${message.packet} is no IKE message`);
      if (files === 1 && message.id !== `packet-${tunnel.tunnel}-${message.packet}`) problems.push(`${message.packet} has the id ${message.id}`);
    }
  }
  result(name, "the ladder's packets are IKE messages, in order", problems);
  result(name, "the ladder has messages where the capture has", known.size > 0 && messages === 0 ? "none" : null);
  const faults = json.filter((r) => r.type === "finding" && r.category === "fault" && r.tunnel && r.evidence.length);
  const missing = [];
  for (const tunnel of seen) {
    const ids = new Set(faults.filter((f) => f.tunnel === tunnel.tunnel).map((f) => f.id));
    if (!tunnel.svg) missing.push(`tunnel ${tunnel.tunnel} has no timeline`);
    for (const id of ids) if (!tunnel.marks.includes(id)) missing.push(`${id} is not marked in tunnel ${tunnel.tunnel}`);
    for (const id of tunnel.marks)
      if (!json.some((r) => r.type === "finding" && r.id === id)) missing.push(`${id} is marked, but was not found`);
  }
  result(name, "findings are marked on the timeline", missing);
}

/* --- accessibility and validity --- */

/* axe comes in with the debugger's rights: the page's policy would not let it. */
async function accessible(name, options, label) {
  const page = await newPage({ ...options, bypassCSP: true });
  await open(page, name);
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ["violations"] }).then((r) =>
      r.violations.map((v) => `${v.id}: ${v.nodes.length}x, ${v.nodes[0].html.slice(0, 120)} ${v.nodes[0].failureSummary.replace(/\s+/g, " ").slice(0, 160)}`)));
  result(name, `axe has nothing to say (${label})`, found);
  const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  result(name, `the page itself does not scroll sideways (${label})`, width[0] > width[1] ? `${width[0]} > ${width[1]}` : null);
  await page.context().close();
}

async function valid(name) {
  const validator = new HtmlValidate({
    extends: ["html-validate:standard", "html-validate:a11y"],
    rules: {
      "long-title": "off", // a file's name
      "no-trailing-whitespace": "off", // evidence of a capture may end in spaces
      "require-sri": "off",
      "no-inline-style": "error",
    },
  });
  const report = await validator.validateString(readFileSync(join(folder, `${name}.html`), "utf8"));
  const problems = report.results.flatMap((r) => r.messages)
    .map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`);
  result(name, "html-validate has nothing to say", problems);
}

/* --- ways to read it --- */

async function withoutScript(name) {
  const page = await newPage({ javaScriptEnabled: false });
  await open(page, name);
  result(name, "without script the tools stay away", (await page.isVisible("#tools")) ? "they are there" : null);
  const hidden = [];
  for (const selector of ["article.finding", "section.tunnel", "nav a", "table"]) {
    const count = await page.locator(selector).count();
    for (let i = 0; i < Math.min(count, 5); i += 1)
      if (!(await page.locator(selector).nth(i).isVisible())) hidden.push(selector);
  }
  result(name, "without script all is there", hidden);
  await page.context().close();
}

async function filtered(name) {
  const page = await newPage({});
  await open(page, name);
  const shown = () => page.locator("[id^=finding-][data-id]:visible").evaluateAll((nodes) => nodes.map((n) => n.dataset.severity));
  const all = await shown();
  await page.locator("input.level[value=note]").uncheck();
  result(name, "notes can be left out", same(await shown(), all.filter((s) => s !== "note")));
  await page.locator("#words").fill("no such word anywhere");
  result(name, "what has not the word is left out", same(await shown(), []));
  await page.locator("#words").fill("");
  await page.locator("input.level[value=note]").check();
  result(name, "all comes back", same(await shown(), all));
  /* A link into something folded opens it, and the keyboard is enough. */
  await page.keyboard.press("Tab");
  const link = page.locator(".evidence a.packet").first();
  if (await link.count()) {
    const target = (await link.getAttribute("href")).slice(1);
    await link.focus();
    await page.keyboard.press("Enter");
    await page.waitForTimeout(100);
    result(name, "evidence leads to what can be seen", (await page.locator(`[id="${target}"]`).isVisible()) ? null : target);
  }
  await page.context().close();
}

async function printed(name) {
  const page = await newPage({});
  await open(page, name);
  await page.emulateMedia({ media: "print" });
  result(name, "paper has no contents list and no tools",
    (await page.isVisible("nav")) || (await page.isVisible("#tools")) ? "they are there" : null);
  const pdf = await page.pdf({ format: "A4" });
  result(name, "it can be printed", pdf.length > 5000 ? null : `${pdf.length} bytes`);
  await page.context().close();
}

/* --- all of it --- */

const names = readdirSync(folder).filter((f) => f.endsWith(".html")).map((f) => f.slice(0, -5)).sort();
const deep = readFileSync(join(folder, "deep"), "utf8").split("\n").filter(Boolean);
const page = await newPage({});
await page.addInitScript(listen);
for (const name of names) {
  await open(page, name);
  const seen = await page.evaluate(readPage);
  quiet(name, page, seen);
  if (!existsSync(join(folder, `${name}.json`))) continue;
  const json = records(join(folder, `${name}.json`));
  compare(name, seen, json);
  if (existsSync(join(folder, `${name}.show`)))
    pictures(name, await page.evaluate(readPictures), json, records(join(folder, `${name}.show`)));
}

/* Names that would do harm. */
if (names.includes("hostile")) {
  await open(page, "hostile");
  const seen = await page.evaluate(readPage);
  result("hostile", "nothing of the capture is obeyed", seen.harm === undefined ? null : `harm ${seen.harm}`);
  result("hostile", "one script, one style: the page's own", same([seen.scripts, seen.styles], [1, 1]));
  const text = await page.evaluate(() => document.body.textContent);
  result("hostile", "names are shown as they are", text.includes("window.harm = 1") ? null : "they are not there");
  result("hostile", "nothing turns the direction of text", /[\u202a-\u202e\u2066-\u2069]/.test(text) ? "something does" : null);
}

for (const name of deep) {
  await accessible(name, { colorScheme: "light" }, "light, 1280");
  await accessible(name, { colorScheme: "dark", viewport: { width: 390, height: 800 } }, "dark, 390");
  await valid(name);
}
await withoutScript(deep[0]);
await filtered(deep[0]);
await filtered(deep[deep.length - 1]);
await printed(deep[0]);

await browser.close();
console.log(`${passed} ${failed}`);
