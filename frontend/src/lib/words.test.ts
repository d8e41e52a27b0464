import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { differing, digestColour, shown } from "./values";
import * as words from "./words";
import { about, ago, copied, label, moment, toFloat } from "./words";

interface Example {
  function: string;
  arguments: unknown[];
  options?: Record<string, unknown>;
  text: string;
}

const GOLDEN = join(import.meta.dirname, "../../../tests/goldens/words.json");
const EXAMPLES = (JSON.parse(readFileSync(GOLDEN, "utf8")) as Example[]).filter(({ function: name }) => name !== "moment");
const SPECIAL: Record<string, number> = { NaN: Number.NaN, Infinity, "-Infinity": -Infinity };
const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

test.each(EXAMPLES.map((example) => [example.function, example.text, example] as const))("%s: %s", (name, text, example) => {
  const texts = name === "name" || name === "short" || name === "sentence";
  const given = example.arguments.map((value) => (typeof value === "string" && !texts ? (SPECIAL[value] ?? value) : value));
  const write = (words as unknown as Record<string, (...given: unknown[]) => string>)[camel(name)];
  expect(write).toBeTypeOf("function");
  expect(write?.(...given, ...(example.options === undefined ? [] : [example.options]))).toBe(text);
});

test("numbers that stand alone, copied ones, and labels", () => {
  expect(toFloat("Infinity")).toBe(Infinity);
  expect(toFloat(null)).toBeNaN();
  expect(copied(0.1 + 0.2)).toBe("0.30000000000000004");
  expect(label("evil\u202egnp")).toBe("\u2068evil\u202egnp\u2069");
  expect(label("two\nlines")).toBe("two lines");
});

describe("times", () => {
  test("relative, and exact on hover", () => {
    const now = new Date("2026-01-02T12:00:00Z");
    expect(ago("2026-01-02T11:56:00Z", now)).toBe("4 min ago");
    expect(ago("2026-01-01T11:00:00Z", now)).toBe("yesterday");
    expect(ago("nonsense", now)).toBe("–");
    expect(moment("2026-01-02T11:56:07Z")).toContain("2026-01-02 11:56:07 UTC");
  });
});

describe("values", () => {
  test("parameters in words", () => {
    expect(differing({ hidden: 64, activation: "relu" })).toBe("hidden 64, activation relu");
    expect(differing({})).toBe("defaults");
    expect(shown([1, 2])).toBe("[1,2]");
  });

  test("equal digests share a colour, others don't", () => {
    expect(digestColour("abcdef00")).toBe(digestColour("abcdef99"));
    expect(digestColour("abcdef00")).not.toBe(digestColour("012345ff"));
  });
});

test("an estimate of time left has no more digits than it deserves", () => {
  expect([0.02, 7.4, 23, 62, 4000].map(about)).toEqual(["about 1 s", "about 7 s", "about 25 s", "about 1 min", "about 1 h 10 min"]);
});

test("numbers are not broken from their points, nor p-values in two", () => {
  expect(words.unbroken("2.03 points (p < 0.001), of 3 pointers")).toBe("2.03\u00a0points (p\u00a0<\u00a00.001), of 3 pointers");
});
