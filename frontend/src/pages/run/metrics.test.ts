import { expect, test } from "vitest";
import { metricPairs } from "./metrics";

test("training and validation share a figure", () => {
  expect(metricPairs(["loss", "accuracy", "val_loss", "val_accuracy", "rate"])).toEqual(["loss", "accuracy", "rate"]);
  expect(metricPairs(["val_loss", "loss", "interval_val_x"])).toEqual(["val_loss", "interval_val_x"]);
  expect(metricPairs([])).toEqual([]);
});
