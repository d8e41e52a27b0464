import { expect, test } from "vitest";
import type { Run, Study } from "../../api/types";
import { armsDifference } from "./differ/differ";
import { placed, sharedMetrics } from "../../arms/named";
import { questionOf } from "../../arms/question";

function study(id: number, given: Partial<Study> = {}): Study {
  return {
    id,
    name: `study ${id}`,
    recipe: "digits-mlp",
    recipe_version: "1",
    source_digest: "aaaaaaaaaaaaaaaa",
    metric: "val_accuracy",
    summary: "last",
    smallest_difference: null,
    metrics: ["val_accuracy", "val_loss"],
    spec: { seeds: { count: 10, base: 0 }, device: "cpu", arms: [{ name: "base" }, { name: "wide" }] },
    arms: [
      { position: 0, name: "base", differs: {}, policies: { split: "vary" } },
      { position: 1, name: "wide", differs: { hidden: 64 }, policies: { split: "fixed" } },
    ],
    ...given,
  } as unknown as Study;
}

function arms(refs: [number, number][], ...studies: Study[]) {
  return placed(
    refs.map(([of, arm]) => ({ study: of, arm })),
    new Map(studies.map((one) => [one.id, one])),
  );
}

test("arms of one study keep its colours; those of several are coloured by their order, and told apart by study", () => {
  expect(arms([[1, 1], [1, 0]], study(1)).map(({ place, name }) => [place, name])).toEqual([[1, "wide"], [0, "base"]]);
  const two = arms([[1, 1], [2, 1], [2, 0]], study(1), study(2));
  expect(two.map(({ place, name }) => [place, name])).toEqual([[0, "wide (study 1)"], [1, "wide (study 2)"], [2, "base"]]);
  expect(arms([[1, 5], [9, 0], [1, 0]], study(1)).map(({ key }) => key)).toEqual(["1.0"]);
});

test("only what differs is listed, and what doesn't is named", () => {
  const given = arms([[1, 0], [1, 1]], study(1));
  const { rows, same } = armsDifference(given, [undefined, undefined], []);
  expect(rows.map(({ group, key, values }) => [group, key, ...values])).toEqual([
    ["Parameters", "hidden", "–", "64"],
    ["Sources of randomness", "split", "vary", "fixed"],
  ]);
  expect(same).toEqual(["recipe", "seeds", "settings"]);
});

test("a run says what a default was", () => {
  const run = { parameters: { hidden: 32, rate: 0.1 } } as unknown as Run;
  const wide = { parameters: { hidden: 64, rate: 0.1 } } as unknown as Run;
  const { rows } = armsDifference(arms([[1, 0], [1, 1]], study(1)), [run, wide], []);
  expect(rows[0]).toEqual({ group: "Parameters", key: "hidden", values: ["32", "64"] });
});

test("arms of one study that were trained by different code differ in it", () => {
  const before = { parameters: {}, source_digest: "aaaaaaaaaaaaaaaa" } as unknown as Run;
  const after = { parameters: {}, source_digest: "bbbbbbbbbbbbbbbb" } as unknown as Run;
  const { rows } = armsDifference(arms([[1, 0], [1, 0]], study(1)), [before, after], []);
  expect(rows).toEqual([{ group: "Recipe", key: "source code", values: [expect.stringMatching(/^a+$/), expect.stringMatching(/^b+$/)] }]);
});

test("arms of several studies differ in recipe, seeds, settings and what decides", () => {
  const other = study(2, {
    recipe_version: "2",
    source_digest: "bbbbbbbbbbbbbbbb",
    smallest_difference: 0.005,
    spec: { seeds: [3, 5], device: "gpu", arms: [{ name: "base", levels: { split: 4 } }] },
  } as unknown as Partial<Study>);
  const { rows } = armsDifference(arms([[1, 0], [2, 0]], study(1), other), [undefined, undefined], []);
  expect(rows.map(({ key, values }) => [key, ...values])).toEqual([
    ["version", "1", "2"],
    ["source code", "aaaaaaaaaa", "bbbbbbbbbb"],
    ["split", "vary", "4 levels"],
    ["seeds", "10", "3, 5"],
    ["device", "cpu", "gpu"],
    ["smallest difference that matters", "–", "0.005"],
  ]);
});

test("the metric is the chosen one, the deciding one, or one they share; without any it is said which each has", () => {
  const other = study(2, { metric: "val_loss", metrics: ["val_loss", "f1"] });
  const alone = study(3, { metrics: ["rmse"] });
  const both = arms([[1, 0], [2, 0]], study(1), other);
  expect(sharedMetrics(both)).toEqual(["val_loss"]);
  expect(questionOf(both, "val_loss", "best")).toEqual({ asked: { metric: "val_loss", summary: "best" }, note: null });
  expect(questionOf(both, "val_loss", "area").asked).toEqual({ metric: "val_loss", summary: "area" });
  expect(questionOf(both, null, null).note).toBe("val_accuracy, which decides study 1, is not reported by study 2: compared by val_loss instead.");
  expect(questionOf(both, "f1", null)).toEqual({ asked: { metric: "val_loss" }, note: "f1 is not reported by study 1: compared by val_loss instead." });
  expect(questionOf(arms([[1, 0], [1, 1]], study(1)), null, null)).toEqual({ asked: {}, note: null });
  expect(questionOf(arms([[1, 0], [1, 1]], study(1)), "f1", "worst")).toEqual({
    asked: {},
    note: "f1 is not reported by study 1: compared by val_accuracy instead.",
  });
  expect(questionOf(arms([[1, 0], [3, 0]], study(1), alone), null, null)).toEqual({
    asked: null,
    note: "No metric is reported by all of these studies. study 1: val_accuracy, val_loss; study 3: rmse.",
  });
  expect(questionOf(arms([[1, 0], [3, 0]], study(1), study(3, { metrics: [] })), null, null).asked).toEqual({});
});
