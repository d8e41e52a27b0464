import { expect, test } from "vitest";
import { firstColumn, numbers } from "./packed";
import { placesOfRuns, showsRuns } from "./places";

function packed(values: Float64Array | Int32Array, dtype: string, shape?: string) {
  const bdata = btoa(String.fromCharCode(...new Uint8Array(values.buffer)));
  return shape === undefined ? { dtype, bdata } : { dtype, bdata, shape };
}

test("arrays come out of both forms", () => {
  expect(Array.from(numbers(packed(new Float64Array([0.5, Number.NaN]), "f8")))).toEqual([0.5, Number.NaN]);
  expect(numbers([1, null])).toEqual([1, null]);
  expect(numbers("nothing")).toEqual([]);
  expect(firstColumn(packed(new Int32Array([7, 0, 8, 1]), "i4", "2, 2"))).toEqual([7, 8]);
  expect(firstColumn([[7, 0], [8, 1]])).toEqual([7, 8]);
});

test("a run's line is one stretch, and its point in a strip another", () => {
  const seeds = {
    meta: { role: "seeds", arm: 1 },
    mode: "lines",
    x: [1, 2, null, 1, 2],
    y: [0.1, 0.2, null, 0.3, 0.4],
    customdata: [[7, 0], [7, 0], [7, 0], [8, 1], [8, 1]],
  };
  const points = { meta: { role: "points", arm: 1 }, mode: "markers", x: [0.4], y: [0], customdata: [[8, 1]], yaxis: "y2" };
  const centre = { meta: { role: "centre", arm: 1 }, x: [1], y: [1], customdata: [[7, 7]] };
  const places = placesOfRuns([seeds, points, centre]);
  expect([...places.keys()]).toEqual([7, 8]);
  expect(places.get(7)).toHaveLength(1);
  expect(places.get(8)?.map((stretch) => [stretch.yaxis, stretch.line])).toEqual([["y", true], ["y2", false]]);
  expect(showsRuns(centre)).toBe(false);
  expect(showsRuns(undefined)).toBe(false);
});
