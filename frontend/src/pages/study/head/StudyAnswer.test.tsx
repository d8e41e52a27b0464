import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { Study } from "../../../api/types";
import { renderAt } from "../../../testing/render";
import { Spread } from "../charts/Spread";
import { StudyAnswer } from "./StudyAnswer";

const ARMS = ["nothing seeded", "all seeded"];
const STUDY = {
  id: 3,
  metric: "accuracy",
  summary: "last",
  direction: "maximize",
  smallest_difference: null,
  metrics: ["accuracy"],
  unit: "share",
  arms: ARMS.map((name, position) => ({ name, position, n: 10, mean: 0.9, sd: 0.01, policies: { split: position === 0 ? "free" : "fixed" } })),
} as unknown as Study;
const COMPARISON = {
  a: { name: "nothing seeded", position: 0 },
  b: { name: "all seeded", position: 1 },
  headline: "accuracy of all seeded was higher by 1 point on average.",
  state: "better",
  detail: [],
  caveats: [],
  winner: "all seeded",
  same_variant: true,
  unit: "share",
};
const REST = { columns: undefined, progress: null };
const FAMILY = {
  asks: "rounds",
  answers: [{ headline: "The SD with “v. 1 free” is 1.1 points.", detail: ["Nothing is left of it."], caveats: [], state: null, variant: "" }],
  spreads: [
    { name: "nothing seeded", position: 0, n: 10, std: 0.011, interval: { low: 0.008, high: 0.021, level: 0.95 }, held: false },
    { name: "all seeded", position: 1, n: 10, std: 0, interval: null, held: true },
  ],
  headline: "",
  baseline: "nothing seeded",
  m: 1,
  correction: "none needed",
  comparisons: [COMPARISON],
};
const COUNTS = { queued: 0, running: 0, finished: 20, failed: 0, cancelled: 0 };

function service(family: object): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return Response.json(family);
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("rounds answer how far runs spread; which mean is higher is a detail without a winner", async () => {
  service(FAMILY);
  const { container } = renderAt("/studies/3", <StudyAnswer {...REST} study={STUDY} counts={COUNTS} metric="accuracy" summary="last" reason={null} />);
  const answer = await screen.findByText("The SD with “v. 1 free” is 1.1 points.");
  expect(answer.className).toBe("verdict");
  expect(container.querySelector("details")?.textContent).toContain("Nothing is left of it.");
  expect(container.querySelector(".answer-state")).toBeNull();
});

const WIDE = { ...COMPARISON, same_variant: false, difference: { paired: true, mean: 0.01, interval: null } };
const MEANS = { ...FAMILY, asks: "seeds", answers: [], spreads: [] };

test.each([
  ["better", "Better"],
  ["equivalent", "Equivalent"],
  ["undecided", "Undecided"],
  ["cannot_be_judged", "Cannot be judged"],
])("a study that asks about means answers with its verdict: %s", async (state, word) => {
  const view = { ...WIDE, state };
  service({ ...MEANS, comparisons: [view] });
  const { container } = renderAt("/studies/3", <StudyAnswer {...REST} study={STUDY} counts={COUNTS} metric="accuracy" summary="last" reason={null} />);
  expect(await screen.findByText(/higher by 1 point/, { selector: ".verdict" })).toBeDefined();
  expect(container.querySelector(".answer-state")?.textContent).toBe(word);
  expect(container.querySelector(".difference-plot")).not.toBeNull();
});

test("a metric that is not the deciding one is named above its answer", async () => {
  service({ ...MEANS, comparisons: [WIDE] });
  renderAt("/studies/3", <StudyAnswer {...REST} study={STUDY} counts={COUNTS} metric="val_loss" summary="last" reason={null} />);
  expect(await screen.findByText("Showing val_loss. The decision rule uses accuracy.")).toBeDefined();
});

test("a study that ended with nothing asks for no comparison", () => {
  const asked = service(FAMILY);
  renderAt("/studies/3", <StudyAnswer {...REST} study={STUDY} counts={{ failed: 20 }} metric="accuracy" summary="last" reason={null} />);
  expect(screen.getByText("All 20 runs failed.")).toBeDefined();
  expect(asked.filter((path) => !path.endsWith("/session"))).toEqual([]);
});

test("every arm's spread stands in points with its interval, and shares are not asked for", async () => {
  const asked = service(FAMILY);
  renderAt("/studies/3", <Spread study={STUDY} metric="accuracy" summary="last" />);
  expect(await screen.findByText("Spread of the runs")).toBeDefined();
  expect(screen.getByTitle("95% CI 0.8 to 2.1").textContent).toBe("1.1 n = 10");
  expect(screen.getByText("0", { exact: false, selector: ".num:not([title])" }).textContent).toBe("0 n = 10");
  expect(asked).toEqual(["/api/v1/studies/3/comparisons"]);
});

test("a study none of whose runs finished says why most of them failed", () => {
  service(FAMILY);
  const reason = { reason: "ValueError: no such file", runs: 18 };
  renderAt("/studies/3", <StudyAnswer {...REST} study={STUDY} counts={{ failed: 20 }} metric="accuracy" summary="last" reason={reason} />);
  expect(screen.getByText("All 20 runs failed, 18 runs with: ValueError: no such file.")).toBeDefined();
});

test.each([
  [1, true],
  [2, true],
  [3, false],
])("before the first run has finished, the strip of %i arms has room for a plot: %s", (arms, plotted) => {
  service(MEANS);
  const study = { ...STUDY, spec: {}, arms: Array.from({ length: arms }, (_, position) => ({ ...STUDY.arms[0], name: `arm ${position}`, position })) } as unknown as Study;
  const { container } = renderAt("/studies/3", <StudyAnswer {...REST} study={study} counts={{ queued: 6 }} metric="accuracy" summary="last" reason={null} />);
  expect(container.querySelector(".answer-strip")?.classList.contains("with-plot")).toBe(plotted);
});

test.each([
  [[0.9, 0.92, 0.94], "0.92", "over 3 seeds (SD 0.020)"],
  [[0.9], "0.9", "over 1 seed."],
  [[], "", "No finished run has a finite value"],
])("one arm of %j says its mean and its spread, where there are any", (values, mean, spread) => {
  const ended = values.map(() => "finished");
  const columns = {
    id: values.map((_, at) => at),
    arm: values.map(() => 0),
    position: values.map((_, at) => at),
    seed: values.map((_, at) => at),
    state: ended,
    diverged: values.map(() => false),
    excluded_reason: values.map(() => null),
    metrics: { accuracy: { last: values, best: values } },
  };
  const study = { ...STUDY, arms: [{ ...STUDY.arms[0], policies: { split: "vary" } }] } as Study;
  const { container } = renderAt(
    "/studies/3",
    <StudyAnswer study={study} counts={COUNTS} metric="accuracy" summary="last" reason={null} progress={null} columns={columns as never} />,
  );
  const verdict = container.querySelector(".verdict")?.textContent ?? "";
  expect(verdict).toContain(mean);
  expect(verdict).toContain(spread);
});
