import { expect, test } from "vitest";
import { neighbours } from "./neighbours";

const COLUMNS = { id: [1, 2, 3, 4, 5], arm: [0, 1, 0, 1, 0], seed: [7, 7, 3, 3, 9] };

test("the next run is that of the next seed of the arm", () => {
  const { previous, next } = neighbours(COLUMNS, 1);
  expect([previous?.id, next?.id]).toEqual([3, 5]);
  expect(neighbours(COLUMNS, 3).previous).toBeNull();
  expect(neighbours(COLUMNS, 5).next).toBeNull();
});

test("runs of the other arms under the same seed stand beside it", () => {
  expect(neighbours(COLUMNS, 1).same).toEqual([{ id: 2, arm: 1, seed: 7 }]);
  expect(neighbours(COLUMNS, 5).same).toEqual([]);
});

test("a run that is not among them has none", () => {
  expect(neighbours(COLUMNS, 6)).toEqual({ previous: null, next: null, same: [] });
});
