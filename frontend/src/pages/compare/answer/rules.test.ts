import { expect, test } from "vitest";
import type { NamedArm } from "../../../arms/named";
import { ruleNote, seedsNote } from "./rules";

const arm = (id: number, smallest: number | null) =>
  ({ of: { id, name: `study ${id}`, metric: "acc", summary: "last", unit: "share", smallest_difference: smallest } }) as unknown as NamedArm;

test("studies with one rule need no note, others name the rule in force", () => {
  expect(ruleNote([arm(1, 0.01), arm(2, 0.01)])).toBeNull();
  expect(ruleNote([arm(1, 0.01), arm(2, null)])).toBe(
    "The decision rule is that of the baseline's study study 1: acc, last epoch, smallest difference that matters 1 point. " +
      "study 2 has acc, last epoch, no smallest difference that matters. Set another baseline to use its rule.",
  );
});

test("means over more seeds than the difference say so", () => {
  expect(seedsNote(12, 24, 12, true)).toBe("Means use 24 and 12 seeds, the difference only the 12 that both arms have.");
  expect(seedsNote(12, 12, 12, true)).toBeNull();
  expect(seedsNote(12, 24, 12, false)).toBeNull();
});
