import { expect, test } from "vitest";
import { askedBy } from "./asked";

const asked = (search: string) => {
  const address = new URLSearchParams(search);
  return askedBy((key) => address.get(key));
};

test("what decides goes without saying", () => {
  expect(asked("")).toEqual({ number: {}, curves: {}, distribution: {} });
});

test("what the address says is asked for", () => {
  expect(asked("metric=loss&kind=ecdf&log=1&sel=3")).toEqual({
    number: { metric: "loss" },
    curves: { metric: "loss", log: "true" },
    distribution: { metric: "loss", kind: "ecdf" },
  });
});

test("smoothing, the axis and the arms that are shown are part of a link", () => {
  expect(asked("smooth=0.9&x=time&show=0,2")).toEqual({
    number: {},
    curves: { smooth: "0.9", x: "time", arms: "0,2" },
    distribution: { arms: "0,2" },
  });
});
