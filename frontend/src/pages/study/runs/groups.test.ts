import { expect, test } from "vitest";
import type { RunGroup } from "../../../api/types";
import { bestFirst, filterOf } from "./GroupedRuns";

const group = (mean: number | null, parameters: Record<string, unknown> = {}, arms = [0]): RunGroup => ({
  parameters,
  arms,
  runs: 3,
  n: mean === null ? 0 : 3,
  seeds: 3,
  mean,
  interval: null,
  sd: null,
  minimum: mean,
  maximum: mean,
});
const means = (groups: readonly RunGroup[]) => groups.map(({ mean }) => mean);
const arms = [{ name: "base" }, { name: "two words" }];

test("the filter of a group finds its values, and its arm where nothing differs", () => {
  expect(filterOf(group(1, { hidden: 64 }), arms)).toBe("hidden=64");
  expect(filterOf(group(1, { "learning rate": 0.1, kind: "a b" }), arms)).toBe('"learning rate"=0.1 kind:"a b"');
  expect(filterOf(group(1, {}, [1]), arms)).toBe('arm:"two words"');
});

test("the best group comes first whichever way is better, one without a mean last", () => {
  const groups = [group(0.2), group(null), group(0.9)];
  expect(means(bestFirst(groups, false))).toEqual([0.9, 0.2, null]);
  expect(means(bestFirst(groups, true))).toEqual([0.2, 0.9, null]);
});
