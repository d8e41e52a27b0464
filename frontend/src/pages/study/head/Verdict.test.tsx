import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { Study } from "../../../api/types";
import { renderAt } from "../../../testing/render";
import { Spread } from "../charts/Spread";
import { Verdict } from "./Verdict";

const ARMS = ["nothing seeded", "all seeded"];
const STUDY = {
  id: 3,
  metric: "accuracy",
  summary: "last",
  unit: "share",
  arms: ARMS.map((name, position) => ({ name, position, n: 10, mean: 0.9, sd: 0.01, policies: { split: position === 0 ? "free" : "fixed" } })),
} as unknown as Study;
const VERDICT = { caveats: [], winner: "all seeded", outcome: "better" };
const COMPARISON = {
  a: { name: "nothing seeded", position: 0 },
  b: { name: "all seeded", position: 1 },
  headline: "accuracy of all seeded was higher by 1 point on average.",
  sentence: "accuracy of all seeded was higher by 1 point on average.",
  same_variant: true,
  unit: "share",
  comparison: { verdict: VERDICT },
};
const FAMILY = {
  asks: "rounds",
  answers: ["Spread of accuracy: 1.1 points with nothing seeded, exactly 0 with all seeded. Nothing is left of it."],
  spreads: [
    { name: "nothing seeded", position: 0, n: 10, std: 0.011, interval: { low: 0.008, high: 0.021, level: 0.95 }, held: false },
    { name: "all seeded", position: 1, n: 10, std: 0, interval: null, held: true },
  ],
  headline: "",
  baseline: "nothing seeded",
  m: 1,
  correction: "none needed",
  comparisons: [{ comparison: COMPARISON }],
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
  const { container } = renderAt("/studies/3", <Verdict study={STUDY} counts={COUNTS} metric="accuracy" summary="last" reason={null} />);
  const answer = await screen.findByText("Spread of accuracy: 1.1 points with nothing seeded, exactly 0 with all seeded.");
  expect(answer.className).toBe("verdict");
  expect(screen.getByText("Nothing is left of it.").className).toBe("muted");
  expect(container.querySelector("details")?.textContent).toContain("higher by 1 point");
  expect(container.querySelector("details .arm-mark")).toBeNull();
});

test("a study that asks about means answers with its verdicts, the winner marked", async () => {
  const wide = { ...COMPARISON, same_variant: false };
  service({ ...FAMILY, asks: "seeds", answers: [], spreads: [], comparisons: [{ comparison: wide }] });
  const { container } = renderAt("/studies/3", <Verdict study={STUDY} counts={COUNTS} metric="accuracy" summary="last" reason={null} />);
  expect((await screen.findByText(/higher by 1 point/, { selector: ".verdict" })).querySelector(".arm-mark")).not.toBeNull();
  expect(container.querySelector("details")).toBeNull();
});

test("a study that ended with nothing asks for no comparison", () => {
  const asked = service(FAMILY);
  renderAt("/studies/3", <Verdict study={STUDY} counts={{ failed: 20 }} metric="accuracy" summary="last" reason={null} />);
  expect(screen.getByText("All 20 runs failed.")).toBeDefined();
  expect(asked).toEqual([]);
});

test("every arm's spread stands in points with its interval, and shares are not asked for", async () => {
  const asked = service(FAMILY);
  renderAt("/studies/3", <Spread study={STUDY} metric="accuracy" summary="last" />);
  expect(await screen.findByText("How far runs spread")).toBeDefined();
  expect(screen.getByTitle("95% CI 0.8 to 2.1").textContent).toBe("1.1 n = 10");
  expect(screen.getByText("0", { exact: false, selector: ".num:not([title])" }).textContent).toBe("0 n = 10");
  expect(asked).toEqual(["/api/v1/studies/3/comparisons"]);
});

test("a study none of whose runs finished says why most of them failed", () => {
  service(FAMILY);
  const reason = { reason: "ValueError: no such file", runs: 18 };
  renderAt("/studies/3", <Verdict study={STUDY} counts={{ failed: 20 }} metric="accuracy" summary="last" reason={reason} />);
  expect(screen.getByText("18 of 20 failed so: ValueError: no such file")).toBeDefined();
});

test("a metric that was not stated to decide says so beside its answer", async () => {
  service(FAMILY);
  renderAt("/studies/3", <Verdict study={STUDY} counts={COUNTS} metric="val_loss" summary="last" reason={null} />);
  expect(await screen.findByText("val_loss was not the metric stated to decide: that is accuracy.")).toBeDefined();
});
