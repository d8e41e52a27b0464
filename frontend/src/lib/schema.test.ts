import { expect, test } from "vitest";
import { fieldsOf, parseField, parseList, type Field } from "./schema";

const schema = {
  $defs: { Kind: { enum: ["relu", "tanh"], type: "string" } },
  properties: {
    hidden: { type: "integer", minimum: 1, maximum: 4096, default: 32, description: "units" },
    rate: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.1 },
    kind: { $ref: "#/$defs/Kind", default: "relu" },
    norm: { type: "boolean", default: false },
    limit: { anyOf: [{ type: "integer", minimum: 2 }, { type: "null" }], default: null },
    shape: { type: "array", default: [3, 3] },
  },
};
const fields = fieldsOf(schema);
const named = (name: string) => fields.find((field) => field.name === name) as Field;

test("fields know their kind, range and default", () => {
  expect(fields.map((field) => field.kind)).toEqual(["integer", "number", "choice", "yes-no", "integer", "json"]);
  expect(named("hidden")).toMatchObject({ range: "1 to 4096", fallback: 32, help: "units" });
  expect(named("rate").range).toBe("above 0, below 1");
  expect(named("limit").range).toBe("at least 2");
  expect(named("kind").choices).toEqual(["relu", "tanh"]);
});

test("typed text becomes a value, and what cannot stays text", () => {
  expect(parseField(named("hidden"), " 64 ")).toBe(64);
  expect(parseField(named("hidden"), "many")).toBe("many");
  expect(parseField(named("hidden"), "")).toBeUndefined();
  expect(parseField(named("norm"), "true")).toBe(true);
  expect(parseField(named("shape"), "[5, 5]")).toEqual([5, 5]);
  expect(parseField(named("shape"), "[5")).toBe("[5");
  expect(parseField(named("kind"), "tanh")).toBe("tanh");
});

test.each([
  ["8, 16, 32, 64", [8, 16, 32, 64]],
  ["8,16,32", [8, 16, 32]],
  ["0,5", null],
  ["8, ", null],
  ["8", null],
  ["8, 8", [8]],
])("%s as a list of values", (typed, values) => {
  const field = { name: "hidden", kind: "integer", help: "", fallback: 1, choices: [], range: "" } as const;
  expect(parseList({ ...field, choices: [] }, typed)).toEqual(values);
});
