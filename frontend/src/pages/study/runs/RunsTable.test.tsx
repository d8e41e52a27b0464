import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Arm, CompactRuns } from "../../../api/types";
import { parseSearch } from "../../../lib/search";
import { bindings } from "../../../state/bindings";
import { renderAt } from "../../../testing/render";
import { classOf, gridOf } from "./columns";
import { commonestReason, filtered, PARAMETER, sorted, toRows, upToDate } from "./rows";
import { RunsTable } from "./RunsTable";

const arms = [{ name: "base" }, { name: "wide" }] as Arm[];
const columns: CompactRuns = {
  study_id: 1,
  total: 4,
  id: [11, 12, 13, 14],
  arm: [0, 1, 1, 0],
  position: [0, 0, 1, 1],
  seed: [1, 2, 3, 4],
  state: ["finished", "finished", "running", "failed"],
  attempt: [1, 1, 2, 1],
  epoch: [10, 10, 5, 0],
  epochs: [10, 10, 10, null],
  step: [10, 10, 5, 0],
  diverged: [false, true, false, false],
  duration_s: [61, 1.2, null, 3],
  started_at: [0, 0, 0, 0],
  finished_at: [1, 1, null, 1],
  worker: ["host:1", null, "host:2", "host:1"],
  reason: [null, null, null, "ValueError: no file"],
  annotations: {},
  excluded_reason: [null, "odd", null, null],
  peak_memory_bytes: [null, 5e6, null, null],
  peak_gpu_memory_bytes: [null, null, null, null],
  metrics: { accuracy: { last: [0.9134567, "NaN", 0.95, null], best: [0.92, 0.5, 0.96, null], area: [0.85, "NaN", 0.9, null] } },
};
const rows = toRows(columns, arms, "last", [{ hidden: 32 }, { hidden: 64 }]);
const onSort = vi.fn<(sort: string | null) => void>();
const onSelect = vi.fn<(runs: number[]) => void>();

interface Options {
  hidden?: Set<string>;
  sort?: string | null;
  selected?: number[];
}

function table({ hidden = new Set(), sort = null, selected = [] }: Options = {}): HTMLElement {
  renderAt(
    "/studies/1",
    <RunsTable
      rows={rows}
      metrics={["accuracy"]}
      parameters={["hidden"]}
      hidden={hidden}
      fitted={false}
      sort={sort}
      selected={selected}
      lowerIsBetter={() => false}
      onSort={onSort}
      onSelect={onSelect}
    />,
  );
  return screen.getByRole("table");
}

function cellsOf(shown: HTMLElement): string[][] {
  return within(shown)
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("cell").slice(1).map((cell) => cell.textContent ?? ""));
}

beforeEach(() => {
  onSort.mockClear();
  onSelect.mockClear();
});

test("every run is a row with its arm, seed, progress, values and note, in the order given", () => {
  const shown = table();
  expect(shown.getAttribute("aria-rowcount")).toBe("5");
  const cells = cellsOf(shown);
  expect(cells.map((row) => row[1])).toEqual(["base", "wide", "wide", "base"]);
  expect(cells.map((row) => row[2])).toEqual(["32", "64", "64", "32"]);
  expect(cells.map((row) => row[3])).toEqual(["1", "2", "3", "4"]);
  expect(cells.map((row) => row[4])).toEqual(["10/10", "10/10", "5/10", "0"]);
  expect(cells.map((row) => row[5])).toEqual(["0.9135", "NaN", "0.95", "–"]);
  expect(cells.map((row) => row[7])).toEqual(["–", "5.0 MB", "–", "–"]);
  expect(cells.map((row) => row[9])).toEqual(["host:1", "–", "host:2", "host:1"]);
  expect(cells[0]?.[10]).toBe("");
  expect(cells[1]?.[10]).toContain("odd");
  expect(cells[3]?.[10]).toBe("ValueError: no file");
  expect(within(shown).getAllByRole("row").map((row) => row.getAttribute("aria-rowindex"))).toEqual(["1", "2", "3", "4", "5"]);
  expect(within(shown).getByRole("link", { name: "3" }).getAttribute("href")).toBe("/runs/13");
});

test("hidden columns have neither a head nor cells", () => {
  const shown = table({ hidden: new Set(["worker", "accuracy"]) });
  expect(within(shown).getAllByRole("columnheader")).toHaveLength(10);
  expect(cellsOf(shown)[0]).toHaveLength(9);
});

test("the column that sorts says so, and a metric begins with the highest", () => {
  const shown = table({ sort: "seed.desc" });
  const heads = within(shown).getAllByRole("columnheader");
  expect(heads.map((head) => head.getAttribute("aria-sort")).filter((by) => by === "descending")).toHaveLength(1);
  fireEvent.click(within(shown).getByRole("button", { name: /accuracy/ }));
  expect(onSort).toHaveBeenLastCalledWith("accuracy.desc");
  fireEvent.click(within(shown).getByRole("button", { name: /Arm/ }));
  expect(onSort).toHaveBeenLastCalledWith("arm.asc");
});

test("runs are selected one by one, let go again, and all together", () => {
  const shown = table({ selected: [12] });
  const [all, first, second] = within(shown).getAllByRole("checkbox");
  expect([first, second].map((box) => (box as HTMLInputElement).checked)).toEqual([false, true]);
  fireEvent.click(first as HTMLElement);
  expect(onSelect).toHaveBeenLastCalledWith([12, 11]);
  fireEvent.click(second as HTMLElement);
  expect(onSelect).toHaveBeenLastCalledWith([]);
  expect((all as HTMLInputElement).checked).toBe(false);
  fireEvent.click(all as HTMLElement);
  expect(onSelect).toHaveBeenLastCalledWith([11, 12, 13, 14]);
});

test("with all of them selected the box lets all go", () => {
  const shown = table({ selected: [11, 12, 13, 14] });
  const [all] = within(shown).getAllByRole("checkbox");
  expect((all as HTMLInputElement).checked).toBe(true);
  fireEvent.click(all as HTMLElement);
  expect(onSelect).toHaveBeenLastCalledWith([]);
});

test("a row is as wide as its columns, with a gap beside each", () => {
  expect(gridOf(["state", "seed"])).toEqual({ template: "24px 104px minmax(72px, 0.6fr)", least: 8 + 32 + 112 + 80 });
  expect(gridOf(["state", "own metric"], true)).toEqual({ template: "24px 20px minmax(88px, 0.8fr)", least: 8 + 32 + 28 + 96 });
});

test("in a narrow window what nobody chose is left out, but for the run and the deciding metric", () => {
  expect(["arm", "accuracy", "loss", "worker"].map((column) => classOf(column, true, "accuracy"))).toEqual([
    undefined,
    "num",
    "num wide-only",
    "wide-only",
  ]);
  expect(classOf("loss", false, "accuracy")).toBe("num");
});

test.each([
  ["state", [13, 14, 12, 11]],
  ["arm", [11, 14, 12, 13]],
  ["seed", [11, 12, 13, 14]],
  ["progress", [14, 13, 11, 12]],
  ["duration", [12, 14, 11, 13]],
  ["worker", [12, 11, 14, 13]],
  [`${PARAMETER}hidden`, [11, 14, 12, 13]],
])("rows in ascending order by %s", (column, ids) => {
  expect(sorted(rows, column, false).map((row) => row.id)).toEqual(ids);
});

test.each([
  ["is:excluded", [12]],
  ["is:failed", [14]],
  ["run:13", [13]],
  ["run:1", []],
  ["worker:host:1", [11, 14]],
  ["duration<=3", [12, 14]],
  ["duration<3", [12]],
  ["epoch>=5", [11, 12, 13]],
  ["epoch>5", [11, 12]],
  ["seed!=2", [11, 13, 14]],
  ["ODD", [12]],
  ["valueerror", [14]],
  ["hidden>=64", [12, 13]],
])("the filter %s leaves %j", (filter, ids) => {
  expect(filtered(rows, parseSearch(filter)).map((row) => row.id)).toEqual(ids);
});

test("the commonest reason is that of most failed runs", () => {
  const state = ["failed", "failed", "failed", "finished", "failed"] as never;
  const reason = ["a", "b", "b", "b", null];
  expect(commonestReason({ id: [1, 2, 3, 4, 5], state, reason })).toEqual({ reason: "b", runs: 2 });
  expect(commonestReason({ id: [1], state: ["finished"] as never, reason: ["a"] })).toBeNull();
});

test("a run that goes on moves its epoch and its share, and one without a number of epochs has none", () => {
  const live = upToDate(rows, new Map([[13, [13, "running", 2, 8, 8]], [14, [14, "running", 2, 3, 3]]]));
  expect(live[2]).toMatchObject({ epoch: 8, share: 0.8, state: "running" });
  expect(live[3]).toMatchObject({ epoch: 3, share: 0, state: "running" });
});

test("an event from before the snapshot takes back neither the end of a run nor its epochs", () => {
  const live = upToDate(rows, new Map([[11, [11, "running", 1, 4, 4]], [12, [12, "running", 1, 4, 4]], [13, [13, "running", 2, 3, 3]]]));
  expect(live.slice(0, 3).map(({ state, epoch }) => [state, epoch])).toEqual([["finished", 10], ["diverged", 10], ["running", 5]]);
});

test("whoever reads a shared study finds no way to the pages of its runs, by pointer or key", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ required: true, name: "share link 1", role: "viewer", study: 1 }));
  const shown = table();
  await waitFor(() => expect(within(shown).queryAllByRole("link")).toEqual([]));
  expect(cellsOf(shown).map((row) => row[3])).toEqual(["1", "2", "3", "4"]);
  expect(bindings.get().map(({ keys }) => keys)).toEqual(["j", "k", "x"]);
  vi.unstubAllGlobals();
});
