import { expect, test } from "vitest";
import { holds, parseSearch } from "./search";

test("a search falls into keys, numbers and words", () => {
  expect(parseSearch('arm:wide is:finished acc>=0.93 "two words" tag:"a b"')).toEqual([
    { kind: "is", key: "arm", value: "wide" },
    { kind: "is", key: "is", value: "finished" },
    { kind: "number", key: "acc", operator: ">=", value: 0.93 },
    { kind: "word", value: "two words" },
    { kind: "is", key: "tag", value: "a b" },
  ]);
  expect(parseSearch("   ")).toEqual([]);
});

test("NaN stands to no number", () => {
  expect(holds(Number.NaN, "<", 1)).toBe(false);
  expect(holds(0.5, "<=", 0.5)).toBe(true);
  expect(holds(0.5, ">", 0.5)).toBe(false);
});
