import { expect, test } from "vitest";
import { column, numbers } from "./packed";
import { placesOfRuns, runsOfPoint } from "./places";

function packed(values: Float64Array | Int32Array, dtype: string, shape?: string) {
  const bdata = btoa(String.fromCharCode(...new Uint8Array(values.buffer)));
  return shape === undefined ? { dtype, bdata } : { dtype, bdata, shape };
}

test("arrays come out of both forms", () => {
  expect(Array.from(numbers(packed(new Float64Array([0.5, Number.NaN]), "f8")))).toEqual([0.5, Number.NaN]);
  expect(numbers([1, null])).toEqual([1, null]);
  expect(numbers("nothing")).toEqual([]);
  expect(Array.from(column(packed(new Int32Array([7, 0, 8, 1]), "i4", "2, 2"), 0))).toEqual([7, 8]);
  expect(column([[7, 0], [8, 1]], 1)).toEqual([0, 1]);
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
  expect(places.runs).toEqual([7, 8]);
  expect(places.of(7)).toHaveLength(1);
  expect(places.of(8).map((stretch) => [stretch.yaxis, stretch.line])).toEqual([["y", true], ["y2", false]]);
  expect(runsOfPoint(centre, [7, 7])).toEqual([]);
  expect(runsOfPoint(undefined, [7])).toEqual([]);
});

test("a pair stands for both of its runs", () => {
  const pairs = { meta: { role: "pairs", arm: 1 }, mode: "markers", x: [0.01], y: [1], customdata: [[7, 8, 0]] };
  expect(runsOfPoint(pairs, [7, 8, 0])).toEqual([7, 8]);
  expect(placesOfRuns([pairs]).runs).toEqual([7, 8]);
});
