import { expect, test } from "vitest";
import type { Comparison, Study } from "../api/types";
import { decidingInterval } from "./answers";
import { placed, sharedMetrics } from "./named";

const study = (id: number, metrics: string[], ...names: string[]) => ({ id, metrics, arms: names.map((name) => ({ name })) }) as unknown as Study;
const studies = new Map([
  [3, study(3, ["loss", "accuracy"], "base", "wide", "deep")],
  [5, study(5, ["accuracy", "f1"], "base", "narrow")],
]);

test("arms of one study keep its colours, whatever their order here", () => {
  const arms = placed([{ study: 3, arm: 2 }, { study: 3, arm: 0 }], studies);
  expect(arms.map(({ name, place }) => [name, place])).toEqual([["deep", 2], ["base", 0]]);
});

test("arms of several studies are coloured by their order, and equal names are told apart", () => {
  const arms = placed([{ study: 3, arm: 0 }, { study: 5, arm: 1 }, { study: 5, arm: 0 }], studies);
  expect(arms.map(({ name, place }) => [name, place])).toEqual([["base (study 3)", 0], ["narrow", 1], ["base (study 5)", 2]]);
});

test("arms that are not there are passed over and the others stay in their places", () => {
  const arms = placed([{ study: 9, arm: 0 }, { study: 3, arm: 7 }, { study: 3, arm: 1 }], studies);
  expect(arms.map(({ name, place, of }) => [name, place, of.id])).toEqual([["wide", 2, 3]]);
});

test("metrics are shared where every study has them", () => {
  expect(sharedMetrics(placed([{ study: 3, arm: 0 }], studies))).toEqual(["loss", "accuracy"]);
  expect(sharedMetrics(placed([{ study: 3, arm: 0 }, { study: 5, arm: 0 }], studies))).toEqual(["accuracy"]);
  expect(sharedMetrics([])).toEqual([]);
});

test("the drawn interval is the one that the verdict quotes, and while runs are pending never the narrower one of the means", () => {
  const means = { low: 0.014, high: 0.026, level: 0.95 };
  const quoted = { low: 0.01, high: 0.031, level: 0.99 };
  const view = (given: object) => ({ centre: "mean", interim: true, interval: quoted, difference: { interval: means }, ...given }) as unknown as Comparison;
  expect(decidingInterval(view({}))).toBe(quoted);
  expect(decidingInterval(view({ interval: null }))).toBeNull();
  expect(decidingInterval(view({ interim: false, interval: null }))).toBe(means);
  expect(decidingInterval(view({ centre: "median" }))).toBe(means);
});
