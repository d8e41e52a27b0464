import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
/** A room imports only rooms that come before it here; pages never import each other. */
const ROOMS = ["lib", "state", "api", "ui", "figures", "live", "arms", "pages", "shell", "share"];
const MOST_MODULES = 12;

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

const FILES = filesUnder(ROOT).map((path) => relative(ROOT, path).replaceAll("\\", "/"));
const MODULES = FILES.filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$|\.d\.ts$/.test(file) && file.includes("/"));

/** Modules that a module names in `from`, `import` and `import()`, types included. */
function importsOf(file: string, text: string): string[] {
  const names = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']/g)].map((match) => match[1] ?? "");
  return names.map((name) => normalize(join(dirname(file), name)).replaceAll("\\", "/"));
}

const room = (path: string) => path.split("/")[0] ?? "";
const pageOf = (path: string) => (room(path) === "pages" ? path.split("/")[1] : undefined);

/** Every broken rule of a tree of modules, each as a line that names the file. */
function faults(modules: ReadonlyMap<string, string>): string[] {
  const graph = new Map([...modules].map(([file, text]) => [file.replace(/\.tsx?$/, ""), importsOf(file, text)]));
  const lines: string[] = [];
  for (const [file, text] of modules) {
    const [from, page] = [ROOMS.indexOf(room(file)), pageOf(file)];
    for (const target of importsOf(file, text)) {
      const to = ROOMS.indexOf(room(target));
      if (from >= 0 && to > from) lines.push(`${file} imports upward: ${target}`);
      if (page !== undefined && pageOf(target) !== undefined && pageOf(target) !== page) lines.push(`${file} imports another page: ${target}`);
    }
    if (room(file) !== "api" && /\bfetch\(|new EventSource\(/.test(text)) {
      lines.push(`${file} talks to the service itself`);
    }
  }
  return [...lines, ...cycles(graph)];
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const lines: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) lines.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(" > ")}`);
    if (path.includes(file) || done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return lines;
}

const read = (files: readonly string[]) => new Map(files.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));

test("modules import downward only, without cycles, and only api/ talks to the service", () => {
  expect(faults(read(MODULES))).toEqual([]);
});

test("every folder is one of the rooms and holds at most twelve modules", () => {
  const sizes = new Map<string, number>();
  for (const file of MODULES) sizes.set(dirname(file), (sizes.get(dirname(file)) ?? 0) + 1);
  expect([...sizes].filter(([, size]) => size > MOST_MODULES)).toEqual([]);
  const rooms = new Set(MODULES.map(room));
  expect([...rooms].filter((name) => !ROOMS.includes(name) && name !== "testing")).toEqual([]);
});

/** Folders that import each other, by way of whatever other folders. */
function folderCycles(modules: ReadonlyMap<string, string>): string[] {
  const graph = new Map<string, string[]>();
  for (const [file, text] of modules) {
    const others = importsOf(file, text).map((target) => dirname(target)).filter((folder) => folder !== dirname(file));
    graph.set(dirname(file), [...(graph.get(dirname(file)) ?? []), ...others]);
  }
  return cycles(graph);
}

test("no folders import each other, not even inside a page", () => {
  expect(folderCycles(read(MODULES))).toEqual([]);
  const knot = new Map([
    ["pages/a/Page.tsx", 'import { X } from "./part/X";'],
    ["pages/a/part/X.tsx", 'import { y } from "../y";'],
  ]);
  expect(folderCycles(knot)).toEqual(["cycle: pages/a > pages/a/part > pages/a"]);
});

test("no two files differ only by case", () => {
  const stems = FILES.filter((file) => !file.includes(".test.")).map((file) => file.replace(/\.\w+$/, ""));
  const lower = [...new Set(stems)].map((stem) => stem.toLowerCase());
  expect(lower.filter((stem, at) => lower.indexOf(stem) !== at)).toEqual([]);
});

test("numbers become text in lib/words.ts alone", () => {
  const formats = /\.(?:toFixed|toPrecision|toExponential|toLocaleString)\(/;
  // Coordinates of drawn shapes and colours are no text that is read.
  const geometry = new Set(["lib/words.ts", "lib/marks.ts", "lib/values.ts"]);
  expect(MODULES.filter((file) => !geometry.has(file) && formats.test(readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
});

/** What a module does to a figure that only the service may: roles of colours, plotly's traces, cut sentences. */
function surgery(text: string): string[] {
  const code = text.replace(/\/\*\*[\s\S]*?\*\//g, "");
  const signs: [RegExp, string][] = [
    [/["'`]role:/, "names a role"],
    [/\b(?:title|headline|sentence|detail|message|notes)\.(?:replace|split|match|slice|search|indexOf)\(/, "cuts a sentence"],
    [/\.test\([^)]*\.(?:title|headline|sentence|detail|message)\)/, "matches a sentence"],
  ];
  return signs.filter(([sign]) => sign.test(code)).map(([, what]) => what);
}

test("the page draws what the service sends, and cuts or matches no sentence of it", () => {
  // A message of the YAML parser, in the browser, is cut to its first line.
  // A shared file has no service: its explorer draws the runs that a filter leaves by itself.
  const own = new Set(["pages/new/form/SpecText.tsx", "share/draw.ts"]);
  const wrong = MODULES.filter((file) => !own.has(file)).flatMap((file) => surgery(readFileSync(join(ROOT, file), "utf8")).map((what) => `${file} ${what}`));
  expect(wrong).toEqual([]);
  expect(surgery('const line = { color: "role:arm1" };')).toEqual(["names a role"]);
  expect(surgery("view.headline.split('. ')[0]; verdict.sentence.replace(/^identical: /i, '')")).toEqual(["cuts a sentence"]);
  expect(surgery("/code/i.test(replay.error.message)")).toEqual(["matches a sentence"]);
});

test.each([
  ["an upward import", "lib/a.ts", 'import { x } from "../pages/study/StudyPage";', "imports upward"],
  ["a dynamic upward import", "state/a.ts", 'const x = () => import("../shell/App");', "imports upward"],
  ["a type from above", "ui/marks/A.tsx", 'import type { X } from "../../live/useStudyEvents";', "imports upward"],
  ["a page that imports a page", "pages/run/A.tsx", 'import { x } from "../study/StudyPage";', "imports another page"],
  ["a cycle", "figures/Plot.tsx", 'import { x } from "./Plot";', "cycle"],
  ["a request outside api", "pages/run/A.tsx", 'void fetch("/api/v1/runs");', "talks to the service"],
])("the rules notice %s", (_, file, text, expected) => {
  expect(faults(new Map([[file, text]])).join("\n")).toContain(expected);
});
