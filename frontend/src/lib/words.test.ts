import { describe, expect, test } from "vitest";
import { differing, digestColour, shown } from "./values";
import { ago, bytes, difference, duration, exact, level, moment, percent, plural, rate, short, stated, supportedDecimals, toFloat, withSpread } from "./words";

describe("numbers", () => {
  test.each([
    [0.004, 3],
    [0.014, 3],
    [0.3, 1],
    [0.1, 2],
    [12, 0],
    [0.000_21, 4],
    [0, 4],
    [Number.NaN, 4],
  ])("a half-width of %d supports %d decimals", (halfWidth, decimals) => {
    expect(supportedDecimals(halfWidth)).toBe(decimals);
  });

  test("value and spread share their decimals", () => {
    expect(withSpread(0.943_217, 0.004_12)).toBe("0.943 ± 0.004");
    expect(withSpread(12.3456, 1.4)).toBe("12.3 ± 1.4");
    expect(withSpread(0.5, Number.NaN)).toBe("0.5000 (no interval)");
  });

  test.each([
    [0.938_888, "0.9389"],
    [0, "0"],
    [12, "12"],
    [-3.5, "−3.500"],
    [0.000_012_3, "1.23e−5"],
    ["NaN" as const, "NaN"],
    ["-Infinity" as const, "−∞"],
    [null, "–"],
  ])("%s stands as %s", (value, text) => {
    expect(short(value)).toBe(text);
  });

  test("a difference of shares is told in points, with its sign", () => {
    expect(difference(0.009, "share", 1)).toBe("+0.9 points");
    expect(difference(-0.25, "", 2)).toBe("−0.25");
    expect(difference(1.5, "ms", 1)).toBe("+1.5 ms");
  });

  test("what was stated stays as it was stated", () => {
    expect(stated(0.005, "share")).toBe("0.5 points");
    expect(stated(0.01, "share")).toBe("1 point");
    expect(stated(0.1, "")).toBe("0.1");
  });

  test("the wire's special numbers become floats and nothing is lost on copy", () => {
    expect(toFloat("Infinity")).toBe(Infinity);
    expect(toFloat(null)).toBeNaN();
    expect(exact(0.1 + 0.2)).toBe("0.30000000000000004");
  });

  test("counts, shares and sizes", () => {
    expect(plural(1, "run")).toBe("1 run");
    expect(plural(1200, "run")).toBe("1,200 runs");
    expect([0.95, 1 - 0.05 / 3, 0.99999, 1 - 1e-12].map(level)).toEqual(["95 %", "98.33 %", "99.999 %", "over 99.999999 %"]);
    expect(percent(0.4)).toBe("40 %");
    expect(percent(0.055)).toBe("5.5 %");
    expect(bytes(12_400_000)).toBe("12 MB");
    expect(bytes(512)).toBe("512 B");
  });
});

describe("times", () => {
  test.each([
    [0.34, "340 ms"],
    [2.41, "2.4 s"],
    [59.6, "1 m 00 s"],
    [72, "1 m 12 s"],
    [7500, "2 h 05 m"],
    [273_600, "3 d 4 h"],
    [null, "–"],
  ])("%s s reads %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  test("relative, and exact on hover", () => {
    const now = new Date("2026-01-02T12:00:00Z");
    expect(ago("2026-01-02T11:56:00Z", now)).toBe("4 min ago");
    expect(ago("2026-01-01T11:00:00Z", now)).toBe("yesterday");
    expect(ago("nonsense", now)).toBe("–");
    expect(moment("2026-01-02T11:56:07Z")).toContain("2026-01-02 11:56:07 UTC");
  });

  test("a rate keeps one readable digit", () => {
    expect(rate(3.14)).toBe("3.1 runs/s");
    expect(rate(0.05)).toBe("3.0 runs/min");
    expect(rate(0)).toBe("–");
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
