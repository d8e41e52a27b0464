import { screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Run } from "../../api/types";
import { renderAt } from "../../testing/render";
import { Replays } from "./Replays";

const replay = (outcome: string, detail: string) => ({
  run_id: 9,
  state: "finished",
  reason: null,
  worker: "vm:1",
  code_changed: false,
  created_at: "2026-01-01T00:00:00Z",
  verdict: { outcome, sentence: `Identical: not shown`, detail, environment: [] },
});
let replays: unknown[] = [];

beforeEach(() => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ sentence: "1 of 1 replays repeated the run.", replays })));
});

test.each([
  ["identical", "all 4 metric values are the same in every bit.", "≡ identical: all 4 metric values are the same in every bit."],
  ["diverged", "Identical: is a metric's name.", "≠ diverged: Identical: is a metric's name."],
])("a replay that is %s says why, in the service's words", async (outcome, detail, shown) => {
  replays = [replay(outcome, detail)];
  renderAt("/runs/7", <Replays run={{ id: 7, state: "finished" } as Run} />);
  const verdict = await screen.findByText(new RegExp(outcome), { selector: "strong" });
  expect(verdict.parentElement?.textContent).toBe(shown);
});

test("a run that has none says what a replay does, or why there can be none", async () => {
  replays = [];
  renderAt("/runs/7", <Replays run={{ id: 7, state: "running" } as Run} />);
  expect(await screen.findByText("Only finished runs can be replayed.")).toBeDefined();
  expect(screen.queryByRole("button", { name: "Replay with changed code" })).toBeNull();
});
