import { expect, test } from "vitest";
import type { Recipe } from "../../../api/types";
import { addArm, armsOf, changeArm, clonedSpec, firstSpec, removeArm, setIn, setPreset, setRecipe, spreadArm, tidy } from "./spec";
import { fromText, toText, type TextForm } from "./text";

const spec = {
  name: "it's \"quoted\" & <b>",
  recipe: "digits-mlp",
  arms: [{ name: "base" }, { name: "wide", parameters: { hidden: 64 }, policies: { split: "fixed" } }],
  seeds: { count: 20 },
};

test.each<TextForm>(["json", "yaml", "curl"])("as %s and back, nothing is lost", async (form) => {
  expect(await fromText(await toText(spec, form, "http://here"), form)).toEqual(spec);
});

test("text that is no specification says why", async () => {
  await expect(fromText("[1]", "json")).rejects.toThrow("object");
  await expect(fromText("curl http://here", "curl")).rejects.toThrow("-d");
  await expect(fromText("{", "json")).rejects.toThrow("JSON");
});

test("a new arm copies the last under another name", () => {
  const more = addArm(spec);
  expect(armsOf(more).map((arm) => arm.name)).toEqual(["base", "wide", "arm 3"]);
  expect(armsOf(more)[2]?.parameters).toEqual({ hidden: 64 });
  expect(armsOf(removeArm(more, 0)).map((arm) => arm.name)).toEqual(["wide", "arm 3"]);
});

test("a parameter set to nothing is the default again", () => {
  const set = changeArm(spec, 0, (arm) => setIn(arm, "parameters", "hidden", 8));
  expect(armsOf(set)[0]?.parameters).toEqual({ hidden: 8 });
  const unset = changeArm(set, 0, (arm) => setIn(arm, "parameters", "hidden", undefined));
  expect(tidy(unset)).toEqual(spec);
});

test("a preset turns arms into variants, and back", () => {
  const preset = setPreset(spec, "rounds");
  expect(preset).toMatchObject({ preset: "rounds", variants: [{ name: "base" }, { name: "wide" }] });
  expect(preset["arms"]).toBeUndefined();
  expect(armsOf(setPreset(preset, null)).map((arm) => arm.name)).toEqual(["base", "wide"]);
});

test("a clone says only what isn't filled in anyway", () => {
  const filled = {
    ...spec,
    preset: "rounds",
    variants: [],
    cross: {},
    tags: [],
    notes: "",
    rule: { level: 0.95, paired: null, adaptive: null },
    threads: 1,
    seeds: { count: 20, base: 0 },
  };
  expect(clonedSpec(filled)).toEqual({ ...spec, name: `${spec.name} (again)` });
});

test("another recipe keeps only what it knows", () => {
  const recipe = { name: "other", parameters: { properties: { depth: {} } }, sources: ["split"] } as unknown as Recipe;
  const moved = setRecipe({ ...spec, metric: "accuracy" }, recipe);
  expect(armsOf(moved)[1]).toEqual({ name: "wide", parameters: {}, policies: { split: "fixed" } });
  expect(moved["metric"]).toBeUndefined();
  expect(moved["recipe"]).toBe("other");
});

test("the first specification has one arm of defaults", () => {
  expect(armsOf(firstSpec("digits-mlp"))).toHaveLength(1);
});

test("a list of values makes an arm each, named by the value", () => {
  const two = { name: "w", recipe: "r", arms: [{ name: "base", parameters: { rate: 1 } }, { name: "other" }] };
  const arms = armsOf(spreadArm(two, 0, "hidden", [8, 16]));
  expect(arms.map(({ name }) => name)).toEqual(["hidden 8", "hidden 16", "other"]);
  expect(arms[1]?.parameters).toEqual({ rate: 1, hidden: 16 });
  expect(armsOf(spreadArm(spreadArm(two, 0, "hidden", [8, 16]), 0, "rate", [1, 2])).map(({ name }) => name)).toEqual([
    "hidden 8, rate 1",
    "hidden 8, rate 2",
    "hidden 16",
    "other",
  ]);
});
