import { expect, test } from "vitest";
import { cellsTold, firstDifference, strips } from "./cells";

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

test("what the cells stand for is said once, the epochs as a range", () => {
  const run = ["data", "split", "weights 1", "weights 2", "weights 3", "final", "custom"].map((name) => {
    const [kind = "", step = "0"] = name.split(" ");
    return { kind, step: Number(step), digest: "ab" };
  });
  expect(cellsTold(strips(run as never)[0] ?? [])).toBe("data, split of the data, epochs 1 to 3, final weights, custom");
  expect(cellsTold([{ key: "weights 4", name: "epoch 4", digest: null }])).toBe("epoch 4");
  expect(cellsTold([])).toBe("");
});
