import { expect, test } from "vitest";
import { readZooms, withZoom, zoomOf } from "./zoom";

test("a zoom is read back from the address as it was written", () => {
  const one = withZoom(null, "curves", { x: [1, 5.25], y: null });
  expect(one).toBe("curves:1~5.25,");
  const two = withZoom(one, "curves.val:loss", { x: null, y: [-0.123456789, 1e-9] });
  expect([...readZooms(two)]).toEqual([
    ["curves", { x: [1, 5.25], y: null }],
    ["curves.val:loss", { x: null, y: [-0.123457, 1e-9] }],
  ]);
  expect(withZoom(two, "curves", null)).toBe("curves.val:loss:,-0.123457~1e-9");
  expect(withZoom("curves:1~2,", "curves", null)).toBe("");
});

test("text that is no zoom is passed over", () => {
  for (const text of [null, "", "curves", ":1~2,", "curves:", "curves:a~b,", "curves:1~1,", "curves:1~2~3,", "curves:NaN~1,"]) {
    expect([...readZooms(text)]).toEqual([]);
  }
});

test("what plotly reports becomes a zoom, and a double click takes it back", () => {
  expect(zoomOf({ "xaxis.range[0]": 1, "xaxis.range[1]": 2 }, null)).toEqual({ x: [1, 2], y: null });
  expect(zoomOf({ "yaxis.range": [3, 4] }, { x: [1, 2], y: null })).toEqual({ x: [1, 2], y: [3, 4] });
  expect(zoomOf({ "xaxis.autorange": true, "yaxis.autorange": true }, { x: [1, 2], y: [3, 4] })).toBeNull();
  expect(zoomOf({ "xaxis.autorange": true }, { x: [1, 2], y: [3, 4] })).toEqual({ x: null, y: [3, 4] });
  expect(zoomOf({ width: 300 }, null)).toBeUndefined();
});
