import { expect, test } from "vitest";
import type { Recipe } from "../../api/types";
import { fitting } from "./fitting";

const recipe = (name: string, parameter: string): Recipe =>
  ({ name, help: `Trains ${name}.`, kind: "keras", parameters: { properties: { [parameter]: {} } }, sources: ["split", "init"], metrics: [{ name: "val_loss" }] }) as unknown as Recipe;
const ALL = [recipe("digits", "hidden"), recipe("digits-cnn", "filters"), recipe("forest", "trees")];
const names = (search: string) => fitting(ALL, search).map((one) => one.name);

test("every word has to be spoken of, by name, parameter, source or metric", () => {
  expect(names("")).toEqual(["digits", "digits-cnn", "forest"]);
  expect(names("TREES split")).toEqual(["forest"]);
  expect(names("cnn")).toEqual(["digits-cnn"]);
  expect(names("val_loss nothing")).toEqual([]);
});

test("a whole name stands alone", () => {
  expect(names("digits")).toEqual(["digits"]);
});
