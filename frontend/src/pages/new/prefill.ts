import type { Recipe } from "../../api/types";
import { fieldsOf, parseField } from "../../lib/schema";
import { changeArm, firstSpec, PRESETS, setIn, setPreset, type Spec } from "./spec/spec";

/** A first specification from an address, and what of it was passed over. */
export interface Prefilled {
  spec: Spec;
  unknown: string[];
}

const PARAMETER = "p.";

/** `?recipe=NAME&p.PARAMETER=VALUE&name=…&preset=…` as a specification; a parameter the recipe does not have is named. */
export function prefilled(search: URLSearchParams, recipes: readonly Recipe[], usual: string): Prefilled {
  const name = search.get("recipe") ?? usual;
  const recipe = recipes.find((one) => one.name === name);
  const fields = new Map(fieldsOf(recipe?.parameters ?? {}).map((field) => [field.name, field]));
  const given = [...search].filter(([key]) => key.startsWith(PARAMETER)).map(([key, value]) => [key.slice(PARAMETER.length), value] as const);
  const start: Spec = { ...firstSpec(name), name: search.get("name") ?? "" };
  const spec = given.reduce((before, [parameter, text]) => {
    const field = fields.get(parameter);
    return field === undefined ? before : changeArm(before, 0, (arm) => setIn(arm, "parameters", parameter, parseField(field, text)));
  }, start);
  const preset = PRESETS.find((one) => one === search.get("preset"));
  return {
    spec: preset === undefined ? spec : setPreset(spec, preset),
    unknown: recipe === undefined ? [] : given.map(([parameter]) => parameter).filter((parameter) => !fields.has(parameter)),
  };
}
