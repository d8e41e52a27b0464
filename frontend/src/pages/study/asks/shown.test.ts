import { expect, test } from "vitest";
import { shownArms, withArm } from "./shown";

test("charts show the first eight arms until somebody chooses", () => {
  expect(shownArms(null, 3)).toEqual([0, 1, 2]);
  expect(shownArms(null, 20)).toHaveLength(8);
  expect(shownArms("9,2,77", 20)).toEqual([2, 9]);
  expect(shownArms("77", 3)).toEqual([0, 1, 2]);
});

test("hiding and showing an arm changes the address, and what is usual is not in it", () => {
  expect(withArm(null, 3, 1)).toBe("0,2");
  expect(withArm("0,2", 3, 1)).toBeNull();
  expect(withArm("2", 3, 2)).toBeNull();
  expect(withArm(null, 10, 9)).toBe("0,1,2,3,4,5,6,7,9");
});
