import type { Family, Study } from "../../../api/types";
import type { Answer } from "../../../arms/answers";
import { listing, name } from "../../../lib/words";

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

const MOST_NAMES = 3;

function names(arms: readonly Ranked[]): string {
  return listing(arms.map((arm) => name(arm.name)), MOST_NAMES);
}

/** Return what a ranking says: the best arm, and the arms that cannot be told from it. */
export function rankingAnswer(arms: readonly Ranked[], caveats: Answer["caveats"] = []): Answer {
  const [best, ...others] = arms;
  if (best === undefined || best.mean === null) {
    return { state: "cannot_be_judged", headline: "No arm has a finite value yet.", detail: [], caveats: [] };
  }
  const own = name(best.name);
  if (best.tied === null) return { state: null, headline: `${own} leads so far.`, detail: [], caveats };
  const open = others.filter(({ tied }) => tied !== false);
  const beaten = others.filter(({ tied }) => tied === false);
  const detail = beaten.length > 0 && open.length > 0 ? [`${own} beats ${names(beaten)}.`] : [];
  if (open.length === 0) return { state: "better", headline: `${own} is best: it beats every other arm.`, detail, caveats };
  const headline =
    beaten.length === 0 ? `No arm can be told from ${own}, which has the best mean.` : `${own} has the best mean; ${names(open)} cannot be told from it.`;
  return { state: "undecided", headline, detail, caveats };
}
