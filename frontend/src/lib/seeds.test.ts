import { expect, test } from "vitest";
import { parseSeeds, seedsText } from "./seeds";

test.each([
  ["20", { count: 20 }],
  ["20 from 100", { count: 20, base: 100 }],
  ["3, 5, 8", [3, 5, 8]],
  ["7,", [7]],
  ["many", "many"],
])("%s are the seeds %j, and back", (text, seeds) => {
  expect(parseSeeds(text)).toEqual(seeds);
  expect(parseSeeds(seedsText(seeds))).toEqual(seeds);
});
