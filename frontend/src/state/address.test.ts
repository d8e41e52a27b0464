import { expect, test } from "vitest";
import { changed, parseIds } from "./address";

test("ids come out once each, and nonsense is passed over", () => {
  expect(parseIds("3,5,3, 9")).toEqual([3, 5, 9]);
  expect(parseIds("x,-1,1e3,99999999999999999999")).toEqual([]);
  expect(parseIds(null)).toEqual([]);
});

test("changes leave the rest of the address alone", () => {
  const before = new URLSearchParams("metric=loss&sel=3");
  expect(changed(before, { sel: null, sort: "seed" }).toString()).toBe("metric=loss&sort=seed");
  expect(before.toString()).toBe("metric=loss&sel=3");
});
