import type { Recipe } from "../../../api/types";

/** A specification on its way: what the form shows and the text says, complete or not. */
export type Spec = Record<string, unknown>;

/** An arm, or a variant, as it stands in a specification. */
export interface ArmDraft {
  name: string;
  parameters: Record<string, unknown>;
  policies: Record<string, string>;
}

export const PRESETS = ["seeds", "rounds", "sources", "factorial", "a/a"] as const;

export const PRESET_WORDS: Record<(typeof PRESETS)[number], string> = {
  seeds: "Every source varies with the seed.",
  rounds: "Nothing seeded, then the split, then everything: what does seeding change?",
  sources: "Each source varies alone: where does the spread come from?",
  factorial: "Sources crossed in levels: variance components.",
  "a/a": "The same variant twice: does chance alone look like a difference?",
};

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** The list that the form's columns stand for: arms, or the variants of a preset. */
export function listKey(spec: Spec): "arms" | "variants" {
  return typeof spec["preset"] === "string" ? "variants" : "arms";
}

export function armsOf(spec: Spec): ArmDraft[] {
  const list = spec[listKey(spec)];
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown) => {
    const arm = record(item);
    return {
      name: typeof arm["name"] === "string" ? arm["name"] : "",
      parameters: record(arm["parameters"]),
      policies: record(arm["policies"]) as Record<string, string>,
    };
  });
}

/** A first specification for a recipe: one arm of defaults under twenty seeds. */
export function firstSpec(recipe: string): Spec {
  return { name: "", recipe, arms: [{ name: "base" }], seeds: { count: 20 } };
}

/** A copy of a study's specification to start from; a preset stays expanded into the arms it gave. */
export function clonedSpec(spec: Spec): Spec {
  const { preset: _preset, variants: _variants, cross: _cross, ...rest } = spec;
  return tidy({ ...rest, name: `${String(spec["name"] ?? "")} (again)` });
}

const DEFAULTS: Record<string, unknown> = {
  arms: [],
  variants: [],
  tags: [],
  notes: "",
  cross: {},
  device: "cpu",
  threads: 1,
  engine: "auto",
  onednn: true,
  op_determinism: true,
  fixed_seed: 0,
  summary: "last",
  rule: {},
};

function isDefault(key: string, value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return key in DEFAULTS && JSON.stringify(DEFAULTS[key]) === JSON.stringify(value);
}

function tidyArm(item: unknown): unknown {
  const arm = record(item);
  const kept = Object.entries(arm).filter(([key, value]) => {
    if (value === null || value === undefined) return false;
    return key === "name" || JSON.stringify(value) !== "{}";
  });
  const policies = record(arm["policies"]);
  // A source varies unless it is said otherwise.
  const said = Object.fromEntries(Object.entries(policies).filter(([, policy]) => policy !== "vary"));
  return Object.fromEntries(
    kept.flatMap(([key, value]) =>
      key !== "policies" ? [[key, value]] : Object.keys(said).length > 0 ? [[key, said]] : [],
    ),
  );
}

/** The specification without what the service would fill in by itself. */
export function tidy(spec: Spec): Spec {
  const rule = Object.fromEntries(
    Object.entries(record(spec["rule"])).filter(([key, value]) => value !== null && !(key === "level" && value === 0.95)),
  );
  const whole: Spec = { ...spec, ...("rule" in spec ? { rule } : {}) };
  for (const key of ["arms", "variants"]) {
    const list = whole[key];
    if (Array.isArray(list)) whole[key] = list.map(tidyArm);
  }
  const seeds = record(whole["seeds"]);
  if (seeds["base"] === 0) whole["seeds"] = { count: seeds["count"] };
  return Object.fromEntries(Object.entries(whole).filter(([key, value]) => !isDefault(key, value)));
}

function withArms(spec: Spec, arms: unknown[]): Spec {
  return { ...spec, [listKey(spec)]: arms };
}

function rawArms(spec: Spec): unknown[] {
  const list = spec[listKey(spec)];
  return Array.isArray(list) ? list : [];
}

/** Changes one arm; a parameter or policy of `undefined` is the default again. */
export function changeArm(spec: Spec, at: number, change: (arm: Record<string, unknown>) => Record<string, unknown>): Spec {
  return withArms(
    spec,
    rawArms(spec).map((item, index) => (index === at ? change(record(item)) : item)),
  );
}

export function setIn(arm: Record<string, unknown>, part: "parameters" | "policies", name: string, value: unknown) {
  const { [name]: _before, ...rest } = record(arm[part]);
  return { ...arm, [part]: value === undefined ? rest : { ...rest, [name]: value } };
}

function freshName(taken: readonly string[]): string {
  for (let number = taken.length + 1; ; number += 1) if (!taken.includes(`arm ${number}`)) return `arm ${number}`;
}

/** One more arm: a copy of the last under a name of its own. */
export function addArm(spec: Spec): Spec {
  const arms = rawArms(spec);
  const name = freshName(armsOf(spec).map((arm) => arm.name));
  return withArms(spec, [...arms, { ...structuredClone(record(arms.at(-1))), name }]);
}

const MOST_ARMS = 200;

/** Make an arm for each value of a parameter, in place of the arm that was given the list. */
export function spreadArm(spec: Spec, at: number, parameter: string, values: readonly unknown[]): Spec {
  const arms = rawArms(spec);
  const own = record(arms[at]);
  const others = armsOf(spec).filter((_, index) => index !== at).map(({ name }) => name);
  const stem = String(own["name"] ?? "");
  const plain = /^(base|arm \d+)?$/.test(stem) ? "" : `${stem}, `;
  const made = values.slice(0, MOST_ARMS - others.length).map((value) => {
    const name = `${plain}${parameter} ${typeof value === "string" ? value : JSON.stringify(value)}`;
    return { ...setIn(structuredClone(own), "parameters", parameter, value), name: others.includes(name) ? `${name} (2)` : name };
  });
  return withArms(spec, [...arms.slice(0, at), ...made, ...arms.slice(at + 1)]);
}

export function removeArm(spec: Spec, at: number): Spec {
  return withArms(spec, rawArms(spec).filter((_, index) => index !== at));
}

/** Arms named one by one (`null`), or a preset; the columns go along, without policies where a preset sets them. */
export function setPreset(spec: Spec, preset: string | null): Spec {
  const { arms: _arms, variants: _variants, preset: _preset, cross: _cross, ...rest } = spec;
  const columns = armsOf(spec);
  const plain = columns.map(({ name, parameters }) => ({ name, parameters }));
  if (preset === null) return { ...rest, arms: plain.length > 0 ? plain : [{ name: "base" }] };
  return { ...rest, preset, variants: plain };
}

/** Another recipe keeps names and policies; parameters belong to the recipe they were given for. */
export function setRecipe(spec: Spec, recipe: Recipe): Spec {
  const known = new Set(Object.keys(record(recipe.parameters["properties"])));
  const { metric: _metric, direction: _direction, ...rest } = spec;
  const arms = rawArms(spec).map((item) => {
    const arm = record(item);
    const parameters = Object.entries(record(arm["parameters"])).filter(([name]) => known.has(name));
    const policies = Object.entries(record(arm["policies"])).filter(([name]) => (recipe.sources as string[]).includes(name));
    return { ...arm, parameters: Object.fromEntries(parameters), policies: Object.fromEntries(policies) };
  });
  return { ...withArms(rest, arms), recipe: recipe.name };
}
