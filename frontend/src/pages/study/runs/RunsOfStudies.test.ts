import { expect, test } from "vitest";
import type { CompactRuns, Study } from "../../../api/types";
import { rowsOfStudies } from "./RunsOfStudies";

const study = (name: string, metric: string, arms: Record<string, unknown>[]) =>
  ({ name, metric, metrics: [metric, "loss"], summary: "last", arms: arms.map((differs, position) => ({ position, name: `arm ${position}`, differs })) }) as unknown as Study;

const table = (ids: number[], metric: string) =>
  ({ id: ids, arm: ids.map((_, at) => at % 2), seed: ids, state: ids.map(() => "finished"), diverged: [], attempt: [], epoch: [], epochs: [], duration_s: [], peak_memory_bytes: [], peak_gpu_memory_bytes: [], worker: [], reason: [], excluded_reason: [], annotations: {}, metrics: { [metric]: { last: ids.map((id) => id / 10), best: [], area: [] } } }) as unknown as CompactRuns;

test("runs of studies stand in one table, each under its study's name, with the parameters that differ anywhere", () => {
  const studies = [study("first", "accuracy", [{}, { hidden: 64 }]), study("second", "f1", [{ depth: 2 }, { depth: 2, hidden: 8 }])];
  const { rows, metrics, parameters } = rowsOfStudies(studies, [table([1, 2], "accuracy"), table([7, 8], "f1")]);
  expect(rows.map((row) => [row.id, row.arm, row.armName])).toEqual([
    [1, 0, "first: arm 0"],
    [2, 1, "first: arm 1"],
    [7, 2, "second: arm 0"],
    [8, 3, "second: arm 1"],
  ]);
  expect(metrics).toEqual(["accuracy", "f1", "loss"]);
  expect(parameters).toEqual(["hidden", "depth"]);
  expect(rows[3]?.parameters).toEqual({ hidden: 8, depth: 2 });
  expect(rows[3]?.values["f1"]).toBe(0.8);
  expect(rows[3]?.values["accuracy"]).toBeNaN();
});
