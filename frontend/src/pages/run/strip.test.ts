import { expect, test } from "vitest";
import { firstDifference, strips } from "./strip";

const one = [
  { kind: "weights", step: 2, digest: "c2" },
  { kind: "data", step: 0, digest: "d" },
  { kind: "weights", step: 1, digest: "c1" },
  { kind: "final", step: 0, digest: "f" },
];
const other = [
  { kind: "data", step: 0, digest: "d" },
  { kind: "weights", step: 1, digest: "c1" },
  { kind: "weights", step: 2, digest: "x2" },
];

test("strips lie above each other, from the data to the end", () => {
  const [first, second] = strips(one, other);
  expect(first?.map((cell) => cell.name)).toEqual(["data", "epoch 1", "epoch 2", "final"]);
  expect(second?.map((cell) => cell.digest)).toEqual(["d", "c1", "x2", null]);
  expect(firstDifference(first ?? [], second ?? [])).toBe(2);
});

test("equal strips differ nowhere, and what only one has is no difference", () => {
  const [first = [], second = []] = strips(one, one.slice(1));
  expect(firstDifference(first, second)).toBe(-1);
});
