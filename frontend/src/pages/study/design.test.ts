import { expect, test } from "vitest";
import type { Study } from "../../api/types";
import { armsDifferInSeeding, tellsSources } from "./design";

const study = (...arms: Record<string, string>[]) => ({ arms: arms.map((policies) => ({ policies })) }) as Study;

test("crossed sources and sources varied alone can be told apart, sources varied together can't", () => {
  expect(tellsSources(study({ split: "levels", init: "levels" }))).toBe(true);
  expect(tellsSources(study({ split: "vary", init: "fixed" }, { split: "fixed", init: "vary" }))).toBe(true);
  expect(tellsSources(study({ split: "vary", init: "vary" }, { split: "vary", init: "vary" }))).toBe(false);
});

test("arms differ in seeding where a source has another policy, in whatever order", () => {
  expect(armsDifferInSeeding(study({ split: "free", init: "free" }, { split: "fixed", init: "free" }))).toBe(true);
  expect(armsDifferInSeeding(study({ split: "vary", init: "vary" }, { init: "vary", split: "vary" }))).toBe(false);
  expect(armsDifferInSeeding(study({ split: "vary" }))).toBe(false);
});
