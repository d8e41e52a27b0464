import { screen, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Run, Usage } from "../../../api/types";
import { renderAt } from "../../../testing/render";
import { System } from "./System";
import { usageCharts } from "./usageCharts";

const run = { id: 7 } as unknown as Run;
const usage = {
  samples: {
    time: [1, 2, 4],
    cpu: [0.5, 1.75, null],
    memory_bytes: [1e6, 412e6, 5e6],
    read_bytes: [0, 0, 0],
    written_bytes: [0, 1e3, 4096],
    threads: null,
    gpu: null,
    gpu_memory_bytes: null,
  },
  peaks: { cpu: 1.9, memory_bytes: 430e6, threads: null, gpu: null, gpu_memory_bytes: null },
  gpus: [],
} as unknown as Usage;
let answer: Usage | null = usage;

beforeEach(() => {
  answer = usage;
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ run_id: 7, attempt: 1, usage: answer })));
});

test("what was sampled has a chart, with its peak or its sum", () => {
  expect(usageCharts(usage).map(({ name, figure }) => [name, figure])).toEqual([
    ["CPU", "peak 1.9 cores"],
    ["Memory", "peak 430 MB"],
    ["Written to disk", "4.1 kB in all"],
  ]);
});

test("moments without a value are left out, and an axis of shares ends at one at least", () => {
  const [cpu] = usageCharts(usage);
  expect(cpu?.points).toEqual([[1, 0.5], [2, 1.75]]);
  expect(cpu?.top).toBe(1.75);
  const idle = { ...usage, samples: { ...usage.samples, cpu: [0, 0.25, 0] } };
  expect(usageCharts(idle)[0]?.top).toBe(1);
});

test("the card names every chart for screen readers, and the GPUs", async () => {
  answer = { ...usage, gpus: ["GPU 0: NVIDIA L4"] };
  renderAt("/runs/7", <System run={run} live={false} />);
  const card = await screen.findByRole("region", { name: "System" });
  expect(within(card).getByRole("img", { name: "Memory over 4.0 s: peak 430 MB" })).toBeTruthy();
  expect(within(card).getAllByRole("img")).toHaveLength(3);
  expect(card.textContent).toContain("3 samples over 4.0 s");
  expect(card.textContent).toContain("On GPU 0: NVIDIA L4.");
});

test("a run that was not sampled has no card", async () => {
  answer = null;
  renderAt("/runs/7", <System run={run} live={false} />);
  await vi.waitFor(() => expect(document.querySelector("section")).toBeNull());
});
