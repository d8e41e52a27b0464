import { expect, test } from "vitest";
import type { CompactRuns } from "../api/types";
import { toRows } from "../pages/study/runs/rows";
import { drawCurves, drawStrip } from "./draw";
import type { Shared } from "./payload";

const columns: CompactRuns = {
  study_id: 1,
  total: 3,
  id: [11, 12, 13],
  arm: [0, 1, 1],
  position: [0, 0, 1],
  seed: [1, 1, 2],
  state: ["finished", "finished", "finished"],
  attempt: [1, 1, 1],
  epoch: [2, 2, 2],
  epochs: [2, 2, 2],
  step: [2, 2, 2],
  diverged: [false, false, true],
  duration_s: [1, 1, 1],
  started_at: [0, 0, 0],
  finished_at: [1, 1, 1],
  worker: [null, null, null],
  reason: [null, null, null],
  excluded_reason: [null, null, null],
  peak_memory_bytes: [null, 5e6, 7e6],
  peak_gpu_memory_bytes: [null, null, null],
  annotations: {},
  metrics: { accuracy: { last: [0.5, 0.75, "NaN"], best: [0.5, 0.75, 0.9], area: [0.5, 0.75, "NaN"] } },
};
const shared: Shared = {
  name: "study",
  made: "now",
  recipe: "toy",
  headline: "",
  state: null,
  detail: [],
  caveats: [],
  metric: "accuracy",
  summary: "last",
  step_name: "epoch",
  metrics: ["accuracy"],
  arms: [
    { position: 0, name: "base", parameters: {} },
    { position: 1, name: "<b>wide", parameters: {} },
  ],
  columns,
  series: { accuracy: { run_ids: [11, 12, 13], steps: [[1, 2], [1, 2], [1, 2]], values: [[0.4, 0.5], [0.6, 0.75], [0.9, "NaN"]] } },
  thinned: null,
};
const rows = toRows(columns, shared.arms, "last");

test("every shown run has a line of its own, with a gap where a value is not finite", () => {
  const { data, title } = drawCurves(shared, rows, "accuracy");
  expect(title).toBe("accuracy over epochs, every run");
  expect(data.map((trace) => trace["name"])).toEqual(["base (n = 1)", "&lt;b>wide (n = 2)"]);
  expect(data[1]).toMatchObject({ x: [1, 2, 2, 1, 2, 2], y: [0.6, 0.75, null, 0.9, null, null] });
  expect(drawCurves(shared, rows.slice(0, 1), "accuracy").data).toHaveLength(1);
});

test("points are the finite values, the mean is theirs", () => {
  const { data } = drawStrip(shared, rows, "accuracy");
  expect(data.map((trace) => trace["x"])).toEqual([[0.5], [0.5], [0.75], [0.75]]);
  expect(drawStrip(shared, [], "accuracy").empty).toBe(true);
});
