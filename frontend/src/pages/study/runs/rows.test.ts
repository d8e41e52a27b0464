import { expect, test } from "vitest";
import type { Arm, CompactRuns } from "../../../api/types";
import { parseSearch } from "../../../lib/search";
import {
  columnName,
  commonestReason,
  countsOf,
  differingParameters,
  faultsOf,
  filtered,
  idsOf,
  idsText,
  inHeldOrder,
  metricColumn,
  noted,
  PARAMETER,
  sorted,
  sortOf,
  toRows,
  upToDate,
} from "./rows";

const arms = [{ name: "base" }, { name: "wide" }] as Arm[];
const columns: CompactRuns = {
  study_id: 1,
  total: 3,
  id: [1, 2, 3],
  arm: [0, 1, 1],
  position: [0, 0, 1],
  seed: [1, 2, 3],
  state: ["finished", "finished", "running"],
  attempt: [1, 1, 2],
  epoch: [10, 10, 5],
  epochs: [10, 10, 10],
  step: [10, 10, 5],
  diverged: [false, true, false],
  duration_s: [1, 1.2, null],
  started_at: [0, 0, 0],
  finished_at: [1, 1, null],
  worker: ["host:1/1", "host:1/2", "host:1/1"],
  reason: [null, null, null],
  excluded_reason: [null, null, null],
  peak_memory_bytes: [null, 5e6, 7e6],
  peak_gpu_memory_bytes: [null, null, null],
  annotations: {},
  metrics: { accuracy: { last: [0.91, "NaN", 0.95], best: [0.92, "NaN", 0.95], area: [0.85, "NaN", 0.9] } },
};
const rows = toRows(columns, arms, "last");
const ids = (found: { id: number }[]) => found.map((row) => row.id);

test("events of the same or a later attempt win over the fetched row, earlier ones don't", () => {
  const live = upToDate(rows, new Map([[3, [3, "running", 2, 8, 8]]]));
  expect(live[2]).toMatchObject({ state: "running", epoch: 8, share: 0.8 });
  const old = upToDate(rows, new Map([[3, [3, "failed", 1, 9, 9]]]));
  expect(old[2]).toMatchObject({ state: "running", epoch: 5 });
});

test("a row that an event says nothing new of stays the same object", () => {
  const live = upToDate(rows, new Map([[1, [1, "finished", 1, 10, 10]], [2, [2, "finished", 1, 10, 10]], [3, [3, "running", 2, 6, 6]]]));
  expect([live[0] === rows[0], live[1] === rows[1], live[2] === rows[2]]).toEqual([true, true, false]);
});

test("a row has a note where it failed or was left out", () => {
  expect(rows.some(noted)).toBe(false);
  const odd = toRows({ ...columns, excluded_reason: [null, "odd", null] }, arms, "last");
  expect(odd.map(noted)).toEqual([false, true, false]);
});

test("tags and notes are found and shown", () => {
  const written = toRows({ ...columns, annotations: { 2: { tags: ["Odd"], notes: "restarted by hand" } } }, arms, "last");
  expect(written.map(noted)).toEqual([false, true, false]);
  expect(ids(filtered(written, parseSearch("tag:odd")))).toEqual([2]);
  expect(ids(filtered(written, parseSearch('"by hand"')))).toEqual([2]);
  expect(faultsOf(parseSearch("tag:odd"), ["accuracy"])).toEqual([]);
});

test("a run that ended waits for the snapshot that counts it everywhere else", () => {
  const live = upToDate(rows, new Map([[3, [3, "finished", 2, 10, 10]]]));
  expect(live[2]).toBe(rows[2]);
  expect(countsOf(columns)).toEqual({ finished: 2, running: 1 });
});

test("the summary in use decides the values", () => {
  expect(toRows(columns, arms, "best")[0]?.values["accuracy"]).toBe(0.92);
  expect(toRows(columns, arms, "area")[0]?.values["accuracy"]).toBe(0.85);
});

test.each([
  ["arm:WIDE", [2, 3]],
  ["is:diverged", [2]],
  ["acc>0.92", [3]],
  ["seed:1", [1]],
  ["seed<3 is:finished", [1]],
  ["wide", [2, 3]],
  ["nothing:here", []],
])("the filter %s leaves %j", (text, left) => {
  expect(ids(filtered(rows, parseSearch(text)))).toEqual(left);
});

test("a filter that can fit no row says why", () => {
  expect(faultsOf(parseSearch("seed:x bogus:3"), ["accuracy"])).toEqual([
    "seed needs a whole number (got “x”).",
    "Unknown field “bogus”. Use arm, is, seed, tag, run or worker.",
  ]);
  expect(faultsOf(parseSearch("size>3 acc>x is:ready"), ["accuracy"])).toHaveLength(3);
  expect(faultsOf(parseSearch("acc>0.9 seed:7 is:excluded word"), ["accuracy"])).toEqual([]);
});

test("runs are filtered and sorted by the parameters in which arms differ", () => {
  const { names, byArm } = differingParameters([{ parameters: { hidden: 32, rate: 1 } }, { parameters: { hidden: 64, rate: 1 } }]);
  expect(names).toEqual(["hidden"]);
  const own = toRows(columns, arms, "last", byArm);
  expect(ids(filtered(own, parseSearch("hidden>32")))).toEqual([2, 3]);
  expect(ids(filtered(own, parseSearch("hidden:32")))).toEqual([1]);
  expect(ids(sorted(own, `${PARAMETER}hidden`, true))).toEqual([2, 3, 1]);
  expect(faultsOf(parseSearch("hidden>3 -is:failed"), ["accuracy"], names)).toEqual([]);
});

test("a parameter is found whatever its case, also where an object has a member of its name", () => {
  const { names, byArm } = differingParameters([{ parameters: { hiddenSize: "a", constructor: "x" } }, { parameters: { hiddenSize: "b", constructor: "y" } }]);
  const own = toRows(columns, arms, "last", byArm);
  expect(ids(filtered(own, parseSearch("hiddenSize:b")))).toEqual([2, 3]);
  expect(ids(filtered(own, parseSearch("constructor:x")))).toEqual([1]);
  expect(ids(filtered(rows, parseSearch("constructor:x")))).toEqual([]);
  expect(faultsOf(parseSearch("hiddenSize:b constructor:x"), ["accuracy"], names)).toEqual([]);
  expect(faultsOf(parseSearch("constructor:x"), ["accuracy"])).toHaveLength(1);
});

test.each([
  ["metrics with spaces", '"val acc">0.9', [1]],
  ["what is left out", "-seed:1", [2, 3]],
])("a filter by %s", (_, text, expected) => {
  const named = rows.map((row) => ({ ...row, values: { "val acc": row.id === 1 ? 0.95 : 0.5 } }));
  expect(ids(filtered(named, parseSearch(text)))).toEqual(expected);
});

test("a metric called like a column has a column, a filter and a sort of its own", () => {
  const names = ["seed", "state", "epoch", "duration", "my.loss", "a, b (%)"];
  const own = rows.map((row) => ({ ...row, seed: 10 - row.id, values: Object.fromEntries(names.map((name) => [name, row.id / 10])) }));
  const shown = ["state", "arm", "seed", "progress", ...names.map(metricColumn), "duration", "worker", "note"];
  expect(new Set(shown).size).toBe(shown.length);
  expect(new Set(shown.map(columnName)).size).toBe(shown.length);
  for (const name of names) {
    expect(ids(filtered(own, parseSearch(`metric:"${name}">0.15`)))).toEqual([2, 3]);
    expect(faultsOf(parseSearch(`metric:"${name}">0.15`), names)).toEqual([]);
    const { column, descending } = sortOf(`${metricColumn(name)}.desc`);
    expect(ids(sorted(own, column, descending))).toEqual([3, 2, 1]);
  }
  expect(ids(sorted(own, "seed", false))).toEqual([3, 2, 1]);
  expect(ids(filtered(own, parseSearch("seed>7.5")))).toEqual([1, 2]);
  expect(faultsOf(parseSearch("metric:step>1"), names)).toHaveLength(1);
  expect(idsOf(idsText(shown))).toEqual(shown);
  expect(idsOf("p:hidden,val_loss")).toEqual(["p:hidden", "val_loss"]);
});

test("values that are not numbers come last, up or down", () => {
  expect(ids(sorted(rows, "accuracy", false))).toEqual([1, 3, 2]);
  expect(ids(sorted(rows, "accuracy", true))).toEqual([3, 1, 2]);
  expect(ids(sorted(rows, null, true))).toEqual([1, 2, 3]);
});

test("a held order stays, and new rows come at the end", () => {
  expect(ids(inHeldOrder(rows, [3, 1]))).toEqual([3, 1, 2]);
});

test("the commonest reason is that of the failed runs, with how many failed for it", () => {
  const reason = ["no file", "diverged", "diverged", "lost"];
  const state = ["failed", "failed", "failed", "finished"];
  expect(commonestReason({ id: [1, 2, 3, 4], state, reason } as never)).toEqual({ reason: "diverged", runs: 2 });
  expect(commonestReason({ id: [1], state: ["failed"], reason: [null] } as never)).toBeNull();
});
