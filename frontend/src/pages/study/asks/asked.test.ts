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
