import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const TOKENS = "styles/tokens.css";
/** Widths at which the layout changes, in em: each is listed in the head of the tokens. */
const BREAKPOINTS = new Set([30, 40, 45, 47.5, 56.25, 62.5, 68.75, 75, 77.5]);

const FILES = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");
const SHEETS = new Map(FILES.filter((name) => name.endsWith(".css")).map((name) => [name, read(name).replace(/\/\*.*?\*\//gs, "")]));
const MODULES = FILES.filter((name) => /\.tsx?$/.test(name) && !name.includes(".test.")).map(read);

/** Lengths in pixels outside the tokens, layout widths that no other sheet has, and properties that nobody sets. */
function faults(sheets: ReadonlyMap<string, string>, modules: readonly string[]): string[] {
  const properties = [...sheets.values()].flatMap((text) => [...text.matchAll(/(?<=[{;]\s*)--[\w-]+(?=\s*:)/g)].map(([name]) => name));
  const set = new Set([...properties, ...modules.flatMap((text) => [...text.matchAll(/["'](--[\w-]+)["']/g)].map((match) => match[1] ?? ""))]);
  const lines: string[] = [];
  for (const [name, text] of sheets) {
    if (name !== TOKENS) {
      for (const [length] of text.matchAll(/-?[\d.]+(px|pt)\b/g)) lines.push(`${name}: ${length}: take a token of ${TOKENS}`);
    }
    for (const [, width] of text.matchAll(/\((?:min|max)-width: ([\d.]+)em\)/g)) {
      // The lower side of a breakpoint lies a sixteenth of an em, a pixel, above the upper one.
      if (![0, 1 / 16].some((side) => BREAKPOINTS.has(Number(width) - side))) lines.push(`${name}: no breakpoint at ${width}em`);
    }
    for (const [, property = ""] of text.matchAll(/var\((--[\w-]+)/g)) {
      if (!set.has(property)) lines.push(`${name}: nothing sets ${property}`);
    }
  }
  return lines;
}

test("lengths are tokens, layouts change at shared widths, and every property is set", () => {
  expect(SHEETS.size).toBeGreaterThan(10);
  expect(faults(SHEETS, MODULES)).toEqual([]);
});

test("every sheet is loaded, by the window or by its component", () => {
  const loaded = FILES.filter((name) => /\.tsx?$/.test(name) && !name.includes(".test.")).flatMap((name) =>
    [...read(name).matchAll(/^import "(\.[^"]+\.css)";/gm)].map((match) => join(dirname(name), match[1] ?? "").replaceAll("\\", "/")),
  );
  expect([...new Set(loaded)].toSorted()).toEqual([...SHEETS.keys()].toSorted());
});

/** Sheets that several components of their folder share. */
const SHARED_BY_A_FOLDER = new Set(["figures/strip/strip.css", "share/share.css", "ui/controls/Form.css"]);

test("a sheet belongs to one component, or lies in styles/", () => {
  const owned = [...SHEETS.keys()].filter((name) => !name.startsWith("styles/") && !SHARED_BY_A_FOLDER.has(name));
  expect(owned.length).toBeGreaterThan(30);
  expect(owned.filter((name) => !FILES.includes(name.replace(".css", ".tsx")))).toEqual([]);
  expect([...SHEETS].filter(([, text]) => text.split("\n").length > 300).map(([name]) => name)).toEqual([]);
});

test("every token is used", () => {
  const tokens = [...(SHEETS.get(TOKENS) ?? "").matchAll(/(?<=[{;]\s*)--[\w-]+(?=\s*:)/g)].map(([name]) => name);
  const everything = [...SHEETS.values(), ...MODULES].join("\n");
  // Arms take their colours by number.
  const unused = [...new Set(tokens)].filter((name) => !/^--arm-\d$/.test(name) && !new RegExp(`${name}(?![\\w-])(?!\\s*:)`).test(everything));
  expect(unused).toEqual([]);
});

test.each([
  ["a length in pixels", ".a { gap: 4px; }", "x.css: 4px: take a token of styles/tokens.css"],
  ["a negative length", ".a { margin: -1.5px; }", "x.css: -1.5px: take a token of styles/tokens.css"],
  ["a width of its own", "@media (max-width: 41em) { .a { gap: 0; } }", "x.css: no breakpoint at 41em"],
  ["a token that is misspelt", ".a { gap: var(--sapce-1); }", "x.css: nothing sets --sapce-1"],
])("%s is a fault", (_, text, line) => {
  expect(faults(new Map([["x.css", text]]), [])).toEqual([line]);
});

test("tokens hold pixels, and a property may be set by a sheet or a component", () => {
  const sheets = new Map([
    [TOKENS, ":root { --space-1: 4px; }"],
    ["x.css", "@media (min-width: 62.5625em) { .a { gap: var(--space-1) var(--least); } }"],
  ]);
  expect(faults(sheets, ['style={{ "--least": "3em" }}'])).toEqual([]);
});
