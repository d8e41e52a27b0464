import type { Family, Study } from "../../../api/types";
import type { Answer } from "../../../arms/answers";
import { name } from "../../../lib/words";

/** An arm in its rank; `tied` and `chance` are unknown while runs are to come. */
export interface Ranked {
  position: number;
  name: string;
  mean: number | null;
  /** True if it cannot be told from the best arm. */
  tied: boolean | null;
  /** The chance that its true mean is the best. */
  chance: number | null;
}

/** Return the study's arms from best to worst: as the service ranks them, else by their means. */
export function ranked(study: Pick<Study, "arms" | "direction">, ranking: Family["ranking"], means: ReadonlyMap<number, number | null>): Ranked[] {
  const judged = new Map((ranking?.arms ?? []).map((arm, rank) => [arm.arm, { ...arm, rank }]));
  const arms = study.arms.map((arm): Ranked & { rank: number } => {
    const found = judged.get(arm.name);
    return {
      position: arm.position,
      name: arm.name,
      mean: found?.mean ?? means.get(arm.position) ?? null,
      tied: found?.with_best ?? null,
      chance: found?.p_best ?? null,
      rank: found?.rank ?? Number.POSITIVE_INFINITY,
    };
  });
  const sign = study.direction === "minimize" ? 1 : -1;
  return arms
    .toSorted((a, b) => {
      if (a.mean === null || b.mean === null) return Number(a.mean === null) - Number(b.mean === null);
      return a.rank === b.rank ? sign * (a.mean - b.mean) : a.rank - b.rank;
    })
    .map(({ rank: _rank, ...arm }) => arm);
}

/** Return what a ranking says: in the service's words once it judges, else which arm leads so far. */
export function rankingAnswer(arms: readonly Ranked[], ranking: Pick<NonNullable<Family["ranking"]>, "headline" | "detail"> | null | undefined, caveats: Answer["caveats"] = []): Answer {
  const [best, ...others] = arms;
  if (best === undefined || best.mean === null) {
    return { state: "cannot_be_judged", headline: "No arm has a finite value yet.", detail: [], caveats: [] };
  }
  if (ranking === null || ranking === undefined) return { state: null, headline: `${name(best.name)} leads so far.`, detail: [], caveats };
  const state = others.every(({ tied }) => tied === false) ? "better" : "undecided";
  return { state, headline: ranking.headline ?? "", detail: [...(ranking.detail ?? [])], caveats };
}
