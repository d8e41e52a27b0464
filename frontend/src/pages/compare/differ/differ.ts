import type { Recipe, Run } from "../../../api/types";
import { digestHead, shown } from "../../../lib/values";
import { seedsText } from "../../../lib/seeds";
import type { NamedArm } from "../../../arms/named";

/** One thing that is not the same in all arms: a value for each of them, in their order. */
export interface DifferRow {
  group: string;
  key: string;
  values: string[];
}

export interface ArmsDifference {
  rows: DifferRow[];
  /** Groups in which all arms are alike. */
  same: string[];
}

const SETTINGS = ["device", "threads", "engine", "onednn", "op_determinism", "fixed_seed"];
/** What stands for a value that an arm does not have. */
export const NONE = "–";


type Plain = Record<string, unknown>;

function record(value: unknown): Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};
}

function text(value: unknown): string {
  return value === undefined || value === null ? NONE : shown(value);
}

function specArm(arm: NamedArm): Plain {
  const arms = record(arm.of.spec)["arms"];
  return record(Array.isArray(arms) ? arms[arm.arm] : undefined);
}

/** The recipe, and the code of the arm's own run: seeds may have been added with other code than the study's. */
function recipeOf(arm: NamedArm, run: Run | undefined): Plain {
  const { recipe, recipe_version, source_digest } = arm.of;
  return { recipe, version: recipe_version, "source code": digestHead(run?.source_digest ?? source_digest) };
}

/** Every parameter as a run was given it, else what differs from the recipe's defaults and those, where they are known. */
function parametersOf(arm: NamedArm, run: Run | undefined, recipes: readonly Recipe[]): Plain {
  if (run !== undefined) return run.parameters;
  const recipe = recipes.find(({ source_digest }) => source_digest === arm.of.source_digest);
  const properties = Object.entries(record(recipe?.parameters["properties"]));
  const defaults = Object.fromEntries(properties.map(([name, rule]) => [name, record(rule)["default"]]));
  return { ...defaults, ...arm.of.arms[arm.arm]?.differs };
}

function sourcesOf(arm: NamedArm): Plain {
  const levels = record(specArm(arm)["levels"]);
  const policies = arm.of.arms[arm.arm]?.policies ?? {};
  return Object.fromEntries(
    Object.entries(policies).map(([source, policy]) => [source, source in levels ? `${text(levels[source])} levels` : policy]),
  );
}

function seedsOf(arm: NamedArm): Plain {
  return { seeds: seedsText(specArm(arm)["seeds"] ?? record(arm.of.spec)["seeds"]) };
}

function settingsOf(arm: NamedArm): Plain {
  const spec = record(arm.of.spec);
  return Object.fromEntries(SETTINGS.map((name) => [name.replaceAll("_", " "), spec[name]]));
}

/** How a study decides, where arms of several studies meet. */
function decisionOf(arm: NamedArm): Plain {
  const { metric, summary, smallest_difference } = arm.of;
  return { "decided by": `${metric}, ${summary}`, "smallest difference that matters": smallest_difference };
}

/** Differences between arms, by group, and nothing else; `runs` stand for their arms where there are any. */
export function armsDifference(
  arms: readonly NamedArm[],
  runs: readonly (Run | undefined)[],
  recipes: readonly Recipe[],
): ArmsDifference {
  const groups: [string, Plain[]][] = [
    ["Recipe", arms.map((arm, at) => recipeOf(arm, runs[at]))],
    ["Parameters", arms.map((arm, at) => parametersOf(arm, runs[at], recipes))],
    ["Sources of randomness", arms.map(sourcesOf)],
    ["Seeds", arms.map(seedsOf)],
    ["Settings", arms.map(settingsOf)],
    ...(new Set(arms.map(({ study }) => study)).size > 1 ? [["Decision rule", arms.map(decisionOf)] satisfies [string, Plain[]]] : []),
  ];
  const found = groups.map(([group, columns]) => ({ group, rows: rowsOf(group, columns) }));
  return {
    rows: found.flatMap(({ rows }) => rows),
    same: found.filter(({ rows }) => rows.length === 0).map(({ group }) => group.toLowerCase()),
  };
}

function rowsOf(group: string, columns: readonly Plain[]): DifferRow[] {
  const keys = [...new Set(columns.flatMap((column) => Object.keys(column)))];
  return keys
    .map((key) => ({ group, key, values: columns.map((column) => text(column[key])) }))
    .filter(({ values }) => new Set(values).size > 1);
}
