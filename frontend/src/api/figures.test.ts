import { expect, test } from "vitest";
import { figureCsv, figureSvg } from "./figures";

test("the numbers under a figure are asked for as the figure was", () => {
  expect(figureCsv(3, "curves", { metric: "val loss", arms: "0,2", log: undefined })).toBe(
    "/api/v1/studies/3/figures/curves?metric=val+loss&arms=0%2C2&format=csv",
  );
  expect(figureCsv(3, "distribution", {})).toBe("/api/v1/studies/3/figures/distribution?format=csv");
  expect(figureSvg(3, "best-of-k")).toBe("/api/v1/studies/3/figures/best-of-k?format=svg");
});
