import { fireEvent, renderHook, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import type { Study } from "../../../api/types";
import { renderAt } from "../../../testing/render";
import { RunsActions } from "./RunsActions";
import type { TableRow } from "./rows";
import { useArranged } from "./useArranged";

function row(id: number, more: Partial<TableRow> = {}): TableRow {
  return { id, arm: 0, armName: "base", seed: id, state: "finished", excludedReason: null, reason: null, values: {}, parameters: {}, ...more } as TableRow;
}

/** What was asked of the service: method, path and body. */
function service(): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`);
    return Response.json({ runs: [], changed: 0 });
  });
  return asked;
}

function buttons(...rows: TableRow[]): (string | null)[] {
  const { unmount } = renderAt("/studies/3", <RunsActions study={{ id: 3 } as Study} selected={rows} />);
  const names = screen.queryAllByRole("button").map((button) => button.textContent);
  unmount();
  return names;
}

test("what can be done depends on the selected runs", () => {
  const always = ["Exclude…", "Tags…", "Replay", "Clear selection"];
  expect(buttons()).toEqual([]);
  expect(buttons(row(1))).toEqual(["Compare 1", ...always]);
  for (const state of ["queued", "running"] as const) expect(buttons(row(1), row(2, { state }))).toContain("Cancel");
  for (const state of ["failed", "cancelled"] as const) expect(buttons(row(1), row(2, { state }))).toContain("Retry");
  expect(buttons(row(1), row(2, { state: "diverged" }))).toEqual(["Compare 2", ...always]);
  expect(buttons(row(1), row(2, { excludedReason: "odd" }))).toContain("Include again");
});

test("one run alone is compared with nothing", () => {
  renderAt("/studies/3", <RunsActions study={{ id: 3 } as Study} selected={[row(1)]} />);
  expect((screen.getByRole("button", { name: "Compare 1" }) as HTMLButtonElement).disabled).toBe(true);
});

test.each([
  ["Replay", row(4)],
  ["Cancel", row(4, { state: "running" })],
  ["Retry", row(4, { state: "failed" })],
])("%s is asked for the selected runs", async (name, selected) => {
  const asked = service();
  renderAt("/studies/3", <RunsActions study={{ id: 3 } as Study} selected={[selected, row(5)]} />);
  fireEvent.click(screen.getByRole("button", { name }));
  // Runs are replayed one by one, and cancelled or retried together.
  await waitFor(() => expect(asked.join(" ")).toMatch(name === "Replay" ? /runs\/4\/.*runs\/5\// : /\[4,5\]/));
  expect(asked[0]).toMatch(/^POST /);
  expect(asked[0]?.toLowerCase()).toContain(name.toLowerCase());
});

const ids = (rows: readonly TableRow[]) => rows.map(({ id }) => id);

interface Arrangement {
  rows: readonly TableRow[];
  filter?: string;
  sort?: string | null;
  held: boolean;
}

test("rows keep the order they were held in until the pointer leaves or another order is asked for", () => {
  const before = [row(1, { seed: 5 }), row(2, { seed: 6 })];
  const after = [row(1, { seed: 9 }), row(2, { seed: 6 }), row(3, { seed: 1 })];
  const { result, rerender } = renderHook(({ rows, filter = "", sort = "seed.asc", held }: Arrangement) => useArranged(rows, filter, sort, held), {
    initialProps: { rows: before, held: false } as Arrangement,
  });
  expect(ids(result.current)).toEqual([1, 2]);
  rerender({ rows: before, held: true });
  rerender({ rows: after, held: true });
  expect(ids(result.current)).toEqual([1, 2, 3]);
  rerender({ rows: after, sort: "seed.desc", held: true });
  expect(ids(result.current)).toEqual([1, 2, 3]);
  rerender({ rows: before, sort: "seed.desc", held: true });
  expect(ids(result.current)).toEqual([1, 2]);
  rerender({ rows: after, held: false });
  expect(ids(result.current)).toEqual([3, 2, 1]);
  rerender({ rows: after, filter: "seed:6", held: true });
  expect(ids(result.current)).toEqual([2]);
  rerender({ rows: after, sort: null, held: false });
  expect(ids(result.current)).toEqual([1, 2, 3]);
});
