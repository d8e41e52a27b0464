import { expect, test } from "vitest";
import { pinKey, readPins, toggled } from "./pins";

test("pins are read as they were written, whatever a metric is called", () => {
  const odd = { figure: "curves", metric: "top-1, %acc. (val)" };
  const text = toggled("distribution.loss", odd);
  expect(readPins(text)).toEqual([{ figure: "distribution", metric: "loss" }, odd]);
  expect(readPins(`${text},${pinKey(odd)}`)).toHaveLength(2);
  expect(toggled(text, odd)).toBe("distribution.loss");
});

test("text that is no pin is passed over", () => {
  expect(readPins(null)).toEqual([]);
  expect(readPins(",curves,.loss,curves.%ZZ")).toEqual([]);
});
