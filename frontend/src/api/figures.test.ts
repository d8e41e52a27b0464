import { expect, test } from "vitest";
import { figureAddress, figureOptions } from "./figures";

test("the numbers under a figure are asked for as the figure was", () => {
  expect(figureAddress({ study: 3 }, "curves", { metric: "val loss", log: undefined }, "csv")).toBe(
    "/api/v1/studies/3/figures/curves?metric=val+loss&format=csv",
  );
  expect(figureAddress({ study: 3 }, "best-of-k", {}, "svg")).toBe("/api/v1/studies/3/figures/best-of-k?format=svg");
  expect(figureAddress({ arms: "6.0,7.2", beside: "6.0" }, "curves", { centre: "mean" }, "csv")).toBe(
    "/api/v1/figures/curves?arms=6.0%2C7.2&beside=6.0&centre=mean&format=csv",
  );
  expect(figureAddress({ runs: "5,8" }, "curves", {}, "csv")).toBe("/api/v1/figures/curves?runs=5%2C8&format=csv");
});

const key = (...given: Parameters<typeof figureOptions>) => figureOptions(...given).queryKey.slice(0, 3);

test("a figure is kept with the study or run that it belongs to, costly ones apart", () => {
  expect(key({ study: 3 }, "curves", {})).toEqual(["study", 3, "figure"]);
  expect(key({ study: 3 }, "churn", {}, { costly: true })).toEqual(["study", 3, "costly"]);
  expect(key({ runs: "7" }, "curves", {})).toEqual(["run", 7, "figure"]);
  expect(key({ runs: "7,8" }, "curves", {})[0]).toBe("figures");
  expect(key({ arms: "1.0" }, "curves", {})[0]).toBe("figures");
});
