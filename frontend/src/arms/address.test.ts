import { expect, test } from "vitest";
import { armsText, parseArms } from "./address";

test("arms come out of an address once each, and go back into it", () => {
  expect(parseArms("1.0,1.1,1.0,x,3.2,4")).toEqual([
    { study: 1, arm: 0 },
    { study: 1, arm: 1 },
    { study: 3, arm: 2 },
  ]);
  expect(armsText(parseArms("1.0,3.2"))).toBe("1.0,3.2");
  expect(parseArms(null)).toEqual([]);
});
