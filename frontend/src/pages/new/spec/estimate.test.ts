import { expect, test } from "vitest";
import type { Checked, Recipe, Study, StudyRow } from "../../../api/types";
import { bestKnown, epochsRatio, secondsPerRun, seedsOf, shows, trainingSeconds } from "./estimate";
import { prefilled } from "../prefill";

function timed(given: Record<string, unknown> = {}): Study {
  return {
    counts: { finished: 20 },
    spec: { threads: 1 },
    device: "cpu",
    cpu_s: 40,
    started_at: "2026-01-01T00:00:00Z",
    finished_at: "2026-01-01T00:01:00Z",
    arms: [{ runs: 20, differs: {} }],
    ...given,
  } as unknown as Study;
}

function checked(runs: number, epochs: number): Checked {
  return { runs, arms: [{ name: "a", runs, parameters: { epochs } }] } as unknown as Checked;
}

const recipe = {
  name: "digits-mlp",
  parameters: { properties: { epochs: { type: "integer", default: 10 }, name: { type: "string" }, rate: { type: "number" } } },
  metrics: [],
  sources: [],
} as unknown as Recipe;

function row(id: number, metric: string, n: number, sd: number | null, policy = "vary", arms = 1): StudyRow {
  return { id, metric, arms: Array.from({ length: arms }, () => ({ n, sd, policies: { split: policy } })) } as unknown as StudyRow;
}

test("the study that knows the spread has the metric, three seeds that differ, and the most of them", () => {
  const rows = [row(1, "loss", 90, 1), row(2, "acc", 2, 1), row(3, "acc", 40, 0), row(4, "acc", 5, 0.1), row(5, "acc", 9, 0.1), row(6, "acc", 8, null)];
  expect(bestKnown(rows, "acc", false)?.id).toBe(5);
  expect(bestKnown(rows, "f1", false)).toBeUndefined();
});

test("a study in which everything varies says more than a larger one of another design, and pairs more than one arm", () => {
  const rows = [row(1, "acc", 125, 1, "levels"), row(2, "acc", 9, 1), row(3, "acc", 5, 1, "vary", 2)];
  expect(bestKnown(rows, "acc", false)?.id).toBe(2);
  expect(bestKnown(rows, "acc", true)?.id).toBe(3);
});

test("a run takes its share of the processor's time, or of the time in all where that says nothing", () => {
  expect(secondsPerRun(timed())).toBe(2);
  expect(secondsPerRun(timed({ spec: { threads: 2 } }))).toBe(1);
  expect(secondsPerRun(timed({ device: "gpu" }))).toBe(3);
  expect(secondsPerRun(timed({ device: "gpu", finished_at: null }))).toBeNull();
  expect(secondsPerRun(timed({ counts: { finished: 0 } }))).toBeNull();
});

test("training lasts as many rounds as the workers need, each as long as its epochs", () => {
  expect(epochsRatio(checked(4, 30).arms, timed(), recipe)).toBe(3);
  expect(epochsRatio(checked(4, 30).arms, timed({ arms: [{ runs: 2, differs: { epochs: 30 } }] }), recipe)).toBe(1);
  expect(trainingSeconds(checked(5, 10), timed(), recipe, 2)).toBe(6);
  expect(trainingSeconds(checked(5, 10), timed(), recipe, 50)).toBe(2);
  expect(trainingSeconds(checked(5, 10), timed(), recipe, 0)).toBeNull();
  expect(trainingSeconds(checked(5, 10), undefined, recipe, 2)).toBeNull();
});

test("what a number of seeds shows is that of the same number or the next fewer", () => {
  const rows = [3, 5, 10].map((seeds) => ({ seeds, detectable: 1 / seeds }));
  expect(shows(rows, 7)?.seeds).toBe(5);
  expect(shows(rows, 10)?.seeds).toBe(10);
  expect(shows(rows, 2)).toBeUndefined();
});

test.each([
  [{ count: 12 }, 12],
  [[3, 5, 8], 3],
  [9, 9],
  ["many", null],
  [undefined, null],
])("seeds %j are %j", (seeds, n) => {
  expect(seedsOf({ seeds })).toBe(n);
});

test("a link fills recipe, parameters, question and preset, and says what it could not take", () => {
  const search = new URLSearchParams("recipe=digits-mlp&p.epochs=30&p.rate=0.5&p.name=7&p.nope=1&name=Why%3F&clone=");
  const { spec, unknown } = prefilled(search, [recipe], "other");
  expect(spec).toEqual({
    name: "Why?",
    recipe: "digits-mlp",
    arms: [{ name: "base", parameters: { epochs: 30, rate: 0.5, name: "7" } }],
    seeds: { count: 20 },
  });
  expect(unknown).toEqual(["nope"]);
  expect(prefilled(new URLSearchParams("preset=rounds"), [recipe], "digits-mlp").spec).toMatchObject({ preset: "rounds", variants: [{ name: "base" }] });
  expect(prefilled(new URLSearchParams("recipe=gone&p.x=1"), [recipe], "digits-mlp")).toMatchObject({ spec: { recipe: "gone" }, unknown: [] });
});
