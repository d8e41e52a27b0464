import { expect, test } from "vitest";
import { MOST_ELEMENTS, withoutMarks } from "./painted";

function points(count: number) {
  const x = Array.from({ length: count }, (_, at) => at);
  return { type: "scatter", mode: "markers", meta: { role: "points", arm: 0 }, x, y: x.map(() => 0), customdata: x.map((run) => [run, run]), marker: { color: "role:arm0", symbol: "square", size: 5, opacity: 0.5 } };
}

test("a figure of few runs stays as it is", () => {
  const data = [points(MOST_ELEMENTS)];
  expect(withoutMarks(data)).toEqual({ traces: data, painted: [] });
});

test("the marks of very many runs are painted, and their traces keep their places", () => {
  const centre = { type: "scatter", mode: "lines+markers", meta: { role: "mean", arm: 0 }, x: [1], y: [1] };
  const many = points(MOST_ELEMENTS + 1);
  const { traces, painted } = withoutMarks([many, centre]);
  expect(traces.slice(0, 2).map((trace) => trace["mode"])).toEqual(["none", "lines+markers"]);
  expect(painted).toMatchObject([{ kind: "markers", colour: "role:arm0", symbol: "square", size: 5, opacity: 0.5, xaxis: "x" }]);
  // The stand-in holds the axes open as far as the markers reach.
  expect(traces[2]).toMatchObject({ x: [0, MOST_ELEMENTS], y: [0, 0], opacity: 0, hoverinfo: "skip" });
  expect(traces).toHaveLength(3);
});

function lines(runs: number, steps: number) {
  const y = Array.from({ length: runs }, () => [...Array.from({ length: steps }, () => 0.5), null]).flat();
  return { type: "scatter", mode: "lines", meta: { role: "seeds", arm: 0 }, x: y.map((_, at) => at), y, line: { color: "role:arm0", width: 1, dash: "dot" }, opacity: 0.12 };
}

test("lines count by their gaps, not by their points", () => {
  expect(withoutMarks([lines(10, 1000)]).painted).toEqual([]);
  expect(withoutMarks([lines(2000, 2)]).painted).toMatchObject([{ kind: "lines", dash: "dot", opacity: 0.12, size: 1 }]);
});

test("marks with a look for each point stay with plotly", () => {
  const many = { ...points(5000), marker: { color: ["red", "blue"] } };
  expect(withoutMarks([many]).painted).toEqual([]);
});
