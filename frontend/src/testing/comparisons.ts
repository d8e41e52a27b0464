import type { NamedArm } from "../arms/named";
import type { ArmSummary, ComparedArm, Comparison } from "../api/types";

const interval = (low: number, high: number) => ({ low, high, level: 0.95, method: "" });

/** Mean and spread of an arm whose CI is 0.9 ± 0.004. */
export const summary = { n: 12, mean: 0.9, std: 0.014, median: 0.901, mean_interval: interval(0.896, 0.904) } as unknown as ArmSummary;

export function comparedArm(name: string, given: Partial<ComparedArm> = {}): ComparedArm & { values: ArmSummary } {
  return { name, position: 0, study_id: 1, n: 12, failures: 0, cancelled: 0, missing: 0, non_finite: 0, excluded: [], values: summary, ...given } as ComparedArm & { values: ArmSummary };
}

/** A comparison as the service sends it, of an arm that is better by 2.1 points. */
export function comparison(given: Record<string, unknown> = {}): Comparison {
  return {
    headline: "wide beats base by 2.1 points.",
    state: "better",
    detail: [],
    caveats: [],
    metric: "val_accuracy",
    unit: "share",
    direction: "maximize",
    summary: "last",
    level: 0.95,
    a: comparedArm("base"),
    b: comparedArm("wide"),
    difference: { mean: 0.021, paired: true, interval: interval(0.014, 0.028), reason: null },
    tests: [{ name: "paired t", p: 0.0031, reason: null }],
    probability: { value: 0.834, interval: interval(0.62, 0.94), reason: null },
    effects: { hedges_g: 1.234, reason: null },
    share_of_seeds: { value: 0.875, n: 20 },
    winner: "wide",
    same_variant: false,
    ...given,
  } as unknown as Comparison;
}

export function namedArm(name: string, place = 0): NamedArm {
  return { key: `1.${place}`, study: 1, arm: place, place, name, of: { id: 1, name: "study 1", metrics: ["val_accuracy"], arms: [] } } as unknown as NamedArm;
}
