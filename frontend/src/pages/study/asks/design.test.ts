import { expect, test } from "vitest";
import type { Study } from "../../../api/types";
import { armsDifferInSeeding, crosses, lowerIsBetter, nothingFinished, tellsSources } from "./design";

const study = (...arms: Record<string, string>[]) => ({ arms: arms.map((policies) => ({ policies })) }) as Study;

test("crossed sources tell of themselves, sources varied alone by what the service read from the arms", () => {
  expect(tellsSources(study({ split: "levels", init: "levels" }), undefined)).toBe(true);
  const alone = study({ split: "vary", init: "fixed" }, { split: "fixed", init: "vary" });
  expect(tellsSources(alone, "sources")).toBe(true);
  expect(tellsSources(alone, "seeds")).toBe(false);
  expect(tellsSources(study({ split: "vary", init: "vary" }), "rounds")).toBe(false);
});

test("arms differ in seeding where a source has another policy, in whatever order", () => {
  expect(armsDifferInSeeding(study({ split: "free", init: "free" }, { split: "fixed", init: "free" }))).toBe(true);
  expect(armsDifferInSeeding(study({ split: "vary", init: "vary" }, { init: "vary", split: "vary" }))).toBe(false);
  expect(armsDifferInSeeding(study({ split: "vary" }))).toBe(false);
});

test("a study that ended with nothing says why, one that goes on that it is early", () => {
  expect(nothingFinished({ queued: 3, failed: 1, cancelled: 0, finished: 0 })).toBe("No run has finished yet.");
  expect(nothingFinished({ failed: 4, finished: 0 })).toBe("All 4 runs failed.");
  expect(nothingFinished({ failed: 1 })).toBe("The only run failed.");
  expect(nothingFinished({ cancelled: 2000 })).toBe("All 2,000 runs were cancelled.");
  expect(nothingFinished({ cancelled: 1, failed: 2 })).toBe("No run finished: 2 failed, 1 was cancelled.");
  expect(nothingFinished({ cancelled: 1, finished: 2 })).toBeNull();
  expect(nothingFinished({})).toBeNull();
});

test("the deciding metric's direction is the study's, another's is guessed from whole words of its name", () => {
  const by = { metric: "time", direction: "maximize" } as Pick<Study, "metric" | "direction">;
  expect(lowerIsBetter(by, "time")).toBe(false);
  expect(lowerIsBetter({ ...by, direction: "minimize" }, "time")).toBe(true);
  expect(["val_loss", "test-error", "RMSE"].map((name) => lowerIsBetter(by, name))).toEqual([true, true, true]);
  expect(lowerIsBetter(by, "first_step(accuracy>=0.9)")).toBe(true);
  expect(["accuracy", "lossless", "terror"].map((name) => lowerIsBetter(by, name))).toEqual([false, false, false]);
});

test("one crossed source in one arm is enough to tell where the spread comes from", () => {
  expect(crosses(study({ split: "vary" }, { split: "vary", init: "levels" }))).toBe(true);
  expect(crosses(study({ split: "vary" }, { split: "fixed" }))).toBe(false);
});

test("why runs failed is said once where all have one reason, with its count where only some have", () => {
  expect(nothingFinished({ failed: 3 }, { reason: "out of memory", runs: 3 })).toBe("All 3 runs failed: Out of memory.");
  expect(nothingFinished({ failed: 3 }, { reason: "out of memory", runs: 2 })).toBe("All 3 runs failed, 2 runs with: Out of memory.");
  expect(nothingFinished({ cancelled: 1 })).toBe("The only run was cancelled.");
});
