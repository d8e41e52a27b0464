import type { Checked, Recipe, Study, StudyRow } from "../../../api/types";
import { toFloat } from "../../../lib/words";
import type { Spec } from "./spec";

type PlannedArm = Checked["arms"][number];

function seedsIn(study: StudyRow): number {
  return study.arms[0]?.n ?? 0;
}

/** How well a study's spread stands for a new one: everything varies with the seed, and arms are paired where they will be. */
function suits({ arms }: StudyRow, several: boolean): number {
  const varies = arms.every(({ policies }) => Object.values(policies).every((policy) => policy === "vary"));
  return (varies ? 2 : 0) + (arms.length > 1 === several ? 1 : 0);
}

/** The finished study that knows the spread best: with the metric and seeds that differ; the most alike, of most seeds. */
export function bestKnown(studies: readonly StudyRow[], metric: string, several: boolean): StudyRow | undefined {
  return studies
    .filter((study) => study.metric === metric && seedsIn(study) > 2 && toFloat(study.arms[0]?.sd) > 0)
    .toSorted((one, other) => suits(other, several) - suits(one, several) || seedsIn(other) - seedsIn(one))[0];
}

/** What one run of a finished study took a trainer, in seconds: its processor's time, or its share of the time in all. */
export function secondsPerRun(study: Study): number | null {
  const finished = study.counts["finished"] ?? 0;
  if (finished === 0) return null;
  const threads = Number((study.spec as unknown as Spec)["threads"] ?? 1) || 1;
  if (study.device === "cpu" && study.cpu_s > 0) return study.cpu_s / threads / finished;
  if (!study.started_at || !study.finished_at) return null;
  return (Date.parse(study.finished_at) - Date.parse(study.started_at)) / 1000 / finished;
}

function epochsOf(parameters: Record<string, unknown>, otherwise: unknown): number {
  const epochs = Number(parameters["epochs"] ?? otherwise);
  return Number.isFinite(epochs) && epochs > 0 ? epochs : 1;
}

function defaultEpochs(recipe: Recipe | undefined): unknown {
  const properties = (recipe?.parameters["properties"] ?? {}) as Record<string, { default?: unknown } | undefined>;
  return properties["epochs"]?.default;
}

/** How many times as many epochs a run of the planned arms has as one of the study that was timed. */
export function epochsRatio(planned: readonly PlannedArm[], timed: Study, recipe: Recipe | undefined): number {
  const usual = defaultEpochs(recipe);
  const mean = (arms: readonly { runs: number; parameters: Record<string, unknown> }[]) => {
    const runs = arms.reduce((sum, arm) => sum + arm.runs, 0);
    return runs === 0 ? 1 : arms.reduce((sum, arm) => sum + arm.runs * epochsOf(arm.parameters, usual), 0) / runs;
  };
  return mean(planned) / mean(timed.arms.map(({ runs, differs }) => ({ runs, parameters: differs })));
}

/** Seconds until all runs are trained by so many workers; null while nobody can know. */
export function trainingSeconds(checked: Checked, timed: Study | undefined, recipe: Recipe | undefined, workers: number): number | null {
  const perRun = timed === undefined ? null : secondsPerRun(timed);
  if (perRun === null || timed === undefined || workers === 0) return null;
  const each = perRun * epochsRatio(checked.arms, timed, recipe);
  return each * Math.ceil(checked.runs / Math.min(workers, checked.runs));
}

/** What a number of seeds shows: the smallest difference of those worked out for that many, or for the next fewer. */
export function shows(rows: readonly { seeds: number; detectable: number }[], seeds: number): { seeds: number; detectable: number } | undefined {
  return rows.filter((row) => row.seeds <= seeds).at(-1);
}

/** Seeds an arm as a specification says it. */
export function seedsOf(spec: Spec): number | null {
  const seeds = spec["seeds"];
  if (Array.isArray(seeds)) return seeds.length;
  const counted = typeof seeds === "object" && seeds !== null ? (seeds as { count?: unknown }).count : seeds;
  return typeof counted === "number" ? counted : null;
}
