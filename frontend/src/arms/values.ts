import type { Summary } from "../lib/values";
import type { CompactRuns, Interval } from "../api/types";
import { toFloat } from "../lib/words";

/** The value of one run that counts in statistics. */
export interface SeedValue {
  run: number;
  seed: number;
  value: number;
}

/** An arm with every value behind its mean. */
export interface ArmValues {
  position: number;
  name: string;
  seeds: SeedValue[];
  mean: number | null;
  interval: Interval | null;
}

/** Return the finite values of finished runs that are not excluded, by arm position. */
export function valuesByArm(columns: CompactRuns, metric: string, summary: Summary): Map<number, SeedValue[]> {
  const values = columns.metrics[metric]?.[summary] ?? [];
  const byArm = new Map<number, SeedValue[]>();
  columns.id.forEach((run, at) => {
    const value = toFloat(values[at] ?? null);
    if (columns.state[at] !== "finished" || columns.excluded_reason[at] !== null || !Number.isFinite(value)) return;
    const arm = columns.arm[at] ?? 0;
    const list = byArm.get(arm) ?? [];
    list.push({ run, seed: columns.seed[at] ?? 0, value });
    byArm.set(arm, list);
  });
  return byArm;
}

/** Return B − A for every seed that both arms have; the runs are B's. */
export function pairedDifferences(a: readonly SeedValue[], b: readonly SeedValue[]): SeedValue[] {
  const baseline = new Map(a.map((seed) => [seed.seed, seed.value]));
  return b.flatMap(({ run, seed, value }) => {
    const other = baseline.get(seed);
    return other === undefined ? [] : [{ run, seed, value: value - other }];
  });
}

/** Return the parameter in which alone all arms differ, with a number for each arm; null where there is no such one. */
export function numericParameter(arms: readonly { position: number; parameters: Record<string, unknown> }[]): { name: string; values: Map<number, number> } | null {
  const names = new Set(arms.flatMap((arm) => Object.keys(arm.parameters)));
  const differing = [...names].filter((name) => new Set(arms.map((arm) => JSON.stringify(arm.parameters[name]))).size > 1);
  const [name] = differing;
  if (name === undefined || differing.length > 1 || arms.length < 3) return null;
  const values = new Map(arms.map((arm) => [arm.position, arm.parameters[name]] as const));
  const numbers = [...values.values()];
  if (!numbers.every((value) => typeof value === "number" && Number.isFinite(value)) || new Set(numbers).size < 3) return null;
  return { name, values: values as Map<number, number> };
}
