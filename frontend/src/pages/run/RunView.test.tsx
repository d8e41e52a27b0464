import { fireEvent, screen, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Run } from "../../api/types";
import { renderAt } from "../../testing/render";
import { commands } from "./Repeat";
import { RunView } from "./RunView";

const finished = {
  id: 7,
  study_id: 3,
  study_name: "Width?",
  arm: 1,
  arm_name: "wide",
  seed: 4,
  state: "finished",
  queue: "cpu",
  worker: "vm:1",
  epoch: 10,
  epochs: 10,
  diverged: false,
  cancel_requested: false,
  created_at: "2026-01-01T00:00:00Z",
  duration_s: 2,
  cpu_s: 1,
  reason: null,
  excluded_reason: null,
  excluded_at: null,
  replay_of: null,
  replays: [],
  metric: "acc",
  metrics: { acc: { last: 0.9, last_step: 10, best: 0.95, best_step: 8 } },
  parameters: { hidden: 64 },
  differs: { hidden: 64 },
  sources: { init: { policy: "vary", value: 12, seed: 4, level: null } },
  data: {},
  manifest_sha256: "ab".repeat(32),
  attempts: [{ number: 1, state: "finished", worker: "vm:1", trainer: "", started_at: "2026-01-01T00:00:00Z", ended_at: "2026-01-01T00:00:02Z", reason: null }],
  fingerprints: [],
  environment: null,
  environment_sha256: null,
  tags: [],
  notes: "",
  log_tail: "",
} as unknown as Run;

const drawn: string[] = [];

beforeEach(() => {
  drawn.length = 0;
  vi.stubGlobal("fetch", (request: Request) => {
    const path = new URL(request.url).pathname;
    if (path.endsWith("/log")) return Promise.resolve(Response.json({ run_id: 7, attempt: 1, text: "Traceback\nValueError: no" }));
    if (path.endsWith("/figures/curves")) {
      drawn.push(new URL(request.url).search);
      return Promise.resolve(Response.json({ error: { code: "not_found", message: "not drawn here" } }, { status: 404 }));
    }
    if (path.endsWith("/runs/compact")) return Promise.resolve(Response.json({ id: [5, 6, 7], arm: [1, 0, 1], seed: [3, 4, 4] }));
    if (path.endsWith("/studies/3")) return Promise.resolve(Response.json({ arms: [{ name: "base" }, { name: "wide" }], counts: { finished: 3 } }));
    return Promise.resolve(Response.json({ replays: [], sentence: "" }));
  });
});

function shown(given: Partial<Run>): HTMLElement {
  renderAt("/runs/7", <RunView run={{ ...finished, ...given }} />);
  return screen.getByRole("region", { name: "Answer" });
}

test("a finished run leads with its number, and can be replayed", () => {
  expect(shown({}).textContent).toContain("acc 0.9 at the last epoch, best 0.95 at epoch 8");
  expect(screen.getByRole("button", { name: "Replay" })).toBeDefined();
});

test("the arm's other seeds and the other arms under this seed are one step away", async () => {
  shown({});
  expect((await screen.findByRole("link", { name: "← seed 3" })).getAttribute("href")).toBe("/runs/5");
  expect((await screen.findByRole("link", { name: "base" })).getAttribute("href")).toBe("/runs/6");
  expect(screen.queryByRole("link", { name: /→/ })).toBeNull();
});

test("each metric is drawn by the service, training beside validation", async () => {
  shown({ metrics: { loss: finished.metrics["acc"], val_loss: finished.metrics["acc"], acc: finished.metrics["acc"] } as unknown as Run["metrics"] });
  await vi.waitFor(() => expect(drawn).toHaveLength(2));
  expect(drawn.toSorted()).toEqual(["?metric=acc&partner=true&runs=7", "?metric=loss&partner=true&runs=7"]);
  expect(screen.getByRole("region", { name: "loss" })).toBeDefined();
});

test("a failed run leads with its reason, then what it wrote, and can be trained again", async () => {
  const answer = shown({ state: "failed", reason: "ValueError: no", epoch: 2, metrics: {} });
  expect(answer.textContent).toContain("Failed: ValueError: no");
  expect(answer.textContent).toContain("No metrics were reported.");
  expect(screen.getByRole("button", { name: "Retry" })).toBeDefined();
  expect(screen.queryByRole("button", { name: "Replay" })).toBeNull();
  await screen.findByText(/Traceback/);
  const titles = screen.getAllByRole("heading", { level: 2 }).map((heading) => heading.textContent);
  expect(titles.indexOf("Log")).toBeLessThan(titles.indexOf("Curves"));
});

test.each([
  [{ state: "queued", metrics: {} }, "Waiting for a CPU worker", "Cancel"],
  [{ state: "queued", metrics: {}, reason: "the worker was lost" }, "Waiting for a CPU worker. Last attempt: the worker was lost", "Cancel"],
  [{ state: "running", metrics: {} }, "Training. No metrics reported yet.", "Cancel"],
  [{ state: "running", epoch: 3, metrics: { acc: { ...finished.metrics["acc"], last_step: 3 } } }, "acc 0.9 at epoch 3", "Cancel"],
  [{ state: "cancelled", metrics: {} }, "Cancelled", "Retry"],
  [{ metrics: {} }, "The run finished without reporting a metric.", "Replay"],
])("a run that is %j says so", (given, told, offered) => {
  expect(shown(given as Partial<Run>).textContent).toContain(told);
  expect(screen.getByRole("button", { name: offered })).toBeDefined();
});

test.each([
  ["code_changed", "the code of recipe 'mlp' is not what run 7 was trained by", true],
  ["conflict", "the code of conduct was not followed", false],
])("a replay refused as %s offers to go on only where changed code is why", async (code, message, offered) => {
  shown({});
  const bodies: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.url.includes("/figures/")) return Response.json({ error: { code: "not_found", message: "not drawn here" } }, { status: 404 });
    if (request.method !== "POST") return Response.json({ replays: [], sentence: "" });
    bodies.push(await request.json());
    return bodies.length > 1 ? Response.json({ runs: [9] }, { status: 201 }) : Response.json({ error: { code, message } }, { status: 409 });
  });
  fireEvent.click(screen.getByRole("button", { name: "Replay" }));
  expect(await screen.findByText(new RegExp(message, "i"))).toBeDefined();
  const again = screen.queryByRole("button", { name: "Replay with changed code" });
  expect(again !== null).toBe(offered);
  if (again === null) return;
  fireEvent.click(again);
  await vi.waitFor(() => expect(bodies).toEqual([{ times: 1, allow_changed: false }, { times: 1, allow_changed: true }]));
});

test("attempts say how they ended, how long they took and why", () => {
  shown({
    attempts: [
      { ...finished.attempts[0], number: 1, state: "lost", reason: "the worker went away" },
      { ...finished.attempts[0], number: 2 },
    ] as Run["attempts"],
  });
  const attempts = within(screen.getByRole("region", { name: "Attempts" })).getAllByRole("listitem");
  expect(attempts[0]?.textContent).toContain("lost");
  expect(attempts[0]?.textContent).toContain("the worker went away");
  expect(attempts[1]?.textContent).toContain("took 2.0 s");
});

test("the commands name the service where it is not where they look by themselves", () => {
  expect(commands(7, "http://127.0.0.1:8321")).toContain("seedspread export 7\nseedspread replay run-7.json");
  expect(commands(7, "http://box:99").split("\n")[0]).toBe("seedspread replay 7 --api http://box:99");
});
