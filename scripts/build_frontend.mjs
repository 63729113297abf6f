// Build the front end: static/scss, static/js and the icons that are used → static/dist/ with
// hashed names and a manifest.json (logical name → file), which `asset('app.css')` reads.
import { createHash } from "node:crypto";
import { existsSync, watch } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import * as esbuild from "esbuild";
import * as sass from "sass";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const DIST = join(ROOT, "static", "dist");
const ICONS = join(ROOT, "node_modules", "bootstrap-icons", "icons");

async function filesUnder(folder, extensions) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && extensions.includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !path.includes("node_modules"))
    .sort();
}

// Icon names stand in templates and also in Python data (navigation, journal kinds, aids). Every
// quoted word that is the name of an icon is taken: a few too many cost little, one missing shows.
export async function usedIcons() {
  const known = new Set((await readdir(ICONS)).map((file) => basename(file, ".svg")));
  const sources = [
    ...(await filesUnder(join(ROOT, "templates"), [".html"])),
    ...(await filesUnder(join(ROOT, "mobility"), [".py"])),
  ];
  const used = new Set();
  for (const source of sources) {
    const text = await readFile(source, "utf8");
    for (const [, name] of text.matchAll(/["']([a-z0-9]+(?:-[a-z0-9]+)*)["']/g)) {
      if (known.has(name)) used.add(name);
    }
  }
  return [...used].sort();
}

async function iconSprite() {
  const symbols = [];
  for (const name of await usedIcons()) {
    const svg = await readFile(join(ICONS, `${name}.svg`), "utf8");
    const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
    const flat = inner.replace(/\s*\n\s*/g, "");
    symbols.push(`<symbol id="${name}" viewBox="0 0 16 16">${flat}</symbol>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

function stylesheet(name) {
  const { css } = sass.compile(join(ROOT, "static", "scss", `${name}.scss`), {
    loadPaths: [join(ROOT, "node_modules")],
    style: "compressed",
    quietDeps: true,
    // Bootstrap 5.3 is still written with @import and global functions.
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
  });
  return css;
}

async function script(name) {
  const result = await esbuild.build({
    entryPoints: [join(ROOT, "static", "js", `${name}.js`)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["es2020"],
    legalComments: "none",
  });
  return result.outputFiles[0].text;
}

async function entries(folder, extension) {
  const names = await readdir(join(ROOT, "static", folder));
  return names
    .filter((name) => name.endsWith(extension) && !name.startsWith("_"))
    .map((name) => basename(name, extension));
}

async function build() {
  const outputs = { "icons.svg": await iconSprite() };
  for (const name of await entries("scss", ".scss")) outputs[`${name}.css`] = stylesheet(name);
  for (const name of await entries("js", ".js")) outputs[`${name}.js`] = await script(name);
  for (const file of await filesUnder(join(ROOT, "static", "images"), [".svg", ".png"])) {
    outputs[basename(file)] = await readFile(file);
  }

  await mkdir(DIST, { recursive: true });
  const manifest = {};
  for (const [name, content] of Object.entries(outputs)) {
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
    manifest[name] = `${basename(name, extname(name))}-${hash}${extname(name)}`;
    await writeFile(join(DIST, manifest[name]), content);
    const kilobytes = (gzipSync(content).length / 1024).toFixed(1);
    console.log(`${manifest[name].padEnd(34)} ${kilobytes.padStart(6)} kB gzipped`);
  }
  // The manifest comes last, so that a page never names a file that is not there yet.
  await writeFile(join(DIST, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const kept = new Set([...Object.values(manifest), "manifest.json"]);
  for (const file of await readdir(DIST)) {
    if (!kept.has(file)) await rm(join(DIST, file), { recursive: true });
  }
}

if (!existsSync(ICONS)) {
  console.error("The npm packages are missing: run `npm ci --ignore-scripts` first.");
  process.exit(1);
}
await build();

if (process.argv.includes("--watch")) {
  let timer;
  const again = (_event, file) => {
    if (!file || file.startsWith("dist")) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      console.log(`${relative(ROOT, file)} changed`);
      build().catch((error) => console.error(error.message));
    }, 150);
  };
  for (const folder of ["static", "templates"]) watch(join(ROOT, folder), { recursive: true }, again);
}
